//! What a project takes from npm by Bun: `bun.lock`, JSON with comments and commas before closing brackets. Each entry of `packages` is a list
//! that begins with `name@version`; what comes from elsewhere has no version there, and parts of the project have theirs below `workspaces`, where they say any.

use facts::{Ecosystem, Package};
use serde::Deserialize;

use crate::json::{Object, Pairs, Word, document};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "bun-lock",
    revision: 2,
    files: &[Pattern::Name("bun.lock")],
    reads: Reads::Declared,
    read,
};

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    workspaces: Pairs<Object<Part>>,
    #[serde(default)]
    packages: Pairs<Vec<Word>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Part {
    name: Word,
    version: Word,
}

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if file.path.contains("node_modules/") {
        return;
    }
    let Some(text) = file.text(found) else { return };
    let Some(lock) = document::<Lock>(&strict(&text), found) else { return };
    for (_, part) in lock.workspaces.into_iter().filter(|(_, part)| !part.version.is_empty()) {
        let part = part.into_inner();
        found.push(Package::new(Ecosystem::Npm, part.name.into_text(), part.version.into_text()));
    }
    for (_, entry) in lock.packages.iter() {
        let Some((name, version)) = entry.first().and_then(|first| split(first)) else { continue };
        let is_version = version.starts_with(|first: char| first.is_ascii_digit()) && !version.contains(':');
        if is_version {
            found.push(Package::new(Ecosystem::Npm, name, version));
        } else if !version.starts_with("workspace:") && version != "root:" {
            found.push(Package::new(Ecosystem::Npm, name, ""));
        }
    }
}

/// `@a/b` and `1.0.0` of `@a/b@1.0.0`.
fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.get(1..)?.find('@')? + 1;
    Some((&text[..at], &text[at + 1..]))
}

/// The text without comments and without commas before closing brackets.
fn strict(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '"' => quoted(rest),
            '/' if rest.starts_with("//") => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest[2..].split_once("*/").map_or("", |(_, after)| after);
                continue;
            }
            '}' | ']' => {
                let kept = out.trim_end();
                let kept = kept.strip_suffix(',').unwrap_or(kept).len();
                out.truncate(kept);
                1
            }
            other => other.len_utf8(),
        };
        out.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    out
}

/// The length of the string with which a text begins.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};

    #[test]
    fn packages_are_read() {
        let text = r#"{ "lockfileVersion": 1, // why
          "workspaces": { "": { "name": "me", }, "packages/w": { "name": "w", "version": "0.1.0", }, },
          /* , } */ "packages": {
            "@a/b": ["@a/b@1.0.0", "", { "bin": "x", }, "sha512-/*,]"],
            "c": ["real@2.0.0-rc.1", "", {}, "sha512-\"],"],
            "a/c": ["c@0.9.0", "", {}, "x",],
            "w": ["w@workspace:packages/w"], "me": ["me@root:", {}], "g": ["g@github:u/g#0123", {}, "u-g-0123"],
          },
        }"#;
        check(&CATALOGUER, "bun.lock", text, &["w 0.1.0", "@a/b 1.0.0", "real 2.0.0-rc.1", "c 0.9.0", "g "]);
        assert!(found(&CATALOGUER, "bun.lock", "{ /*").unread.is_some());
    }
}
