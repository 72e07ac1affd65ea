//! What a project takes from npm by pnpm: the keys below `packages` in `pnpm-lock.yaml`, in the forms of versions 5 (`/a/1.0.0_peer`), 6 (`/a@1.0.0(peer@1)`)
//! and 9 (`a@1.0.0`).

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "pnpm-lock",
    revision: 4,
    files: &[Pattern::Name("pnpm-lock.yaml")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if file.path.contains("node_modules/") {
        return;
    }
    let Some(text) = file.text(found) else { return };
    let (mut within, mut step) = (false, 0);
    let mut open: Option<(String, String)> = None;
    for line in text.lines().map(without_comment).filter(|line| !line.is_empty()) {
        match line.len() - line.trim_start().len() {
            0 => {
                push(&mut open, found);
                (within, step) = (line == "packages:", 0);
            }
            depth if within => {
                // How deep the keys are is what the first one has.
                step = if step == 0 { depth } else { step };
                if depth == step {
                    push(&mut open, found);
                    open = package(line).map(|(name, version)| (name.to_owned(), version.to_owned()));
                } else if depth == 2 * step {
                    said(line, &mut open);
                }
            }
            _ => {}
        }
    }
    push(&mut open, found);
}

fn without_comment(line: &str) -> &str {
    let line = if line.trim_start().starts_with('#') { "" } else { line };
    line.split(" #").next().unwrap_or_default().trim_end()
}

fn push(open: &mut Option<(String, String)>, found: &mut Found) {
    if let Some((name, version)) = open.take() {
        found.push(Package::new(Ecosystem::Npm, name, version));
    }
}

/// What comes from elsewhere than the registry says its name and version itself.
fn said(line: &str, open: &mut Option<(String, String)>) {
    let (Some((name, version)), Some((key, value))) = (open, line.trim().split_once(": ")) else { return };
    let value = value.trim().trim_matches(['\'', '"']);
    match key {
        "name" => value.clone_into(name),
        "version" => value.clone_into(version),
        _ => {}
    }
}

/// Name and version of a key.
fn package(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let key = match line.strip_prefix(['\'', '"']) {
        Some(quoted) => quoted.split(['\'', '"']).next()?,
        None => line.split(": ").next()?.strip_suffix(':').or_else(|| Some(line.split_once(": ")?.0))?,
    };
    let key = key.split('(').next()?;
    let Some(path) = key.strip_prefix('/') else {
        // Another registry than the usual one is named by its host.
        let host = key.split_once('/').filter(|(host, _)| !host.contains('@'));
        return of_registry(host.map_or(key, |(_, path)| path)).or_else(|| Some(elsewhere(key)));
    };
    of_registry(path).or_else(|| Some(elsewhere(path)))
}

/// `name@1.0.0`, `name/1.0.0_peer`, `name/1.0.0/peer@2.0.0`; a name may have a scope.
fn of_registry(path: &str) -> Option<(&str, &str)> {
    let scope = if path.starts_with('@') { path.find('/')? + 1 } else { 0 };
    let at = scope + path[scope..].find(['@', '/'])?;
    let (name, version) = (&path[..at], path[at + 1..].split(['_', '/']).next()?);
    let is_version = version.starts_with(|first: char| first.is_ascii_digit()) && version.contains('.');
    (is_version && at > scope).then_some((name, version))
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
    fn odd_names_and_forms_are_read() {
        let text = "packages:\n    /@a/7z/1.0.0:\n        dev: true\n    # x\n    '@a/7z@2.0.0': {dev: true}\n    \"@b/c@1.0.0\": # x\n        name: d\n            version: 9\n\
                    \x20   h.org/@e/f/1.0.0_g@2.0.0:\n    h.org/i/1.0.0/g@2.0.0: {}\n    /7z@3.0.0:\nsettings:\n  x@1.0.0:\n---\npackages:\n  j@1.0.0:\n";
        let expect =
            ["@a/7z 1.0.0", "@a/7z 2.0.0", "d 1.0.0", "@e/f 1.0.0", "i 1.0.0", "7z 3.0.0", "j 1.0.0"];
        check(&CATALOGUER, "pnpm-lock.yaml", text, &expect);
    }

    #[test]
    fn what_is_not_of_the_registry_says_its_name_and_version() {
        let text = "packages:\n\n  github.com/x/y/0123abcd:\n    resolution: {tarball: https://x}\n    name: z\n    version: 1.5.0\n    dev: true\n\n\
                    \x20 l@https://codeload.github.com/l/l/tar.gz/abc:\n    resolution: {tarball: https://x}\n    version: 4.17.21\n\n  github.com/a/b/9f8e:\n    dev: true\n  '@a/s@git+ssh://git@x.org/s.git#01':\n    version: 2.0.0\n";
        check(&CATALOGUER, "pnpm-lock.yaml", text, &["z 1.5.0", "l 4.17.21", "b 9f8e", "@a/s 2.0.0"]);
    }
}
