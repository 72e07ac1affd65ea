//! # untagged-copy-source
//!
//! ## What it does
//! Finds `COPY --from=` with a name that is no stage above and has no tag.
//!
//! ## Why
//! It is taken for an image of that name with the tag `latest`, which is another one tomorrow; or it is a misspelt
//! stage.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! COPY --from=busybox /bin/busybox /bin/busybox
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY --from=busybox:1.36 /bin/busybox /bin/busybox
//! USER 1000
//! ```

use facts::Severity;
use stage::{EdgeKind, Source};

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO312",
    name: "untagged-copy-source",
    aliases: &["DL3022", "copy_from_without_from_alias_defined_previously"],
    severity: Severity::Warning,
    summary: "an image that is copied from has no tag",
    enabled: true,
    check: Check::File(check),
    source: include_str!("untagged_copy_source.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for item in &context.graph.uses {
        let name = &item.name.value;
        match item.source {
            Source::NoStage => {
                sink.report(item.name.range, format!("there is no stage with the number {name}"));
            }
            Source::Image(_)
                if !name.contains([':', '@']) && (item.kind == EdgeKind::Copy || name.contains('/')) =>
            {
                sink.report(
                    item.name.range,
                    format!("`{name}` is no stage above, and as an image it has no tag"),
                )
                .help(format!("name a version, as in `{name}:<version>`"));
            }
            _ => {}
        }
    }
}
