//! Quotes.

use super::Parser;
use super::chars::{QUOTED, is};
use crate::kind::Kind;

impl Parser<'_> {
    /// `'…'`
    pub(super) fn single_quoted(&mut self) {
        let start = self.at;
        let end = self.find(start + 1, b'\'');
        self.leaf(Kind::SingleQuoted, end.map_or(self.end, |end| end + 1));
        if end.is_none() {
            self.unclosed((start, start + 1), "the closing `'` is missing");
        }
    }

    /// `$'…'`, in which backslashes escape.
    pub(super) fn ansi_quoted(&mut self) {
        let start = self.at;
        let mut end = start + 2;
        while end < self.end && self.byte(end) != b'\'' {
            end += if self.byte(end) == b'\\' { 2 } else { 1 };
        }
        if end < self.end {
            return self.leaf(Kind::AnsiQuoted, end + 1);
        }
        self.leaf(Kind::AnsiQuoted, self.end);
        self.unclosed((start, start + 2), "the closing `'` is missing");
    }

    /// `"…"` and `$"…"`.
    pub(super) fn double_quoted(&mut self, kind: Kind) {
        let start = self.at;
        let quote = if kind == Kind::DoubleQuoted { start } else { start + 1 };
        let mut end = quote + 1;
        while end < self.end && !is(self.bytes[end as usize], QUOTED) {
            end += 1;
        }
        if self.byte(end) == b'"' {
            return self.leaf(kind, end + 1);
        }
        let node = self.open(kind);
        self.leaf(Kind::Operator, quote + 1);
        self.nested(Self::quoted_parts);
        if self.byte(self.at) == b'"' {
            self.take(Kind::Operator, 1);
        } else {
            self.unclosed((start, quote + 1), "the closing `\"` is missing");
        }
        self.close(node);
    }

    fn quoted_parts(&mut self) {
        let mut run = self.at;
        while run < self.end && self.byte(run) != b'"' {
            if self.is_quoted_part(run, true) {
                self.rest(Kind::Literal, run);
                self.quoted_part(true);
                run = self.at;
            } else {
                run += 1;
            }
        }
        self.rest(Kind::Literal, run);
    }

    /// Whether something begins at `at` that means something in double quotes, or in a here-document.
    pub(super) fn is_quoted_part(&self, at: u32, in_double: bool) -> bool {
        match self.byte(at) {
            b'$' | b'`' => true,
            b'\\' => match self.byte(at + 1) {
                b'$' | b'`' | b'\\' | b'\n' => true,
                b'"' => in_double,
                _ => false,
            },
            _ => false,
        }
    }

    /// What begins here, as [`Self::is_quoted_part`] said.
    pub(super) fn quoted_part(&mut self, in_double: bool) {
        match self.byte(self.at) {
            b'$' => self.dollar(true),
            b'`' => self.backquote(in_double),
            _ => self.escape(),
        }
    }

    /// The next place of a byte from `at` on.
    pub(super) fn find(&self, at: u32, byte: u8) -> Option<u32> {
        let rest = self.bytes.get(at as usize..self.end as usize)?;
        let length = rest.iter().position(|other| *other == byte)?;
        Some(at + super::count(length))
    }
}
