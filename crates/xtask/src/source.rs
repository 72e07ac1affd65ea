//! One Rust file, split into what the compiler reads and what people read.
//!
//! A check for a word such as `unsafe` must see neither strings nor comments. A full parser would be the heaviest
//! dependency of the workspace; telling code from text needs one pass over the characters.

/// One Rust file.
pub struct Source {
    /// The path below the workspace, with `/`.
    pub path: String,
    /// The text with strings and comments blanked; line breaks stay, so that line numbers hold.
    pub code: String,
    /// The text as it is.
    pub text: String,
    /// Whether the whole file is test or example code.
    pub is_test: bool,
}

impl Source {
    /// Splits a file.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), code: blank(text), text: text.to_owned(), is_test: is_test(path) }
    }

    /// The folder name of the crate, `lint` for `crates/lint/src/lib.rs`.
    pub fn crate_name(&self) -> &str {
        self.path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or("")
    }

    /// The folder of the modules that this file declares, with a `/` at the end.
    pub fn module_folder(&self) -> String {
        let (parent, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        match name.trim_end_matches(".rs") {
            "mod" | "lib" | "main" => format!("{parent}/"),
            stem => format!("{parent}/{stem}/"),
        }
    }

    /// The modules that this file declares for tests alone (`#[cfg(test)] mod name;`).
    pub fn test_modules(&self) -> Vec<&str> {
        let after = self.code.split("#[cfg(test)]").skip(1);
        let declared = after.filter_map(|rest| rest.split_once(';').map(|(item, _)| item));
        declared.filter_map(|item| item.split_once("mod ").map(|(_, name)| name.trim())).collect()
    }

    /// The code without the items behind `#[cfg(test)]`; line breaks stay.
    pub fn production(&self) -> String {
        let mut code = self.code.clone();
        while let Some(start) = code.find("#[cfg(test)]") {
            let end = end_of_item(&code, start + "#[cfg(test)]".len());
            let lines = "\n".repeat(code[start..end].matches('\n').count());
            code.replace_range(start..end, &lines);
        }
        code
    }

    /// The lines of `code` that contain `word` as a whole word (or, for a word that ends in `!` or `(`, as it is).
    pub fn lines_with(code: &str, word: &str) -> Vec<usize> {
        let lines = code.lines().enumerate().filter(|(_, line)| has_word(line, word));
        lines.map(|(index, _)| index + 1).collect()
    }
}

/// Whether the path alone says that a file is test or example code.
fn is_test(path: &str) -> bool {
    let folder = |name: &str| path.split('/').rev().skip(1).any(|part| part == name);
    folder("tests") || folder("examples") || folder("benches") || path.ends_with("/tests.rs")
}

/// Whether `word` stands in `line` with no letter, digit or `_` before or after it.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(part);
        let after = word.ends_with(part) && line[at + word.len()..].starts_with(part);
        !before && !after
    })
}

/// The end of the item that starts after an attribute: its closing brace, or its semicolon.
fn end_of_item(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code[from..].char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' if depth <= 1 => return from + at + 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return from + at + 1,
            _ => {}
        }
    }
    code.len()
}

/// The text with the insides of strings, characters and comments replaced by spaces.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = token(rest, out.chars().next_back());
        if let Some(length) = length {
            out.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The length of the comment, string or character that `rest` starts with.
fn token(rest: &str, before: Option<char>) -> Option<usize> {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if !in_word && let Some(length) = raw_string(rest) {
        return Some(length);
    }
    match rest.as_bytes()[0] {
        b'"' => Some(string(rest)),
        b'\'' => character(rest),
        _ => None,
    }
}

/// The length of a block comment; they nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let bytes = &rest.as_bytes()[at..];
        if bytes.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if bytes.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a raw string such as `r"…"`, `br#"…"#`.
fn raw_string(rest: &str) -> Option<usize> {
    let after_r = ["r", "br", "cr"].iter().find_map(|prefix| rest.strip_prefix(prefix))?;
    let hashes = after_r.len() - after_r.trim_start_matches('#').len();
    let body = after_r[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(rest.len() - body.len() + length)
}

/// The length of a string with escapes, quotes included.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character literal; `None` for a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        let close = rest[3..].find('\'')?;
        return Some(3 + close + 1);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let source = Source::new("crates/x/src/lib.rs", text);
        assert_eq!(squeeze(&source.code), expect, "{text}");
        assert_eq!(source.code.matches('\n').count(), text.matches('\n').count());
    }

    #[test]
    fn strings_and_comments_are_blanked() {
        check("a // b\nc", "a c");
        check("a /* b /* c */ d */ e", "a e");
        check(r#"f("unsafe \" x", 'u', '\'', '\n')"#, "f( , , , )");
        check("let x: &'a str = r#\"println!(\"\n\")\"#;", "let x: &'a str = ;");
        check("for_r\"x\"", "for_r");
        check("'a: loop { b'\\\\' }", "'a: loop { b }");
    }

    #[test]
    fn test_items_are_no_production_code() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { '{' }\n}\n#[cfg(test)]\nconst M: [u8; 2] = [1, 2];\nfn c() {}";
        let production = Source::new("crates/x/src/lib.rs", text).production();
        assert_eq!(production.split_whitespace().collect::<Vec<_>>().join(" "), "fn a() {} fn c() {}");
        assert_eq!(Source::lines_with(&production, "fn"), [1, 8]);
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("x = unsafe { }", "unsafe"));
        assert!(!has_word("expect(unsafe_code)", "unsafe"));
        assert!(!has_word("eprintln!(", "println!"));
        assert!(has_word("std::env::var(x)", "env::var"));
    }
}
