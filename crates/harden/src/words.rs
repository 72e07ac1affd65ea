//! Words of the texts that are written: quoted where they have to be.

/// A text as a scalar of YAML.
pub(crate) fn yaml(text: &str) -> String {
    let is_plain = |ch: char| ch.is_ascii_alphanumeric() || "_./-".contains(ch);
    let begins = text.chars().next().is_some_and(|ch| ch.is_ascii_alphabetic() || "/_".contains(ch));
    let reserved = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    if begins && text.chars().all(is_plain) && !reserved.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    serde_json::Value::from(text).to_string()
}

/// A text as a word of a shell.
pub(crate) fn shell(text: &str) -> String {
    let is_plain = |ch: char| ch.is_ascii_alphanumeric() || "_./:=@,+-".contains(ch);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text on one line, without what ends a line or steers a terminal.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(|ch| if ch.is_control() { ' ' } else { ch }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_have_to_be() {
        let check = |text: &str, expect: &str| assert_eq!(yaml(text), expect, "{text}");
        check("nginx", "nginx");
        check("/tmp", "/tmp");
        check("no", "\"no\"");
        check("10001:10001", "\"10001:10001\"");
        check("a: b # c", "\"a: b # c\"");
        assert_eq!(shell("a b'c"), r"'a b'\''c'");
        assert_eq!(shell("/tmp:rw,mode=1777"), "/tmp:rw,mode=1777");
        assert_eq!(line("a\nb\u{1b}"), "a b ");
    }
}
