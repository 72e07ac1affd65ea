//! Patterns in the syntax of Go (RE2) as the `regex` crate writes them. The two are nearly one; what differs is what stands for
//! itself in Go and means something here.

/// White space, within a class.
const SPACE: &str = r"\t\n\f\r\x20";

/// The same pattern in the syntax of `regex_syntax`.
pub(crate) fn translate(pattern: &str) -> String {
    let (mut out, mut rest, mut within) = (String::with_capacity(pattern.len() + 8), pattern, false);
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\\' => escape(after, within, &mut out),
            '[' if within => class_bracket(rest, &mut out),
            '[' => {
                within = true;
                open_class(after, &mut out)
            }
            ']' if within => {
                within = false;
                out.push(c);
                after
            }
            '&' | '~' if within => {
                out.push('\\');
                out.push(c);
                after
            }
            '-' if within && after.starts_with('-') => {
                out.push_str("-\\-");
                &after[1..]
            }
            '{' if !within && !is_repetition(after) => {
                out.push_str("\\{");
                after
            }
            _ => {
                out.push(c);
                after
            }
        };
    }
    out
}

/// What follows a backslash.
fn escape<'a>(after: &'a str, within: bool, out: &mut String) -> &'a str {
    let Some(c) = after.chars().next() else {
        out.push('\\');
        return after;
    };
    let rest = &after[c.len_utf8()..];
    match c {
        // Words begin and end with these in one syntax, in the other they stand for themselves.
        '<' | '>' => out.push(c),
        // The vertical tab is no white space in Go.
        's' if within => out.push_str(SPACE),
        's' => out.extend(["[", SPACE, "]"]),
        'S' => out.extend(["[^", SPACE, "]"]),
        'Q' => {
            let (text, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
            out.push_str(&regex_syntax::escape(text));
            return rest;
        }
        _ => {
            out.push('\\');
            out.push(c);
        }
    }
    rest
}

/// The begin of a class: a `]` that comes first stands for itself.
fn open_class<'a>(after: &'a str, out: &mut String) -> &'a str {
    out.push('[');
    let (negated, rest) = match after.strip_prefix('^') {
        Some(rest) => ("^", rest),
        None => ("", after),
    };
    out.push_str(negated);
    match rest.strip_prefix(']') {
        Some(rest) => {
            out.push_str("\\]");
            rest
        }
        None => rest,
    }
}

/// A `[` in a class: the begin of a named one, or itself.
fn class_bracket<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let named = rest.strip_prefix("[:").and_then(|name| name.find(":]"));
    match named {
        Some(end) if rest[2..2 + end].chars().all(|c| c.is_ascii_lowercase() || c == '^') => {
            let (name, after) = rest.split_at(end + 4);
            out.push_str(name);
            after
        }
        _ => {
            out.push_str("\\[");
            &rest[1..]
        }
    }
}

/// Whether a `{` before this begins a repetition.
fn is_repetition(after: &str) -> bool {
    let Some((inner, _)) = after.split_once('}') else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match inner.split_once(',') {
        Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
        None => is_number(inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_itself_in_go_does_so_here() {
        let check = |go: &str, expect: &str| assert_eq!(translate(go), expect, "{go}");
        check(r"^\$(?:\d+|{\d+})$", r"^\$(?:\d+|\{\d+})$");
        check(r"a{2}b{2,}c{2,3}d{,3}{", r"a{2}b{2,}c{2,3}d\{,3}\{");
        check(r"\<add\>", "<add>");
        check(r"[[a&&b~]", r"[\[a\&\&b\~]");
        check(r"[[:alpha:]_]", "[[:alpha:]_]");
        check(r"[]a][^]b]", r"[\]a][^\]b]");
        check(r"\Qa.b[\E.", r"a\.b\[.");
        check(r"[+--]", r"[+-\-]");
        check(r"[{}]\{", r"[{}]\{");
        check(r"\s[\s'][^\S]", r"[\t\n\f\r\x20][\t\n\f\r\x20'][^[^\t\n\f\r\x20]]");
        check("\\", "\\");
    }
}
