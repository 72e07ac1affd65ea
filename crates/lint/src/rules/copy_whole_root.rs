//! # copy-whole-root
//!
//! ## What it does
//! Finds `COPY --from=<stage> /`: the whole file system of another stage.
//!
//! ## Why
//! Everything of that stage gets into the image: its tools, caches and secrets, and its `/etc` over that of the base.
//! Copying onto `FROM scratch`, which flattens an image, is reported as information only.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS build
//! RUN make -C /src install
//! FROM debian:12-slim
//! COPY --from=build / /
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! RUN make -C /src install DESTDIR=/out
//! FROM debian:12-slim
//! COPY --from=build /out /
//! USER 1000
//! ```

use facts::Severity;
use stage::Base;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO208",
    name: "copy-whole-root",
    aliases: &["DL3067"],
    severity: Severity::Warning,
    summary: "the whole file system of a stage is copied",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("copy_whole_root.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some((copy, from)) = step.copy().and_then(|copy| Some((copy, copy.from?))) else { return };
    let Some(source) = copy.sources.iter().find(|source| source.path.as_deref() == Some("/")) else { return };
    // A stage that holds nothing but what was copied to it is a parcel: copying it whole is the point.
    if context.graph.root_base(from) == Some(&Base::Scratch) {
        return;
    }
    let onto_nothing = context.graph.stages[step.stage].base == Base::Scratch;
    sink.report(source.range, format!("the whole file system of `{}` is copied", context.graph.stages[from].label()))
        .severity(if onto_nothing { Severity::Info } else { Severity::Warning })
        .help("let the stage install into a directory of its own, and copy that");
}
