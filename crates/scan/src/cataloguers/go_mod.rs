//! What a project takes of Go modules (Go, "Modules reference", go.mod files): `require` with what `replace` puts in its place. A module that
//! is replaced by a directory is part of the project.

use std::collections::BTreeMap;

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "go-mod",
    revision: 1,
    files: &[Pattern::Name("go.mod")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    let mut required: BTreeMap<&str, &str> = BTreeMap::new();
    let mut replaced: Vec<(&str, Option<&str>, &str, Option<&str>)> = Vec::new();
    let mut block = "";
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let mut words: Vec<&str> =
            line.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        match words.as_slice() {
            [verb, "("] => {
                block = verb;
                continue;
            }
            [")"] => block = "",
            _ => {}
        }
        let verb = if block.is_empty() && !words.is_empty() { words.remove(0) } else { block };
        match (verb, words.as_slice()) {
            ("require", [module, version, ..]) => drop(required.insert(module, version)),
            ("replace", [old, "=>", new, rest @ ..]) => {
                replaced.push((old, None, new, rest.first().copied()));
            }
            ("replace", [old, at, "=>", new, rest @ ..]) => {
                replaced.push((old, Some(at), new, rest.first().copied()));
            }
            _ => {}
        }
    }
    for (module, version) in required {
        let replacement = replaced
            .iter()
            .filter(|(old, at, ..)| *old == module && at.is_none_or(|at| at == version))
            .max_by_key(|(_, at, ..)| at.is_some());
        match replacement {
            Some((_, _, new, Some(version))) => found.push(Package::new(Ecosystem::Golang, *new, *version)),
            Some(_) => {}
            None => found.push(Package::new(Ecosystem::Golang, module, version)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn requirements_are_read_with_their_replacements() {
        let text = "module m\n\ngo 1.21\n\nrequire a.org/a v1.0.0 // indirect\nrequire (\n\tb.org/b/v2 v2.1.0+incompatible\n\tc.org/c v1.0.0\n\td.org/d v0.1.0\n)\n\
                    replace c.org/c v1.0.0 => x.org/c v1.1.0\nreplace d.org/d => ../d\nexclude a.org/a v0.9.0\n";
        check(
            &CATALOGUER,
            "go.mod",
            text,
            &["a.org/a v1.0.0", "b.org/b/v2 v2.1.0+incompatible", "x.org/c v1.1.0"],
        );
    }
}
