//! # shell-syntax-error
//!
//! ## What it does
//! Finds texts that `sh` or bash cannot read: quotes, brackets and compound commands without an end, `done` without
//! `do`.
//!
//! ## Why
//! The step fails, after those before it have been run.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN if [ -e /a ]; then touch /b
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN if [ -e /a ]; then touch /b; fi
//! USER 1000
//! ```

use facts::Severity;
use shell::ShellError;

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO900",
    name: "shell-syntax-error",
    aliases: &[
        "SC1072", "SC1073", "SC1009", "SC1010", "SC1011", "SC1019", "SC1020", "SC1033", "SC1035", "SC1054",
        "SC1108", "SC2108", "SC2110", "SC1036", "SC1045", "SC1046", "SC1047", "SC1048", "SC1049", "SC1050",
        "SC1051", "SC1053", "SC1055", "SC1056", "SC1057", "SC1058", "SC1059", "SC1060", "SC1061", "SC1062",
        "SC1063", "SC1064", "SC1065", "SC1069", "SC1070", "SC1075", "SC1085", "SC1086", "SC1088", "SC1089",
        "SC1131", "SC1133", "SC1137", "SC1141",
    ],
    severity: Severity::Error,
    summary: "the shell refuses the text of a step",
    enabled: true,
    check: Check::Script(check),
    source: include_str!("shell_syntax_error.rs"),
};

fn check(view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
    let errors = view.parse().errors();
    let Some(error) = errors.iter().find(|error| !error.late) else { return };
    let draft = sink.report(view.place_of(error.range), error.message.clone()).aliases(codes(
        view.parse().text(),
        error,
        errors,
    ));
    if let Some(opened) = error.opened {
        draft.related(view.place_of(opened), "opened here");
    }
}

/// What `ShellCheck` calls an error.
fn codes(text: &str, error: &ShellError, all: &[ShellError]) -> Vec<&'static str> {
    let what = error.range.slice(text);
    let (before, behind) = text.split_at(error.range.start as usize);
    let behind = behind.strip_prefix(what).unwrap_or(behind).trim_start_matches([' ', '\t']);
    let message = error.message.as_str();
    if message.ends_with("is not expected here") {
        let missing = all.iter().find(|other| other.message.contains("that belongs to"));
        return match missing.filter(|_| what.len() > 1) {
            Some(missing) => missing_word(text, missing),
            None => not_expected(before.trim_end(), what, behind),
        };
    }
    if what.is_empty() && message.contains("]]") || message.contains("between two conditions") {
        return double(text, error);
    }
    if message.contains("that belongs to") {
        return missing_word(text, error);
    }
    if let Some(codes) = PREFIXES.iter().find(|(begin, _)| message.starts_with(begin)) {
        return codes.1.to_vec();
    }
    match what {
        "&&" | "||" | "|" | "" if message.starts_with("no command follows") => vec!["SC1072"],
        _ if message.starts_with("no command follows") => no_command(before, what, behind),
        _ if message.ends_with("is not the name of a variable") => vec!["SC1086"],
        _ if error.opened.is_some_and(|opened| opened.slice(text) == "(") => vec!["SC1073", "SC1072"],
        _ => INNER.to_vec(),
    }
}

/// `[[ …`
fn double(text: &str, error: &ShellError) -> Vec<&'static str> {
    let at = error.opened.map_or_else(|| text.rfind("[[").unwrap_or(0), |opened| opened.start as usize);
    let part = text[at..].split([';', '&', '|', '\n']).next().unwrap_or("").trim_end();
    let words: Vec<&str> = part.split_whitespace().collect();
    let last = words.last().copied().unwrap_or("");
    let operators = words.iter().skip(1);
    let glued = |word: &&str| word.starts_with('=') && !matches!(*word, "=" | "==" | "=~");
    if words.contains(&"-a") {
        vec!["SC2108"]
    } else if words.contains(&"-o") {
        vec!["SC2110"]
    } else if last == "]" {
        vec!["SC1033"]
    } else if operators.clone().any(glued) {
        vec!["SC1035"]
    } else if operators.clone().any(|word| word.ends_with('=') && !word.starts_with(['=', '!'])) {
        vec!["SC1073", "SC1108", "SC1072"]
    } else if last.ends_with("]]") && last != "]]" {
        let unary = words.len() == 3;
        let found = ["SC1073", "SC1020", "SC1072"].into_iter().chain(unary.then_some("SC1019"));
        found.collect()
    } else {
        vec!["SC1073", "SC1072"]
    }
}

/// Within a command.
const INNER: &[&str] = &["SC1009", "SC1073", "SC1072"];

/// By how a message begins.
const PREFIXES: &[(&str, &[&str])] = &[
    ("the `)` behind the pattern", &["SC1009", "SC1073", "SC1072", "SC1085"]),
    ("the `))` that closes `((`", &["SC1009", "SC1073", "SC1072", "SC1137"]),
    ("the `)` of the array", INNER),
    ("the body of the function", &["SC1073", "SC1064", "SC1072"]),
    ("a `;` or a line end is missing", &["SC1070", "SC1141"]),
    ("the closing", INNER),
];

fn not_expected(before: &str, what: &str, behind: &str) -> Vec<&'static str> {
    match what {
        "(" => bracket(before, behind),
        ";" if before.ends_with("then") => vec!["SC1051"],
        ";" if before.ends_with("else") => vec!["SC1053"],
        ";" if before.ends_with("do") => vec!["SC1059"],
        ";" if before.ends_with('&') => vec!["SC1045"],
        "&&" | "||" | "|" => vec!["SC1070", "SC1133"],
        ";" | "&" | ";&" | ";;&" => vec!["SC1070"],
        _ if is_glued(before) => vec!["SC1069"],
        "}" if before.starts_with('{') && !before[1..].starts_with([' ', '\n', '\t']) => vec!["SC1054"],
        "then" if before.ends_with(']') => vec!["SC1010"],
        _ => vec!["SC1089"],
    }
}

/// Whether a word that begins something stands before `[` without a blank.
fn is_glued(before: &str) -> bool {
    ["if[", "while[", "until[", "elif["].iter().any(|word| before.contains(word))
}

/// `(` where no command can begin: parameters of a function, words in brackets.
fn bracket(before: &str, behind: &str) -> Vec<&'static str> {
    let start = before.rfind([';', '&', '|', '\n', '(', '{', '}']).map_or(0, |at| at + 1);
    let command = before[start..].trim();
    let closed = behind.split_once(')').map(|(_, rest)| rest.trim_start());
    if command == "for" {
        return vec!["SC1009", "SC1073", "SC1072", "SC1137"];
    }
    if command.starts_with("for ") {
        return vec!["SC1073", "SC1036", "SC1058", "SC1072"];
    }
    if command.contains([' ', '"', '\'', '$']) {
        return vec!["SC1036", "SC1088"];
    }
    match closed {
        Some(rest) if rest.starts_with('{') => vec!["SC1065"],
        Some(_) => vec!["SC1073", "SC1065", "SC1064", "SC1072"],
        None => vec!["SC1036", "SC1088", "SC1065"],
    }
}

fn no_command(before: &str, what: &str, behind: &str) -> Vec<&'static str> {
    match what {
        "then" if behind.starts_with(';') => vec!["SC1051"],
        "else" if behind.starts_with(';') => vec!["SC1053"],
        "do" if behind.starts_with(';') => vec!["SC1059"],
        "then" | "else" => vec!["SC1009", "SC1073", "SC1048", "SC1072"],
        "do" => vec!["SC1073", "SC1060", "SC1072"],
        "{" if before.trim_end().ends_with(')') => vec!["SC1009", "SC1073", "SC1055", "SC1072"],
        "{" => vec!["SC1073", "SC1055", "SC1072"],
        _ => vec!["SC1073", "SC1072"],
    }
}

/// A reserved word that is missing: ``the `fi` that belongs to `if` is missing``.
fn missing_word(text: &str, error: &ShellError) -> Vec<&'static str> {
    let mut names = error.message.split('`').skip(1).step_by(2);
    let (word, opener) = (names.next().unwrap_or(""), names.next().unwrap_or(""));
    let mut codes = match (word, opener) {
        ("then", _) if text.contains("]then") || text.contains("] then") => return vec!["SC1010"],
        ("do", "for") if has_argument(text, "do") => return vec!["SC1063"],
        ("fi", _) => vec!["SC1046", "SC1073", "SC1047", "SC1072"],
        ("done", _) => vec!["SC1073", "SC1061", "SC1062", "SC1072"],
        ("}", _) => vec!["SC1073", "SC1056", "SC1072"],
        ("do", "while" | "until") => vec!["SC1057", "SC1073", "SC1058", "SC1072"],
        ("do", _) => vec!["SC1073", "SC1058", "SC1072"],
        ("then", "if") => vec!["SC1049", "SC1073", "SC1050", "SC1072"],
        ("then", _) => vec!["SC1009", "SC1049", "SC1073", "SC1072"],
        _ => vec!["SC1073", "SC1072"],
    };
    if word == "fi" && text.contains("elseif ") {
        codes.push("SC1131");
    } else if word == "fi" && text.contains("else if ") {
        codes.push("SC1075");
    }
    if matches!(word, "done" | "do" | "then" | "fi") && has_argument(text, word) {
        codes.push("SC1010");
    }
    codes
}

/// Whether a reserved word is an argument, as nothing ends the command before it.
fn has_argument(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = &text[..at];
        let ends = text[at + word.len()..].chars().next().is_none_or(|ch| ch.is_whitespace() || ch == ';');
        ends && before.ends_with(' ') && !before.trim_end().ends_with([';', '&', '|', '\n'])
    })
}
