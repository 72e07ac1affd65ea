//! Parameters: `$name` and `${…}`.

use super::Parser;
use super::arithmetic::ExpressionEnd;
use super::chars::{DIGIT, NAME_START, is, is_special_parameter};
use super::word::{SingleQuotes, Span};
use crate::kind::Kind;

impl Parser<'_> {
    /// `$name`, `$1`, `$?`, or a `$` that begins nothing. `byte` is what follows the `$`.
    pub(super) fn plain_parameter(&mut self, byte: u8) {
        let name = self.at + 1;
        if is(byte, NAME_START) {
            self.leaf(Kind::Parameter, self.name_end(name));
        } else if is(byte, DIGIT) || is_special_parameter(byte) {
            self.take(Kind::Parameter, 2);
        } else {
            self.take(Kind::Literal, 1);
        }
    }

    /// `${…}`
    pub(super) fn braced(&mut self, in_double: bool) {
        let start = self.at;
        let simple = self.name_end(start + 2);
        if simple > start + 2 && self.byte(simple) == b'}' {
            return self.leaf(Kind::Parameter, simple + 1);
        }
        let node = self.open(Kind::Parameter);
        self.take(Kind::Operator, 2);
        if self.parameter_name() {
            self.parameter_operator(in_double);
        }
        if self.byte(self.at) != b'}' {
            self.bad_substitution(start, in_double);
        }
        if self.byte(self.at) == b'}' {
            self.take(Kind::Operator, 1);
        } else {
            self.unclosed((start, start + 2), "the `}` that closes `${` is missing");
        }
        self.close(node);
    }

    /// What stands where an operator or the end is expected.
    fn bad_substitution(&mut self, start: u32, in_double: bool) {
        let single = if in_double { SingleQuotes::Plain } else { SingleQuotes::Quotes };
        self.span(Span { ends: b"}", in_double, single });
        if self.byte(self.at) == b'}' {
            let what = self.slice(start, self.at + 1);
            // Both shells find out when they expand it.
            self.late(true, |parser| {
                let range = (start, parser.at + 1);
                parser.error(range, format!("`{what}` is no expansion of a parameter"));
            });
        }
    }

    /// The name with `#` or `!` before it and a subscript behind. Says whether there is a name.
    fn parameter_name(&mut self) -> bool {
        let (first, second) = (self.byte(self.at), self.byte(self.at + 1));
        let named = is(second, NAME_START | DIGIT);
        let special = is_special_parameter(second) && self.byte(self.at + 2) == b'}';
        if first == b'#' && (named || special)
            || first == b'!' && (named || matches!(second, b'@' | b'*' | b'#'))
        {
            self.take(Kind::Operator, 1);
        }
        let byte = self.byte(self.at);
        let mut end = self.name_end(self.at);
        if is_special_parameter(byte) {
            end = self.at + 1;
        }
        while end == self.at && is(byte, DIGIT)
            || end > self.at && is(byte, DIGIT) && is(self.byte(end), DIGIT)
        {
            end += 1;
        }
        if end == self.at {
            return false;
        }
        self.leaf(Kind::Name, end);
        if self.byte(end) == b'[' && is(byte, NAME_START) {
            self.subscript_of_parameter();
        }
        true
    }

    fn subscript_of_parameter(&mut self) {
        let (start, node) = (self.at, self.open(Kind::Subscript));
        self.take(Kind::Operator, 1);
        self.subscript_content();
        self.close_subscript(start);
        self.close(node);
    }

    /// `[…]` of an assignment; `end` is behind it.
    pub(super) fn subscript(&mut self, end: u32) {
        let (start, node) = (self.at, self.open(Kind::Subscript));
        self.take(Kind::Operator, 1);
        self.within(end - 1, Self::subscript_content);
        self.rest(Kind::Skipped, end - 1);
        self.close_subscript(start);
        self.close(node);
    }

    fn subscript_content(&mut self) {
        if matches!(self.byte(self.at), b'@' | b'*') && self.byte(self.at + 1) != b'*' {
            self.take(Kind::Operator, 1);
        } else {
            self.expression(ExpressionEnd::Bracket, false);
        }
    }

    fn close_subscript(&mut self, start: u32) {
        if self.byte(self.at) == b']' {
            self.take(Kind::Operator, 1);
        } else {
            self.unclosed((start, start + 1), "the `]` of the subscript is missing");
        }
    }

    /// The operator with its operands.
    fn parameter_operator(&mut self, in_double: bool) {
        let (first, second) = (self.byte(self.at), self.byte(self.at + 1));
        match first {
            b':' if matches!(second, b'-' | b'=' | b'?' | b'+') => self.default_value(2, in_double),
            b'-' | b'=' | b'?' | b'+' => self.default_value(1, in_double),
            b':' => self.substring(in_double),
            b'#' | b'%' | b'^' | b',' => self.pattern(1 + u32::from(first == second), in_double),
            b'~' if self.is_bash() => self.pattern(1 + u32::from(first == second), in_double),
            b'/' => self.replacement(1 + u32::from(matches!(second, b'/' | b'#' | b'%')), in_double),
            // `${x@Q}`, and the names that begin with a text: `${!x@}`, `${!x*}`.
            b'@' if second.is_ascii_alphabetic() => self.take(Kind::Operator, 2),
            b'@' | b'*' if second == b'}' => self.take(Kind::Operator, 1),
            _ => {}
        }
    }

    /// `-`, `=`, `?`, `+` with a word. Single quotes in double quotes are no quotes here, but bash pairs them.
    fn default_value(&mut self, operator: u32, in_double: bool) {
        self.take(Kind::Operator, operator);
        let single = match in_double {
            false => SingleQuotes::Quotes,
            true if self.is_bash() && !self.mode.late => SingleQuotes::Paired,
            true => SingleQuotes::Plain,
        };
        self.span(Span { ends: b"}", in_double, single });
    }

    fn pattern(&mut self, operator: u32, in_double: bool) {
        self.take(Kind::Operator, operator);
        self.span(Span { ends: b"}", in_double, single: SingleQuotes::Quotes });
    }

    fn replacement(&mut self, operator: u32, in_double: bool) {
        self.take(Kind::Operator, operator);
        self.span(Span { ends: b"/}", in_double, single: SingleQuotes::Quotes });
        if self.byte(self.at) == b'/' {
            self.take(Kind::Operator, 1);
            self.span(Span { ends: b"}", in_double, single: SingleQuotes::Quotes });
        }
    }

    fn substring(&mut self, in_double: bool) {
        self.take(Kind::Operator, 1);
        self.expression(ExpressionEnd::Colon, in_double);
        if self.byte(self.at) == b':' {
            self.take(Kind::Operator, 1);
            self.expression(ExpressionEnd::Colon, in_double);
        }
    }
}
