//! # world-writable
//!
//! ## What it does
//! Finds `chmod` and `--chmod` with a mode that lets everybody write. Modes with the sticky bit, as `/tmp` has, are
//! fine.
//!
//! ## Why
//! Any process in the container can replace the file: programs, configuration, start scripts.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN chmod -R 777 /opt/app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN chmod -R u=rwX,go=rX /opt/app && chmod 1777 /var/spool/app
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO407",
    name: "world-writable",
    aliases: &["S2612"],
    severity: Severity::Warning,
    summary: "everybody may write to a file",
    enabled: true,
    check: Check::Each(&[Check::Step(copy), Check::Command(&["chmod"], chmod)]),
    source: include_str!("world_writable.rs"),
};

const HELP: &str =
    "give the file to the user that needs it (`--chown`, `chown`) and use a mode like 755 or 775";

fn copy(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    // What a stage is built with is nobody's business at run time.
    if !context.is_shipped(step.stage) {
        return;
    }
    let flag = step.copy_statement().and_then(|copy| copy.chmod.as_ref());
    if let Some(flag) = flag.filter(|flag| is_world_writable(&flag.value)) {
        sink.report(flag.range, format!("mode `{}` lets everybody write", flag.value)).help(HELP);
    }
}

fn chmod(context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let mode = at.item.command.args().iter().find(|word| !is_flag(&word.text));
    let Some(mode) = mode.filter(|word| is_world_writable(&word.text)) else { return };
    if context.is_shipped(at.step.stage) {
        sink.report(at.run.place_of_arg(mode), format!("mode `{}` lets everybody write", mode.text))
            .help(HELP);
    }
}

/// `-R` is an option, `-x` is a mode.
fn is_flag(word: &str) -> bool {
    word.starts_with("--")
        || word.strip_prefix('-').is_some_and(|rest| rest.starts_with(['R', 'v', 'c', 'f']))
}

fn is_world_writable(mode: &str) -> bool {
    if !mode.is_empty() && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        let bits = u32::from_str_radix(mode, 8).unwrap_or(0);
        return bits & 0o002 != 0 && bits & 0o1000 == 0;
    }
    mode.split(',').any(|clause| {
        let Some(at) = clause.find(['+', '=']) else { return false };
        let (who, what) = clause.split_at(at);
        what.contains('w') && !what.contains('t') && who.contains(['o', 'a'])
    })
}
