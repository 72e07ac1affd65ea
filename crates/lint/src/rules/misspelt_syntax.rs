//! # misspelt-syntax
//!
//! ## What it does
//! Finds `# syntax=` with a name that differs by a letter or two from `docker/dockerfile`.
//!
//! ## Why
//! The build fails, or fetches a frontend from somebody else.
//!
//! ## Example
//! ```dockerfile,bad
//! # syntax=docker/dockerflie:1
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
use kit::{Edit, TextRange, edit_distance};

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO311",
    name: "misspelt-syntax",
    aliases: &["syntax-directive-typo"],
    severity: Severity::Warning,
    summary: "the frontend of a syntax directive is misspelt",
    enabled: true,
    check: Check::File(check),
    source: include_str!("misspelt_syntax.rs"),
};

const NAME: &str = "docker/dockerfile";

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let text = context.text();
    let mut directives = context.parse.directives().iter();
    let Some(syntax) = directives.find(|item| item.name_text(text).eq_ignore_ascii_case("syntax")) else {
        return;
    };
    let name = syntax.value_text(text).split([':', '@']).next().unwrap_or_default();
    let distance = edit_distance(name, NAME);
    if (1..=3).contains(&distance) && name.len() < 40 {
        let start = syntax.value.start as usize;
        let range = TextRange::of(start..start + name.len());
        let edit = Edit { range, replacement: NAME.to_owned() };
        sink.report(range, format!("`{name}` is no frontend (did you mean `{NAME}`?)")).fix(
            format!("write `{NAME}`"),
            Safety::Unsafe,
            vec![edit],
        );
    }
}
