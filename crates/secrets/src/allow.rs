//! What is allowed to look like a secret.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::pattern::Pattern;

/// A list of what is allowed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allow {
    /// Whether all of its conditions have to hold, and not one of them.
    pub(crate) all: bool,
    /// Whether it asks for a commit, which files have none of.
    pub(crate) commits: bool,
    pub(crate) paths: Vec<Pattern>,
    pub(crate) regexes: Vec<Pattern>,
    pub(crate) target: Target,
    pub(crate) words: StopWords,
}

/// What its patterns are compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Target {
    #[default]
    Secret,
    Match,
    Line,
}

/// What may be a secret.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suspect<'a> {
    pub(crate) path: &'a [u8],
    pub(crate) secret: &'a [u8],
    pub(crate) whole: &'a [u8],
    pub(crate) line: &'a [u8],
}

impl Allow {
    /// Whether it allows all that a file may hold.
    pub(crate) fn file(&self, path: &[u8]) -> bool {
        if self.all && (self.commits || !self.regexes.is_empty() || !self.words.is_empty()) {
            return false;
        }
        let lower = path.to_ascii_lowercase();
        self.paths.iter().any(|pattern| pattern.may_match(&lower) && pattern.is_match(path))
    }

    /// Whether it allows a suspect.
    pub(crate) fn suspect(&self, suspect: Suspect<'_>) -> bool {
        let target = match self.target {
            Target::Secret => suspect.secret,
            Target::Match => suspect.whole,
            Target::Line => suspect.line,
        };
        if !self.all {
            return any(&self.regexes, target) || self.words.are_in(suspect.secret);
        }
        let holds = |is_empty: bool, test: &dyn Fn() -> bool| is_empty || test();
        let nothing = self.paths.is_empty() && self.regexes.is_empty() && self.words.is_empty();
        !self.commits
            && !nothing
            && holds(self.paths.is_empty(), &|| any(&self.paths, suspect.path))
            && holds(self.regexes.is_empty(), &|| any(&self.regexes, target))
            && holds(self.words.is_empty(), &|| self.words.are_in(suspect.secret))
    }
}

fn any(patterns: &[Pattern], text: &[u8]) -> bool {
    patterns.iter().any(|pattern| pattern.is_match(text))
}

/// Words that no secret holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct StopWords {
    words: Vec<String>,
    search: OnceLock<Option<AhoCorasick>>,
}

impl StopWords {
    pub(crate) fn new(words: &[String]) -> Self {
        let words = words.iter().filter(|word| !word.is_empty()).map(|word| word.to_lowercase()).collect();
        Self { words, search: OnceLock::new() }
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn are_in(&self, secret: &[u8]) -> bool {
        if self.words.is_empty() {
            return false;
        }
        let make = || AhoCorasick::builder().ascii_case_insensitive(true).build(&self.words).ok();
        self.search.get_or_init(make).as_ref().is_some_and(|search| search.is_match(secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(secret: &'static str) -> Suspect<'static> {
        Suspect { path: b"a/test.txt", secret: secret.as_bytes(), whole: b"key = x", line: b"the key = x;" }
    }

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| Pattern::parse(text).unwrap()).collect()
    }

    #[test]
    fn one_condition_is_enough_unless_all_are_asked_for() {
        let words =
            |list: &[&str]| StopWords::new(&list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let one = Allow { regexes: patterns(&["^exa"]), words: words(&["Dummy"]), ..Allow::default() };
        let check =
            |allow: &Allow, secret, expect| assert_eq!(allow.suspect(suspect(secret)), expect, "{secret}");
        check(&one, "example", true);
        check(&one, "a-DUMMY-b", true);
        check(&one, "other", false);
        let all = Allow { all: true, paths: patterns(&["test"]), ..one.clone() };
        check(&all, "example", false);
        check(&all, "example dummy", true);
        assert!(!all.file(b"test") && Allow { paths: patterns(&["test"]), ..one }.file(b"a/test"));
        let commit = Allow { commits: true, ..all };
        check(&commit, "example dummy", false);
    }

    #[test]
    fn patterns_are_compared_with_what_is_asked() {
        let check = |target, pattern: &str, expect| {
            let allow = Allow { target, regexes: patterns(&[pattern]), ..Allow::default() };
            assert_eq!(allow.suspect(suspect("x")), expect, "{pattern}");
        };
        check(Target::Secret, "^x$", true);
        check(Target::Match, "^key", true);
        check(Target::Line, "^the", true);
        check(Target::Match, "^the", false);
    }
}
