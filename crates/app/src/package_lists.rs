//! Lists of all packages of a distribution: `Packages` of Debian and its kin, `APKINDEX` of Alpine.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

use image::Reference;

/// Package managers with such lists.
pub(crate) const LISTS: &[&str] = &["apk", "apt"];

/// A list may unpack to so many bytes; that of Debian's `main` has 50 MB.
const MAX_BYTES: u64 = 512 << 20;
/// Lines of this length count; the longest of Debian's names and versions have some hundred bytes.
const MAX_LINE: u64 = 64 << 10;

/// Numbers of releases with their names, as addresses of lists have them.
const DEBIAN: &[(&str, &str)] = &[
    ("8", "jessie"),
    ("9", "stretch"),
    ("10", "buster"),
    ("11", "bullseye"),
    ("12", "bookworm"),
    ("13", "trixie"),
    ("14", "forky"),
];
const UBUNTU: &[(&str, &str)] = &[
    ("16.04", "xenial"),
    ("18.04", "bionic"),
    ("20.04", "focal"),
    ("22.04", "jammy"),
    ("24.04", "noble"),
    ("26.04", "resolute"),
];

/// Versions by the names of packages.
pub(crate) type Versions = BTreeMap<String, String>;

/// A release of a distribution.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Distribution {
    name: &'static str,
    /// `bookworm`, `jammy`, `v3.20`.
    release: String,
}

impl Distribution {
    /// What the name of an image says of it: `debian:12-slim`, `node:22-bookworm`, `python:3.13-alpine3.21`.
    pub(crate) fn of(image: &Reference) -> Option<Self> {
        let name = image.repository().rsplit('/').next()?;
        let mut parts = image.tag()?.split('-');
        let release = |(name, release): (&'static str, &str)| Self { name, release: release.to_owned() };
        match name {
            "alpine" => alpine(parts.next()?),
            "debian" => by_number(DEBIAN, parts.next()?.split('.').next()?)
                .or_else(|| parts_of(image).find_map(|part| by_name(DEBIAN, part)))
                .map(|found| release(("debian", found))),
            "ubuntu" => by_number(UBUNTU, parts.next()?)
                .or_else(|| parts_of(image).find_map(|part| by_name(UBUNTU, part)))
                .map(|found| release(("ubuntu", found))),
            _ => parts.find_map(|part| {
                let debian = by_name(DEBIAN, part).map(|found| release(("debian", found)));
                let ubuntu = || by_name(UBUNTU, part).map(|found| release(("ubuntu", found)));
                debian.or_else(ubuntu).or_else(|| alpine(part.strip_prefix("alpine")?))
            }),
        }
    }

    /// An address with the places for `{distribution}` and `{release}` filled; `None` when it is for another one.
    pub(crate) fn fill(&self, address: &str) -> Option<String> {
        let theirs =
            ["debian", "ubuntu", "alpine"].iter().find(|name| address.contains(&format!("/{name}/")));
        theirs
            .is_none_or(|name| *name == self.name)
            .then(|| address.replace("{distribution}", self.name).replace("{release}", &self.release))
    }
}

fn parts_of(image: &Reference) -> impl Iterator<Item = &str> {
    image.tag().unwrap_or_default().split('-')
}

fn by_number(table: &[(&str, &'static str)], number: &str) -> Option<&'static str> {
    table.iter().find(|(one, _)| *one == number).map(|(_, name)| *name)
}

fn by_name(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(_, one)| *one == name).map(|(_, name)| *name)
}

/// `3.20` and `3.20.1` are the release `v3.20`.
fn alpine(version: &str) -> Option<Distribution> {
    let mut numbers = version.split('.');
    let (major, minor) = (numbers.next()?, numbers.next()?);
    let number =
        |text: &str| !text.is_empty() && text.len() < 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    (number(major) && number(minor))
        .then(|| Distribution { name: "alpine", release: format!("v{major}.{minor}") })
}

/// Reads a list, compressed or not; the index of Alpine may be in its archive. Of several versions of a package the last
/// counts.
pub(crate) fn read(source: impl Read + Send) -> io::Result<Versions> {
    let mut lines = store::decompress(source)?.take(MAX_BYTES);
    let (mut found, mut name, mut line) = (Versions::new(), None, Vec::new());
    loop {
        line.clear();
        if (&mut lines).take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(found);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if let Some(rest) = text.strip_prefix("Package: ").or_else(|| text.strip_prefix("P:")) {
            name = Some(rest.to_owned());
        } else if let Some(version) = text.strip_prefix("Version: ").or_else(|| text.strip_prefix("V:")) {
            found.extend(name.take().map(|name| (name, version.to_owned())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_tell_the_distribution() {
        let check = |image: &str, expect: &str| {
            let found = Distribution::of(&image.parse().unwrap());
            let found = found.map_or_else(String::new, |found| format!("{} {}", found.name, found.release));
            assert_eq!(found, expect, "{image}");
        };
        check("debian:12.5-slim", "debian bookworm");
        check("debian:trixie-20250811-slim", "debian trixie");
        check("registry.example.com/mirror/ubuntu:24.04", "ubuntu noble");
        check("node:22-bookworm-slim", "debian bookworm");
        check("python:3.13-alpine3.21", "alpine v3.21");
        check("alpine:3.20.1", "alpine v3.20");
        for unknown in ["debian", "debian:stable", "alpine:edge", "node:22", "node:22-alpine", "12:12"] {
            check(unknown, "");
        }
    }

    #[test]
    fn addresses_are_those_of_the_distribution() {
        let debian = Distribution { name: "debian", release: "bookworm".to_owned() };
        let fill = |address: &str| debian.fill(address);
        assert_eq!(
            fill("https://a/{distribution}/dists/{release}/P"),
            Some("https://a/debian/dists/bookworm/P".into())
        );
        assert_eq!(fill("https://a/debian/{release}/P"), Some("https://a/debian/bookworm/P".into()));
        assert_eq!(fill("https://a/ubuntu/{release}/P"), None);
    }

    #[test]
    fn lists_of_both_kinds_are_read() {
        let packages =
            b"Package: curl\nArchitecture: amd64\nVersion: 7.88.1-10+deb12u5\n\nPackage: a\nVersion: 1\n";
        let apkindex = b"C:Q1=\nP:curl\nV:8.12.1-r0\nA:x86_64\n\nP:b\nT:no version\n";
        assert_eq!(read(&packages[..]).unwrap().get("curl").unwrap(), "7.88.1-10+deb12u5");
        assert_eq!(read(&packages[..]).unwrap().len(), 2);
        assert_eq!(
            read(&apkindex[..]).unwrap().into_iter().collect::<Vec<_>>(),
            [("curl".into(), "8.12.1-r0".into())]
        );
    }
}
