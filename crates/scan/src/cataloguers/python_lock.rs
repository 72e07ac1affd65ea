//! What a project takes from `PyPI`, by lock files: `poetry.lock`, `uv.lock`, `pdm.lock`, `pylock.toml` (PEP 751) and `Pipfile.lock`. A project that a
//! lock file names with a version is listed, too, as are those of Cargo and npm.

use facts::{Ecosystem, Package};
use serde_json::Value;

use crate::blocks::blocks;
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "python-lock",
    revision: 2,
    files: &[
        Pattern::Name("poetry.lock"),
        Pattern::Name("uv.lock"),
        Pattern::Name("pdm.lock"),
        Pattern::Name("pylock.toml"),
        Pattern::Name("Pipfile.lock"),
    ],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    if file.name() == "Pipfile.lock" {
        return pipfile(&text, found);
    }
    let table = if file.name() == "pylock.toml" { "packages" } else { "package" };
    for block in blocks(&text, table) {
        let (Some(name), Some(version)) = (block.text("name"), block.text("version")) else { continue };
        found.push(Package::new(Ecosystem::Pypi, name, version));
    }
}

fn pipfile(text: &str, found: &mut Found) {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return found.unread(error),
    };
    for group in ["default", "develop"] {
        for (name, entry) in value.get(group).and_then(Value::as_object).into_iter().flatten() {
            // What comes from a repository or a directory has no version here.
            let version = entry.get("version").and_then(Value::as_str).unwrap_or_default();
            found.push(Package::new(Ecosystem::Pypi, name, version.trim_start_matches('=')));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn lock_files_are_read() {
        let text = "[[package]]\nname = \"a\"\nversion = \"1.0\"\n\n[package.dependencies]\nb = \"*\"\n\n[[package]]\nname = \"me\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\n";
        check(&CATALOGUER, "uv.lock", text, &["a 1.0", "me 0.1"]);
        check(
            &CATALOGUER,
            "Pipfile.lock",
            r#"{"default": {"a": {"version": "==1.0"}, "b": {"path": "."}}, "develop": {"c": {"version": "==2"}}}"#,
            &["a 1.0", "b ", "c 2"],
        );
    }
}
