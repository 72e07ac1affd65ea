//! The schemes, one file each.

use crate::Scheme;

kit::table! {
    Scheme;
    apk::SCHEME,
    cran::SCHEME,
    dart::SCHEME,
    dpkg::SCHEME,
    gem::SCHEME,
    go::SCHEME,
    hackage::SCHEME,
    maven::SCHEME,
    nuget::SCHEME,
    packagist::SCHEME,
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

    /// Whether a scheme has versions made of these parts in the order that they have by all that is in them.
    pub(crate) fn check_whole(scheme: &Scheme, whole: fn(&[u8], &[u8]) -> Ordering, parts: &[&str]) {
        let mut state = 1_u64;
        let mut next = |most: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % most
        };
        for _ in 0..60_000 {
            let mut make = |count| (0..count).map(|_| parts[next(parts.len())]).collect::<String>();
            let (same, a, b) = (make(4), make(3), make(3));
            let cut = |text: &str, n: usize| text[..text.len() - n % (text.len() + 1)].to_owned();
            let (a, b) = (cut(&format!("{same}{a}"), next(6)), cut(&format!("{same}{b}"), next(6)));
            let expect = whole(a.as_bytes(), b.as_bytes());
            assert_eq!((scheme.compare)(&a, &b), expect, "{}: {a} {b}", scheme.name);
        }
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
