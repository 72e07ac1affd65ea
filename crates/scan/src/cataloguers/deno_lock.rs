//! What a project takes from npm by Deno: `deno.lock` of versions 2 to 5. Keys are `name@version`, behind a `_` are peers. What comes from JSR
//! or an address is left out: there are no advisories about it, and package URLs do not know it.

use facts::{Ecosystem, Package};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::json::{Object, Pairs, document};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "deno-lock",
    revision: 1,
    files: &[Pattern::Name("deno.lock")],
    reads: Reads::Declared,
    read,
};

#[derive(Deserialize)]
struct Lock {
    /// Packages; in version 2 they are one level deeper.
    #[serde(default)]
    npm: Pairs<Pairs<IgnoredAny>>,
    /// Version 3 has them here.
    #[serde(default)]
    packages: Object<Groups>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Groups {
    npm: Pairs<IgnoredAny>,
}

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if file.path.contains("node_modules/") {
        return;
    }
    let Some(text) = file.text(found) else { return };
    let Some(lock) = document::<Lock>(&text, found) else { return };
    let second = lock.npm.iter().filter(|(key, _)| key == "packages").flat_map(|(_, inner)| inner.iter());
    let deeper = second.chain(lock.packages.npm.iter()).map(|(key, _)| key);
    for key in lock.npm.iter().map(|(key, _)| key).chain(deeper) {
        if let Some((name, version)) = split(key) {
            found.push(Package::new(Ecosystem::Npm, name, version));
        }
    }
}

/// `@a/b` and `1.0.0` of `@a/b@1.0.0_peer@2.0.0`.
fn split(key: &str) -> Option<(&str, &str)> {
    let at = key.get(1..)?.find('@')? + 1;
    Some((&key[..at], key[at + 1..].split('_').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};

    #[test]
    fn all_versions_are_read() {
        let second = r#"{"version": "2", "remote": {"https://x/mod.ts": "0a"}, "npm": {"specifiers": {"a@1": "a@1.0.0"}, "packages": {"a@1.0.0": {"dependencies": {}}}}}"#;
        check(&CATALOGUER, "deno.lock", second, &["a 1.0.0"]);
        let third = r#"{"version": "3", "packages": {"specifiers": {"npm:a": "npm:a@1.0.0"}, "jsr": {"@s/p@1.0.0": {}}, "npm": {"@a/b_c@1.0.0_d@2.0.0": {}}}}"#;
        check(&CATALOGUER, "deno.lock", third, &["@a/b_c 1.0.0"]);
        let fifth = r#"{"version": "5", "specifiers": {"npm:a@1": "1.0.0"}, "jsr": {"@s/p@1.0.0": {}}, "npm": {"a@1.0.0": {"dependencies": ["b"]}, "b@2.0.0-rc.1": {}}}"#;
        check(&CATALOGUER, "deno.lock", fifth, &["a 1.0.0", "b 2.0.0-rc.1"]);
        check(&CATALOGUER, "node_modules/x/deno.lock", fifth, &[]);
        assert!(found(&CATALOGUER, "deno.lock", "{").unread.is_some());
    }
}
