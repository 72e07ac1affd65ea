//! # copy-outside-context
//!
//! ## What it does
//! Finds sources of `COPY` and `ADD` that lead out of the build context with `..`.
//!
//! ## Why
//! Only what is in the context can be copied; the `..` is dropped, so that another file is copied or none is found.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! COPY ../app /app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY app /app
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO705",
    name: "copy-outside-context",
    aliases: &["add_src_invalid"],
    severity: Severity::Warning,
    summary: "a copy names a file outside of the context",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("copy_outside_context.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(copy) = step.copy().filter(|copy| copy.is_context) else { return };
    for source in &copy.sources {
        let Some(path) = source.path.as_deref().filter(|path| !path.contains("://")) else { continue };
        if leads_out(path) {
            sink.report(source.range, format!("`{path}` leads out of the build context"))
                .help("build with a directory further up as the context, or give it as a named one (`--build-context`)");
        }
    }
}

fn leads_out(path: &str) -> bool {
    let mut depth = 0_i32;
    path.trim_start_matches('/').split('/').any(|part| {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        depth < 0
    })
}
