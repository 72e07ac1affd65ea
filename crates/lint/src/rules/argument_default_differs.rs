//! # argument-default-differs
//!
//! ## What it does
//! Finds an ARG with two defaults in stages of one image.
//!
//! ## Why
//! Without `--build-arg` the stages use different values: one builds version 1.4 and the other one says that it is
//! 1.3. An ARG before the first FROM has one default for all.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.20 AS fetch
//! ARG TOOL_VERSION=1.4.0
//! RUN mkdir "/tool-$TOOL_VERSION"
//! FROM alpine:3.20
//! ARG TOOL_VERSION=1.3.2
//! LABEL org.opencontainers.image.version="$TOOL_VERSION"
//! COPY --from=fetch /tool-* /opt/
//! USER 1000
//! ```
//! ```dockerfile,good
//! ARG TOOL_VERSION=1.4.0
//! FROM alpine:3.20 AS fetch
//! ARG TOOL_VERSION
//! RUN mkdir "/tool-$TOOL_VERSION"
//! FROM alpine:3.20
//! ARG TOOL_VERSION
//! LABEL org.opencontainers.image.version="$TOOL_VERSION"
//! COPY --from=fetch /tool-* /opt/
//! USER 1000
//! ```

use std::collections::BTreeMap;

use facts::Severity;
use kit::TextRange;
use syntax::Statement;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO233",
    name: "argument-default-differs",
    aliases: &[],
    severity: Severity::Info,
    summary: "an ARG has another default in another stage",
    enabled: true,
    check: Check::File(check),
    source: include_str!("argument_default_differs.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let mut seen: BTreeMap<&str, (&str, TextRange, usize)> = BTreeMap::new();
    for step in context.steps().filter(|step| context.is_needed(step.stage)) {
        let Some(Statement::Arg(args)) = step.statement else { continue };
        for arg in args {
            let Some(value) = arg.value.as_ref().filter(|value| !value.value.contains('$')) else { continue };
            let name = arg.key.value.as_str();
            let place = arg.key.range.cover(value.range);
            match seen.get(name) {
                None => {
                    seen.insert(name, (&value.value, place, step.stage));
                }
                Some((other, range, stage)) if *other != value.value && *stage != step.stage => {
                    let message =
                        format!("`{name}` has another default here than in another stage of the image");
                    sink.report(place, message)
                        .related(*range, format!("the default is `{other}` here"))
                        .help("declare it with its default before the first FROM, and without one in the stages");
                }
                Some(_) => {}
            }
        }
    }
}
