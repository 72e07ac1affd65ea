//! Variables in texts, as Go's `os.Expand` replaces them: `$NAME`, `${NAME}`, and `$` with one of a few marks.

use std::collections::BTreeMap;

/// A text with the values of its variables; one that is not set is empty.
pub(crate) fn expand(text: &str, vars: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        if after.is_empty() {
            break;
        }
        out += &rest[..at];
        let (name, used) = name(after);
        match name {
            Some(name) => out += vars.get(name).map_or("", String::as_str),
            // A lone `$` stays; of a bad `${` what was read is dropped.
            None if used == 0 => out.push('$'),
            None => {}
        }
        rest = &after[used..];
    }
    out + rest
}

/// The name that begins a text behind `$`, and how many bytes it takes.
fn name(text: &str) -> (Option<&str>, usize) {
    let is_mark = |ch: char| "*#$@!?-0123456789".contains(ch);
    if let Some(inner) = text.strip_prefix('{') {
        return match inner.find('}') {
            Some(0) => (None, 2),
            Some(end)
                if inner[..end].bytes().all(is_letter)
                    || inner.len() > 1 && end == 1 && inner.starts_with(is_mark) =>
            {
                (Some(&inner[..end]), end + 2)
            }
            _ => (None, 1),
        };
    }
    if text.starts_with(is_mark) {
        return (Some(&text[..1]), 1);
    }
    match text.bytes().take_while(|byte| is_letter(*byte)).count() {
        0 => (None, 0),
        end => (Some(&text[..end]), end),
    }
}

const fn is_letter(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_as_go_does() {
        let vars = BTreeMap::from([("A".to_owned(), "x".to_owned()), ("A_1".to_owned(), "y".to_owned())]);
        let check = |text: &str, expect: &str| assert_eq!(expand(text, &vars), expect, "{text}");
        check("$A/b ${A}b $A_1", "x/b xb y");
        check("$NOT.", ".");
        check("cost: $", "cost: $");
        check("a$ b", "a$ b");
        check("$1x $$", "x ");
        check("${}a ${A", "a A");
        check("/$Aé", "/xé");
    }
}
