//! `[[ … ]]`.

use super::Parser;
use super::chars::{DELIMITER, is};
use super::token::Tok;
use crate::kind::Kind;

const BINARY: &[&str] =
    &["=", "==", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];

impl Parser<'_> {
    pub(super) fn conditional(&mut self) {
        let (start, node) = (self.at, self.open(Kind::Conditional));
        self.take(Kind::Keyword, 2);
        self.nested(Self::tests);
        let (at, _) = self.peek();
        if self.is_test_end(at) {
            self.trivia(at);
            self.take(Kind::Keyword, 2);
        } else if self.is_bash() {
            self.unclosed((start, start + 2), "the `]]` that closes `[[` is missing");
        }
        self.after_conditional();
        self.close(node);
    }

    /// Redirections, and with `sh` the words that it would take for arguments.
    fn after_conditional(&mut self) {
        loop {
            let (at, token) = self.peek();
            match token {
                Tok::Redirect => {
                    self.trivia(at);
                    self.redirect();
                }
                Tok::Word if !self.is_bash() => {
                    self.trivia(at);
                    self.word();
                }
                _ => return,
            }
        }
    }

    fn is_test_end(&self, at: u32) -> bool {
        self.byte(at) == b']' && self.byte(at + 1) == b']' && self.is_word_end(at + 2)
    }

    /// What is wrong with a condition is nothing to `sh`, for which it is a command.
    fn test_error(&mut self, at: u32, message: &str) {
        if self.is_bash() {
            self.error((at, at), message);
        }
    }

    /// Blanks, and in bash line ends.
    fn test_breaks(&mut self) -> (u32, Tok) {
        if self.is_bash() {
            self.line_breaks();
        }
        let (at, token) = self.peek();
        let word = token == Tok::Redirect && self.byte(at).is_ascii_digit();
        (at, if word { Tok::Word } else { token })
    }

    /// Conditions with `&&` and `||` between them.
    fn tests(&mut self) {
        loop {
            if !self.test() {
                return;
            }
            let (at, token) = self.test_breaks();
            match token {
                Tok::AndOr => {
                    self.trivia(at);
                    self.take(Kind::Operator, 2);
                }
                Tok::Word | Tok::Redirect if !self.is_test_end(at) => {
                    self.test_error(at, "`&&` or `||` is missing between two conditions");
                }
                _ => return,
            }
        }
    }

    /// A condition. Says whether there is one.
    fn test(&mut self) -> bool {
        loop {
            let (at, token) = self.test_breaks();
            match token {
                Tok::Word if self.byte(at) == b'!' && self.is_word_end(at + 1) => {
                    self.trivia(at);
                    self.take(Kind::Operator, 1);
                }
                Tok::Word if !self.is_test_end(at) => {
                    self.trivia(at);
                    self.comparison();
                    return true;
                }
                Tok::Redirect => {
                    self.trivia(at);
                    self.redirect();
                    return true;
                }
                Tok::Open => {
                    self.trivia(at);
                    self.test_group();
                    return true;
                }
                _ => {
                    self.test_error(at, "a condition is missing");
                    return false;
                }
            }
        }
    }

    fn test_group(&mut self) {
        let (start, node) = (self.at, self.open(Kind::TestGroup));
        self.take(Kind::Operator, 1);
        self.nested(Self::tests);
        let (at, token) = self.test_breaks();
        if token == Tok::Close {
            self.trivia(at);
            self.take(Kind::Operator, 1);
        } else {
            self.unclosed((start, start + 1), "the `)` that closes `(` is missing");
        }
        self.close(node);
    }

    /// `-f word`, `word == word`, or a word alone.
    fn comparison(&mut self) {
        let node = self.open(Kind::Test);
        let unary = self.byte(self.at) == b'-'
            && self.byte(self.at + 1).is_ascii_alphabetic()
            && self.is_word_end(self.at + 2);
        let (operand, token) = if unary { self.peek_from(self.at + 2) } else { (self.at, Tok::End) };
        let binary = self.binary_operator(operand).is_some_and(|length| {
            let (right, token) = self.peek_from(operand + length);
            token == Tok::Word && !self.is_test_end(right)
        });
        if unary && token == Tok::Word && !self.is_test_end(operand) && !binary {
            self.take(Kind::Operator, 2);
            self.trivia(operand);
            self.word();
        } else {
            self.word();
            self.right_side();
        }
        self.close(node);
    }

    fn peek_from(&self, at: u32) -> (u32, Tok) {
        let at = self.behind_blanks(at);
        (at, self.token(at))
    }

    /// The length of the operator between two words at `at`.
    fn binary_operator(&self, at: u32) -> Option<u32> {
        if matches!(self.byte(at), b'<' | b'>') && self.byte(at + 1) != b'(' {
            return Some(1);
        }
        let mut end = at;
        while end < self.end && !is(self.byte(end), DELIMITER) {
            end += 1;
        }
        BINARY.contains(&self.slice(at, end)).then_some(end - at)
    }

    fn right_side(&mut self) {
        let (at, _) = self.peek();
        let Some(length) = self.binary_operator(at) else { return };
        self.trivia(at);
        let operator = self.slice(at, at + length);
        self.take(Kind::Operator, length);
        let (at, token) = self.test_breaks();
        self.trivia(at);
        if operator == "=~" && !matches!(token, Tok::End | Tok::Newline | Tok::Semi) {
            self.regular_expression();
        } else if token == Tok::Word && !self.is_test_end(at) {
            self.mode.pattern = matches!(operator, "=" | "==" | "!=");
            self.word();
            self.mode.pattern = false;
        } else {
            self.test_error(at, "the right side of the comparison is missing");
        }
    }

    /// The right side of `=~`: a word in which parentheses and `|` are characters like others.
    fn regular_expression(&mut self) {
        let node = self.open(Kind::Word);
        let (start, mut run, mut depth) = (self.at, self.at, 0_u32);
        while run < self.end {
            let byte = self.bytes[run as usize];
            match byte {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b'\'' | b'"' | b'\\' | b'$' | b'`' => {
                    self.rest(Kind::Literal, run);
                    self.expression_quote(byte);
                    run = self.at;
                    continue;
                }
                _ if depth == 0 && byte != b'|' && is(byte, DELIMITER) => break,
                _ => {}
            }
            run += 1;
        }
        if self.at > start {
            self.rest(Kind::Literal, run);
        }
        self.at = run;
        self.close(node);
    }

    fn expression_quote(&mut self, byte: u8) {
        match byte {
            b'\'' => self.single_quoted(),
            b'"' => self.double_quoted(Kind::DoubleQuoted),
            b'\\' => self.escape(),
            b'$' => self.dollar(false),
            _ => self.backquote(false),
        }
    }
}
