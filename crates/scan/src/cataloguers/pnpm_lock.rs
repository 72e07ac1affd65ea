//! What a project takes from npm by pnpm: the keys below `packages` in `pnpm-lock.yaml`, in the forms of versions 5 (`/a/1.0.0_peer`), 6 (`/a@1.0.0(peer@1)`)
//! and 9 (`a@1.0.0`).

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "pnpm-lock",
    revision: 3,
    files: &[Pattern::Name("pnpm-lock.yaml")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if file.path.contains("node_modules/") {
        return;
    }
    let Some(text) = file.text(found) else { return };
    let mut within = false;
    let mut open: Option<(String, String)> = None;
    for line in text.lines().chain(["end:"]) {
        let depth = line.len() - line.trim_start().len();
        match depth {
            0 if !line.trim().is_empty() => {
                push(&mut open, found);
                within = line.trim_end() == "packages:";
            }
            2 if within => {
                push(&mut open, found);
                open = package(line).map(|(name, version)| (name.to_owned(), version.to_owned()));
            }
            // What comes from elsewhere than the registry says its name and version itself.
            4 if within => {
                if let (Some((name, version)), Some((key, value))) = (&mut open, line.trim().split_once(": "))
                {
                    let value = value.trim().trim_matches(['\'', '"']);
                    match key {
                        "name" => value.clone_into(name),
                        "version" => value.clone_into(version),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

fn push(open: &mut Option<(String, String)>, found: &mut Found) {
    if let Some((name, version)) = open.take() {
        found.push(Package::new(Ecosystem::Npm, name, version));
    }
}

/// Name and version of a key.
fn package(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let key = line.strip_suffix(": {}").or_else(|| line.strip_suffix(':'))?;
    let key = key.trim_matches(['\'', '"']);
    let is_elsewhere = key.contains(':') || !(key.starts_with('/') || key.get(1..)?.contains('@'));
    let key = key.trim_start_matches('/').split('(').next()?;
    if is_elsewhere {
        return Some(elsewhere(key));
    }
    // What comes first before a digit parts the name from the version: a slash in version 5, else an `@`.
    let mut marks = key.match_indices(['@', '/']).map(|(at, _)| at).filter(|at| *at > 0);
    let at = marks.find(|at| key[at + 1..].starts_with(|first: char| first.is_ascii_digit()))?;
    let (name, version) = (&key[..at], key[at + 1..].split('_').next()?);
    (!name.is_empty()).then_some((name, version))
}

/// `name@address`, or a path of a host whose last parts are a repository and a commit. Fields say better where there are any.
fn elsewhere(key: &str) -> (&str, &str) {
    // An address can have an `@`, too, and a name begin with one.
    let at = key.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
    if let Some(name) = at.map(|at| &key[..at]).filter(|name| !name.contains(':')) {
        return (name, "");
    }
    let mut parts = key.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(version), Some(name)) if !key.contains(':') => (name, version),
        _ => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn keys_of_every_version_are_read() {
        let text = "lockfileVersion: 5.4\n\npackages:\n\n  /a/1.0.0:\n    resolution: {integrity: x}\n  /@b/c/2.0.0_d@1.0.0:\n    dev: true\n  /lodash.merge/4.6.2:\n    dev: true\n\nother:\n  /no/1.0.0:\n";
        check(&CATALOGUER, "pnpm-lock.yaml", text, &["a 1.0.0", "@b/c 2.0.0", "lodash.merge 4.6.2"]);
        let text = "packages:\n  /a@1.0.0(b@2.0.0):\n  '@b/c@2.0.0':\n    resolution: {}\n  'x@file:x':\n  d@3.0.0-rc.1: {}\n";
        check(&CATALOGUER, "pnpm-lock.yaml", text, &["a 1.0.0", "@b/c 2.0.0", "x ", "d 3.0.0-rc.1"]);
    }

    #[test]
    fn what_is_not_of_the_registry_says_its_name_and_version() {
        let text = "packages:\n\n  github.com/x/y/0123abcd:\n    resolution: {tarball: https://x}\n    name: z\n    version: 1.5.0\n    dev: true\n\n\
                    \x20 l@https://codeload.github.com/l/l/tar.gz/abc:\n    resolution: {tarball: https://x}\n    version: 4.17.21\n\n  github.com/a/b/9f8e:\n    dev: true\n  '@a/s@git+ssh://git@x.org/s.git#01':\n    version: 2.0.0\n";
        check(&CATALOGUER, "pnpm-lock.yaml", text, &["z 1.5.0", "l 4.17.21", "b 9f8e", "@a/s 2.0.0"]);
    }
}
