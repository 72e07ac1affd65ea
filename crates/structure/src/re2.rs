//! Regular expressions as Go's `regexp` (RE2) reads them, for a library that reads them a little otherwise: there `\d`, `\w`, `\s`
//! and `\b` mean ASCII, a `{` that begins no repetition is itself, `[` within a class is itself, `\Q…\E` quotes, and `\123` is
//! a character by its octal number.

use regex::bytes::{Regex, RegexBuilder};

/// Larger programs are refused.
const MAX_SIZE: usize = 8 << 20;

/// An expression.
///
/// # Errors
/// When it is none.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&translate(pattern)).size_limit(MAX_SIZE).build().map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("`{pattern}` is no regular expression: {last}")
    })
}

fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some(ch) = rest.chars().next() {
        let used = match ch {
            '\\' => escape(rest, false, &mut out),
            '[' => class(rest, &mut out),
            '{' if !is_repetition(rest) => {
                out.push_str("\\{");
                1
            }
            _ => {
                out.push(ch);
                ch.len_utf8()
            }
        };
        rest = &rest[used..];
    }
    out
}

/// Translates what begins with a backslash; how many bytes it takes.
fn escape(text: &str, in_class: bool, out: &mut String) -> usize {
    let Some(ch) = text[1..].chars().next() else {
        out.push('\\');
        return 1;
    };
    let plain = match (ch, in_class) {
        ('d', false) => "[0-9]",
        ('d', true) => "0-9",
        ('D', _) => "[^0-9]",
        ('w', false) => "[0-9A-Za-z_]",
        ('w', true) => "0-9A-Za-z_",
        ('W', _) => "[^0-9A-Za-z_]",
        ('s', false) => "[\\t\\n\\x0C\\r ]",
        ('s', true) => "\\t\\n\\x0C\\r\\x20",
        ('S', _) => "[^\\t\\n\\x0C\\r ]",
        ('b', false) => "(?-u:\\b)",
        ('B', false) => "(?-u:\\B)",
        ('<' | '>', _) => "",
        ('Q', _) => {
            let end = text[2..].find("\\E").map_or(text.len(), |at| at + 2);
            out.push_str(&regex::escape(&text[2..end]));
            return (end + 2).min(text.len());
        }
        ('E', _) => return 2,
        ('p' | 'P' | 'x', _) if text[2..].starts_with('{') => {
            let end = text.find('}').map_or(text.len(), |at| at + 1);
            out.push_str(&text[..end]);
            return end;
        }
        ('0'..='7', _) => {
            let digits = text[1..].bytes().take(3).take_while(|byte| (b'0'..b'8').contains(byte)).count();
            // One digit but zero is a reference, which RE2 does not have; the library says so.
            if ch == '0' || digits > 1 {
                let number = u32::from_str_radix(&text[1..=digits], 8).unwrap_or_default();
                out.push_str(&format!("\\x{{{number:X}}}"));
                return 1 + digits;
            }
            out.push('\\');
            return 1;
        }
        _ => {
            out.push('\\');
            out.push(ch);
            return 1 + ch.len_utf8();
        }
    };
    if plain.is_empty() {
        out.push(ch);
    } else {
        out.push_str(plain);
    }
    2
}

/// Translates a class; how many bytes it takes.
fn class(text: &str, out: &mut String) -> usize {
    let mut at = 1;
    out.push('[');
    if text[at..].starts_with('^') {
        out.push('^');
        at += 1;
    }
    let mut first = true;
    while let Some(ch) = text[at..].chars().next() {
        match ch {
            ']' if !first => {
                out.push(']');
                return at + 1;
            }
            ']' => out.push_str("\\]"),
            '[' if text[at..].starts_with("[:") && text[at..].contains(":]") => {
                let end = at + text[at..].find(":]").unwrap_or_default() + 2;
                out.push_str(&text[at..end]);
                at = end;
                first = false;
                continue;
            }
            '\\' => {
                at += escape(&text[at..], true, out);
                first = false;
                continue;
            }
            // What the library reads as operators between sets, or as a class within the class.
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(ch);
            }
            _ => out.push(ch),
        }
        first = false;
        at += ch.len_utf8();
    }
    text.len()
}

/// Whether a text begins with `{n}`, `{n,}` or `{n,m}`.
fn is_repetition(text: &str) -> bool {
    let Some((inner, _)) = text[1..].split_once('}') else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_go_makes_of_them() {
        let check = |pattern: &str, text: &str, expect: bool| {
            assert_eq!(compile(pattern).unwrap().is_match(text.as_bytes()), expect, "{pattern} {text}");
        };
        check(r"{.a.: 1}", r#"{"a": 1}"#, true);
        check(r"^\d{4}-\d{2}$", "2026-11", true);
        check(r"^\d$", "\u{0663}", false);
        check(r"^\w+$", "é", false);
        check(r"^[\w.-]+$", "a.b-c", true);
        check(r"^[^\s]+$", "a b", false);
        check(r"^[\D]$", "x", true);
        check(r"[[]x]", "[x]", true);
        check(r"^[a&&b]$", "&", true);
        check(r"[]]", "]", true);
        check(r"^[[:alpha:]]+$", "abc", true);
        check(r"\Qa.b(\E.", "a.b(c", true);
        check(r"\Qa.b", "axb", false);
        check(r"a\<b", "a<b", true);
        check(r"^\101$", "A", true);
        check(r"(?i)HELLO", "hello", true);
        check(r"a\b", "a é", true);
        check("a.c", "a\nc", false);
        check("c$", "c\n", false);
        check("(?m)^b$", "a\nb\n", true);
        check(r"^\p{Greek}\x{41}$", "αA", true);
        check(r"^[\p{L}\x{41}]$", "é", true);
        check("a{2,}b", "aab", true);
        for bad in ["(", "a**?(", r"(a)\1", "[a"] {
            assert!(compile(bad).is_err(), "{bad}");
        }
    }
}
