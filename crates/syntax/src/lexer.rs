//! From text to the tree: physical lines are sorted into items, in one pass.

use kit::TextRange;
use memchr::memmem;

use crate::check::CheckOptions;
use crate::error::SyntaxError;
use crate::heredoc::{self, HeredocPart};
use crate::keyword::{self, Keyword};
use crate::lines::{Line, continuation, is_blank, skip_white};
use crate::logical::Logical;
use crate::token::{Token, TokenKind};
use crate::tree::{Directive, Instruction, Item, Parse};

/// The longest line that `BuildKit` reads, in bytes without the line end.
const LONGEST_LINE: usize = 64 * 1024 - 1;
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Parses a Dockerfile. Every text has a tree; its errors are in [`Parse::errors`].
pub fn parse(text: &str) -> Parse {
    let mut lexer = Lexer::new(text);
    lexer.file();
    let Lexer { tokens, items, directives, mut errors, escape, .. } = lexer;
    if !items.iter().any(|item| matches!(item, Item::Instruction(_))) {
        let whole = TextRange::of(0..text.len());
        let error = SyntaxError::new(whole, "file with no instructions");
        errors.push(error.help("a Dockerfile begins with `FROM <image>`"));
    }
    Parse { text: text.to_owned(), tokens, items, directives, errors, escape }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    items: Vec<Item>,
    directives: Vec<Directive>,
    errors: Vec<SyntaxError>,
    escape: u8,
    /// Whether directives can still come: they end at the first line that is none.
    directives_open: bool,
}

/// The keyword while it is put together; it can run over several lines.
#[derive(Default)]
struct Word {
    text: String,
    range: Option<TextRange>,
    done: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            tokens: Vec::with_capacity(text.len() / 8),
            items: Vec::with_capacity(text.len() / 64),
            directives: Vec::new(),
            errors: Vec::new(),
            escape: b'\\',
            directives_open: true,
        }
    }

    fn file(&mut self) {
        if self.text.starts_with(BYTE_ORDER_MARK) {
            self.push(TokenKind::Bom, 0, BYTE_ORDER_MARK.len());
            self.items.push(Item::Blank(TextRange::of(0..BYTE_ORDER_MARK.len())));
            self.at = BYTE_ORDER_MARK.len();
        }
        while let Some(line) = self.line() {
            self.item(line);
        }
    }

    /// Takes the next line.
    fn line(&mut self) -> Option<Line> {
        if self.at >= self.text.len() {
            return None;
        }
        let line = Line::at(self.text.as_bytes(), self.at);
        self.at = line.end;
        if line.body - line.start > LONGEST_LINE {
            let message = format!("line greater than the maximum of {LONGEST_LINE} bytes");
            let error = SyntaxError::new(TextRange::of(line.start..line.body), message);
            self.errors.push(error.help("break the line with the escape character at its end"));
        }
        Some(line)
    }

    fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        if start < end {
            self.tokens.push(Token { kind, range: TextRange::of(start..end) });
        }
    }

    fn item(&mut self, line: Line) {
        let content = skip_white(self.text, line.start, line.body);
        let range = TextRange::of(line.start..line.end);
        let first = self.text.as_bytes().get(content).filter(|_| content < line.body);
        match first {
            Some(b'#') => return self.comment(line, content),
            None => {
                self.whole_line(TokenKind::Blank, line, content);
                self.items.push(Item::Blank(range));
            }
            Some(_) => self.instruction(line, content),
        }
        self.directives_open = false;
    }

    /// Tokens of a line that holds one thing from `content` on.
    fn whole_line(&mut self, kind: TokenKind, line: Line, content: usize) {
        self.push(TokenKind::Blank, line.start, content);
        self.push(kind, content, line.body);
        self.push(TokenKind::Newline, line.body, line.end);
    }

    fn comment(&mut self, line: Line, content: usize) {
        let directive =
            if self.directives_open && content == line.start { self.directive(line) } else { None };
        let first = self.text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(self.text);
        let is_shebang = content + first.len() == self.text.len() && first.starts_with("#!");
        if let Some(directive) = directive {
            self.whole_line(TokenKind::Directive, line, content);
            self.directives.push(directive);
            self.items.push(Item::Directive(directive));
        } else {
            // `BuildKit` looks for directives behind a shebang, too.
            self.directives_open &= is_shebang;
            self.whole_line(TokenKind::Comment, line, content);
            self.items.push(Item::Comment(TextRange::of(line.start..line.end)));
        }
    }

    fn directive(&mut self, line: Line) -> Option<Directive> {
        let (name, value) = split_directive(self.text, line)?;
        let name_text = name.slice(self.text).to_ascii_lowercase();
        let behind_shebang = self.items.iter().any(|item| matches!(item, Item::Comment(_)));
        let known =
            matches!(name_text.as_str(), "syntax" | "check") || name_text == "escape" && !behind_shebang;
        if !known {
            return None;
        }
        let seen = |item: &Directive| item.name.slice(self.text).eq_ignore_ascii_case(&name_text);
        if self.directives.iter().any(seen) {
            let message = format!("only one `{name_text}` parser directive can be used");
            self.errors.push(SyntaxError::new(name, message).help("remove one of them"));
        } else if name_text == "escape" {
            self.set_escape(value);
        } else if name_text == "check"
            && let Err(message) = CheckOptions::parse(value.slice(self.text))
        {
            let help = "write `# check=skip=<rule>,<rule>;error=true`";
            self.errors.push(SyntaxError::new(value, message).help(help));
        }
        Some(Directive { range: TextRange::of(line.start..line.end), name, value })
    }

    fn set_escape(&mut self, value: TextRange) {
        match value.slice(self.text) {
            "\\" => self.escape = b'\\',
            "`" => self.escape = b'`',
            other => {
                let message = format!("`{other}` cannot be the escape character");
                self.errors.push(SyntaxError::new(value, message).help("use a backslash or a backtick"));
            }
        }
    }

    fn instruction(&mut self, first: Line, content: usize) {
        let first_token = self.tokens.len();
        let mut word = Word::default();
        self.push(TokenKind::Blank, first.start, content);
        let mut open = self.piece(&mut word, content, first);
        while open {
            let Some(line) = self.line() else { break };
            open = self.continued(&mut word, line);
        }
        let kind = Keyword::of(word.text.trim_end());
        let heredocs = self.heredocs(kind, first, first_token);
        let range = TextRange::of(first.start..self.at);
        let keyword = word.range.unwrap_or(TextRange::of(content..content));
        if kind == Keyword::Unknown {
            self.unknown(keyword, word.text.trim_end());
        }
        let tokens = (clamp(first_token), clamp(self.tokens.len()));
        let index = clamp(self.items.len());
        self.items.push(Item::Instruction(Instruction { range, keyword, kind, tokens, index, heredocs }));
    }

    fn unknown(&mut self, range: TextRange, word: &str) {
        let error = if word.is_empty() {
            SyntaxError::new(range, "an escape character continues nothing").help("remove it")
        } else {
            SyntaxError::new(range, format!("unknown instruction `{word}`"))
                .maybe_help(keyword::suggest(word))
        };
        self.errors.push(error);
    }

    /// Takes a line after a continued one; says whether the next one belongs to the instruction, too.
    fn continued(&mut self, word: &mut Word, line: Line) -> bool {
        let content = skip_white(self.text, line.start, line.body);
        if content == line.body {
            self.whole_line(TokenKind::Blank, line, content);
            return true;
        }
        if self.text.as_bytes()[content] == b'#' {
            self.whole_line(TokenKind::Comment, line, content);
            return true;
        }
        self.piece(word, line.start, line)
    }

    /// Takes a line of the instruction from `start` on; says whether it is continued.
    fn piece(&mut self, word: &mut Word, start: usize, line: Line) -> bool {
        let cut = continuation(&self.text.as_bytes()[start..line.body], self.escape);
        let end = cut.map_or(line.body, |length| start + length);
        let text = if word.done { start } else { self.keyword(word, start, end) };
        self.push(TokenKind::Text, text, end);
        self.push(TokenKind::Continuation, end, line.body);
        self.push(TokenKind::Newline, line.body, line.end);
        cut.is_some()
    }

    /// Takes what belongs to the keyword; says where it ends.
    fn keyword(&mut self, word: &mut Word, start: usize, end: usize) -> usize {
        let begin = if word.range.is_some() { start } else { skip_white(self.text, start, end) };
        let bytes = &self.text.as_bytes()[begin..end];
        let length = bytes.iter().position(|byte| is_blank(*byte)).unwrap_or(bytes.len());
        let stop = begin + length;
        self.push(TokenKind::Text, start, begin);
        self.push(TokenKind::Keyword, begin, stop);
        if length > 0 {
            let range = TextRange::of(begin..stop);
            word.range = Some(word.range.map_or(range, |known| known.cover(range)));
            word.text.push_str(range.slice(self.text));
        }
        word.done = word.range.is_some() && stop < end;
        stop
    }

    /// Takes the heredocs that the logical line opens.
    fn heredocs(&mut self, kind: Keyword, first: Line, first_token: usize) -> Vec<HeredocPart> {
        if !kind.takes_heredocs() && kind != Keyword::Onbuild {
            return Vec::new();
        }
        let written = &self.text.as_bytes()[first.start..self.at];
        if memmem::find(written, b"<<").is_none() {
            return Vec::new();
        }
        let logical = Logical::new(self.text, &self.tokens[first_token..]);
        let mut parts = heredoc::find(&logical, kind);
        for part in &mut parts {
            self.heredoc_body(part);
        }
        parts
    }

    fn heredoc_body(&mut self, part: &mut HeredocPart) {
        let start = self.at;
        while let Some(line) = self.line() {
            let text = &self.text[line.start..line.body];
            let text = if part.strip_tabs { text.trim_start_matches('\t') } else { text };
            if text != part.name.value {
                continue;
            }
            part.body = TextRange::of(start..line.start);
            part.end = Some(TextRange::of(line.start..line.body));
            self.push(TokenKind::HeredocBody, start, line.start);
            self.push(TokenKind::HeredocEnd, line.start, line.body);
            self.push(TokenKind::Newline, line.body, line.end);
            return;
        }
        part.body = TextRange::of(start..self.at);
        self.push(TokenKind::HeredocBody, start, self.at);
        let message = format!("unterminated heredoc `{}`", part.name.value);
        let help = format!("end it with a line that holds `{}` alone", part.name.value);
        self.errors.push(SyntaxError::new(part.range, message).help(help));
    }
}

/// Name and value of `# name = value`, where the line begins with `#`.
fn split_directive(text: &str, line: Line) -> Option<(TextRange, TextRange)> {
    let start = skip_white(text, line.start + 1, line.body);
    let content = &text[start..line.body];
    let name = content.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(content.len());
    if !content.starts_with(|ch: char| ch.is_ascii_alphabetic()) {
        return None;
    }
    let equals = skip_white(text, start + name, line.body);
    let value = text[equals..line.body].strip_prefix('=')?.trim();
    if value.is_empty() {
        return None;
    }
    let value_start = skip_white(text, equals + 1, line.body);
    Some((TextRange::of(start..start + name), TextRange::of(value_start..value_start + value.len())))
}

fn clamp(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
