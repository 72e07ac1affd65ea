//! `# check=…` at the top of a file: how `BuildKit` is told which checks to run.

use syntax::Parse;

/// What `# check=skip=A,B;error=true;experimental=C` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckDirective {
    /// Checks that are off, or `all`. Within a file, comments hide them.
    pub skip: Vec<String>,
    /// Whether what the checks find makes a build fail.
    pub error: bool,
    /// Checks that are on though they are off by default, or `all`.
    pub experimental: Vec<String>,
}

impl CheckDirective {
    /// The directive of a file.
    pub fn of(parse: &Parse) -> Self {
        parse.directive("check").map(|value| Self::parse(first_word(value))).unwrap_or_default()
    }

    /// Reads the value; what is not understood says nothing.
    pub fn parse(text: &str) -> Self {
        let mut found = Self::default();
        for (key, value) in text.split(';').filter_map(|part| part.trim().split_once('=')) {
            let names =
                || value.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
            match key.trim() {
                "skip" => found.skip.extend(names()),
                "experimental" => found.experimental.extend(names()),
                "error" => found.error = matches!(value.trim(), "1" | "t" | "T" | "true" | "TRUE" | "True"),
                _ => {}
            }
        }
        found
    }
}

/// The part of a directive's value that `BuildKit` reads: it ends at the first blank.
pub(crate) fn first_word(value: &str) -> &str {
    value.split(' ').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_are_read() {
        let found = CheckDirective::parse("skip=A, B;error=true;experimental=C;x");
        let expect = CheckDirective {
            skip: vec!["A".to_owned(), "B".to_owned()],
            error: true,
            experimental: vec!["C".to_owned()],
        };
        assert_eq!(found, expect);
        assert!(CheckDirective::of(&syntax::parse("# check=error=TRUE\nFROM a\n")).error);
        assert!(!CheckDirective::of(&syntax::parse("# check=skip=A; error=true\nFROM a\n")).error);
        assert_eq!(
            CheckDirective::of(&syntax::parse("FROM a\n# check=error=true\n")),
            CheckDirective::default()
        );
    }
}
