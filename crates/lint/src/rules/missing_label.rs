//! # missing-label
//!
//! ## What it does
//! Finds images without a label that the settings require.
//!
//! ## Why
//! Whoever required it relies on it.
//!
//! ## Example
//! ```toml,settings
//! required-labels = true
//! [labels]
//! "test.text" = "text"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.text=a
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::labels::{bare, labels};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO821",
    name: "missing-label",
    aliases: &["DL3049", "S7028"],
    severity: Severity::Info,
    summary: "a required label is missing",
    enabled: true,
    check: Check::File(check),
    source: include_str!("missing_label.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    if !context.settings().required_labels {
        return;
    }
    let steps = || context.image().iter().flat_map(|stage| &context.stages[*stage].steps);
    let names: Vec<&str> = steps().flat_map(|step| labels(step)).map(|(key, _)| bare(&key.value)).collect();
    for name in context.settings().labels.keys().filter(|name| !names.contains(&name.as_str())) {
        sink.report(target.stage.base_range, format!("the label `{name}` is missing"))
            .help(format!("add `LABEL {name}=…`"));
    }
}
