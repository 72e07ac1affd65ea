//! # legacy-key-value
//!
//! ## What it does
//! Finds `ENV name value` and `LABEL name value`.
//!
//! ## Why
//! In this form the rest of the line is the value, so that a second pair on the line is taken for a part of it. It is
//! deprecated.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ENV GREETING hello world
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! ENV GREETING="hello world"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ENV GREETING="hello world"
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::Edit;
use syntax::{Statement, expand_word};

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO810",
    name: "legacy-key-value",
    aliases: &["LegacyKeyValueFormat", "label_invalid"],
    severity: Severity::Warning,
    summary: "ENV or LABEL has the old form without =",
    enabled: true,
    check: Check::File(check),
    source: include_str!("legacy_key_value.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (instruction, statement) in context.items() {
        let Some(Statement::Env(pairs) | Statement::Label(pairs)) = statement else { continue };
        let Some((key, value)) = pairs.pairs.first().filter(|_| pairs.legacy) else { continue };
        // A name that cannot be expanded ends the build before.
        if expand_word(&key.value, context.parse.escape(), &|_: &str| None).is_err() {
            continue;
        }
        let name = instruction.kind.name();
        let range = key.range.cover(value.range);
        let word = instruction.keyword_text(context.parse);
        let detail =
            format!("\"{word} key=value\" should be used instead of legacy \"{word} key value\" format");
        let draft = sink
            .report(range, format!("`{name} key=value` should be used instead of `{name} key value`"))
            .buildkit(context.parse, instruction, detail);
        let one_line = !range.slice(context.text()).contains('\n');
        if let Some(replacement) = one_line.then(|| modern(context, name, &key.value, &value.value)).flatten()
        {
            draft.fix("write it with `=`", Safety::Safe, vec![Edit { range, replacement }]);
        }
    }
}

/// The pair with `=`, in the first spelling that means the same.
fn modern(context: &Context<'_>, name: &str, key: &str, value: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+-".contains(&byte);
    if !value.is_empty() && value.bytes().all(plain) && key.bytes().all(plain) {
        return Some(format!("{key}={value}"));
    }
    let escape = context.parse.escape();
    let directive = if escape == '\\' { "" } else { "# escape=`\n" };
    let meaning = |word: &str| {
        let lookup = |name: &str| Some(format!("<{name} a>"));
        expand_word(word, escape, &lookup).ok().map(|expanded| expanded.text)
    };
    let before = meaning(value)?;
    [format!("{key}={value}"), format!("{key}=\"{value}\"")].into_iter().find(|pair| {
        let parse = syntax::parse(&format!("{directive}FROM a\n{name} {pair}\n"));
        let Some(instruction) = parse.instructions().nth(1) else { return false };
        match instruction.statement(&parse) {
            Ok(Statement::Env(pairs) | Statement::Label(pairs)) => {
                let [(new_key, new_value)] = &pairs.pairs[..] else { return false };
                !pairs.legacy && new_key.value == key && meaning(&new_value.value).as_ref() == Some(&before)
            }
            _ => false,
        }
    })
}
