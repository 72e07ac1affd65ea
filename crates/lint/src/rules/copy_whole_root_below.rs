//! # copy-whole-root-below
//!
//! ## What it does
//! Finds `COPY --from=<stage> / <directory>`: the whole file system of another stage, copied to a directory.
//!
//! ## Why
//! Everything of that stage gets into the image: its tools, caches and secrets. Copying to a stage that is not shipped, and
//! from images of single tools, which hold nothing else, is fine.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS build
//! RUN make -C /src install
//! FROM debian:12-slim
//! COPY --from=build / /opt/build/
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! RUN make -C /src install DESTDIR=/out
//! FROM debian:12-slim
//! COPY --from=build /out /opt/build/
//! USER 1000
//! ```

use facts::Severity;

use super::copy_whole_root::{is_parcel, whole};
use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO219",
    name: "copy-whole-root-below",
    aliases: &[],
    severity: Severity::Info,
    summary: "the whole file system of a stage is copied to a directory",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("copy_whole_root_below.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some((copy, from)) = step.copy().and_then(|copy| Some((copy, copy.from?))) else { return };
    let below = whole(copy).filter(|_| copy.dest.as_deref() != Some("/"));
    let Some(source) = below.filter(|_| context.is_shipped(step.stage) && !is_parcel(context, from)) else {
        return;
    };
    let label = context.graph.stages[from].label();
    sink.report(source.range, format!("the whole file system of `{label}` is copied"))
        .help("let the stage install into a directory of its own, and copy that");
}
