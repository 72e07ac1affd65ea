//! Here-documents: the word behind `<<`, and the lines that follow the line it stands in.

use super::Parser;
use super::chars::{DELIMITER, char_len, is};
use crate::kind::Kind;

/// A here-document whose lines are still to come.
pub(super) struct Pending {
    /// The node of its redirection.
    redirect: u32,
    /// The line that ends it.
    end: String,
    /// Whether a part of the word was quoted: then nothing is expanded in the lines.
    quoted: bool,
    /// Whether tabs at the begin of a line are removed.
    tabs: bool,
}

impl Parser<'_> {
    /// The word that ends a here-document: quotes are removed from it, and nothing is expanded.
    pub(super) fn delimiter(&mut self, redirect: u32, tabs: bool) {
        let node = self.open(Kind::Word);
        let (mut end, mut quoted) = (String::new(), false);
        let mut run = self.at;
        while run < self.end && !is(self.byte(run), DELIMITER) {
            let byte = self.byte(run);
            if !matches!(byte, b'\'' | b'"' | b'\\') {
                run += 1;
                continue;
            }
            end.push_str(self.slice(self.at, run));
            self.rest(Kind::Literal, run);
            quoted = true;
            self.quoted_delimiter(byte, &mut end);
            run = self.at;
        }
        end.push_str(self.slice(self.at, run));
        if quoted {
            self.rest(Kind::Literal, run);
        }
        self.at = run;
        self.close(node);
        self.pending.push(Pending { redirect, end, quoted, tabs });
    }

    fn quoted_delimiter(&mut self, quote: u8, value: &mut String) {
        let start = self.at;
        if quote == b'\\' {
            let length = if start + 1 < self.end { char_len(self.byte(start + 1)) } else { 0 };
            value.push_str(self.slice(start + 1, start + 1 + length));
            return self.take(Kind::Escape, 1 + length);
        }
        let kind = if quote == b'"' { Kind::DoubleQuoted } else { Kind::SingleQuoted };
        let end = self.find(start + 1, quote);
        value.push_str(self.slice(start + 1, end.unwrap_or(self.end)));
        self.leaf(kind, end.map_or(self.end, |end| end + 1));
        if end.is_none() {
            let quote = char::from(quote);
            self.unclosed((start, start + 1), format!("the closing `{quote}` is missing"));
        }
    }

    /// The lines of the here-documents that wait for them.
    pub(super) fn heredoc_bodies(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            self.heredoc_body(&pending);
        }
    }

    fn heredoc_body(&mut self, pending: &Pending) {
        let (end, last) = self.heredoc_end(pending);
        let body = self.open(Kind::HeredocBody);
        self.out.heredocs.push((pending.redirect, body));
        if pending.quoted {
            self.quoted_lines(end, pending.tabs);
        } else {
            // bash expands the lines when it gets there.
            self.late(self.is_bash(), |parser| {
                parser.within(end, |parser| parser.nested(|parser| parser.expanded_lines(pending.tabs)));
            });
        }
        self.close(body);
        if last > end {
            self.leaf(Kind::HeredocEnd, last);
            if self.at < self.end {
                self.take(Kind::Newline, 1);
            }
        }
    }

    /// Where the lines end, and where the line ends that ends them; the same when there is no such line.
    fn heredoc_end(&self, pending: &Pending) -> (u32, u32) {
        let mut start = self.at;
        // The lines before that are continued, as far as they can be a part of the line that is looked for.
        let (mut first, mut before) = (start, Some(String::new()));
        while start < self.end {
            let end = self.line_end(start);
            let line = self.slice(start, end);
            let content = if pending.tabs && first == start { line.trim_start_matches('\t') } else { line };
            let known = before.as_deref().and_then(|before| pending.end.strip_prefix(before));
            if known == Some(content) && end > first {
                return (first, end);
            }
            let backslashes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
            start = end + 1;
            if !pending.quoted && backslashes % 2 == 1 {
                let part = &content[..content.len() - 1];
                before = known.filter(|rest| rest.starts_with(part)).and(before).map(|before| before + part);
            } else {
                (first, before) = (start, Some(String::new()));
            }
        }
        (self.end, self.end)
    }

    /// Lines in which nothing is expanded. Without tabs to remove, the body stays a leaf.
    fn quoted_lines(&mut self, end: u32, tabs: bool) {
        if !tabs {
            self.at = end;
            return;
        }
        while self.at < end {
            self.tabs(end);
            let line = (self.line_end(self.at) + 1).min(end);
            self.rest(Kind::Literal, line);
        }
    }

    fn tabs(&mut self, end: u32) {
        let mut behind = self.at;
        while behind < end && self.byte(behind) == b'\t' {
            behind += 1;
        }
        self.rest(Kind::HeredocTabs, behind);
    }

    fn expanded_lines(&mut self, tabs: bool) {
        let start = self.at;
        if tabs {
            self.tabs(self.end);
        }
        let mut run = self.at;
        while run < self.end {
            if self.is_quoted_part(run, false) {
                self.rest(Kind::Literal, run);
                self.quoted_part(false);
                run = self.at;
            } else if tabs && self.byte(run) == b'\n' && self.byte(run + 1) == b'\t' {
                self.rest(Kind::Literal, run + 1);
                self.tabs(self.end);
                run = self.at;
            } else {
                run += 1;
            }
        }
        if self.at > start {
            self.rest(Kind::Literal, run);
        }
        self.at = run;
    }
}
