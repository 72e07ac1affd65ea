//! The orders that the native tools give, from the lists of osv-scalibr: they are not part of the tree.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what fails here fails the test, and what is skipped is told"
)]

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Scheme, list, and the most lines that may differ: each is explained where it is not 0.
const LISTS: &[(&str, &str, usize)] = &[
    ("apk", "alpine-versions", 0),
    ("apk", "alpine-versions-generated", 0),
    ("cran", "cran-versions", 0),
    ("cran", "cran-versions-generated", 0),
    ("dpkg", "debian-versions", 0),
    ("dpkg", "debian-versions-generated", 0),
    ("gem", "rubygems-versions", 0),
    ("gem", "rubygems-versions-generated", 0),
    ("hackage", "hackage-versions", 0),
    ("maven", "maven-versions", 0),
    ("maven", "maven-versions-generated", 0),
    ("nuget", "nuget-versions", 0),
    ("packagist", "packagist-versions", 0),
    ("packagist", "packagist-versions-generated", 0),
    ("pep440", "pypi-versions", 0),
    ("pep440", "pypi-versions-generated", 0),
    ("pub", "pub-versions", 0),
    ("rpm", "redhat-versions", 0),
    ("semver", "semver-versions", 0),
];

fn lists() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    #[expect(clippy::disallowed_methods, reason = "a test says where its inputs are by its environment")]
    let shared = std::env::var_os("COOPER_SHARED").map_or(beside, PathBuf::from);
    let archive = shared.join("conformance/version-vectors.tar.xz");
    if !archive.is_file() {
        println!("NOT RUN: there is no `{}`; set COOPER_SHARED", archive.display());
        return None;
    }
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("vectors-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let status = Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(&dir).status();
    if !status.is_ok_and(|status| status.success()) {
        println!("NOT RUN: `tar` cannot unpack `{}`", archive.display());
        return None;
    }
    Some(dir)
}

#[test]
fn versions_are_ordered_as_the_native_tools_do() {
    let Some(dir) = lists() else { return };
    let mut failures = Vec::new();
    for (scheme, list, most) in LISTS {
        let scheme = cooper_versions::scheme(scheme).unwrap();
        let text = std::fs::read_to_string(dir.join("testdata").join(format!("{list}.txt"))).unwrap();
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("//"));
        let (mut count, mut wrong) = (0, Vec::new());
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let [a, sign, b] = words.as_slice() else { panic!("{list}: {line}") };
            let expect = match *sign {
                "<" => Ordering::Less,
                "=" => Ordering::Equal,
                ">" => Ordering::Greater,
                sign => panic!("{list}: {sign}"),
            };
            count += 1;
            let (there, back) = ((scheme.compare)(a, b), (scheme.compare)(b, a));
            if there != expect || back != expect.reverse() {
                wrong.push(line);
            }
        }
        println!("{list}: {count} lines, {} differ", wrong.len());
        if wrong.len() > *most {
            failures.push(format!("{list}: {} of {count}: {:?}", wrong.len(), &wrong[..wrong.len().min(12)]));
        }
    }
    std::fs::remove_dir_all(&dir).unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
