//! ARG, ENV, LABEL.

use std::ops::Range;

use super::types::{ArgDecl, KeyValues, Statement};
use super::{Command, Context, Errors, finish};
use crate::error::SyntaxError;
use crate::keyword::Keyword;
use crate::lines::is_blank;

/// A name and a value, as parts of the logical line.
pub(crate) type Pair = (Range<usize>, Range<usize>);

impl Context<'_> {
    pub(super) fn arg(&self, command: &Command) -> Result<Statement, Errors> {
        // Flags of ARG are passed over: `BuildKit` never looks at them.
        if command.args.is_empty() {
            return Err(vec![self.no_arguments(command, Keyword::Arg)]);
        }
        let mut errors = Vec::new();
        let mut list = Vec::new();
        for word in self.quoted_words(&command.args) {
            let (key, value) = self.split(&word).map_or((word, None), |(key, value)| (key, Some(value)));
            if key.is_empty() {
                errors.push(self.blank_name(&value.clone().unwrap_or(key.clone()), Keyword::Arg));
            }
            let value = value.map(|value| self.logical.spanned(&value));
            list.push(ArgDecl { key: self.logical.spanned(&key), value });
        }
        finish(errors, Statement::Arg(list))
    }

    pub(super) fn key_values(&self, command: &Command, kind: Keyword) -> Result<KeyValues, Errors> {
        self.at_least_one(command, kind)?;
        let (pairs, legacy) = self.pairs(&command.args, kind).map_err(|error| vec![error])?;
        let blank = pairs.iter().filter(|(key, _)| key.is_empty());
        let errors = blank.map(|(_, value)| self.blank_name(value, kind)).collect();
        let spanned = |(key, value): &Pair| (self.logical.spanned(key), self.logical.spanned(value));
        finish(errors, KeyValues { pairs: pairs.iter().map(spanned).collect(), legacy })
    }

    /// The pairs of ENV and LABEL, and whether they have the form without `=`.
    pub(crate) fn pairs(&self, args: &Range<usize>, kind: Keyword) -> Result<(Vec<Pair>, bool), SyntaxError> {
        let words = self.quoted_words(args);
        if words.first().is_some_and(|word| !self.logical.slice(word).contains('=')) {
            return Ok((vec![self.legacy_pair(args, kind)?], true));
        }
        let pairs = words.iter().map(|word| self.split(word).ok_or_else(|| self.no_equals(word)));
        Ok((pairs.collect::<Result<_, _>>()?, false))
    }

    fn legacy_pair(&self, args: &Range<usize>, kind: Keyword) -> Result<Pair, SyntaxError> {
        let bytes = &self.logical.text().as_bytes()[args.clone()];
        let split = bytes.iter().position(|byte| is_blank(*byte));
        let Some(key_end) = split else {
            let name = kind.name();
            let error =
                SyntaxError::new(self.logical.source(args), format!("`{name}` requires a name and a value"));
            return Err(error.help(format!("write `{name} <name>=<value>`")));
        };
        let blanks = bytes[key_end..].iter().take_while(|byte| is_blank(**byte)).count();
        Ok((args.start..args.start + key_end, args.start + key_end + blanks..args.end))
    }

    fn no_equals(&self, word: &Range<usize>) -> SyntaxError {
        let message = format!("no `=` in `{}`", self.logical.slice(word));
        let error = SyntaxError::new(self.logical.source(word), message);
        error.help("write each pair as `<name>=<value>`, with quotes around values that hold blanks")
    }

    fn blank_name(&self, place: &Range<usize>, kind: Keyword) -> SyntaxError {
        let place = place.start.saturating_sub(1)..place.end;
        SyntaxError::new(self.logical.source(&place), format!("names of `{}` cannot be blank", kind.name()))
    }

    /// Splits a word at its first `=`.
    fn split(&self, word: &Range<usize>) -> Option<Pair> {
        let at = word.start + self.logical.slice(word).find('=')?;
        Some((word.start..at, at + 1..word.end))
    }
}
