//! The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/…}`: `*` and `?`, no brackets.

use crate::word::WordError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Char(char),
    /// `?`: any character but a line feed.
    Any,
    /// `*`: any number of such characters.
    Star,
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern(Vec<Part>);

impl Pattern {
    pub(crate) fn new(text: &str) -> Result<Self, WordError> {
        let mut parts = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(ch) = chars.next() {
            parts.push(match ch {
                '*' => Part::Star,
                '?' => Part::Any,
                // The escape of `}` and `/` was for the substitution, not for the pattern.
                '\\' if matches!(chars.peek(), Some('}' | '/')) => continue,
                '\\' => match chars.next() {
                    Some(next @ ('*' | '?' | '\\')) => Part::Char(next),
                    other => return Err(bad_escape(text, other)),
                },
                ch => Part::Char(ch),
            });
        }
        Ok(Self(parts))
    }

    /// `value` without the shortest or the longest beginning that matches.
    pub(crate) fn trim_start(&self, value: &str, longest: bool) -> String {
        let chars: Vec<char> = value.chars().collect();
        let end = matched(&self.0, &chars, longest).unwrap_or(0);
        chars[end..].iter().collect()
    }

    /// `value` without the shortest or the longest end that matches.
    pub(crate) fn trim_end(&self, value: &str, longest: bool) -> String {
        let reversed: Vec<char> = value.chars().rev().collect();
        let parts: Vec<Part> = self.0.iter().rev().copied().collect();
        let end = matched(&parts, &reversed, longest).unwrap_or(0);
        reversed[end..].iter().rev().collect()
    }

    /// `value` with the first match, or all, replaced; matches are as long as can be.
    pub(crate) fn replace(&self, value: &str, replacement: &str, all: bool) -> String {
        let chars: Vec<char> = value.chars().collect();
        let starts = starts(&self.0, &chars);
        let mut out = String::with_capacity(value.len());
        let (mut copied, mut at) = (0, 0);
        while let Some(start) = (at..=chars.len()).find(|at| starts[*at]) {
            let end = start + matched(&self.0, &chars[start..], true).unwrap_or(0);
            out.extend(&chars[copied..start]);
            // An empty match right behind another match is none.
            if end > copied || start == 0 {
                out.push_str(replacement);
            }
            copied = end;
            at = end.max(start + 1);
            if !all {
                break;
            }
        }
        out.extend(&chars[copied..]);
        out
    }
}

fn bad_escape(pattern: &str, ch: Option<char>) -> WordError {
    let escape = ch.map_or_else(|| "\\".to_owned(), |ch| format!("\\{ch}"));
    WordError::Pattern { pattern: pattern.to_owned(), escape }
}

impl Part {
    fn takes(self, ch: char) -> bool {
        match self {
            Self::Char(own) => own == ch,
            Self::Any | Self::Star => ch != '\n',
        }
    }
}

/// The shortest or longest beginning of `chars` that matches all `parts`, by simulation of all ways at once.
fn matched(parts: &[Part], chars: &[char], longest: bool) -> Option<usize> {
    let mut states = vec![false; parts.len() + 1];
    states[0] = true;
    close(parts, &mut states);
    let mut found = states[parts.len()].then_some(0);
    for (at, ch) in chars.iter().enumerate() {
        if found.is_some() && !longest || !states.contains(&true) {
            break;
        }
        step(parts, &mut states, *ch);
        if states[parts.len()] {
            found = Some(at + 1);
        }
    }
    found
}

fn step(parts: &[Part], states: &mut [bool], ch: char) {
    for at in (0..=parts.len()).rev() {
        let stays = parts.get(at) == Some(&Part::Star) && Part::Star.takes(ch) && states[at];
        let comes = at > 0 && states[at - 1] && parts[at - 1] != Part::Star && parts[at - 1].takes(ch);
        states[at] = stays || comes;
    }
    close(parts, states);
}

/// A star can stand for nothing.
fn close(parts: &[Part], states: &mut [bool]) {
    for at in 0..parts.len() {
        if states[at] && parts[at] == Part::Star {
            states[at + 1] = true;
        }
    }
}

/// For each offset whether a match begins there.
fn starts(parts: &[Part], chars: &[char]) -> Vec<bool> {
    let mut out = vec![false; chars.len() + 1];
    // Whether the parts from the index on match a beginning of the rest; the empty rest of parts always does.
    let mut row = vec![false; parts.len() + 1];
    row[parts.len()] = true;
    for at in (0..=chars.len()).rev() {
        let behind = row.clone();
        for index in (0..parts.len()).rev() {
            let takes = chars.get(at).is_some_and(|ch| parts[index].takes(*ch));
            row[index] = match parts[index] {
                Part::Star => row[index + 1] || takes && behind[index],
                _ => takes && behind[index + 1],
            };
        }
        out[at] = row[0];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacement_follows_the_rules_of_regular_expressions() {
        let check = |pattern: &str, value: &str, all: bool, expect: &str| {
            let done = Pattern::new(pattern).unwrap().replace(value, "-", all);
            assert_eq!(done, expect, "{pattern} in {value}");
        };
        check("a", "banana", false, "b-nana");
        check("a", "banana", true, "b-n-n-");
        check("a*a", "banana", true, "b-");
        check("n?", "banana", true, "ba--");
        check("*", "abc", true, "-");
        check("", "ab", true, "-a-b-");
        check("x", "", true, "");
        check("*", "", true, "-");
        check("*", "a\nb", true, "-\n-");
        check("é", "née", true, "n-e");
    }

    #[test]
    fn a_star_at_both_ends_takes_time_linear_in_the_value() {
        let value = "a".repeat(20_000);
        assert_eq!(Pattern::new("*a*a*a*a*b").unwrap().replace(&value, "", true), value);
    }
}
