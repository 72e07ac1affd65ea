//! Arguments: JSON arrays, words between blanks, and words with quotes.

use std::ops::Range;

use super::{Command, Context, Errors};
use crate::error::{Spanned, SyntaxError};
use crate::json::{self, Json};
use crate::keyword::Keyword;
use crate::lines::is_blank;

/// The arguments of an instruction.
#[derive(Debug)]
pub(crate) struct Args {
    /// Whether they are a JSON array.
    pub(crate) json: bool,
    pub(crate) words: Vec<Spanned<String>>,
}

impl Context<'_> {
    /// A JSON array, or the whole text as one argument. No argument for an empty text.
    pub(crate) fn json_or_text(&self, range: &Range<usize>) -> Result<Args, SyntaxError> {
        self.json_or(range, |context| {
            let whole = (!range.is_empty()).then(|| context.logical.spanned(range));
            whole.into_iter().collect()
        })
    }

    /// A JSON array, or words between blanks.
    pub(crate) fn json_or_list(&self, range: &Range<usize>) -> Result<Args, SyntaxError> {
        self.json_or(range, |context| context.list(range))
    }

    fn json_or(
        &self,
        range: &Range<usize>,
        otherwise: impl FnOnce(&Self) -> Vec<Spanned<String>>,
    ) -> Result<Args, SyntaxError> {
        let text = self.logical.slice(range);
        match json::parse(text) {
            Json::Strings(found) => {
                let place =
                    |at: &Range<usize>| self.logical.source(&(range.start + at.start..range.start + at.end));
                let words = found.into_iter().map(|(value, at)| Spanned::new(value, place(&at))).collect();
                Ok(Args { json: true, words })
            }
            Json::Others => {
                let message = "a JSON array of arguments holds strings only";
                let error = SyntaxError::new(self.logical.source(range), message);
                Err(error.help("put each argument into double quotes"))
            }
            Json::NotAnArray => Ok(Args { json: false, words: otherwise(self) }),
        }
    }

    /// Words between blanks.
    pub(crate) fn list(&self, range: &Range<usize>) -> Vec<Spanned<String>> {
        blanks(self.logical.text(), range).iter().map(|word| self.logical.spanned(word)).collect()
    }

    /// Words in which quotes and escapes can hold blanks; both are kept.
    pub(crate) fn quoted_words(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        words(self.logical.text(), range.clone(), self.escape)
    }

    /// The only argument: the whole text.
    pub(super) fn single(&self, command: &Command, kind: Keyword) -> Result<Spanned<String>, Errors> {
        if command.args.is_empty() {
            return Err(vec![
                self.error(command, format!("`{}` requires exactly one argument", kind.name())),
            ]);
        }
        self.no_flags(command)?;
        Ok(self.logical.spanned(&command.args))
    }

    pub(super) fn at_least_one(&self, command: &Command, kind: Keyword) -> Result<(), Errors> {
        if command.args.is_empty() {
            return Err(vec![self.no_arguments(command, kind)]);
        }
        self.no_flags(command)
    }

    pub(super) fn no_arguments(&self, command: &Command, kind: Keyword) -> SyntaxError {
        self.error(command, format!("`{}` requires at least one argument", kind.name()))
    }
}

fn blanks(text: &str, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, byte) in text.as_bytes()[range.clone()].iter().enumerate() {
        if is_blank(*byte) {
            words.extend(start.take().map(|start| start..range.start + at));
        } else {
            start.get_or_insert(range.start + at);
        }
    }
    words.extend(start.map(|start| start..range.end));
    words
}

/// The words of `text[range]`. An escape character at the very end is left out: it escapes nothing.
fn words(text: &str, range: Range<usize>, escape: char) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut end = range.end;
    let mut chars = text[range.clone()].char_indices();
    while let Some((at, ch)) = chars.next() {
        let at = range.start + at;
        if quote.is_none() && ch.is_whitespace() {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        start.get_or_insert(at);
        match quote {
            None if matches!(ch, '"' | '\'') => quote = Some(ch),
            Some(open) if open == ch => quote = None,
            Some('\'') => {}
            _ if ch == escape && chars.next().is_none() => end = at,
            _ => {}
        }
    }
    words.extend(start.map(|start| start..end).filter(|word| !word.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes_hold_words_together() {
        let check = |text: &str, expect: &[&str]| {
            let found: Vec<_> =
                words(text, 0..text.len(), '\\').into_iter().map(|word| &text[word]).collect();
            assert_eq!(found, expect, "{text}");
        };
        check("a  b\tc", &["a", "b", "c"]);
        check("a='b c' d", &["a='b c'", "d"]);
        check("a=\"b\\\" c\" d", &["a=\"b\\\" c\"", "d"]);
        check("a='b\\' c", &["a='b\\'", "c"]);
        check("a\\ b", &["a\\ b"]);
        check("a\\", &["a"]);
        check("\\", &[]);
        check("a \\", &["a"]);
        check("a='b c", &["a='b c"]);
        check("", &[]);
    }
}
