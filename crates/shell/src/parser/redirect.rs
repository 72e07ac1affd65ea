//! Redirections.

use super::Parser;
use super::token::Tok;
use crate::kind::Kind;

impl Parser<'_> {
    /// A redirection with the word that it is about.
    pub(super) fn redirect(&mut self) {
        let node = self.open(Kind::Redirect);
        if let Some(operator) = self.redirect_prefix(self.at) {
            if self.byte(self.at) == b'{' {
                self.take(Kind::Operator, 1);
                self.leaf(Kind::Name, operator - 1);
                self.take(Kind::Operator, 1);
            } else {
                self.leaf(Kind::Number, operator);
            }
        }
        let (start, length) = (self.at, self.redirect_operator());
        self.take(Kind::Operator, length);
        let operator = self.slice(start, start + length);
        let (at, token) = self.peek();
        // `2>&1<file`: the digit is no prefix of the next one.
        let digit = matches!(operator, ">&" | "<&") && self.byte(at).is_ascii_digit();
        if token == Tok::Word || digit {
            self.trivia(at);
            if matches!(operator, "<<" | "<<-") {
                self.delimiter(node, operator == "<<-");
            } else {
                self.word();
            }
        } else {
            let what = if operator.starts_with("<<") { "word" } else { "file" };
            self.error((start, start + length), format!("no {what} follows `{operator}`"));
        }
        self.close(node);
    }

    fn redirect_operator(&self) -> u32 {
        let at = self.at;
        match [self.byte(at), self.byte(at + 1), self.byte(at + 2)] {
            [b'<', b'<', b'<' | b'-'] | [b'&', b'>', b'>'] => 3,
            [b'<', b'<' | b'&' | b'>', _] | [b'>', b'>' | b'&' | b'|', _] | [b'&', b'>', _] => 2,
            _ => 1,
        }
    }
}
