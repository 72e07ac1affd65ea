//! # libc-mismatch
//!
//! ## What it does
//! Finds programs that are compiled in a stage with glibc and copied to an image with musl or none (alpine,
//! scratch), or the other way round, where nothing says that they are linked statically.
//!
//! ## Why
//! The program is there, and starting it fails with "not found": what is missing is its loader.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.24-bookworm AS build
//! WORKDIR /src
//! COPY . .
//! RUN go build -o /out/app ./cmd/app
//! FROM alpine:3.20
//! COPY --from=build /out/app /usr/local/bin/app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM golang:1.24-bookworm AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/app ./cmd/app
//! FROM alpine:3.20
//! COPY --from=build /out/app /usr/local/bin/app
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::flow::{Libc, libc, program_at};
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO222",
    name: "libc-mismatch",
    aliases: &[],
    severity: Severity::Warning,
    summary: "a program that needs another C library than the image has",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("libc_mismatch.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some((copy, from)) = step.copy().and_then(|copy| Some((copy, copy.from?))) else { return };
    let (Some(built), Some(there)) = (libc(context, from), libc(context, step.stage)) else { return };
    if built == there
        || built == Libc::None
        || !context.is_shipped(step.stage)
        || is_provided(context, step.stage)
    {
        return;
    }
    for source in &copy.sources {
        let Some(program) = source.path.as_deref().and_then(|path| program_at(context, from, path)) else {
            continue;
        };
        // golang:alpine has no C compiler, and Rust links musl statically: both make programs that need nothing.
        if built == Libc::Musl && program.by != "gcc" {
            continue;
        }
        let name = |libc: Libc| match libc {
            Libc::Glibc => "glibc",
            Libc::Musl => "musl",
            Libc::None => "no C library",
        };
        let help = match program.by {
            "go" => "build it with `CGO_ENABLED=0`, or on the same base as the image",
            "cargo" => "build it for a target with musl, or on the same base as the image",
            _ => "link it with `-static`, or build it on the same base as the image",
        };
        sink.report(
            source.range,
            format!("the program is linked with {}, and the image has {}", name(built), name(there)),
        )
        .related(program.place, "built here")
        .help(help);
    }
}

/// Whether the other C library is installed or copied, too.
fn is_provided(context: &Context<'_>, stage: usize) -> bool {
    let words = ["libc6-compat", "gcompat", "glibc", "musl", "ld-linux", "/lib", "libc"];
    context.chain(stage).iter().flat_map(|stage| &context.stages[*stage].steps).any(|step| {
        let text = step.instruction.range.slice(context.text());
        words.iter().any(|word| text.contains(word))
    })
}
