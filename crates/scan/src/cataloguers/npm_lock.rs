//! What a project takes from npm: `package-lock.json` and `npm-shrinkwrap.json` in all three versions.

use std::collections::BTreeMap;

use facts::{Ecosystem, Package};
use serde::Deserialize;

use crate::json::{Names, Object, Pairs, Word, document};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "npm-lock",
    revision: 5,
    files: &[Pattern::Name("package-lock.json"), Pattern::Name("npm-shrinkwrap.json")],
    reads: Reads::Declared,
    read,
};

/// Levels of packages in packages.
const MAX_DEPTH: usize = 100;

fn read(file: &FileToRead<'_>, found: &mut Found) {
    // What a package brings with it says nothing of the project.
    if file.path.contains("node_modules/") {
        return;
    }
    let Some(text) = file.text(found) else { return };
    let Some(lock) = document::<Lock>(&text, found) else { return };
    drop(text);
    match lock.packages {
        Some(packages) => placed(packages, found),
        None => nested(&lock.dependencies, 0, found),
    }
}

/// What is read of a file; all else is passed over and takes no memory.
#[derive(Deserialize)]
struct Lock {
    packages: Option<Pairs<Object<Placed>>>,
    #[serde(default)]
    dependencies: Pairs<Object<Nested>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Placed {
    name: Word,
    version: Word,
    license: Names,
    link: bool,
    resolved: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Nested {
    version: Word,
    dependencies: Pairs<Object<Nested>>,
}

/// Packages by the paths where they are put (version 2 and 3). A link leads to a part of the project, whose name it may say.
fn placed(packages: Pairs<Object<Placed>>, found: &mut Found) {
    let links: BTreeMap<String, String> = packages
        .iter()
        .filter(|(_, entry)| entry.link && !entry.resolved.is_empty())
        .map(|(path, entry)| (entry.resolved.to_string(), by_path(path).to_owned()))
        .collect();
    for (path, entry) in packages.into_iter().filter(|(_, entry)| !entry.link) {
        let is_named = !entry.name.is_empty();
        let entry = entry.into_inner();
        // The project itself and parts of it need not have a version, nor a name.
        if entry.version.is_empty() && !is_named && !path.contains("node_modules/") {
            continue;
        }
        let by_link = || links.get(&path).cloned().unwrap_or_else(|| by_path(&path).to_owned());
        let name = if is_named { entry.name.into_text() } else { by_link() };
        let mut package = Package::new(Ecosystem::Npm, name, entry.version.into_text());
        package.licenses = entry.license.into_vec();
        found.push(package);
    }
}

fn by_path(path: &str) -> &str {
    path.rsplit_once("node_modules/").map_or(path, |(_, name)| name)
}

/// Packages in packages (version 1).
fn nested(packages: &Pairs<Object<Nested>>, depth: usize, found: &mut Found) {
    if depth == MAX_DEPTH {
        return;
    }
    for (name, entry) in packages.iter() {
        let version = &*entry.version;
        // `npm:other@1.0.0` is another package under this name.
        let (name, version) = version
            .strip_prefix("npm:")
            .and_then(|other| other.rsplit_once('@'))
            .unwrap_or((name.as_str(), version));
        if !version.is_empty() {
            found.push(Package::new(Ecosystem::Npm, name, version));
        }
        nested(&entry.dependencies, depth + 1, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};

    #[test]
    fn all_versions_are_read() {
        let first = r#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}},
            "c": {"version": "npm:@d/e@3.0.0"}, "f": {"version": "file:../f"}}}"#;
        check(&CATALOGUER, "package-lock.json", first, &["a 1.0.0", "b 2.0.0", "@d/e 3.0.0", "f file:../f"]);
        let third = r#"{"lockfileVersion": 3, "packages": {"": {"name": "root", "version": "0.1.0"}, "node_modules/a": {"version": "1.0.0"},
            "node_modules/a/node_modules/@b/c": {"version": "2.0.0"}, "node_modules/x": {"name": "y", "version": "3.0.0"},
            "node_modules/w": {"resolved": "packages/w", "link": true}, "packages/w": {"version": "0.2.0"}, "packages/v": {},
            "packages/t": {"name": "t"}, "node_modules/u": {"resolved": "x"}, "node_modules/s": null}}"#;
        let expect = ["root 0.1.0", "a 1.0.0", "@b/c 2.0.0", "y 3.0.0", "w 0.2.0", "t ", "u ", "s "];
        check(&CATALOGUER, "package-lock.json", third, &expect);
        check(&CATALOGUER, "node_modules/a/package-lock.json", third, &[]);
    }

    #[test]
    fn licences_are_read_in_every_form() {
        let text =
            r#"{"packages": {"node_modules/a": {"version": "1.0.0", "license": ["MIT", {"type": "ISC"}]}}}"#;
        assert_eq!(found(&CATALOGUER, "package-lock.json", text).packages[0].licenses, ["MIT", "ISC"]);
    }
}
