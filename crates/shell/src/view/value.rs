//! What the leaves of words stand for, once the shell has removed quotes and backslashes.

use std::borrow::Cow;
use std::ops::Range;

use crate::kind::Kind;
use crate::parser::unescape;
use crate::tree::Node;

/// The text of a leaf of a word without quotes and backslashes. What is expanded stays as it is written.
pub(super) fn value(leaf: Node<'_>) -> Cow<'_, str> {
    let raw = raw(leaf);
    match leaf.kind() {
        Kind::Continuation | Kind::HeredocTabs => Cow::Borrowed(""),
        Kind::Escape => strip(raw, 1, 0),
        Kind::SingleQuoted => quoted(raw, "'"),
        Kind::DoubleQuoted => quoted(raw, "\""),
        Kind::TranslatedQuoted => quoted(strip(raw, 1, 0), "\""),
        Kind::AnsiQuoted => {
            let inner = quoted(strip(raw, 1, 0), "'");
            if inner.contains('\\') {
                Cow::Owned(decode(&inner).into_iter().map(|(part, _)| part).collect())
            } else {
                inner
            }
        }
        _ => raw,
    }
}

/// The text of a node as its shell reads it: without the backslashes that backquotes around it remove.
pub(super) fn raw(node: Node<'_>) -> Cow<'_, str> {
    if !node.data().unescape {
        return Cow::Borrowed(node.text());
    }
    let around: Vec<Node<'_>> = node.ancestors().filter(|outer| outer.kind() == Kind::Backquote).collect();
    let once = |text: String, outer: &Node<'_>| unescape(&text, is_in_double_quotes(*outer)).0;
    Cow::Owned(around.iter().rev().fold(node.text().to_owned(), once))
}

/// Whether something stands in double quotes of its own word.
pub(super) fn is_in_double_quotes(node: Node<'_>) -> bool {
    let around = node.enclosing(|kind| {
        !matches!(kind, Kind::Word | Kind::Parameter | Kind::Expression | Kind::Arithmetic)
    });
    around.is_some_and(|node| matches!(node.kind(), Kind::DoubleQuoted | Kind::TranslatedQuoted))
}

fn strip(text: Cow<'_, str>, start: usize, end: usize) -> Cow<'_, str> {
    let range = start.min(text.len())..text.len() - end;
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(range).unwrap_or("")),
        Cow::Owned(text) => Cow::Owned(text.get(range).unwrap_or("").to_owned()),
    }
}

/// Without the quotes; the last one can be missing.
fn quoted<'a>(text: Cow<'a, str>, quote: &str) -> Cow<'a, str> {
    let end = usize::from(text.len() > 1 && text.ends_with(quote));
    strip(text, 1, end)
}

/// The parts of the inside of `$'…'`, with the bytes of the inside that each stands for.
pub(super) fn decode(inner: &str) -> Vec<(String, Range<usize>)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < inner.len() {
        let rest = &inner[at..];
        let plain = rest.find('\\').unwrap_or(rest.len());
        if plain > 0 {
            out.push((rest[..plain].to_owned(), at..at + plain));
            at += plain;
            continue;
        }
        let (text, length) = escape(rest);
        out.push((text, at..at + length));
        at += length;
    }
    out
}

/// What the escape at the begin of a text stands for, and its length.
fn escape(text: &str) -> (String, usize) {
    let Some(ch) = text[1..].chars().next() else { return ("\\".to_owned(), 1) };
    let simple = match ch {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' | 'E' => '\u{1b}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '\'' | '"' | '?' => ch,
        '0'..='7' => return number(text, 1, 3, 8),
        'x' => return number(text, 2, 2, 16),
        'u' => return number(text, 2, 4, 16),
        'U' => return number(text, 2, 8, 16),
        'c' => {
            let Some(control) = text[2..].chars().next() else { return (text.to_owned(), 2) };
            let code = u8::try_from(control).map_or(control, |byte| char::from(byte & 0x1f));
            return (code.to_string(), 2 + control.len_utf8());
        }
        _ => return (format!("\\{ch}"), 1 + ch.len_utf8()),
    };
    (simple.to_string(), 2)
}

/// A character by its number, whose digits begin at `start`.
fn number(text: &str, start: usize, most: usize, radix: u32) -> (String, usize) {
    let digits = text[start..].chars().take(most).take_while(|ch| ch.is_digit(radix)).count();
    if digits == 0 {
        return (text[..start].to_owned(), start);
    }
    let code = u32::from_str_radix(&text[start..start + digits], radix).unwrap_or(0);
    let ch = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    (ch.to_string(), start + digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_ansi_quotes_are_decoded() {
        let check = |text: &str, expect: &str| {
            let parts = decode(text);
            assert_eq!(parts.iter().map(|(part, _)| part.as_str()).collect::<String>(), expect, "{text}");
            let mut at = 0;
            for (_, range) in parts {
                assert_eq!(range.start, at, "{text}");
                at = range.end;
            }
            assert_eq!(at, text.len(), "{text}");
        };
        check("a\\nb", "a\nb");
        check("\\x41\\101\\u00e9\\U1F600", "AA\u{e9}\u{1f600}");
        check("\\e[0m\\'\\\"", "\u{1b}[0m'\"");
        check("\\cA\\q\\x", "\u{1}\\q\\x");
        check("é\\é\\", "é\\é\\");
        check("\\ud800", "\u{fffd}");
        check("\\c", "\\c");
    }
}
