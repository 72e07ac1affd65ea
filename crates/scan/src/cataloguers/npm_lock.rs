//! What a project takes from npm: `package-lock.json` and `npm-shrinkwrap.json` in all three versions.

use std::collections::BTreeMap;

use facts::{Ecosystem, Package};
use serde_json::{Map, Value};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "npm-lock",
    revision: 2,
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
    let value: Value = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(error) => return found.unread(error),
    };
    match value.get("packages").and_then(Value::as_object) {
        Some(packages) => placed(packages, found),
        None => nested(&value, 0, found),
    }
}

/// Packages by the paths where they are put (version 2 and 3). A link leads to a part of the project, whose name it may say.
fn placed(packages: &Map<String, Value>, found: &mut Found) {
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let is_link = |entry: &Value| entry.get("link").and_then(Value::as_bool) == Some(true);
    let links: BTreeMap<String, &str> = packages
        .iter()
        .filter(|(_, entry)| is_link(entry))
        .filter_map(|(path, entry)| Some((text(entry, "resolved")?, by_path(path))))
        .collect();
    for (path, entry) in packages.iter().filter(|(_, entry)| !is_link(entry)) {
        let named = text(entry, "name").or_else(|| links.get(path).map(|name| (*name).to_owned()));
        let name = named.unwrap_or_else(|| by_path(path).to_owned());
        let version = text(entry, "version").unwrap_or_default();
        // The project itself and parts of it need not have a version.
        if !version.is_empty() || path.contains("node_modules/") {
            let mut package = Package::new(Ecosystem::Npm, name, version);
            package.licenses = text(entry, "license").into_iter().collect();
            found.push(package);
        }
    }
}

fn by_path(path: &str) -> &str {
    path.rsplit_once("node_modules/").map_or(path, |(_, name)| name)
}

/// Packages in packages (version 1).
fn nested(value: &Value, depth: usize, found: &mut Found) {
    let Some(packages) = value.get("dependencies").and_then(Value::as_object).filter(|_| depth < MAX_DEPTH)
    else {
        return;
    };
    for (name, entry) in packages {
        let version = entry.get("version").and_then(Value::as_str).unwrap_or_default();
        // `npm:other@1.0.0` is another package under this name.
        let (name, version) = version
            .strip_prefix("npm:")
            .and_then(|other| other.rsplit_once('@'))
            .unwrap_or((name.as_str(), version));
        if !version.is_empty() {
            found.push(Package::new(Ecosystem::Npm, name, version));
        }
        nested(entry, depth + 1, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn all_versions_are_read() {
        let first = r#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}},
            "c": {"version": "npm:@d/e@3.0.0"}, "f": {"version": "file:../f"}}}"#;
        check(&CATALOGUER, "package-lock.json", first, &["a 1.0.0", "b 2.0.0", "@d/e 3.0.0", "f file:../f"]);
        let third = r#"{"lockfileVersion": 3, "packages": {"": {"name": "root", "version": "0.1.0"}, "node_modules/a": {"version": "1.0.0"},
            "node_modules/a/node_modules/@b/c": {"version": "2.0.0"}, "node_modules/x": {"name": "y", "version": "3.0.0"},
            "node_modules/w": {"resolved": "packages/w", "link": true}, "packages/w": {"version": "0.2.0"}, "packages/v": {},
            "node_modules/u": {"resolved": "x"}}}"#;
        let expect = ["root 0.1.0", "a 1.0.0", "@b/c 2.0.0", "y 3.0.0", "w 0.2.0", "u "];
        check(&CATALOGUER, "package-lock.json", third, &expect);
        check(&CATALOGUER, "node_modules/a/package-lock.json", third, &[]);
    }
}
