//! # copy-whole-root
//!
//! ## What it does
//! Finds `COPY --from=<stage> / /`: the whole file system of another stage. The rule `copy-whole-root-below` is for
//! other targets.
//!
//! ## Why
//! Everything of that stage gets into the image: its tools, caches and secrets, and its `/etc` over that of the base.
//! Copying onto `FROM scratch`, which flattens an image, and copying to a stage that is not shipped are information
//! only. Images of single tools, which hold nothing else, are fine.
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
use stage::{Base, Source};

use crate::context::Context;
use crate::model::{CopySource, CopyStep, Step};
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
    let Some((copy, from)) = step.copy().and_then(|copy| Some((copy, copy.from?))) else {
        if let Some(name) = is_unknown(context, step) {
            sink.report(step.instruction.keyword, format!("the whole file system of `{name}` is copied"))
                .help("let the stage install into a directory of its own, and copy that");
        }
        return;
    };
    let Some(source) = whole(copy).filter(|_| copy.dest.as_deref() == Some("/")) else { return };
    if is_parcel(context, from) {
        return;
    }
    let onto_nothing = context.graph.stages[step.stage].base == Base::Scratch;
    sink.report(
        source.range,
        format!("the whole file system of `{}` is copied", context.graph.stages[from].label()),
    )
    .severity(if onto_nothing || !context.is_shipped(step.stage) {
        Severity::Info
    } else {
        Severity::Warning
    })
    .help("let the stage install into a directory of its own, and copy that");
}

/// The source that is everything, if one is.
pub(super) fn whole(copy: &CopyStep) -> Option<&CopySource> {
    copy.sources.iter().find(|source| source.path.as_deref() == Some("/"))
}

/// Whether this rule finds the copy of a whole file system.
pub(super) fn is_found(context: &Context<'_>, step: &Step<'_>) -> bool {
    let from = step.copy().and_then(|copy| copy.from);
    from.is_some_and(|from| !is_parcel(context, from)) || is_unknown(context, step).is_some()
}

/// The name when all of something is copied to the root that looks like a stage and is none, for example as the stage is
/// in another part of the file. Images of single tools, made to be copied, have a name space.
fn is_unknown<'a>(context: &'a Context<'_>, step: &Step<'_>) -> Option<&'a str> {
    let copy = step.copy_statement()?;
    let item = context.graph.uses.iter().find(|item| item.instruction == step.index)?;
    let whole = copy.dest.value == "/" && copy.sources.iter().any(|source| source.value == "/");
    let is_name = matches!(item.source, Source::Image(Some(_))) && !item.name.value.contains(['/', ':', '@']);
    (whole && is_name).then_some(item.name.value.as_str())
}

/// Whether a stage holds nothing but files to be copied: on `scratch`, or an image that nothing is run in and that is
/// no distribution, as images of single tools are.
pub(super) fn is_parcel(context: &Context<'_>, stage: usize) -> bool {
    if context.graph.root_base(stage) == Some(&Base::Scratch) {
        return true;
    }
    let runs = context.chain(stage).into_iter().any(|stage| context.stages[stage].runs().next().is_some());
    !runs && context.root_image(stage).is_some_and(|(image, _)| image.contains('/'))
}
