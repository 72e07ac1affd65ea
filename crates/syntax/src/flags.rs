//! Flags of instructions: `--name`, `--name=value`.

use std::ops::Range;

use kit::TextRange;

use crate::distance::closest;
use crate::error::{Spanned, SyntaxError};
use crate::lines::skip_white;
use crate::logical::Logical;

/// A flag before its name and value are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawFlag {
    /// The flag without quotes and escapes.
    pub(crate) text: String,
    /// Where it stands in the logical line.
    pub(crate) range: Range<usize>,
}

/// Takes the flags from the begin of `text[line]`; says where the arguments begin. Flags end at the first word
/// that does not begin with `--`, and behind `--` alone.
pub(crate) fn extract(text: &str, line: Range<usize>) -> (Vec<RawFlag>, usize) {
    let mut flags = Vec::new();
    let mut at = skip_white(text, line.start, line.end);
    while text[at..line.end].starts_with("--") {
        let (word, end) = flag_word(text, at..line.end);
        if word == "--" {
            return (flags, end);
        }
        flags.push(RawFlag { text: word, range: at..end });
        at = skip_white(text, end, line.end);
    }
    (flags, at)
}

/// A word without quotes and escapes, and where it ends. Here the escape character is always the backslash.
fn flag_word(text: &str, line: Range<usize>) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text[line.clone()].char_indices();
    while let Some((at, ch)) = chars.next() {
        match (quote, ch) {
            (None, ch) if ch.is_whitespace() => return (word, line.start + at),
            (None, '\'' | '"') => quote = Some(ch),
            (Some(open), ch) if ch == open => quote = None,
            (_, '\\') => word.extend(chars.next().map(|(_, escaped)| escaped)),
            (_, ch) => word.push(ch),
        }
    }
    (word, line.end)
}

/// How a flag is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `--name`, `--name=true`, `--name=false`
    Bool,
    /// `--name=value`, once
    Text,
    /// `--name=value`, any number of times
    List,
}

/// The flags of an instruction, checked against those it knows.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    found: Vec<(&'static str, Spanned<String>)>,
    pub(crate) errors: Vec<SyntaxError>,
}

impl Flags {
    /// Checks `raw` against the names in `known`.
    pub(crate) fn new(logical: &Logical<'_>, raw: &[RawFlag], known: &[(&'static str, Kind)]) -> Self {
        let mut flags = Self::default();
        for flag in raw {
            if let Err(error) = flags.add(logical, flag, known) {
                flags.errors.push(error);
            }
        }
        flags
    }

    fn add(
        &mut self,
        logical: &Logical<'_>,
        flag: &RawFlag,
        known: &[(&'static str, Kind)],
    ) -> Result<(), SyntaxError> {
        let range = logical.source(&flag.range);
        let text = flag.text.strip_prefix("--").unwrap_or(&flag.text);
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let Some((name, kind)) = known.iter().find(|(known, _)| *known == name).copied() else {
            return Err(unknown(range, name, known));
        };
        if kind != Kind::List && self.found.iter().any(|(seen, _)| *seen == name) {
            let error = SyntaxError::new(range, format!("duplicate flag `--{name}`"));
            return Err(error.help("remove one of them"));
        }
        let value = match (kind, value) {
            (Kind::Bool, None) => "true",
            (Kind::Bool, Some("")) | (_, None) => {
                let error = SyntaxError::new(range, format!("missing a value on flag `--{name}`"));
                return Err(error.help(format!("write `--{name}=<value>`")));
            }
            (Kind::Bool, Some(value)) => boolean(range, name, value)?,
            (_, Some(value)) => value,
        };
        self.found.push((name, Spanned::new(value.to_owned(), value_range(logical, flag))));
        Ok(())
    }

    /// Takes the value of a flag that is used once.
    pub(crate) fn take(&mut self, name: &str) -> Option<Spanned<String>> {
        let at = self.found.iter().position(|(found, _)| *found == name)?;
        Some(self.found.remove(at).1)
    }

    /// Takes all values of a flag.
    pub(crate) fn take_all(&mut self, name: &str) -> Vec<Spanned<String>> {
        let (taken, rest) =
            std::mem::take(&mut self.found).into_iter().partition(|(found, _)| *found == name);
        self.found = rest;
        let taken: Vec<_> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes the value of a switch.
    pub(crate) fn switch(&mut self, name: &str) -> Option<bool> {
        self.take(name).map(|value| value.value == "true")
    }
}

fn unknown(range: TextRange, name: &str, known: &[(&'static str, Kind)]) -> SyntaxError {
    let near = closest(name, known.iter().map(|(name, _)| *name));
    SyntaxError::new(range, format!("unknown flag `--{name}`"))
        .maybe_help(near.map(|near| format!("did you mean `--{near}`?")))
}

fn boolean(range: TextRange, name: &str, value: &str) -> Result<&'static str, SyntaxError> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok("true"),
        "false" => Ok("false"),
        _ => {
            let message = format!("flag `--{name}` takes `true` or `false`, not `{value}`");
            Err(SyntaxError::new(range, message))
        }
    }
}

/// The place of the value behind the first `=`, or of the whole flag when it has none.
fn value_range(logical: &Logical<'_>, flag: &RawFlag) -> TextRange {
    let start = logical.slice(&flag.range).find('=').map_or(flag.range.start, |at| flag.range.start + at + 1);
    logical.source(&(start..flag.range.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_end_at_the_first_other_word() {
        let check = |line: &str, flags: &[&str], rest: &str| {
            let (found, at) = extract(line, 0..line.len());
            let found: Vec<_> = found.iter().map(|flag| flag.text.as_str()).collect();
            assert_eq!((&found[..], line[at..].trim()), (flags, rest), "{line}");
        };
        check("--a --b=c d --e", &["--a", "--b=c"], "d --e");
        check("--a -- --b", &["--a"], "--b");
        check("-- x", &[], "x");
        check("--a='b c'\"d e\" f", &["--a=b cd e"], "f");
        check("--a=b\\ c d", &["--a=b c"], "d");
        check("--a=\"x", &["--a=x"], "");
        check("--a=b\\", &["--a=b"], "");
        check("-a b", &[], "-a b");
        check("", &[], "");
    }
}
