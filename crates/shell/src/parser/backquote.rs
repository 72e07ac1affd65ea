//! Command substitution: `$(…)`, and backquotes, in which a backslash is removed before the shell reads the commands.

use super::token::Stops;
use super::{Mode, Out, Parser};
use crate::kind::Kind;

impl Parser<'_> {
    /// `$(…)`, `<(…)` or `>(…)`.
    pub(super) fn substitution(&mut self, kind: Kind, length: u32) {
        let (start, node) = (self.at, self.open(kind));
        self.take(Kind::Operator, length);
        let outer = (self.stops, self.mode.pattern);
        (self.stops, self.mode.pattern) = (Stops::NONE, false);
        self.list(Kind::List, Stops::PAREN);
        (self.stops, self.mode.pattern) = outer;
        self.close_paren(start, length);
        self.close(node);
    }

    /// `` `…` ``. Within double quotes `\"` is a quote of the command.
    pub(super) fn backquote(&mut self, in_double: bool) {
        let (start, node) = (self.at, self.open(Kind::Backquote));
        self.take(Kind::Operator, 1);
        let (mut end, mut escapes) = (self.at, false);
        while end < self.end && self.byte(end) != b'`' {
            if self.byte(end) == b'\\' {
                escapes |= is_removed(self.byte(end + 1), in_double);
                end += 1;
            }
            end += 1;
        }
        let closed = self.byte(end) == b'`';
        end = end.min(self.end);
        // bash reads what stands in backquotes when it gets there.
        self.late(self.is_bash(), |parser| {
            if escapes {
                parser.nested(|parser| parser.unescaped(end, in_double));
            } else {
                parser.within(end, Self::enclosed);
            }
        });
        if closed {
            self.take(Kind::Operator, 1);
        } else {
            self.unclosed((start, start + 1), "the closing backquote is missing");
        }
        self.close(node);
    }

    /// Commands up to the end of what is parsed.
    fn enclosed(&mut self) {
        self.list(Kind::List, Stops::NONE);
        let (end, _) = self.peek();
        self.trivia(end);
        self.rest(Kind::Skipped, self.end);
    }

    /// The commands up to `end`, in a text of their own without the backslashes that are removed before.
    fn unescaped(&mut self, end: u32, in_double: bool) {
        let (start, first) = (self.at, self.next_id());
        let (text, removed) = unescape(self.slice(start, end), in_double);
        let out = Out {
            nodes: std::mem::take(&mut self.out.nodes),
            heredocs: std::mem::take(&mut self.out.heredocs),
            errors: Vec::new(),
        };
        let mut inner = Parser::new(&text, self.dialect, out);
        (inner.current, inner.depth) = (self.current, self.depth);
        inner.mode = Mode { unescaped: true, late: self.mode.late, pattern: false };
        inner.enclosed();
        self.too_deep |= inner.too_deep;
        let place =
            |offset: u32| start + offset + super::count(removed.partition_point(|removed| *removed < offset));
        let Out { nodes, heredocs, errors } = inner.out;
        (self.out.nodes, self.out.heredocs) = (nodes, heredocs);
        for node in &mut self.out.nodes[first as usize..] {
            (node.start, node.end) = (place(node.start), place(node.end));
        }
        for error in errors {
            let range = (place(error.range.start), place(error.range.end));
            let opened =
                error.opened.map(|opened| kit::TextRange::new(place(opened.start), place(opened.end)));
            self.report(range, error.message, opened);
        }
        self.at = end;
    }

    /// `$` with what it begins; a literal `$` when there is nothing.
    pub(super) fn dollar(&mut self, in_double: bool) {
        let at = self.at;
        match self.byte(at + 1) {
            b'{' => self.nested(|parser| parser.braced(in_double)),
            b'(' if self.byte(at + 2) == b'(' && self.is_arithmetic(at + 3, in_double) => {
                self.nested(|parser| parser.arithmetic(in_double));
            }
            b'(' => self.substitution(Kind::CommandSubstitution, 2),
            b'[' if self.is_bash() => self.nested(|parser| parser.old_arithmetic(in_double)),
            b'\'' if !in_double => self.ansi_quoted(),
            b'"' if !in_double => self.double_quoted(Kind::TranslatedQuoted),
            byte => self.plain_parameter(byte),
        }
    }

    /// Whether what begins behind `((` ends with `))`, so that it is arithmetic and no subshell.
    pub(super) fn is_arithmetic(&self, mut at: u32, in_double: bool) -> bool {
        let mut depth = 1;
        while at < self.end {
            match self.byte(at) {
                b'\\' => at += 1,
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return self.byte(at + 1) == b')';
                    }
                }
                b'\'' if !in_double => match self.find(at + 1, b'\'') {
                    Some(end) => at = end,
                    None => return false,
                },
                b'"' if !in_double => match self.find(at + 1, b'"') {
                    Some(end) => at = end,
                    None => return false,
                },
                _ => {}
            }
            at += 1;
        }
        false
    }
}

/// Whether a backslash before `byte` is removed within backquotes.
pub(crate) const fn is_removed(byte: u8, in_double: bool) -> bool {
    matches!(byte, b'$' | b'`' | b'\\') || in_double && byte == b'"'
}

/// The text without the backslashes that are removed within backquotes, and where in the result they stood.
pub(crate) fn unescape(text: &str, in_double: bool) -> (String, Vec<u32>) {
    let (mut out, mut removed) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let next = rest.as_bytes().get(at + 1).copied().unwrap_or(0);
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if is_removed(next, in_double) {
            removed.push(super::count(out.len()));
            out.push(char::from(next));
            rest = &rest[1..];
        } else {
            out.push('\\');
        }
    }
    out.push_str(rest);
    (out, removed)
}
