//! What a project takes from `PyPI`, by lock files: `poetry.lock`, `uv.lock` and `*.py.lock` (of scripts), `pdm.lock`, `pylock.toml` and `pylock.*.toml` (PEP 751) and `Pipfile.lock`. A project that a
//! lock file names with a version is listed, too, as are those of Cargo and npm.

use facts::{Ecosystem, Package};
use serde::Deserialize;

use crate::blocks::blocks;
use crate::json::{Object, Pairs, Word, document};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "python-lock",
    revision: 6,
    files: &[
        Pattern::Name("poetry.lock"),
        Pattern::Name("uv.lock"),
        Pattern::End(".py.lock"),
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
        // What comes from a repository or a directory need not have a version.
        let (name, version) = (block.text("name").unwrap_or_default(), block.text("version"));
        found.push(Package::new(Ecosystem::Pypi, name, version.unwrap_or_default()));
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Locked {
    version: Word,
}

/// Each category of packages is an object; the usual ones are `default` and `develop`.
fn pipfile(text: &str, found: &mut Found) {
    let Some(categories) = document::<Pairs<Pairs<Object<Locked>>>>(text, found) else { return };
    for (_, category) in categories.iter().filter(|(name, _)| name != "_meta") {
        for (name, entry) in category.iter() {
            found.push(Package::new(Ecosystem::Pypi, name, entry.version.trim_start_matches('=')));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn lock_files_are_read() {
        let text = "[[package]]\nname = \"a\"\nversion = \"1.0\"\n\n[package.dependencies]\nb = \"*\"\n\n[[package]]\nname = \"me\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\n[[package]]\nname = \"part\"\n";
        check(&CATALOGUER, "uv.lock", text, &["a 1.0", "me 0.1", "part "]);
        check(&CATALOGUER, "x/tool.py.lock", text, &["a 1.0", "me 0.1", "part "]);
        let text = "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1.0\"\n";
        check(&CATALOGUER, "pylock.dev.toml", text, &["a 1.0"]);
        check(
            &CATALOGUER,
            "Pipfile.lock",
            r#"{"_meta": {"hash": {"sha256": "x"}}, "default": {"a": {"version": "==1.0"}, "b": {"path": "."}}, "develop": {"c": {"version": "==2"}, "d": null}, "docs": {"e": {"version": "==3"}}}"#,
            &["a 1.0", "b ", "c 2", "d ", "e 3"],
        );
    }
}
