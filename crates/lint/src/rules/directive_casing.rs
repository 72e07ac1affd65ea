//! # directive-casing
//!
//! ## What it does
//! Finds parser directives whose name is not in lower case.
//!
//! ## Why
//! They are written in lower case everywhere else.
//!
//! ## Example
//! ```dockerfile,bad
//! # Syntax=docker/dockerfile:1
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! # syntax=docker/dockerfile:1
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! # syntax=docker/dockerfile:1
//! FROM debian:12
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::Edit;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO848",
    name: "directive-casing",
    aliases: &["CASING_DIRECTIVE"],
    severity: Severity::Style,
    summary: "a parser directive is not lowercase",
    enabled: true,
    check: Check::File(check),
    source: include_str!("directive_casing.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for directive in context.parse.directives() {
        let name = directive.name_text(context.text());
        let lower = name.to_ascii_lowercase();
        if name != lower {
            let edit = Edit { range: directive.name, replacement: lower.clone() };
            sink.report(directive.name, format!("the directive `{name}` should be lowercase")).fix(
                format!("write `{lower}`"),
                Safety::Safe,
                vec![edit],
            );
        }
    }
}
