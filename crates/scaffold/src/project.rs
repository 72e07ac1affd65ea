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
    fn names_of_directories_become_names_of_images() {
        let slug = |name: &str| Project { name: name.to_owned(), ..Project::default() }.slug();
        assert_eq!(slug("My App_2"), "my-app-2");
        assert_eq!(slug("--"), "app");
    }
}
