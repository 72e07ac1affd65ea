//! Simple commands, and functions.

use super::Parser;
use super::chars::{NAME_START, is, is_name};
use super::token::{Keyword, Tok};
use crate::kind::Kind;

/// Commands whose arguments are read as assignments.
const DECLARATIONS: &[&str] = &["declare", "export", "local", "readonly", "typeset"];

impl Parser<'_> {
    /// A command; one begins at the next byte.
    pub(super) fn command(&mut self) {
        let at = self.at;
        if self.byte(at) == b'(' {
            return self.parenthesis();
        }
        match self.keyword(at) {
            Some(Keyword::If) => self.if_command(),
            Some(Keyword::While) => self.loop_command(Kind::While, 5),
            Some(Keyword::Until) => self.loop_command(Kind::Until, 5),
            Some(Keyword::For) => self.for_command(Kind::For, 3),
            Some(Keyword::Select) if self.is_bash() || self.has_loop_header(at + 6) => {
                self.for_command(Kind::Select, 6);
            }
            Some(Keyword::Case) => self.case_command(),
            Some(Keyword::OpenBrace) => self.group(),
            Some(Keyword::OpenTest) => self.conditional(),
            Some(Keyword::Function) if self.is_bash() || self.has_function_body(at + 8) => self.function(),
            Some(Keyword::Coproc) if self.is_bash() => self.coproc(),
            Some(Keyword::Bang) => self.unexpected(at, 1),
            _ => self.simple(),
        }
    }

    /// Whether `select` is followed by a name and `in`, as bash's is.
    fn has_loop_header(&self, at: u32) -> bool {
        let name = self.behind_blanks(at);
        let end = self.behind_blanks(self.name_end(name));
        end > name && self.keyword(end) == Some(Keyword::In)
    }

    /// Whether `function` is followed by a name and a body on the same line, as bash's is.
    fn has_function_body(&self, at: u32) -> bool {
        let mut end = self.behind_blanks(at);
        while !self.is_word_end(end) {
            end += 1;
        }
        let body = self.behind_blanks(end);
        self.byte(body) == b'(' || self.keyword(body) == Some(Keyword::OpenBrace)
    }

    /// Where the name that begins at `at` ends; `at` when there is none.
    pub(super) fn name_end(&self, at: u32) -> u32 {
        let mut end = at;
        if is(self.byte(at), NAME_START) {
            while is_name(self.byte(end)) {
                end += 1;
            }
        }
        end
    }

    fn simple(&mut self) {
        let node = self.open(Kind::Simple);
        // What stands before the name can be an assignment, and with some names what stands behind.
        let (mut words, mut other, mut declares) = (0, false, false);
        loop {
            let (at, token) = self.peek();
            match token {
                Tok::Redirect => {
                    self.trivia(at);
                    self.redirect();
                    other = true;
                }
                Tok::Word => {
                    self.trivia(at);
                    if words == 0 && self.assignment() {
                        other = true;
                        continue;
                    }
                    if !(declares && self.assignment_word()) {
                        self.word();
                    }
                    declares |= words == 0 && DECLARATIONS.contains(&self.slice(at, self.at));
                    words += 1;
                }
                Tok::Open if words == 1 && !other && self.byte(self.behind_blanks(at + 1)) == b')' => {
                    self.out.nodes[node as usize].kind = Kind::Function;
                    self.trivia(at);
                    self.function_body();
                    break;
                }
                Tok::Open => self.unexpected(at, 1),
                _ => break,
            }
        }
        self.close(node);
    }

    fn function(&mut self) {
        let node = self.open(Kind::Function);
        self.take(Kind::Keyword, 8);
        let (at, token) = self.peek();
        self.trivia(at);
        if token == Tok::Word {
            self.word();
        } else {
            self.error((at, at), "no name follows `function`");
        }
        self.function_body();
        self.close(node);
    }

    /// `()`, when it is there, and the command behind it.
    fn function_body(&mut self) {
        for paren in [b'(', b')'] {
            let (at, _) = self.peek();
            if self.byte(at) == paren && self.byte(at + 1) != b'(' {
                self.trivia(at);
                self.take(Kind::Operator, 1);
            }
        }
        self.line_breaks();
        let (at, token) = self.peek();
        let compound = token == Tok::Open
            || self.keyword(at).is_some_and(|word| {
                let other =
                    matches!(word, Keyword::Bang | Keyword::Time | Keyword::Coproc | Keyword::Function);
                !other && word.stop().is_none()
            });
        if compound || !self.is_bash() && self.begins_command() {
            self.nested(Self::command);
        } else {
            self.error((at, at), "the body of the function is missing: a command like `{ …; }`");
        }
    }

    fn coproc(&mut self) {
        let node = self.open(Kind::Coproc);
        self.take(Kind::Keyword, 6);
        let (at, _) = self.peek();
        self.trivia(at);
        let end = self.name_end(at);
        let behind = self.behind_blanks(end);
        if end > at && end < behind && self.keyword(at).is_none() && self.begins_compound(behind) {
            self.leaf(Kind::Name, end);
            self.trivia(behind);
        }
        if self.begins_command() {
            self.nested(Self::command);
        } else {
            self.error((at, at), "no command follows `coproc`");
        }
        self.close(node);
    }

    fn begins_compound(&self, at: u32) -> bool {
        let keyword = self.keyword(at).is_some_and(|word| {
            word.stop().is_none() && !matches!(word, Keyword::Bang | Keyword::Function | Keyword::Coproc)
        });
        keyword || self.byte(at) == b'('
    }

    /// `NAME=value` where a word begins. Says whether it is there.
    fn assignment(&mut self) -> bool {
        let Some((name, operator)) = self.assignment_at(self.at) else {
            self.open_subscript();
            return false;
        };
        let node = self.open(Kind::Assignment);
        self.leaf(Kind::Name, name);
        if operator > name {
            self.subscript(operator);
        }
        self.assigned();
        self.close(node);
        true
    }

    /// To bash, a `[` behind the name that a command begins with has to be closed.
    fn open_subscript(&mut self) {
        let name = self.name_end(self.at);
        if self.is_bash() && name > self.at && self.byte(name) == b'[' && name < self.brackets.open_subscript
        {
            let opened = (name, name + 1);
            self.unclosed(opened, "the `]` of the subscript is missing");
        }
    }

    /// An argument that is read as an assignment, within a word.
    fn assignment_word(&mut self) -> bool {
        if self.assignment_at(self.at).is_none() {
            return false;
        }
        let word = self.open(Kind::Word);
        self.assignment();
        self.close(word);
        true
    }

    /// Where the name of an assignment and where the part before `=` or `+=` ends.
    fn assignment_at(&mut self, at: u32) -> Option<(u32, u32)> {
        let name = self.name_end(at);
        if name == at {
            return None;
        }
        let operator = if self.byte(name) == b'[' { self.assigned_subscript(name)? } else { name };
        self.is_assignment_operator(operator).then_some((name, operator))
    }

    /// Behind the `]` of the subscript that begins at `at`, when an assignment follows it.
    fn assigned_subscript(&mut self, at: u32) -> Option<u32> {
        if at < self.brackets.no_subscript {
            return None;
        }
        let end = self.subscript_end(at);
        match end {
            Some(end) if self.is_assignment_operator(end) => {}
            Some(end) => self.brackets.no_subscript = end,
            None if self.is_bash() => {
                (self.brackets.no_subscript, self.brackets.open_subscript) = (self.end, self.end);
            }
            None => {}
        }
        end.filter(|end| self.is_assignment_operator(*end))
    }

    fn is_assignment_operator(&self, at: u32) -> bool {
        self.byte(at) == b'=' || self.byte(at) == b'+' && self.byte(at + 1) == b'='
    }

    /// Behind the `]` of the subscript that begins at `at`. In bash there can be blanks in it.
    fn subscript_end(&self, at: u32) -> Option<u32> {
        let (mut end, mut depth) = (at, 0);
        while end < self.end {
            match self.byte(end) {
                b'[' => depth += 1,
                b']' if depth == 1 => return Some(end + 1),
                b']' => depth -= 1,
                quote @ (b'"' | b'\'') => {
                    end += 1;
                    while end < self.end && self.byte(end) != quote {
                        end += 1;
                    }
                }
                b'\\' => end += 1,
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'<' | b'>' if !self.is_bash() => return None,
                _ => {}
            }
            end += 1;
        }
        None
    }

    /// `=` or `+=` with the value.
    fn assigned(&mut self) {
        let length = if self.byte(self.at) == b'=' { 1 } else { 2 };
        self.take(Kind::Operator, length);
        if self.byte(self.at) == b'(' {
            self.array();
        } else if !self.is_word_end(self.at) || self.token(self.at) == Tok::Word {
            self.word();
        }
    }

    fn array(&mut self) {
        let (start, node) = (self.at, self.open(Kind::Array));
        self.take(Kind::Operator, 1);
        loop {
            self.line_breaks();
            let (at, token) = self.peek();
            match token {
                Tok::End => {
                    self.unclosed((start, start + 1), "the `)` of the array is missing");
                    break;
                }
                Tok::Close => {
                    self.take(Kind::Operator, 1);
                    break;
                }
                Tok::Word => self.element(),
                _ => self.unexpected(at, self.operator_len(at)),
            }
        }
        self.close(node);
    }

    /// A word of an array, or `[subscript]=value`.
    fn element(&mut self) {
        let subscript = if self.byte(self.at) == b'[' { self.assigned_subscript(self.at) } else { None };
        let Some(operator) = subscript else { return self.word() };
        let (word, node) = (self.open(Kind::Word), self.open(Kind::Assignment));
        self.subscript(operator);
        self.assigned();
        self.close(node);
        self.close(word);
    }
}
