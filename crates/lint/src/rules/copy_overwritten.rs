//! # copy-overwritten
//!
//! ## What it does
//! Finds two COPY to the same file with no RUN between them.
//!
//! ## Why
//! The first file is never seen, and stays in its layer. One of the two was meant to go elsewhere.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim AS a
//! COPY a.sh /out/run.sh
//! FROM debian:12-slim AS b
//! COPY b.sh /out/run.sh
//! FROM debian:12-slim
//! COPY --from=a /out/run.sh /usr/local/bin/run.sh
//! COPY --from=b /out/run.sh /usr/local/bin/run.sh
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim AS a
//! COPY a.sh /out/run.sh
//! FROM debian:12-slim AS b
//! COPY b.sh /out/run.sh
//! FROM debian:12-slim
//! COPY --from=a /out/run.sh /usr/local/bin/run-a.sh
//! COPY --from=b /out/run.sh /usr/local/bin/run-b.sh
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;

use crate::context::Context;
use crate::model::{CopyStep, StageModel};
use crate::paths::base_name;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO235",
    name: "copy-overwritten",
    aliases: &[],
    severity: Severity::Warning,
    summary: "a copied file is overwritten by the next copy",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("copy_overwritten.rs"),
};

fn check(_context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let mut before: Vec<(String, TextRange)> = Vec::new();
    for step in &stage.steps {
        if step.run().is_some() {
            before.clear();
        }
        let Some((path, range)) = step.copy().and_then(file) else { continue };
        if let Some((_, first)) = before.iter().find(|(other, _)| *other == path) {
            sink.report(*first, format!("`{path}` is overwritten by the copy that follows"))
                .related(range, "overwritten here");
        }
        before.push((path, range));
    }
}

/// The file that a copy of a single file makes.
fn file(copy: &CopyStep) -> Option<(String, TextRange)> {
    let [source] = copy.sources.as_slice() else { return None };
    let from = source.path.as_deref()?;
    let dest = copy.dest.as_deref().filter(|_| !copy.is_add)?;
    let name = base_name(from);
    let is_file = |name: &str| {
        name.trim_start_matches('.').contains('.')
            && name.rsplit('.').next() != Some("d")
            && !name.contains(['*', '?', '['])
    };
    if !is_file(name) || from.ends_with('/') {
        return None;
    }
    let path = if copy.dest_is_dir { kit::absolute_path(dest, name) } else { dest.to_owned() };
    is_file(base_name(&path)).then_some((path, source.range))
}
