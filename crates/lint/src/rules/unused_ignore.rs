//! # unused-ignore
//!
//! ## What it does
//! Finds comments of cooper that hide nothing: `# cooper: ignore=CODE` where the rule has no finding. Comments for other
//! tools are left alone, as they may be needed there.
//!
//! ## Why
//! What was wrong is mended, or the comment stands in the wrong place. Left behind, it hides the next mistake.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! # cooper: ignore=sudo the base has no other way
//! RUN true
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! RUN true
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! # cooper: ignore=sudo,CO408 the server has no certificate yet
//! RUN curl -k https://example.com/
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! # cooper: ignore=CO408 the server has no certificate yet
//! RUN curl -k https://example.com/
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! # cooper: ignore=sudo the base has no other way
//! RUN sudo true
//! ```

use facts::{Safety, Severity};
use kit::{Edit, TextRange};

use crate::context::Context;
use crate::pragma::{Entry, Family, Pragma, Pragmas};
use crate::rule::{Check, Rule, find_rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO010",
    name: "unused-ignore",
    aliases: &[],
    severity: Severity::Info,
    summary: "a comment hides no finding",
    enabled: true,
    check: Check::Pragmas(check),
    source: include_str!("unused_ignore.rs"),
};

fn check(context: &Context<'_>, pragmas: &Pragmas, sink: &mut Sink<'_>) {
    for pragma in pragmas.all.iter().filter(|pragma| pragma.family == Family::Cooper) {
        let unused: Vec<&Entry> = pragma.entries.iter().filter(|entry| is_unused(context, entry)).collect();
        for entry in &unused {
            let name = entry.name.as_deref().unwrap_or("all");
            let draft = sink.report(entry.range, format!("`{name}` has no finding here"));
            if unused.len() == pragma.entries.len() {
                if entry.range == unused[0].range {
                    draft.fix("remove the comment", Safety::Safe, vec![whole(context.text(), pragma)]);
                }
            } else {
                draft.fix("remove it from the list", Safety::Safe, vec![one(context.text(), entry)]);
            }
        }
    }
}

/// Whether a name of a rule that was asked hides nothing.
fn is_unused(context: &Context<'_>, entry: &Entry) -> bool {
    let name = entry.name.as_deref().unwrap_or("all");
    let select = &context.options.select;
    let asked = select.is_empty() || select.iter().any(|wanted| wanted.eq_ignore_ascii_case("all"));
    let is_on = find_rule(name).is_some_and(|rule| rule.enabled);
    !entry.used.get() && asked && (name == "all" || is_on) && context.options.target.is_none()
}

/// The comment with its line when it has one of its own.
fn whole(text: &str, pragma: &Pragma) -> Edit {
    let before = text[..pragma.range.start as usize].trim_end_matches([' ', '\t']);
    let own_line = before.is_empty() || before.ends_with('\n');
    let end = pragma.range.end as usize;
    let rest = text[end..].find('\n').map_or(text.len(), |at| end + at + usize::from(own_line));
    Edit { range: TextRange::of(before.len()..if own_line { rest } else { end }), replacement: String::new() }
}

/// A name of a list with the comma that belongs to it.
fn one(text: &str, entry: &Entry) -> Edit {
    let (start, end) = (entry.range.start as usize, entry.range.end as usize);
    let behind = text[end..].trim_start_matches([' ', '\t']);
    let range = if let Some(next) = behind.strip_prefix(',') {
        start..text.len() - next.trim_start_matches([' ', '\t']).len()
    } else {
        let before = text[..start].trim_end_matches([' ', '\t']);
        before.strip_suffix(',').map_or(start, |kept| kept.trim_end_matches([' ', '\t']).len())..end
    };
    Edit { range: TextRange::of(range), replacement: String::new() }
}
