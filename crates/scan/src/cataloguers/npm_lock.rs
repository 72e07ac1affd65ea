//! What a project takes from npm: `package-lock.json` and `npm-shrinkwrap.json` in all three versions.

use facts::{Ecosystem, Package};
use serde_json::Value;

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "npm-lock",
    revision: 1,
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
        Some(packages) => packages.iter().for_each(|(path, entry)| placed(path, entry, found)),
        None => nested(&value, 0, found),
    }
}

/// A package by the path where it is put (version 2 and 3).
fn placed(path: &str, entry: &Value, found: &mut Found) {
    if entry.get("link").and_then(Value::as_bool) == Some(true) {
        return;
    }
    let by_path = path.rsplit_once("node_modules/").map_or(path, |(_, name)| name);
    let name = entry.get("name").and_then(Value::as_str).unwrap_or(by_path);
    let version = entry.get("version").and_then(Value::as_str).unwrap_or_default();
    if !version.is_empty() {
        let mut package = Package::new(Ecosystem::Npm, name, version);
        package.licenses =
            entry.get("license").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
        found.push(package);
    }
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
        if !version.is_empty() && !version.starts_with("file:") {
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
        check(&CATALOGUER, "package-lock.json", first, &["a 1.0.0", "b 2.0.0", "@d/e 3.0.0"]);
        let third = r#"{"lockfileVersion": 3, "packages": {"": {"name": "root", "version": "0.1.0"}, "node_modules/a": {"version": "1.0.0"},
            "node_modules/a/node_modules/@b/c": {"version": "2.0.0"}, "node_modules/x": {"name": "y", "version": "3.0.0"},
            "node_modules/w": {"resolved": "packages/w", "link": true}}}"#;
        check(&CATALOGUER, "package-lock.json", third, &["root 0.1.0", "a 1.0.0", "@b/c 2.0.0", "y 3.0.0"]);
        check(&CATALOGUER, "node_modules/a/package-lock.json", third, &[]);
    }
}
