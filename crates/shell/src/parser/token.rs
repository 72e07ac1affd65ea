//! The next token: blanks, operators and reserved words, looked at before they are taken.

use super::Parser;
use super::chars::{DELIMITER, DIGIT, KEYWORD, is, is_name};
use crate::kind::Kind;

/// What the next token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tok {
    /// The end of what is parsed.
    End,
    Newline,
    /// `;`
    Semi,
    /// `;;`, `;&` or `;;&`
    CaseEnd,
    /// `&`
    Background,
    /// `&&` or `||`
    AndOr,
    /// `|` or `|&`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// A redirection, with what stands before the operator.
    Redirect,
    /// Anything else.
    Word,
}

/// Reserved words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    If,
    Then,
    Elif,
    Else,
    Fi,
    While,
    Until,
    Do,
    Done,
    For,
    In,
    Case,
    Esac,
    OpenBrace,
    CloseBrace,
    Bang,
    OpenTest,
    CloseTest,
    Function,
    Select,
    Time,
    Coproc,
}

impl Keyword {
    /// How it is written.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::Then => "then",
            Self::Elif => "elif",
            Self::Else => "else",
            Self::Fi => "fi",
            Self::While => "while",
            Self::Until => "until",
            Self::Do => "do",
            Self::Done => "done",
            Self::For => "for",
            Self::In => "in",
            Self::Case => "case",
            Self::Esac => "esac",
            Self::OpenBrace => "{",
            Self::CloseBrace => "}",
            Self::Bang => "!",
            Self::OpenTest => "[[",
            Self::CloseTest => "]]",
            Self::Function => "function",
            Self::Select => "select",
            Self::Time => "time",
            Self::Coproc => "coproc",
        }
    }

    /// Its length in bytes.
    pub(super) fn len(self) -> u32 {
        super::count(self.text().len())
    }

    /// What it ends, when it cannot begin a command.
    pub(super) const fn stop(self) -> Option<Stops> {
        Some(match self {
            Self::Then => Stops::THEN,
            Self::Elif | Self::Else => Stops::ELSE,
            Self::Fi => Stops::FI,
            Self::Do => Stops::DO,
            Self::Done => Stops::DONE,
            Self::Esac => Stops::ESAC,
            Self::CloseBrace => Stops::BRACE,
            Self::In | Self::CloseTest => Stops::NONE,
            _ => return None,
        })
    }
}

/// What ends a list, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stops(u16);

impl Stops {
    pub(super) const NONE: Self = Self(0);
    pub(super) const PAREN: Self = Self(1);
    pub(super) const BRACE: Self = Self(2);
    pub(super) const THEN: Self = Self(4);
    pub(super) const ELSE: Self = Self(8);
    pub(super) const FI: Self = Self(16);
    pub(super) const DO: Self = Self(32);
    pub(super) const DONE: Self = Self(64);
    pub(super) const ESAC: Self = Self(128);
    pub(super) const CASE_END: Self = Self(256);

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Parser<'_> {
    /// The first offset from `at` on that is no blank and in no comment.
    #[inline]
    pub(super) fn behind_blanks(&self, mut at: u32) -> u32 {
        while at < self.end {
            match self.bytes[at as usize] {
                b' ' | b'\t' => at += 1,
                b'\\' if self.byte(at + 1) == b'\n' => at += 2,
                b'#' => at = self.line_end(at),
                _ => break,
            }
        }
        at
    }

    /// The offset of the next line feed, or the end.
    pub(super) fn line_end(&self, at: u32) -> u32 {
        let rest = &self.bytes[at as usize..self.end as usize];
        rest.iter().position(|byte| *byte == b'\n').map_or(self.end, |length| at + super::count(length))
    }

    /// What begins at `at`, where there is no blank.
    #[inline]
    pub(super) fn token(&self, at: u32) -> Tok {
        if at >= self.end {
            return Tok::End;
        }
        let byte = self.bytes[at as usize];
        if !is(byte, DELIMITER | DIGIT) && byte != b'{' {
            return Tok::Word;
        }
        self.operator_token(at, byte)
    }

    fn operator_token(&self, at: u32, byte: u8) -> Tok {
        let next = self.byte(at + 1);
        match byte {
            b'\n' => Tok::Newline,
            b';' if matches!(next, b';' | b'&') => Tok::CaseEnd,
            b';' => Tok::Semi,
            b'&' if next == b'&' => Tok::AndOr,
            b'&' if next == b'>' => Tok::Redirect,
            b'&' => Tok::Background,
            b'|' if next == b'|' => Tok::AndOr,
            b'|' => Tok::Pipe,
            b'(' => Tok::Open,
            b')' => Tok::Close,
            b'<' | b'>' if next == b'(' => Tok::Word,
            b'<' | b'>' => Tok::Redirect,
            _ if self.redirect_prefix(at).is_some() => Tok::Redirect,
            _ => Tok::Word,
        }
    }

    /// Where the operator of a redirection stands that begins with a number or, in bash, with `{name}`.
    pub(super) fn redirect_prefix(&self, at: u32) -> Option<u32> {
        let mut end = at;
        if self.byte(at) == b'{' {
            if !self.is_bash() {
                return None;
            }
            end += 1;
            while is_name(self.byte(end)) {
                end += 1;
            }
            if self.byte(end) != b'}' || end == at + 1 {
                return None;
            }
            end += 1;
        } else {
            while is(self.byte(end), DIGIT) {
                end += 1;
            }
        }
        let process = self.byte(end + 1) == b'(';
        (end > at && matches!(self.byte(end), b'<' | b'>') && !process).then_some(end)
    }

    /// Length of the operator at `at`.
    pub(super) fn operator_len(&self, at: u32) -> u32 {
        let (first, second, third) = (self.byte(at), self.byte(at + 1), self.byte(at + 2));
        match (first, second) {
            (b';', b';') if third == b'&' => 3,
            (b';', b';' | b'&') | (b'&', b'&') | (b'|', b'|' | b'&') => 2,
            _ => 1,
        }
    }

    /// The reserved word that is the whole word at `at`.
    #[inline]
    pub(super) fn keyword(&self, at: u32) -> Option<Keyword> {
        if is(self.byte(at), KEYWORD) { self.find_keyword(at) } else { None }
    }

    fn find_keyword(&self, at: u32) -> Option<Keyword> {
        let rest = &self.bytes[at as usize..self.end as usize];
        let letters = rest.iter().take(9).take_while(|byte| byte.is_ascii_lowercase()).count();
        let word = match rest {
            [b'{' | b'}' | b'!', ..] => &rest[..1],
            [b'[', b'[', ..] => &rest[..2],
            [b']', b']', ..] if self.is_bash() => &rest[..2],
            _ => &rest[..letters],
        };
        let found = keyword_of(word)?;
        self.is_word_end(at + found.len()).then_some(found)
    }

    /// Whether a word ends at `at`.
    pub(super) fn is_word_end(&self, mut at: u32) -> bool {
        while self.byte(at) == b'\\' && self.byte(at + 1) == b'\n' {
            at += 2;
        }
        let process = matches!(self.byte(at), b'<' | b'>') && self.byte(at + 1) == b'(';
        at >= self.end || is(self.byte(at), DELIMITER) && !process
    }

    /// Adds the blanks and comments up to `end`.
    #[inline]
    pub(super) fn trivia(&mut self, end: u32) {
        while self.at < end {
            let mut next = self.at;
            let kind = match self.byte(next) {
                b'#' => Kind::Comment,
                b'\\' => Kind::Continuation,
                _ => Kind::Blank,
            };
            match kind {
                Kind::Comment => next = self.line_end(next),
                Kind::Continuation => next += 2,
                _ => {
                    while next < end && matches!(self.byte(next), b' ' | b'\t') {
                        next += 1;
                    }
                }
            }
            self.leaf(kind, next);
        }
    }
}

fn keyword_of(word: &[u8]) -> Option<Keyword> {
    Some(match word {
        b"if" => Keyword::If,
        b"then" => Keyword::Then,
        b"elif" => Keyword::Elif,
        b"else" => Keyword::Else,
        b"fi" => Keyword::Fi,
        b"while" => Keyword::While,
        b"until" => Keyword::Until,
        b"do" => Keyword::Do,
        b"done" => Keyword::Done,
        b"for" => Keyword::For,
        b"in" => Keyword::In,
        b"case" => Keyword::Case,
        b"esac" => Keyword::Esac,
        b"{" => Keyword::OpenBrace,
        b"}" => Keyword::CloseBrace,
        b"!" => Keyword::Bang,
        b"[[" => Keyword::OpenTest,
        b"]]" => Keyword::CloseTest,
        b"function" => Keyword::Function,
        b"select" => Keyword::Select,
        b"time" => Keyword::Time,
        b"coproc" => Keyword::Coproc,
        _ => return None,
    })
}
