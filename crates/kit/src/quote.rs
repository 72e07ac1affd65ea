//! Texts in quotes as other builders write them.

use std::fmt::Write as _;

/// A text as Go's `strconv.Quote` writes it.
pub fn go_quote(text: &str) -> String {
    let mut out = String::from('"');
    for ch in text.chars() {
        match ch {
            '"' | '\\' => out.extend(['\\', ch]),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\0'..' ' | '\u{7f}' => drop(write!(out, "\\x{:02x}", u32::from(ch))),
            ch if ch != ' ' && (ch.is_control() || ch.is_whitespace()) => {
                let _ = write!(out, "\\u{:04x}", u32::from(ch));
            }
            ch => out.push(ch),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        for (text, expect) in [
            ("a b", r#""a b""#),
            (r#""\"#, r#""\"\\""#),
            ("\n\u{1}é", r#""\n\x01é""#),
            ("\u{2028}", r#""\u2028""#),
        ] {
            assert_eq!(go_quote(text), expect);
        }
    }
}
