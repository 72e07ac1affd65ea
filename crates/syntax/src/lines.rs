//! Physical lines.

use memchr::memchr;

/// A physical line as byte offsets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// First byte.
    pub(crate) start: usize,
    /// End of the content: all carriage returns before the line feed belong to the line end.
    pub(crate) body: usize,
    /// One past the line feed, or the end of the text.
    pub(crate) end: usize,
}

impl Line {
    /// The line at `start`, which lies before the end of `bytes`.
    pub(crate) fn at(bytes: &[u8], start: usize) -> Self {
        let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length + 1);
        let mut body = end;
        while body > start && matches!(bytes[body - 1], b'\n' | b'\r') {
            body -= 1;
        }
        Self { start, body, end }
    }
}

/// The offset at or behind `at` where `text[..end]` has something that is no white space, or `end`.
pub(crate) fn skip_white(text: &str, at: usize, end: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = at;
    while at < end {
        match bytes[at] {
            b'\t'..=b'\r' | b' ' => at += 1,
            0..0x80 => return at,
            _ => match text[at..end].chars().next().filter(|ch| ch.is_whitespace()) {
                Some(ch) => at += ch.len_utf8(),
                None => return at,
            },
        }
    }
    end
}

/// Whether a byte separates words: what the reference calls white space within a line.
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x0b | 0x0c | b'\r' | b' ')
}

/// Where the content of a line ends when it is continued on the next one: before the escape character, which has
/// only blanks behind it and no other escape character before it.
pub(crate) fn continuation(line: &[u8], escape: u8) -> Option<usize> {
    let mut end = line.len();
    while end > 0 && matches!(line[end - 1], b' ' | b'\t') {
        end -= 1;
    }
    let at = end.checked_sub(1).filter(|at| line[*at] == escape)?;
    (at == 0 || line[at - 1] != escape).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_all_kinds_are_cut() {
        let check = |text: &str, body: usize, end: usize| {
            let line = Line::at(text.as_bytes(), 0);
            assert_eq!((line.body, line.end), (body, end), "{text:?}");
        };
        check("ab\ncd", 2, 3);
        check("ab\r\ncd", 2, 4);
        check("ab\r\r\n", 2, 5);
        check("ab\rcd", 5, 5);
        check("ab", 2, 2);
        check("\n", 0, 1);
    }

    #[test]
    fn an_escaped_escape_does_not_continue_a_line() {
        let check = |line: &str, expect: Option<usize>| {
            assert_eq!(continuation(line.as_bytes(), b'\\'), expect, "{line:?}");
        };
        check("a \\", Some(2));
        check("a\\ \t", Some(1));
        check("\\", Some(0));
        check("a\\\\", None);
        check("a\\\\\\", None);
        check("a\\b", None);
        check("", None);
    }

    #[test]
    fn white_space_is_skipped_in_all_scripts() {
        assert_eq!(skip_white(" \t\u{3000}x", 0, 6), 5);
        assert_eq!(skip_white("  ", 0, 2), 2);
        assert_eq!(skip_white("é", 0, 2), 0);
    }
}
