//! # malformed-condition
//!
//! ## What it does
//! Finds `[a = b ]`, `[ a = b]`, `[ "$a" =b ]`, `[ "$a" = b && … ]` and the like, and `!command`.
//!
//! ## Why
//! `[` is a command: its arguments, and `]` is the last of them, are words with blanks around.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN [ "$(id -u)" = 0] || exit 1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN [ "$(id -u)" = 0 ] || exit 1
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node, Word};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO994",
    name: "malformed-condition",
    aliases: &[
        "SC1009", "SC1019", "SC1020", "SC1027", "SC1028", "SC1033", "SC1034", "SC1035", "SC1070", "SC1072",
        "SC1073", "SC1080", "SC1108", "SC1139", "SC1140", "SC2107", "SC2109",
    ],
    severity: Severity::Error,
    summary: "a condition whose words are not apart, or that has no end",
    enabled: true,
    check: Check::Node(&[Kind::Simple], check),
    source: include_str!("malformed_condition.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(first) = node.child(Kind::Word).map(Node::text).filter(|text| text.starts_with(['[', '!']))
    else {
        return;
    };
    let words: Vec<&str> = node.children().filter_map(Word::cast).map(Word::raw).collect();
    let codes = if first == "[" { brackets(node, &words) } else { glued(node, &words) };
    if !codes.is_empty() {
        sink.report(view.place(node), "this is no condition as the shell reads it")
            .help("put blanks around `[`, `]` and operators")
            .aliases(codes);
    }
}

const STOPS: [&str; 2] = ["SC1073", "SC1072"];

/// `[a`, `!a`
fn glued(node: Node<'_>, words: &[&str]) -> Vec<&'static str> {
    let (first, last) = (words[0], words[words.len() - 1]);
    if let Some(rest) = first.strip_prefix('!') {
        return if rest.is_empty() { Vec::new() } else { vec!["SC1035"] };
    }
    if first == "[[" {
        return if last == "]" && node.parse().dialect() != shell::Dialect::Bash {
            vec!["SC1033"]
        } else {
            Vec::new()
        };
    }
    match last {
        "]" | "]]" => vec!["SC1035"],
        _ if last.ends_with(']') => {
            [&["SC1035", "SC1020"], &STOPS[..]].concat().into_iter().chain(is_inner(node)).collect()
        }
        _ => Vec::new(),
    }
}

fn brackets(node: Node<'_>, words: &[&str]) -> Vec<&'static str> {
    let last = words[words.len() - 1];
    match last {
        "]" => closed(&words[1..words.len() - 1], node),
        "[" => unclosed(node),
        "]]" => vec!["SC1034"],
        _ => match words.iter().position(|word| *word == "]") {
            Some(at) if matches!(words[at + 1], "-a" | "-o") => vec!["SC1070", "SC1139"],
            Some(_) => vec!["SC1070", "SC1140"],
            None if last.starts_with("]-") => vec!["SC1070", "SC1139"],
            None if last.ends_with(']') => glued_end(node, words),
            None => unclosed(node),
        },
    }
}

/// `[ a = b]`
fn glued_end(node: Node<'_>, words: &[&str]) -> Vec<&'static str> {
    let mut codes = [&["SC1020"], &STOPS[..]].concat();
    if is_unary(words[words.len() - 2]) {
        codes.push("SC1019");
    }
    codes.extend(is_inner(node));
    codes
}

/// Whether it stands in another command.
fn is_inner(node: Node<'_>) -> Option<&'static str> {
    node.ancestors()
        .any(|around| {
            around.kind().is_compound() || around.kind().is_substitution() || around.kind() == Kind::Function
        })
        .then_some("SC1009")
}

/// `[ a && b ]`
fn unclosed(node: Node<'_>) -> Vec<&'static str> {
    let next = node.parent().and_then(|pipeline| pipeline.siblings_behind().next()).map(Node::text);
    let closed_later = node
        .parent()
        .and_then(Node::parent)
        .is_some_and(|chain| chain.text().trim_end().ends_with(']') || chain.text().contains(" ] "));
    match next {
        Some("&&") if closed_later => vec!["SC2107"],
        Some("||") if closed_later => vec!["SC2109"],
        _ => [&["SC1080"], &STOPS[..]].concat(),
    }
}

fn is_unary(text: &str) -> bool {
    text.len() == 2 && text.starts_with('-') && text.as_bytes()[1].is_ascii_alphabetic()
}

const OPERATORS: [&str; 3] = ["==", "!=", "="];

/// What stands between the brackets.
fn closed(args: &[&str], node: Node<'_>) -> Vec<&'static str> {
    let redirected = node.child(Kind::Redirect).is_some();
    let args = args.strip_prefix(&["!"]).unwrap_or(args);
    let glued = |text: &str| {
        OPERATORS
            .iter()
            .any(|operator| text.len() > operator.len() && text.starts_with(operator) && text != "==")
    };
    let plain = |text: &str| !text.contains(['"', '\'', '$', '`']);
    match *args {
        _ if redirected => Vec::new(),
        [only] if is_unary(only) => [&["SC1019"], &STOPS[..]].concat(),
        [only] if only.len() > 2 && is_unary(&only[..2]) && !only.as_bytes()[2].is_ascii_alphanumeric() => {
            vec!["SC1035"]
        }
        ["=" | "==" | "!=", _] => [&["SC1108"], &STOPS[..]].concat(),
        [_, "=" | "==" | "!="] => [&["SC1027"], &STOPS[..]].concat(),
        [first, _] if ends_in_operator(first) => [&["SC1108"], &STOPS[..]].concat(),
        [_, second] if glued(second) => vec!["SC1035"],
        [first, second] if !is_unary(first) && !second.starts_with('-') && first != "!" && plain(first) => {
            STOPS.to_vec()
        }
        [] if node
            .child(Kind::Word)
            .is_some_and(|first| first.siblings_behind().any(|word| word.text() == "!")) =>
        {
            STOPS.to_vec()
        }
        [first, operator, _] if !joins(&[first, operator]) && odd(operator) => {
            [&["SC1035"], &STOPS[..]].concat()
        }
        [first, second, _] if !joins(&[first, second]) && !is_operator(second) => STOPS.to_vec(),
        [_, operator, _, _] if OPERATORS.contains(&operator) && !joins(args) => STOPS.to_vec(),
        [first, _, operator, _] if OPERATORS.contains(&operator) && !joins(args) && !is_unary(first) => {
            STOPS.to_vec()
        }
        _ => Vec::new(),
    }
}

/// Whether words are joined or grouped, so that there can be any number of them.
fn joins(words: &[&str]) -> bool {
    words.iter().any(|word| {
        matches!(*word, "-a" | "-o" | "!" | "\\(" | "\\)" | "'('" | "(")
            || word.contains('$') && !word.contains('"')
    })
}

/// Something that is nearly an operator.
fn odd(text: &str) -> bool {
    matches!(text, "===" | "=!" | "=<" | "!==")
}

fn is_operator(text: &str) -> bool {
    OPERATORS.contains(&text)
        || matches!(text, "=~" | "\\<" | "\\>" | "<" | ">")
        || text.starts_with('-') && text.len() < 4
        || text.contains(['$', '`'])
}

fn ends_in_operator(text: &str) -> bool {
    let unquoted = text.rsplit(['"', '\'']).next().unwrap_or(text);
    unquoted.len() < text.len() && OPERATORS.contains(&unquoted)
        || !text.contains('"') && text.len() > 1 && text.ends_with('=')
}
