//! # wget-and-curl
//!
//! ## What it does
//! Finds stages that use both wget and curl.
//!
//! ## Why
//! Each of them brings its own libraries, settings for proxies and ways to fail; one is enough.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN wget -q https://example.com/a && curl -fsSLO https://example.com/b
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN curl -fsSLO https://example.com/a && curl -fsSLO https://example.com/b
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;

use crate::context::Context;
use crate::model::{RunStep, StageModel, Step};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO912",
    name: "wget-and-curl",
    aliases: &["DL4001", "DS-0014", "use-either-wget-or-curl", "run_using_wget_and_curl"],
    severity: Severity::Info,
    summary: "both wget and curl where one of them does",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("wget_and_curl.rs"),
};

fn check(_context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    report(&stage.runs().map(|(_, run)| run).collect::<Vec<_>>(), sink);
    // What is done here and what is done in a build on this image are in different builds.
    let triggers = stage.steps.iter().filter_map(|step| step.trigger.as_deref());
    report(&triggers.filter_map(Step::run).collect::<Vec<_>>(), sink);
}

fn report(runs: &[&RunStep<'_>], sink: &mut Sink<'_>) {
    let first = |name: &str| {
        let mut uses = runs.iter().flat_map(|run| {
            run.commands
                .iter()
                .filter(|item| item.command.name() == name)
                .map(|item| run.place_of_command(&item.command))
        });
        uses.next()
    };
    let (Some(wget), Some(curl)) = (first("wget"), first("curl")) else { return };
    let (before, behind, name): (TextRange, TextRange, &str) =
        if wget.start < curl.start { (wget, curl, "wget") } else { (curl, wget, "curl") };
    sink.report(behind, "both wget and curl are used in this stage")
        .related(before, format!("{name} is used here"))
        .help("use one of them");
}
