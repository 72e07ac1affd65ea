//! # malformed-exec-form
//!
//! ## What it does
//! Finds commands that begin with `[` and are no valid JSON array, for example because of single quotes.
//!
//! ## Why
//! They are taken for a text for the shell, which then looks for a program called `[`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! USER 1000
//! CMD ['app', '--listen']
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! USER 1000
//! CMD ["app", "--listen"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! CMD ["app", "--listen"]
//! ```

use facts::{Safety, Severity};
use kit::Edit;
use syntax::{Form, Healthcheck, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO818",
    name: "malformed-exec-form",
    aliases: &[
        "S7030",
        "not_using_proper_exec_form",
        "JSON_IN_SINGLE_QUOTES",
        "invalid-json-form",
        "not_using_proper_exec_form_in_cmd_and_entrypoint_arguments",
    ],
    severity: Severity::Warning,
    summary: "a JSON array that is none",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("malformed_exec_form.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let form = match step.statement {
        Some(Statement::Run(run)) => &run.form,
        Some(Statement::Cmd(exec) | Statement::Entrypoint(exec)) => &exec.form,
        Some(Statement::Healthcheck(Healthcheck::Cmd { form, .. })) => form,
        _ => return,
    };
    let Form::Shell(text) = form else { return };
    let value = text.value.trim();
    let list = value
        .strip_prefix('[')
        .filter(|rest| !rest.starts_with(['[', ' ']) || rest.trim_start().starts_with(['\'', '"']));
    if list.is_none_or(|rest| !rest.ends_with(']') || !rest.contains(['\'', '"', ','])) {
        return;
    }
    let draft = sink
        .report(text.range, "this is no valid JSON array, so it is taken for a text for the shell")
        .help("write each word in double quotes, with commas between them");
    let inner = value.trim_start_matches('[').trim_end_matches(']');
    let one_line = !text.range.slice(context.text()).contains('\n');
    if let Some(words) = single_quoted(inner).filter(|_| one_line && value.len() == text.value.len()) {
        let edit = Edit { range: text.range, replacement: format!("[{}]", words.join(", ")) };
        draft.fix("use double quotes", Safety::Unsafe, vec![edit]);
    }
}

/// The words of a list in single or double quotes, as JSON.
fn single_quoted(list: &str) -> Option<Vec<String>> {
    let word = |word: &str| {
        let word = word.trim();
        let bare = [('\'', '\''), ('"', '"')]
            .iter()
            .find_map(|(open, close)| word.strip_prefix(*open)?.strip_suffix(*close))?;
        (!bare.contains(['\'', '"', '\\'])).then(|| format!("\"{bare}\""))
    };
    list.split(',').map(word).collect()
}
