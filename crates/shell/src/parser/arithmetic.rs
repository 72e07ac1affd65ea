//! Arithmetic: expressions are kept as names, numbers and operators in a row, not as a tree.

use super::Parser;
use super::chars::{DIGIT, NAME_START, is, is_name};
use crate::kind::Kind;

/// What ends an expression outside of its own parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExpressionEnd {
    /// `)`
    Paren,
    /// `]`
    Bracket,
    /// `:` or `}`
    Colon,
    /// `;` or `)`
    Semi,
}

impl Parser<'_> {
    /// `$((…))`, whose end was seen.
    pub(super) fn arithmetic(&mut self, in_double: bool) {
        let node = self.open(Kind::Arithmetic);
        self.take(Kind::Operator, 3);
        self.expression(ExpressionEnd::Paren, in_double);
        self.close_double();
        self.close(node);
    }

    /// `((…))` as a command, whose end was seen.
    pub(super) fn arithmetic_command(&mut self) {
        let node = self.open(Kind::ArithmeticCommand);
        self.take(Kind::Operator, 2);
        self.expression(ExpressionEnd::Paren, false);
        self.close_double();
        self.close(node);
    }

    /// `((…;…;…))` of a loop.
    pub(super) fn arithmetic_header(&mut self) {
        let (start, node) = (self.at, self.open(Kind::ArithmeticCommand));
        self.take(Kind::Operator, 2);
        self.expression(ExpressionEnd::Semi, false);
        let mut parts = 1;
        while self.byte(self.at) == b';' {
            self.take(Kind::Operator, 1);
            self.expression(ExpressionEnd::Semi, false);
            parts += 1;
        }
        if parts != 3 {
            self.error(
                (start, self.at),
                "the head of the loop needs three expressions with `;` between them",
            );
        }
        if self.byte(self.at) == b')' && self.byte(self.at + 1) == b')' {
            self.take(Kind::Operator, 2);
        } else {
            self.unclosed((start, start + 2), "the `))` that closes `((` is missing");
        }
        self.close(node);
    }

    /// `$[…]`, which bash still understands.
    pub(super) fn old_arithmetic(&mut self, in_double: bool) {
        let (start, node) = (self.at, self.open(Kind::Arithmetic));
        self.take(Kind::Operator, 2);
        self.expression(ExpressionEnd::Bracket, in_double);
        if self.byte(self.at) == b']' {
            self.take(Kind::Operator, 1);
        } else {
            self.unclosed((start, start + 2), "the `]` that closes `$[` is missing");
        }
        self.close(node);
    }

    fn close_double(&mut self) {
        if self.byte(self.at) == b')' && self.byte(self.at + 1) == b')' {
            self.take(Kind::Operator, 2);
        } else {
            self.unclosed((self.at, self.at), "the `))` of the arithmetic is missing");
        }
    }

    /// An expression up to its end; the end is not part of it.
    pub(super) fn expression(&mut self, end: ExpressionEnd, in_double: bool) {
        let node = self.open(Kind::Expression);
        // Open brackets and conditions `? :`.
        let (mut parens, mut brackets, mut choices) = (0_u32, 0_u32, 0_u32);
        while self.at < self.end {
            let byte = self.byte(self.at);
            let outside = parens == 0 && brackets == 0;
            let ends = match byte {
                b')' => parens == 0 && matches!(end, ExpressionEnd::Paren | ExpressionEnd::Semi),
                b']' => outside && end == ExpressionEnd::Bracket,
                b'}' => end == ExpressionEnd::Colon,
                b':' => outside && choices == 0 && end == ExpressionEnd::Colon,
                b';' => outside && end == ExpressionEnd::Semi,
                _ => false,
            };
            if ends {
                break;
            }
            match byte {
                b'(' => parens += 1,
                b')' => parens = parens.saturating_sub(1),
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                b'?' => choices += 1,
                b':' => choices = choices.saturating_sub(1),
                _ => {}
            }
            self.expression_part(byte, in_double);
        }
        self.close(node);
    }

    fn expression_part(&mut self, byte: u8, in_double: bool) {
        let at = self.at;
        match byte {
            b' ' | b'\t' => self.run(Kind::Blank, |byte| matches!(byte, b' ' | b'\t')),
            b'\n' => self.take(Kind::Newline, 1),
            b'\\' if self.byte(at + 1) == b'\n' => self.take(Kind::Continuation, 2),
            b'\\' => self.escape(),
            b'$' => self.dollar(in_double),
            b'`' => self.backquote(in_double),
            b'"' if in_double => self.take(Kind::Operator, 1),
            b'"' => self.double_quoted(Kind::DoubleQuoted),
            b'\'' if !in_double => self.single_quoted(),
            byte if is(byte, NAME_START) => self.run(Kind::Name, is_name),
            byte if is(byte, DIGIT) => {
                self.run(Kind::Number, |byte| is_name(byte) || matches!(byte, b'#' | b'@' | b'.'));
            }
            byte if byte >= 0x80 => self.run(Kind::Literal, |byte| byte >= 0x80),
            _ => {
                let length = self.arithmetic_operator();
                self.take(Kind::Operator, length);
            }
        }
    }

    fn run(&mut self, kind: Kind, belongs: impl Fn(u8) -> bool) {
        let mut end = self.at + 1;
        while end < self.end && belongs(self.byte(end)) {
            end += 1;
        }
        self.leaf(kind, end);
    }

    /// Length of the operator that begins here.
    fn arithmetic_operator(&self) -> u32 {
        let at = self.at;
        let (first, second, third) = (self.byte(at), self.byte(at + 1), self.byte(at + 2));
        let doubled = first == second && matches!(first, b'+' | b'-' | b'*' | b'&' | b'|' | b'<' | b'>');
        let shift = doubled && matches!(first, b'<' | b'>');
        if shift && third == b'=' {
            3
        } else if doubled || second == b'=' && b"=!<>+-*/%&^|".contains(&first) {
            2
        } else {
            1
        }
    }
}
