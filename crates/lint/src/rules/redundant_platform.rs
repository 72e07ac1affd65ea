//! # redundant-platform
//!
//! ## What it does
//! Finds `FROM --platform=$TARGETPLATFORM`.
//!
//! ## Why
//! That is the platform of a stage when nothing is said.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM --platform=$TARGETPLATFORM debian:12
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use syntax::variables;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO308",
    name: "redundant-platform",
    aliases: &["RedundantTargetPlatform", "DL3065"],
    severity: Severity::Warning,
    summary: "FROM is set to the platform that it has anyway",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("redundant_platform.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Some(from) = context.stage_from(stage) else { return };
    let Some(platform) = &from.platform else { return };
    let used = variables(&platform.value, context.parse.escape());
    let whole = TextRange::of(0..platform.value.len());
    if !used.iter().any(|variable| variable.name == "TARGETPLATFORM" && variable.range == whole) {
        return;
    }
    let text = context.text();
    let flag = text[..from.image.range.start as usize]
        .rfind("--platform")
        .map(|at| TextRange::of(at..from.image.range.start as usize));
    let Some(instruction) = context.line_of_from(stage) else { return };
    let detail = format!(
        "Setting platform to predefined {} in FROM is redundant as this is the default behavior",
        platform.value
    );
    let draft = sink
        .report(
            platform.range,
            format!("`{}` is the platform of a stage when nothing is said", platform.value),
        )
        .buildkit(context.parse, instruction, detail)
        .unlike_hadolint(!matches!(
            platform.range.slice(context.text()),
            "$TARGETPLATFORM" | "${TARGETPLATFORM}"
        ));
    if let Some(range) = flag.filter(|range| !range.slice(text).contains('\n')) {
        draft.fix("remove the flag", Safety::Safe, vec![Edit { range, replacement: String::new() }]);
    }
}
