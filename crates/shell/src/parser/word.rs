//! Words and what they consist of.

use super::Parser;
use super::chars::{BRACE, DELIMITER, SPECIAL, char_len, is};
use crate::kind::Kind;

/// Where a part of a text ends that is read like a word although blanks and operators are part of it.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// The characters that end it.
    pub(super) ends: &'static [u8],
    /// Whether it stands in double quotes.
    pub(super) in_double: bool,
    pub(super) single: SingleQuotes,
}

/// What single quotes are in a part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SingleQuotes {
    /// Characters like others.
    Plain,
    /// Quotes.
    Quotes,
    /// Characters, but nothing between two of them means anything.
    Paired,
}

/// What is known of the `[` of a word without looking again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Brackets {
    /// Before this offset, none begins the subscript of an assignment.
    pub(super) no_subscript: u32,
    /// Before this offset, no subscript is closed, in its word or behind.
    pub(super) open_subscript: u32,
    /// Before this offset, none is closed within its word.
    unclosed: u32,
    /// Before this offset, all are closed within their word.
    close: u32,
    /// Before this offset, all have quotes or expansions in them.
    quote: u32,
}

impl Parser<'_> {
    /// A word. At least one byte belongs to it.
    pub(super) fn word(&mut self) {
        let node = self.open(Kind::Word);
        let start = self.at;
        let mut end = start;
        while end < self.end && !is(self.bytes[end as usize], DELIMITER | SPECIAL) {
            end += 1;
        }
        let plain = end >= self.end || is(self.bytes[end as usize], DELIMITER) && !self.is_part(end);
        if plain && end > start && self.byte(start) != b'~' {
            self.at = end;
        } else {
            self.word_parts(node);
        }
        self.close(node);
    }

    /// Whether the operator at `at` can be a part of a word.
    fn is_part(&self, at: u32) -> bool {
        match self.byte(at) {
            b'<' | b'>' => self.byte(at + 1) == b'(',
            b'(' => self.is_bash(),
            _ => false,
        }
    }

    fn word_parts(&mut self, node: u32) {
        let start = self.at;
        self.tilde();
        let mut run = self.at;
        let mut braces = 0;
        while run < self.end {
            let byte = self.bytes[run as usize];
            if !is(byte, DELIMITER | SPECIAL | braces) {
                run += 1;
                continue;
            }
            if is(byte, DELIMITER) {
                if byte == b'(' && run > self.at && self.extended_glob(run - 1) {
                    run = self.at;
                    continue;
                }
                if !matches!(byte, b'<' | b'>') || self.byte(run + 1) != b'(' {
                    break;
                }
            }
            if byte == b'\\' && self.byte(run + 1) == b'\n' && self.is_word_end(run) {
                break;
            }
            if byte == b'[' && !self.is_bracket(run) {
                run += 1;
                continue;
            }
            self.rest(Kind::Literal, run);
            if byte == b'{' {
                braces = BRACE;
            }
            self.part(byte);
            run = self.at;
        }
        if self.at > start || self.next_id() > node + 1 {
            self.rest(Kind::Literal, run);
        }
        self.at = run;
        if braces != 0 {
            self.mark_braces(node);
        }
    }

    /// A part of a word that begins with a special character.
    fn part(&mut self, byte: u8) {
        match byte {
            b'\'' => self.single_quoted(),
            b'"' => self.double_quoted(Kind::DoubleQuoted),
            b'\\' => self.escape(),
            b'$' => self.dollar(false),
            b'`' => self.backquote(false),
            b'*' | b'?' => {
                if !self.extended_glob(self.at) {
                    self.take(Kind::Glob, 1);
                }
            }
            b'[' => self.bracket(),
            b'<' | b'>' => self.substitution(Kind::ProcessSubstitution, 2),
            _ => self.take(Kind::Brace, 1),
        }
    }

    /// A backslash with what it quotes, which can be a line end or nothing.
    pub(super) fn escape(&mut self) {
        if self.at + 1 >= self.end {
            self.take(Kind::Literal, 1);
        } else if self.byte(self.at + 1) == b'\n' {
            self.take(Kind::Continuation, 2);
        } else {
            let length = char_len(self.byte(self.at + 1));
            self.take(Kind::Escape, 1 + length);
        }
    }

    /// `~` or `~name` at the begin of a word.
    fn tilde(&mut self) {
        if self.byte(self.at) != b'~' {
            return;
        }
        let mut end = self.at + 1;
        while self.byte(end).is_ascii_alphanumeric() || matches!(self.byte(end), b'_' | b'-' | b'.' | b'+') {
            end += 1;
        }
        if self.byte(end) == b'/' || self.byte(end) == b':' || self.is_word_end(end) {
            self.leaf(Kind::Tilde, end);
        }
    }

    /// Whether the `[` at `at` is closed within its word.
    fn is_bracket(&mut self, at: u32) -> bool {
        if at < self.brackets.unclosed {
            return false;
        }
        if at + 1 < self.brackets.close {
            return true;
        }
        let mut end = at + 1;
        while end < self.end && !is(self.byte(end), DELIMITER) {
            if self.byte(end) == b']' && end > at + 1 {
                self.brackets.close = end;
                return true;
            }
            end += 1;
        }
        self.brackets.unclosed = end;
        false
    }

    /// `[…]`, or its first character when there are quotes or expansions in it.
    fn bracket(&mut self) {
        if self.at < self.brackets.quote {
            return self.take(Kind::Glob, 1);
        }
        let mut end = self.at + 1;
        end += u32::from(matches!(self.byte(end), b'!' | b'^'));
        end += u32::from(self.byte(end) == b']');
        loop {
            match self.byte(end) {
                b']' => return self.leaf(Kind::Glob, end + 1),
                b'[' if matches!(self.byte(end + 1), b':' | b'.' | b'=') => end = self.character_class(end),
                byte if end >= self.end || is(byte, DELIMITER) => {
                    self.brackets.unclosed = end;
                    return self.take(Kind::Literal, 1);
                }
                b'\'' | b'"' | b'\\' | b'$' | b'`' => {
                    self.brackets.quote = end;
                    return self.take(Kind::Glob, 1);
                }
                _ => end += 1,
            }
        }
    }

    /// Behind `[:name:]`, or behind its first character.
    fn character_class(&self, at: u32) -> u32 {
        let mut end = at + 2;
        while self.byte(end).is_ascii_alphanumeric() {
            end += 1;
        }
        if self.byte(end) == self.byte(at + 1) && self.byte(end + 1) == b']' { end + 2 } else { at + 1 }
    }

    /// `@(…)` and its like from `at` on, where the text before is plain. Says whether it is there.
    fn extended_glob(&mut self, at: u32) -> bool {
        let is_glob = matches!(self.byte(at), b'?' | b'*' | b'+' | b'@' | b'!');
        if !is_glob || self.byte(at + 1) != b'(' || !self.is_bash() || self.byte(at + 2) == b')' {
            return false;
        }
        if !self.mode.pattern && !self.slice(0, at).contains("extglob") {
            self.error((at, at + 2), "`shopt -s extglob` is needed on an earlier line for this pattern");
        }
        self.rest(Kind::Literal, at);
        let node = self.open(Kind::ExtendedGlob);
        self.take(Kind::Operator, 2);
        self.nested(Self::alternatives);
        if self.byte(self.at) == b')' {
            self.take(Kind::Operator, 1);
        } else {
            self.unclosed((at, at + 2), "the `)` that closes the pattern is missing");
        }
        self.close(node);
        true
    }

    fn alternatives(&mut self) {
        loop {
            self.span(Span { ends: b"|)", in_double: false, single: SingleQuotes::Quotes });
            if self.byte(self.at) != b'|' {
                return;
            }
            self.take(Kind::Operator, 1);
        }
    }

    /// A part of the text up to one of the ends, as a word.
    pub(super) fn span(&mut self, span: Span) {
        let node = self.open(Kind::Word);
        let mut run = self.at;
        while run < self.end && !span.ends.contains(&self.bytes[run as usize]) {
            let byte = self.bytes[run as usize];
            let special = match byte {
                b'$' | b'`' | b'"' => true,
                b'\'' => span.single != SingleQuotes::Plain,
                b'\\' => {
                    !span.in_double || matches!(self.byte(run + 1), b'$' | b'`' | b'"' | b'\\' | b'}' | b'\n')
                }
                b'*' | b'?' => !span.in_double,
                _ => false,
            };
            if special {
                self.rest(Kind::Literal, run);
                self.span_part(byte, span);
                run = self.at;
            } else {
                run += 1;
            }
        }
        if self.next_id() > node + 1 {
            self.rest(Kind::Literal, run);
        }
        self.at = run;
        self.close(node);
    }

    fn span_part(&mut self, byte: u8, span: Span) {
        match byte {
            b'$' => self.dollar(span.in_double),
            b'`' => self.backquote(span.in_double),
            b'\'' if span.single == SingleQuotes::Paired => {
                let leaf = self.next_id() as usize;
                self.single_quoted();
                self.out.nodes[leaf].kind = Kind::Literal;
            }
            byte => self.part(byte),
        }
    }
}
