//! # copy-root-of-image
//!
//! ## What it does
//! Finds `COPY --from=… / /`, except where the rule `copy-whole-root` finds it.
//!
//! ## Why
//! What an image has besides what is wanted comes along. Off by default, as there are images that are made for this.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! COPY --from=tonistiigi/xx:1.6.1 / /
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY --from=tonistiigi/xx:1.6.1 /usr/bin/ /usr/bin/
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use super::copy_whole_root::is_found;
use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO218",
    name: "copy-root-of-image",
    aliases: &["DL3067"],
    severity: Severity::Info,
    summary: "everything of an image is copied",
    enabled: false,
    check: Check::File(check),
    source: include_str!("copy_root_of_image.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for step in context.steps() {
        let Some(Statement::Copy(copy)) = step.statement else { continue };
        let whole = copy.from.is_some()
            && copy.dest.value == "/"
            && copy.sources.iter().any(|source| source.value == "/");
        if whole && !is_found(context, step) {
            sink.report(step.instruction.keyword, "everything of an image is copied")
                .help("name the directories that are needed");
        }
    }
}
