//! Lists, chains with `&&` and `||`, pipelines.

use super::Parser;
use super::token::{Keyword, Stops, Tok};
use crate::kind::Kind;

impl Parser<'_> {
    /// A list up to what ends it; what must end it is added to `stops`. Says whether there is a command in it.
    pub(super) fn list(&mut self, kind: Kind, stops: Stops) -> bool {
        self.line_breaks();
        let outer = self.stops;
        self.stops = outer.and(stops);
        let before = self.next_id();
        self.nested(|parser| {
            let node = parser.open(kind);
            parser.items();
            parser.close_trimmed(node);
        });
        self.stops = outer;
        self.out.nodes.get(before as usize).is_some_and(|node| node.next > before + 1)
    }

    /// Line ends, with the here-documents that follow them, and blanks.
    pub(super) fn line_breaks(&mut self) {
        loop {
            let (at, token) = self.peek();
            self.trivia(at);
            if token != Tok::Newline {
                return;
            }
            self.newline();
        }
    }

    /// A line end; the here-documents of the line follow it.
    pub(super) fn newline(&mut self) {
        self.take(Kind::Newline, 1);
        if !self.pending.is_empty() {
            self.heredoc_bodies();
        }
    }

    /// The commands of a list with what stands between them, up to what ends it.
    pub(super) fn items(&mut self) {
        loop {
            let (at, token) = self.peek();
            match token {
                Tok::End => return,
                Tok::Newline => {
                    self.trivia(at);
                    self.newline();
                }
                Tok::Close if self.stops.has(Stops::PAREN) => return,
                Tok::CaseEnd if self.stops.has(Stops::CASE_END) => return,
                Tok::Word if self.stop_at(at).is_some() => {
                    if self.stop_at(at).is_some_and(|stop| self.stops.has(stop)) {
                        return;
                    }
                    let length = self.keyword(at).map_or(1, Keyword::len);
                    self.unexpected(at, length);
                }
                Tok::Word | Tok::Redirect | Tok::Open => {
                    self.trivia(at);
                    self.and_or();
                    self.separator();
                }
                _ => self.unexpected(at, self.operator_len(at)),
            }
        }
    }

    /// What the reserved word at `at` ends, when it is one that ends something.
    pub(super) fn stop_at(&self, at: u32) -> Option<Stops> {
        self.keyword(at).and_then(Keyword::stop)
    }

    /// Skips `length` bytes that are not expected here.
    pub(super) fn unexpected(&mut self, at: u32, length: u32) {
        self.trivia(at);
        let what = self.slice(at, at + length);
        self.error((at, at + length), format!("`{what}` is not expected here"));
        self.take(Kind::Skipped, length);
    }

    fn separator(&mut self) {
        let (at, token) = self.peek();
        match token {
            Tok::Semi | Tok::Background => {
                self.trivia(at);
                self.take(Kind::Operator, 1);
            }
            Tok::Word | Tok::Redirect | Tok::Open if self.stop_at(at).is_none() => {
                self.error(self.character(at), "a `;` or a line end is missing before the next command");
            }
            _ => {}
        }
    }

    fn and_or(&mut self) {
        let node = self.open(Kind::AndOr);
        self.pipeline();
        loop {
            let (at, token) = self.peek();
            if token != Tok::AndOr {
                break;
            }
            self.trivia(at);
            self.take(Kind::Operator, 2);
            self.line_breaks();
            if self.begins_command() {
                self.pipeline();
            } else {
                self.missing_command(at, 2);
                break;
            }
        }
        self.close_trimmed(node);
    }

    /// Whether a command begins at the next token.
    pub(super) fn begins_command(&self) -> bool {
        let (at, token) = self.peek();
        match token {
            Tok::Word => self.stop_at(at).is_none(),
            Tok::Redirect | Tok::Open => true,
            _ => false,
        }
    }

    fn missing_command(&mut self, operator: u32, length: u32) {
        let what = self.slice(operator, operator + length);
        self.error((operator, operator + length), format!("no command follows `{what}`"));
    }

    fn pipeline(&mut self) {
        let node = self.open(Kind::Pipeline);
        if !self.prefixes() || self.begins_command() {
            self.trivia(self.peek().0);
            self.command();
        }
        loop {
            let (at, token) = self.peek();
            if token != Tok::Pipe {
                break;
            }
            self.trivia(at);
            let length = self.operator_len(at);
            self.take(Kind::Operator, length);
            self.line_breaks();
            if self.keyword(self.at) == Some(Keyword::Bang) {
                self.unexpected(self.at, 1);
                self.trivia(self.peek().0);
            }
            if self.begins_command() {
                self.command();
            } else {
                self.missing_command(at, length);
                break;
            }
        }
        self.close_trimmed(node);
    }

    /// `!` and bash's `time` before a pipeline. Says whether there are any.
    fn prefixes(&mut self) -> bool {
        let mut found = false;
        loop {
            let (at, _) = self.peek();
            let length = match self.keyword(at) {
                Some(Keyword::Bang) if !found || self.is_bash() => 1,
                Some(Keyword::Time) if self.is_bash() => 4,
                _ => break,
            };
            self.trivia(at);
            self.take(Kind::Keyword, length);
            let (option, _) = self.peek();
            if length == 4 && self.byte(option) == b'-' && self.slice(option, option + 2) == "-p" {
                self.trivia(option);
                self.take(Kind::Keyword, 2);
            }
            found = true;
        }
        let (at, token) = self.peek();
        // To bash, `!` and `time` alone are commands.
        let alone = self.is_bash() && matches!(token, Tok::End | Tok::Newline | Tok::Semi);
        if found && !alone && !self.begins_command() {
            self.error((at, at), "no command follows `!`");
        }
        found
    }
}
