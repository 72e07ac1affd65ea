//! What a project takes of Go modules (Go, "Modules reference", go.mod files): `require` with what `replace` puts in its place. A module that
//! is replaced by a directory is part of the project, as is the main module, which has no version. The standard library is that of the toolchain
//! which the file asks for: since Go 1.21 at least that of the `go` line. Before Go 1.17 the file says nothing of what its modules require; then the
//! newest version of each other module in `go.sum` beside it is listed, too.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "go-mod",
    revision: 4,
    files: &[Pattern::Name("go.mod")],
    reads: Reads::Declared,
    read,
};

/// By module, and by version where only one is replaced: what is in its place, and at which version.
type Replaced<'a> = BTreeMap<(&'a str, Option<&'a str>), (&'a str, Option<&'a str>)>;

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.short_text(found) else { return };
    let mut required: BTreeMap<&str, &str> = BTreeMap::new();
    let mut replaced = Replaced::new();
    let mut excluded: BTreeSet<(&str, &str)> = BTreeSet::new();
    let (mut language, mut toolchain) = ("", "");
    let mut block = "";
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        if let Some(verb) = line.strip_suffix('(') {
            block = verb.trim();
            continue;
        }
        let mut words: Vec<&str> =
            line.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        if line == ")" {
            block = "";
        }
        let verb = if block.is_empty() && !words.is_empty() { words.remove(0) } else { block };
        match (verb, words.as_slice()) {
            ("require", [module, version, ..]) => drop(required.insert(module, version)),
            ("exclude", [module, version]) => drop(excluded.insert((module, version))),
            ("module", [module]) => found.push(Package::new(Ecosystem::Golang, *module, "")),
            ("go", [version]) => language = version,
            ("toolchain", [version]) => toolchain = version.strip_prefix("go").unwrap_or(version),
            ("replace", [old, "=>", new, rest @ ..]) => {
                replaced.insert((old, None), (new, rest.first().copied()));
            }
            ("replace", [old, at, "=>", new, rest @ ..]) => {
                replaced.insert((old, Some(at)), (new, rest.first().copied()));
            }
            _ => {}
        }
    }
    if let Some(version) = standard(language, toolchain) {
        found.push(Package::new(Ecosystem::Golang, "stdlib", version));
    }
    if !lists_all(language)
        && let Some(sums) = file.beside("go.sum")
    {
        summed(&sums, &required, &replaced, found);
    }
    for (module, version) in required {
        if excluded.contains(&(module, version)) {
            continue;
        }
        let replacement = replaced.get(&(module, Some(version))).or_else(|| replaced.get(&(module, None)));
        match replacement {
            Some((new, Some(version))) => found.push(Package::new(Ecosystem::Golang, *new, *version)),
            Some(_) => {}
            None => found.push(Package::new(Ecosystem::Golang, module, version)),
        }
    }
}

/// Whether a file for this version of Go names all modules that are used.
fn lists_all(language: &str) -> bool {
    let mut numbers = language.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    (numbers.next(), numbers.next()) >= (Some(1), Some(17))
}

/// What `go.sum` has of modules that are not required by the project itself.
fn summed(sums: &str, required: &BTreeMap<&str, &str>, replaced: &Replaced<'_>, found: &mut Found) {
    let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
    for line in sums.lines() {
        let mut words = line.split_whitespace();
        let (Some(module), Some(version)) = (words.next(), words.next()) else { continue };
        // With this end it is the sum of a file that was only looked at.
        if version.ends_with("/go.mod") || required.contains_key(module) {
            continue;
        }
        // The lines of a module are in the order of its versions.
        newest.insert(module, version);
    }
    let replacements: BTreeSet<&str> = replaced.values().map(|(new, _)| *new).collect();
    for (module, version) in newest.into_iter().filter(|(module, _)| !replacements.contains(module)) {
        found.push(Package::new(Ecosystem::Golang, module, version));
    }
}

/// The version of the standard library; nothing where any newer one does.
fn standard(language: &str, toolchain: &str) -> Option<String> {
    if !toolchain.is_empty() && toolchain != "default" {
        return toolchain.split('-').next().map(str::to_owned);
    }
    let mut numbers = language.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor, has_patch) = (numbers.next()??, numbers.next()??, numbers.next().is_some());
    let is_exact = (major, minor) >= (1, 21);
    is_exact.then(|| if has_patch { language.to_owned() } else { format!("{language}.0") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn old_files_are_read_with_their_sums() {
        let dir = tempfile::tempdir().unwrap();
        let sums = "a.org/a v1.0.0 h1:x=\na.org/a v1.0.0/go.mod h1:x=\nb.org/b v0.1.0 h1:x=\nb.org/b v0.2.0 h1:x=\nc.org/c v1.0.0/go.mod h1:x=\nd.org/d v1.0.0 h1:x=\n";
        std::fs::write(dir.path().join("go.sum"), sums).unwrap();
        let check = |version: &str, expect: &[&str]| {
            let text = format!("go {version}\nrequire a.org/a v1.0.0\nreplace a.org/a => d.org/d v1.0.0\n");
            let content = crate::Content::of(text.into_bytes());
            let mut found = Found::default();
            read(
                &FileToRead {
                    path: "go.mod",
                    content: &content,
                    dir: Some(dir.path()),
                    scratch: &tempfile::tempfile,
                },
                &mut found,
            );
            let names: Vec<_> =
                found.packages.iter().map(|one| format!("{} {}", one.name, one.version)).collect();
            assert_eq!(names, expect, "{version}");
        };
        check("1.16", &["b.org/b v0.2.0", "d.org/d v1.0.0"]);
        check("1.17", &["d.org/d v1.0.0"]);
    }

    #[test]
    fn requirements_are_read_with_their_replacements() {
        let text = "module m\n\ngo 1.21\n\nrequire a.org/a v1.0.0 // indirect\nrequire (\n\tb.org/b/v2 v2.1.0+incompatible\n\tc.org/c v1.0.0\n\td.org/d v0.1.0\n)\n\
                    replace c.org/c v1.0.0 => x.org/c v1.1.0\nreplace d.org/d => ../d\nexclude a.org/a v0.9.0\n";
        check(
            &CATALOGUER,
            "go.mod",
            text,
            &["m ", "stdlib 1.21.0", "a.org/a v1.0.0", "b.org/b/v2 v2.1.0+incompatible", "x.org/c v1.1.0"],
        );
        check(&CATALOGUER, "go.mod", "module m\ngo 1.22.1\ntoolchain go1.22.5-x\n", &["m ", "stdlib 1.22.5"]);
        check(&CATALOGUER, "go.mod", "require(\n a.org/a v1.0.0\n)\ngo 1.17\n", &["a.org/a v1.0.0"]);
        check(&CATALOGUER, "go.mod", "go 1.16\nrequire a.org/a v1.0.0\nexclude a.org/a v1.0.0\n", &[]);
    }
}
