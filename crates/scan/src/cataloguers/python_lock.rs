//! What a project takes from `PyPI`, by lock files: `poetry.lock`, `uv.lock`, `pdm.lock`, `pylock.toml` and `pylock.*.toml` (PEP 751) and `Pipfile.lock`. A project that a
//! lock file names with a version is listed, too, as are those of Cargo and npm.

use facts::{Ecosystem, Package};
use serde::Deserialize;

use crate::blocks::blocks;
use crate::json::{Pairs, Word};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "python-lock",
    revision: 4,
    files: &[
        Pattern::Name("poetry.lock"),
        Pattern::Name("uv.lock"),
        Pattern::Name("pdm.lock"),
        Pattern::Name("pylock.toml"),
        Pattern::With("pylock.", ".toml"),
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
    let table = if file.name().starts_with("pylock.") { "packages" } else { "package" };
    for block in blocks(&text, table) {
        let (Some(name), Some(version)) = (block.text("name"), block.text("version")) else { continue };
        found.push(Package::new(Ecosystem::Pypi, name, version));
    }
}

#[derive(Deserialize)]
struct Pipfile {
    #[serde(default)]
    default: Pairs<Locked>,
    #[serde(default)]
    develop: Pairs<Locked>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Locked {
    version: Word,
}

fn pipfile(text: &str, found: &mut Found) {
    let file: Pipfile = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => return found.unread(error),
    };
    for (name, entry) in file.default.iter().chain(file.develop.iter()) {
        // What comes from a repository or a directory has no version here.
        found.push(Package::new(Ecosystem::Pypi, name, entry.version.trim_start_matches('=')));
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
        let text = "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1.0\"\n";
        check(&CATALOGUER, "pylock.dev.toml", text, &["a 1.0"]);
        check(
            &CATALOGUER,
            "Pipfile.lock",
            r#"{"default": {"a": {"version": "==1.0"}, "b": {"path": "."}}, "develop": {"c": {"version": "==2"}}}"#,
            &["a 1.0", "b ", "c 2"],
        );
    }
}
