//! # scratch-misses-files
//!
//! ## What it does
//! Finds images on `scratch` whose build stage installs `ca-certificates` or `tzdata` that nobody copies, and those
//! with a `USER` by name and no `/etc/passwd`.
//!
//! ## Why
//! What is installed in a build stage is not in the image: connections by TLS fail as no certificate is known, and
//! a container with an unknown user does not start.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.24-alpine AS build
//! RUN apk add --no-cache ca-certificates
//! COPY . /src
//! RUN CGO_ENABLED=0 go build -C /src -o /app .
//! FROM scratch
//! COPY --from=build /app /app
//! USER 65532
//! ```
//! ```dockerfile,good
//! FROM golang:1.24-alpine AS build
//! RUN apk add --no-cache ca-certificates
//! COPY . /src
//! RUN CGO_ENABLED=0 go build -C /src -o /app .
//! FROM scratch
//! COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
//! COPY --from=build /app /app
//! USER 65532
//! ```

use facts::Severity;
use kit::TextRange;
use stage::Base;
use syntax::Statement;

use crate::context::Context;
use crate::flow::image_steps;
use crate::model::Step;
use crate::packages::Verb;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO226",
    name: "scratch-misses-files",
    aliases: &[],
    severity: Severity::Warning,
    summary: "an image on scratch misses files that the program needs",
    enabled: true,
    check: Check::File(check),
    source: include_str!("scratch_misses_files.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    if context.graph.root_base(target.index) != Some(&Base::Scratch)
        || image_steps(context).any(|step| may_hold_all(step))
    {
        return;
    }
    for (package, mark, what) in
        [("ca-certificates", "cert", "certificates"), ("tzdata", "zoneinfo", "time zones")]
    {
        let copied = image_steps(context)
            .any(|step| mentions(context, step, mark) || mentions(context, step, "ssl") && mark == "cert");
        let bundled = context.text().contains("timetzdata") || context.text().contains("x509roots");
        if let Some(place) = installed(context, target.index, package).filter(|_| !copied && !bundled) {
            sink.report(
                place,
                format!(
                    "the {what} stay in the build stage: the image is built on scratch and does not copy them"
                ),
            )
            .related(target.stage.base_range, "the image begins here")
            .help("copy them with `COPY --from=…`");
        }
    }
    if let Some((name, place)) = named_user(context) {
        sink.report(place, format!("the image has no `/etc/passwd` that says who `{name}` is"))
            .help("use a number, or copy `/etc/passwd`");
    }
}

/// Whether a step can bring anything, as a copy of a whole root or an archive does.
fn may_hold_all(step: &Step<'_>) -> bool {
    step.run().is_some()
        || step.copy().is_some_and(|copy| {
            copy.is_add
                || copy
                    .dest
                    .as_deref()
                    .is_none_or(|dest| matches!(dest, "/" | "/etc" | "/usr" | "/usr/share"))
                    && copy.dest_is_dir
                    && copy.sources.iter().any(|source| {
                        source.path.as_deref().is_none_or(|path| {
                            path.ends_with('/')
                                || !path.trim_start_matches('/').contains('/')
                                || path.contains('*')
                                || path.contains("root")
                        })
                    })
        })
}

fn mentions(context: &Context<'_>, step: &Step<'_>, word: &str) -> bool {
    step.instruction.range.slice(context.text()).contains(word)
}

/// Where a stage that the image copies from installs a package and nothing else, so that it is for the image.
fn installed(context: &Context<'_>, target: usize, package: &str) -> Option<TextRange> {
    let from =
        context.graph.edges.iter().filter(|edge| edge.to == target && edge.kind == stage::EdgeKind::Copy);
    for stage in from.flat_map(|edge| context.chain(edge.from)) {
        for (_, run) in context.stages[stage].runs() {
            for call in run.calls().filter(|call| call.verb() == Verb::Install) {
                let names: Vec<_> = call.operands().collect();
                let only =
                    names.iter().all(|word| matches!(word.text.as_ref(), "ca-certificates" | "tzdata"));
                if let Some(word) = names.iter().find(|word| word.text == package).filter(|_| only) {
                    return Some(run.place_of_arg(word));
                }
            }
        }
    }
    None
}

/// The user of the image when it is a name and no copy can bring the file that knows it.
fn named_user(context: &Context<'_>) -> Option<(String, TextRange)> {
    let user = image_steps(context).filter_map(|step| match step.statement {
        Some(Statement::User(user)) => Some((step.expand(&user.value)?, user.range)),
        _ => None,
    });
    let (name, place) = user.last()?;
    let name = name.split(':').next().unwrap_or_default().to_owned();
    let number = name.bytes().all(|byte| byte.is_ascii_digit());
    let known = image_steps(context).any(|step| {
        mentions(context, step, "passwd") || step.copy().is_some_and(|copy| copy.may_create("/etc/passwd"))
    });
    (!number && name != "root" && !known).then_some((name, place))
}
