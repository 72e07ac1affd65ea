//! Compound commands: groups, `if`, loops, `case`.

use super::Parser;
use super::token::{Keyword, Stops, Tok};
use crate::kind::Kind;

impl Parser<'_> {
    /// `(…)`, or `((…))` as bash has it.
    pub(super) fn parenthesis(&mut self) {
        let start = self.at;
        if self.is_bash() && self.byte(start + 1) == b'(' && self.is_arithmetic(start + 2, false) {
            return self.arithmetic_command();
        }
        let node = self.open(Kind::Subshell);
        self.take(Kind::Operator, 1);
        self.required_list(Kind::List, Stops::PAREN, start, 1);
        self.close_paren(start, 1);
        self.redirects();
        self.close(node);
    }

    /// The `)` of what was opened at `start`.
    pub(super) fn close_paren(&mut self, start: u32, length: u32) {
        let (at, token) = self.peek();
        self.trivia(at);
        if token == Tok::Close {
            self.take(Kind::Operator, 1);
        } else {
            let what = self.slice(start, start + length);
            self.unclosed((start, start + length), format!("the `)` that closes `{what}` is missing"));
        }
    }

    /// A list that has to have a command. `opener` is where the word stands that it follows.
    fn required_list(&mut self, kind: Kind, stops: Stops, opener: u32, length: u32) {
        let found = self.list(kind, stops);
        if !found && !self.too_deep {
            let what = self.slice(opener, opener + length);
            self.error((opener, opener + length), format!("no command follows `{what}`"));
        }
    }

    /// A reserved word that has to stand here. `opener` is the place of the word that asks for it.
    fn expect(&mut self, keyword: Keyword, opener: (u32, u32)) -> Option<u32> {
        let (at, _) = self.peek();
        if self.keyword(at) == Some(keyword) {
            self.trivia(at);
            self.take(Kind::Keyword, keyword.len());
            return Some(at);
        }
        let what = self.slice(opener.0, opener.1);
        self.unclosed(opener, format!("the `{}` that belongs to `{what}` is missing", keyword.text()));
        None
    }

    fn redirects(&mut self) {
        loop {
            let (at, token) = self.peek();
            if token != Tok::Redirect {
                return;
            }
            self.trivia(at);
            self.redirect();
        }
    }

    /// `{ …; }`
    pub(super) fn group(&mut self) {
        let (start, node) = (self.at, self.open(Kind::Group));
        self.take(Kind::Keyword, 1);
        self.required_list(Kind::List, Stops::BRACE, start, 1);
        self.expect(Keyword::CloseBrace, (start, start + 1));
        self.redirects();
        self.close(node);
    }

    pub(super) fn if_command(&mut self) {
        let (start, node) = (self.at, self.open(Kind::If));
        let outer = self.stops;
        self.stops = outer.and(Stops::THEN).and(Stops::ELSE).and(Stops::FI);
        self.take(Kind::Keyword, 2);
        let mut opener = (start, start + 2);
        loop {
            self.required_list(Kind::Condition, Stops::NONE, opener.0, opener.1 - opener.0);
            if let Some(then) = self.expect(Keyword::Then, opener) {
                self.required_list(Kind::List, Stops::NONE, then, 4);
            }
            let (at, _) = self.peek();
            if self.keyword(at) != Some(Keyword::Elif) {
                break;
            }
            self.trivia(at);
            self.take(Kind::Keyword, 4);
            opener = (at, at + 4);
        }
        let (at, _) = self.peek();
        if self.keyword(at) == Some(Keyword::Else) {
            self.trivia(at);
            self.take(Kind::Keyword, 4);
            self.required_list(Kind::List, Stops::NONE, at, 4);
        }
        self.expect(Keyword::Fi, (start, start + 2));
        self.stops = outer;
        self.redirects();
        self.close(node);
    }

    pub(super) fn loop_command(&mut self, kind: Kind, length: u32) {
        let (start, node) = (self.at, self.open(kind));
        self.take(Kind::Keyword, length);
        self.required_list(Kind::Condition, Stops::DO.and(Stops::DONE), start, length);
        self.loop_body((start, start + length));
        self.redirects();
        self.close(node);
    }

    /// `do … done`
    fn loop_body(&mut self, opener: (u32, u32)) {
        if let Some(start) = self.expect(Keyword::Do, opener) {
            self.required_list(Kind::List, Stops::DONE, start, 2);
        }
        self.expect(Keyword::Done, opener);
    }

    /// `for` and `select`.
    pub(super) fn for_command(&mut self, kind: Kind, length: u32) {
        let (start, node) = (self.at, self.open(kind));
        let opener = (start, start + length);
        self.take(Kind::Keyword, length);
        let (at, token) = self.peek();
        self.trivia(at);
        if kind == Kind::For && self.byte(at) == b'(' && self.byte(at + 1) == b'(' {
            self.arithmetic_header();
            self.optional_separator();
        } else {
            if token == Tok::Word {
                self.loop_variable();
            } else {
                self.error(opener, format!("no name follows `{}`", self.slice(opener.0, opener.1)));
            }
            self.loop_words();
        }
        let (at, _) = self.peek();
        if self.keyword(at) == Some(Keyword::OpenBrace) {
            self.trivia(at);
            self.take(Kind::Keyword, 1);
            self.required_list(Kind::List, Stops::BRACE, at, 1);
            self.expect(Keyword::CloseBrace, (at, at + 1));
        } else {
            self.loop_body(opener);
        }
        self.redirects();
        self.close(node);
    }

    fn loop_variable(&mut self) {
        let end = self.name_end(self.at);
        if end > self.at && self.is_word_end(end) {
            return self.leaf(Kind::Name, end);
        }
        let start = self.at;
        self.word();
        let what = self.slice(start, self.at);
        // bash finds out when the loop begins.
        self.late(self.is_bash(), |parser| {
            parser.error((start, parser.at), format!("`{what}` is not the name of a variable"));
        });
    }

    /// `in word …` behind the name of a loop, and what ends it.
    fn loop_words(&mut self) {
        self.line_breaks();
        if self.keyword(self.at) != Some(Keyword::In) {
            return self.optional_separator();
        }
        self.take(Kind::Keyword, 2);
        loop {
            let (at, token) = self.peek();
            match token {
                Tok::Word => {
                    self.trivia(at);
                    self.word();
                }
                Tok::Semi | Tok::Newline => break self.optional_separator(),
                Tok::End => {
                    let what = (at, at);
                    break self.error(what, "the `do` of the loop is missing");
                }
                _ => self.unexpected(at, self.operator_len(at)),
            }
        }
    }

    /// `;` when there is one, and line ends.
    fn optional_separator(&mut self) {
        let (at, token) = self.peek();
        if token == Tok::Semi {
            self.trivia(at);
            self.take(Kind::Operator, 1);
        }
        self.line_breaks();
    }

    pub(super) fn case_command(&mut self) {
        let (start, node) = (self.at, self.open(Kind::Case));
        let opener = (start, start + 4);
        self.take(Kind::Keyword, 4);
        let (at, token) = self.peek();
        self.trivia(at);
        if token == Tok::Word {
            self.word();
        } else {
            self.error(opener, "no word follows `case`");
        }
        self.line_breaks();
        self.expect(Keyword::In, opener);
        loop {
            self.line_breaks();
            let (at, token) = self.peek();
            match token {
                Tok::Word if self.keyword(at) == Some(Keyword::Esac) => break,
                Tok::Word | Tok::Open => self.case_item(),
                Tok::End => break,
                // What ends something around it is not part of it.
                Tok::Close if self.stops.has(Stops::PAREN) => break,
                _ => self.unexpected(at, self.operator_len(at)),
            }
        }
        self.expect(Keyword::Esac, opener);
        self.redirects();
        self.close(node);
    }

    fn case_item(&mut self) {
        let (start, node) = (self.at, self.open(Kind::CaseItem));
        if self.byte(start) == b'(' {
            self.take(Kind::Operator, 1);
            self.trivia(self.peek().0);
        }
        self.patterns(start);
        self.list(Kind::List, Stops::CASE_END.and(Stops::ESAC));
        let (at, token) = self.peek();
        match token {
            Tok::CaseEnd => {
                self.trivia(at);
                let length = self.operator_len(at);
                self.take(Kind::Operator, length);
            }
            Tok::Word if self.keyword(at) == Some(Keyword::Esac) => {}
            _ => self.unclosed(self.character(start), "the `;;` or `esac` behind the pattern is missing"),
        }
        self.close_trimmed(node);
    }

    /// `pattern | pattern )`
    fn patterns(&mut self, start: u32) {
        loop {
            let (at, token) = self.peek();
            self.trivia(at);
            if token != Tok::Word {
                break;
            }
            self.word();
            let (at, token) = self.peek();
            self.trivia(at);
            if token == Tok::Close {
                return self.take(Kind::Operator, 1);
            }
            if token != Tok::Pipe || self.operator_len(at) != 1 {
                break;
            }
            self.take(Kind::Operator, 1);
        }
        self.unclosed(self.character(start), "the `)` behind the pattern is missing");
    }
}
