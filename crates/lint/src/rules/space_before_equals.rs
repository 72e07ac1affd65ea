//! # space-before-equals
//!
//! ## What it does
//! Finds `ENV` and `LABEL` with a blank between the name and `=`.
//!
//! ## Why
//! It is then the form without `=`, and the `=` is a part of the value.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ENV GREETING = hello
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ENV GREETING=hello
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO846",
    name: "space-before-equals",
    aliases: &["S6574"],
    severity: Severity::Warning,
    summary: "a blank stands before the =",
    enabled: true,
    check: Check::File(check),
    source: include_str!("space_before_equals.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, statement) in context.items() {
        let Some(Statement::Env(pairs) | Statement::Label(pairs)) = statement else { continue };
        let Some((key, value)) = pairs.pairs.first().filter(|_| pairs.legacy) else { continue };
        if value.value.starts_with('=') {
            sink.report(
                key.range.cover(value.range),
                format!("the value of `{}` begins with `=`", key.value),
            )
            .help("remove the blanks around the `=`");
        }
    }
}
