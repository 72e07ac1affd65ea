//! The schemes, one file each.

use crate::Scheme;

kit::table! {
    Scheme;
    apk::SCHEME,
    dpkg::SCHEME,
    gem::SCHEME,
    go::SCHEME,
    maven::SCHEME,
    pep440::SCHEME,
    rpm::SCHEME,
    semver::SCHEME,
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cmp::Ordering;
    use std::path::Path;

    use super::MODULES;
    use crate::Scheme;

    #[test]
    fn the_table_lists_every_file() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schemes");
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        files.retain(|file| file != "mod");
        files.sort();
        assert_eq!(files, MODULES);
    }

    /// Whether a scheme has versions in this order: each line has some, with `<` or `=` between them.
    pub(crate) fn check(scheme: &Scheme, chains: &[&str]) {
        for chain in chains {
            let words: Vec<&str> = chain.split(' ').collect();
            for three in words.windows(3).step_by(2) {
                let expect = if three[1] == "<" { Ordering::Less } else { Ordering::Equal };
                let found = (scheme.compare)(three[0], three[2]);
                assert_eq!(found, expect, "{}: {} {} {}", scheme.name, three[0], three[1], three[2]);
                let back = (scheme.compare)(three[2], three[0]);
                assert_eq!(
                    back,
                    expect.reverse(),
                    "{}: {} and {} turned round",
                    scheme.name,
                    three[0],
                    three[2]
                );
            }
        }
    }
}
