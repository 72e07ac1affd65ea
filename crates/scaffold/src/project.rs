//! What is known of a project, and what is written for it.

use std::collections::BTreeMap;

/// A project: its name, and the files beside the Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    /// The name of its directory.
    pub name: String,
    /// Names at its top, each with its text where that is read.
    pub files: BTreeMap<String, String>,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path below the project's directory.
    pub path: &'static str,
    /// Its text.
    pub text: String,
}

impl Project {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }

    /// The first of some names that is there.
    pub(crate) fn first(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.has(name))
    }

    /// The project's name as a name of images: lower-case letters, digits and single dashes.
    pub(crate) fn slug(&self) -> String {
        let mut slug = String::new();
        for ch in self.name.chars().map(|ch| ch.to_ascii_lowercase()) {
            if ch.is_ascii_alphanumeric() {
                slug.push(ch);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug = slug.trim_end_matches('-');
        if slug.is_empty() { "app".to_owned() } else { slug.to_owned() }
    }
}

/// The first number `N`, or `N.N`, of a text, as versions are written: `v22.1.0`, `>=3.11,<4`, `^20`.
pub(crate) fn version(text: &str, parts: usize) -> Option<String> {
    let begin = text.find(|ch: char| ch.is_ascii_digit())?;
    let end =
        text[begin..].find(|ch: char| !ch.is_ascii_digit() && ch != '.').map_or(text.len(), |at| begin + at);
    let numbers: Vec<&str> =
        text[begin..end].split('.').filter(|part| !part.is_empty()).take(parts).collect();
    Some(numbers.join("."))
}

/// The version that a project asks for, or the usual one, where it asks for no more than that something be not older: `>=8` is no
/// wish for version 8. Of alternatives the last one counts.
pub(crate) fn wished(text: &str, parts: usize, usual: &str) -> Option<String> {
    let last = text.rsplit("||").next().unwrap_or(text);
    let found = version(last, parts)?;
    let is_open = last.contains('>') && !last.contains('<');
    let is_older = is_open && numbers(&found) < numbers(usual);
    Some(if is_older { usual.to_owned() } else { found })
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect()
}

/// A text that is safe as a word of a Dockerfile and of JSON: a path or a name.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/@+-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_asks_for_them() {
        let check = |text: &str, parts, expect: Option<&str>| {
            assert_eq!(version(text, parts).as_deref(), expect, "{text}");
        };
        check("v22.1.0\n", 1, Some("22"));
        check(">=3.11,<4", 2, Some("3.11"));
        check("lts/*", 1, None);
        check("^20", 1, Some("20"));
    }

    #[test]
    fn what_only_must_not_be_older_is_what_is_usual() {
        let check = |text: &str, parts, usual, expect: Option<&str>| {
            assert_eq!(wished(text, parts, usual).as_deref(), expect, "{text}");
        };
        check(">=8", 1, "22", Some("22"));
        check(">= 24", 1, "22", Some("24"));
        check("^18 || >=20", 1, "22", Some("22"));
        check("^18 || ^20", 1, "22", Some("20"));
        check(">=18 <21", 1, "22", Some("18"));
        check("requires-python = \">=3.9\"", 2, "3.13", Some("3.13"));
        check("requires-python = \">=3.9,<3.13\"", 2, "3.13", Some("3.9"));
        check("20.11.0", 1, "22", Some("20"));
        check("*", 1, "22", None);
    }

    #[test]
    fn names_of_directories_become_names_of_images() {
        let slug = |name: &str| Project { name: name.to_owned(), ..Project::default() }.slug();
        assert_eq!(slug("My App_2"), "my-app-2");
        assert_eq!(slug("--"), "app");
    }
}
