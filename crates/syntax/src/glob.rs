//! Wildcards of COPY and ADD sources: the patterns of Go's `path/filepath.Match`.

use std::fmt;

use crate::nfa::Nfa;

/// A pattern with an unclosed bracket, or with nothing behind a backslash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPattern {
    pattern: String,
}

impl BadPattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned() }
    }
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a valid pattern", self.pattern)
    }
}

impl std::error::Error for BadPattern {}

/// Whether all of `name` matches `pattern`: `*` and `?` never match a slash, `[a-z]` and `[^a]` are classes, a
/// backslash takes the meaning from what follows.
pub fn glob_match(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    if !pattern.contains(['*', '?', '[', '\\']) {
        return Ok(pattern == name);
    }
    Ok(Nfa::new(pattern, false)?.matches(name))
}

/// Whether `pattern` has a wildcard that is not escaped.
pub fn has_wildcard(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    while let Some(ch) = chars.next() {
        match ch {
            '\\' => drop(chars.next()),
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, name, expect) in [
            ("abc", "abc", Some(true)),
            ("*", "abc", Some(true)),
            ("*", "", Some(true)),
            ("*c", "abc", Some(true)),
            ("a*", "ab/c", Some(false)),
            ("a*/b", "abc/b", Some(true)),
            ("a*/b", "a/c/b", Some(false)),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", Some(true)),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", Some(false)),
            ("a*b?c*x", "abxbbxdbxebxczzx", Some(true)),
            ("a*b?c*x", "abxbbxdbxebxczzy", Some(false)),
            ("ab[c]", "abc", Some(true)),
            ("ab[b-d]", "abc", Some(true)),
            ("ab[e-g]", "abc", Some(false)),
            ("ab[^c]", "abc", Some(false)),
            ("ab[^e-g]", "abc", Some(true)),
            ("a\\*b", "a*b", Some(true)),
            ("a\\*b", "ab", Some(false)),
            ("a?b", "a☺b", Some(true)),
            ("a[^a]b", "a☺b", Some(true)),
            ("a???b", "a☺b", Some(false)),
            ("[a-ζ]*", "α", Some(true)),
            ("*[a-ζ]", "A", Some(false)),
            ("a?b", "a/b", Some(false)),
            ("a*b", "a/b", Some(false)),
            ("[\\]a]", "]", Some(true)),
            ("[\\-x]", "-", Some(true)),
            ("[x\\-]", "z", Some(false)),
            ("*x", "xxx", Some(true)),
            ("a**b", "axxb", Some(true)),
            ("a**/b", "a/x/b", Some(false)),
            ("[]a]", "]", None),
            ("[-]", "-", None),
            ("[x-]", "x", None),
            ("[-x]", "x", None),
            ("\\", "a", None),
            ("[a-b-c]", "a", None),
            ("[", "a", None),
            ("[^", "a", None),
            ("[^bc", "a", None),
            ("a[", "ab", None),
            ("a[", "x", None),
        ] {
            assert_eq!(glob_match(pattern, name).ok(), expect, "{pattern} {name}");
        }
    }

    #[test]
    fn long_patterns_work_like_short_ones() {
        let pattern = format!("*{}?", "ab".repeat(100));
        assert!(glob_match(&pattern, &format!("x{}y", "ab".repeat(100))).unwrap());
        assert!(!glob_match(&pattern, &format!("x{}", "ab".repeat(100))).unwrap());
    }

    #[test]
    fn escaped_wildcards_are_none() {
        for (pattern, expect) in [("a", false), ("a*", true), ("\\*", false), ("\\\\*", true), ("[a]", true)]
        {
            assert_eq!(has_wildcard(pattern), expect, "{pattern}");
        }
    }
}
