//! # newer-libc-in-builder
//!
//! ## What it does
//! Finds programs that are compiled on a newer release of Debian than that of the image they are copied to.
//!
//! ## Why
//! A program asks for the versions of functions that its glibc had; an older one does not have them, and the
//! program does not start.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS build
//! COPY main.c /
//! RUN gcc -O2 -o /out /main.c
//! FROM debian:11-slim
//! COPY --from=build /out /usr/local/bin/app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! COPY main.c /
//! RUN gcc -O2 -o /out /main.c
//! FROM debian:12-slim
//! COPY --from=build /out /usr/local/bin/app
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::flow::{debian_release, program_at};
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO223",
    name: "newer-libc-in-builder",
    aliases: &[],
    severity: Severity::Warning,
    summary: "a program is built on a newer release than it runs on",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("newer_libc_in_builder.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some((copy, from)) = step.copy().and_then(|copy| Some((copy, copy.from?))) else { return };
    let (Some(built), Some(there)) = (debian_release(context, from), debian_release(context, step.stage))
    else {
        return;
    };
    if built <= there {
        return;
    }
    for source in &copy.sources {
        let Some(program) = source.path.as_deref().and_then(|path| program_at(context, from, path)) else {
            continue;
        };
        sink.report(
            source.range,
            format!("the program is built on Debian {built}, and the image is Debian {there}"),
        )
        .related(program.place, "built here")
        .related(context.stages[from].stage.base_range, "on this release")
        .help("use the same release for both stages");
    }
}
