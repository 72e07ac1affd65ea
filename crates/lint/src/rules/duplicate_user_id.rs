//! # duplicate-user-id
//!
//! ## What it does
//! Finds `useradd` and `groupadd` with a number that an earlier one of the stage has, or with `--non-unique`.
//!
//! ## Why
//! The two are the same to the system: what belongs to one belongs to the other.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN useradd -u 1000 app && useradd -o -u 1000 web
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN useradd -u 1000 app && useradd -u 1001 web
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO516",
    name: "duplicate-user-id",
    aliases: &["DKL-LI-0002"],
    severity: Severity::Warning,
    summary: "two users have the same number",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("duplicate_user_id.rs"),
};

fn check(_context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let mut seen: Vec<(&str, String)> = Vec::new();
    for (_, run) in stage.runs() {
        for item in run.named(&["groupadd", "useradd"]) {
            let command = &item.command;
            let kind = if command.name() == "useradd" { "user" } else { "group" };
            let option: &[&str] = if kind == "user" { &["-u", "--uid"] } else { &["-g", "--gid"] };
            let Some((number, word)) = command.value(option).filter(|(_, word)| !word.expands) else {
                continue;
            };
            let twice = seen.iter().any(|(other, known)| *other == kind && known == number);
            let conditional = item.command.command().is_conditional() && command.option("-o").is_none();
            if twice && !conditional {
                sink.report(run.place_of_arg(word), format!("the number {number} is that of another {kind}"))
                    .help("choose another number");
            }
            seen.push((kind, number.to_owned()));
        }
    }
}
