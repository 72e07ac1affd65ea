//! What a project takes from npm by pnpm: the keys below `packages` in `pnpm-lock.yaml`, in the forms of versions 5 (`/a/1.0.0_peer`), 6 (`/a@1.0.0(peer@1)`)
//! and 9 (`a@1.0.0`).

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "pnpm-lock",
    revision: 1,
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
    for line in text.lines() {
        if !line.starts_with(' ') && !line.trim().is_empty() {
            within = line.trim_end() == "packages:";
        } else if let Some(key) = line.strip_prefix("  ").filter(|key| within && !key.starts_with(' '))
            && let Some((name, version)) = package(key)
        {
            found.push(Package::new(Ecosystem::Npm, name, version));
        }
    }
}

/// Name and version of a key.
fn package(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end();
    let key = line.strip_suffix(": {}").or_else(|| line.strip_suffix(':'))?;
    let key = key.trim_matches(['\'', '"']).trim_start_matches('/');
    let key = key.split('(').next()?;
    // What comes first before a digit parts the name from the version: a slash in version 5, else an `@`.
    let mut marks = key.match_indices(['@', '/']).map(|(at, _)| at).filter(|at| *at > 0);
    let at = marks.find(|at| key[at + 1..].starts_with(|first: char| first.is_ascii_digit()))?;
    let (name, version) = (&key[..at], key[at + 1..].split('_').next()?);
    (!name.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn keys_of_every_version_are_read() {
        let text = "lockfileVersion: 5.4\n\npackages:\n\n  /a/1.0.0:\n    resolution: {integrity: x}\n  /@b/c/2.0.0_d@1.0.0:\n    dev: true\n\nother:\n  /no/1.0.0:\n";
        check(&CATALOGUER, "pnpm-lock.yaml", text, &["a 1.0.0", "@b/c 2.0.0"]);
        let text = "packages:\n  /a@1.0.0(b@2.0.0):\n  '@b/c@2.0.0':\n    resolution: {}\n  'file:x':\n  d@3.0.0-rc.1: {}\n";
        check(&CATALOGUER, "pnpm-lock.yaml", text, &["a 1.0.0", "@b/c 2.0.0", "d 3.0.0-rc.1"]);
    }
}
