//! The lines of files that may be large: no more than one is in memory, and none of any length.

use std::borrow::Cow;

use crate::Found;
use crate::content::Content;

/// Longer lines are passed over.
const MAX_LINE: usize = 1 << 20;

/// What is read at once.
const PIECE: usize = 64 << 10;

/// Reads a content line by line.
pub(crate) struct Lines<'a> {
    content: &'a Content,
    /// Where the next piece begins.
    at: u64,
    piece: Vec<u8>,
    /// How much of the piece was given out.
    used: usize,
    line: Vec<u8>,
    ended: bool,
    trouble: Option<String>,
}

impl<'a> Lines<'a> {
    pub(crate) const fn of(content: &'a Content) -> Self {
        Self { content, at: 0, piece: Vec::new(), used: 0, line: Vec::new(), ended: false, trouble: None }
    }

    /// The next line without its end; bytes that are no text are replaced.
    pub(crate) fn next(&mut self) -> Option<Cow<'_, str>> {
        self.line.clear();
        let mut is_long = false;
        let mut any = false;
        loop {
            if self.used == self.piece.len() && !self.more() {
                if !any {
                    return None;
                }
                break;
            }
            any = true;
            let rest = &self.piece[self.used..];
            let end = rest.iter().position(|byte| *byte == b'\n');
            let part = &rest[..end.unwrap_or(rest.len())];
            is_long |= self.line.len() + part.len() > MAX_LINE;
            if is_long {
                self.line.clear();
            } else {
                self.line.extend(part);
            }
            self.used += part.len() + usize::from(end.is_some());
            if end.is_some() {
                break;
            }
        }
        if is_long {
            self.trouble = Some(format!("a line of more than {MAX_LINE} bytes was passed over"));
            // What it would have been part of goes on.
            return Some(Cow::Borrowed("\u{fffd}"));
        }
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        Some(String::from_utf8_lossy(line))
    }

    fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        self.piece.resize(PIECE, 0);
        self.used = 0;
        match self.content.read_at(self.at, &mut self.piece) {
            Ok(count) => {
                self.at += count as u64;
                self.piece.truncate(count);
            }
            Err(error) => {
                self.trouble = Some(error.to_string());
                self.piece.clear();
            }
        }
        self.ended = self.piece.is_empty();
        !self.ended
    }

    /// Tells what could not be read.
    pub(crate) fn finish(self, found: &mut Found) {
        if !self.ended && found.is_full() {
            found.unread("it tells of more packages or files than are taken; the others are left out");
        }
        if let Some(trouble) = self.trouble {
            found.unread(trouble);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], expect: &[&str], told: bool) {
        let content = Content::of(text.to_vec());
        let mut lines = Lines::of(&content);
        let mut all = Vec::new();
        while let Some(line) = lines.next() {
            all.push(line.into_owned());
        }
        let mut found = Found::default();
        lines.finish(&mut found);
        assert_eq!(all, expect);
        assert_eq!(found.unread.is_some(), told);
    }

    #[test]
    fn lines_are_given_one_by_one_and_long_ones_are_not() {
        check(b"a\nb\r\n\nc", &["a", "b", "", "c"], false);
        check(b"", &[], false);
        check(b"\xff\n", &["\u{fffd}"], false);
        let wide = "x".repeat(3 * PIECE);
        check(format!("{wide}\ny\n").as_bytes(), &[&wide, "y"], false);
        let long = format!("a\n{}\nb\n", "x".repeat(MAX_LINE + 1));
        check(long.as_bytes(), &["a", "\u{fffd}", "b"], true);
    }
}
