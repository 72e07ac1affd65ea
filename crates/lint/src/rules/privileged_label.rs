//! # privileged-label
//!
//! ## What it does
//! Finds labels like `RUN` with `--privileged`.
//!
//! ## Why
//! Tools that start containers by such a label give them all rights on the host.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL RUN="podman run --privileged IMAGE"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL run="podman run --cap-add NET_ADMIN IMAGE"
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::labels::labels;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO521",
    name: "privileged-label",
    aliases: &["privileged_run_container"],
    severity: Severity::Warning,
    summary: "a label asks for a privileged container",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("privileged_label.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    for (key, value) in labels(step).filter(|(_, value)| value.value.contains("--privileged")) {
        sink.report(value.range, format!("the label `{}` asks for a privileged container", key.value))
            .help("name the capabilities that are needed");
    }
}
