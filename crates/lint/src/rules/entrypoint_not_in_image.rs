//! # entrypoint-not-in-image
//!
//! ## What it does
//! Finds ENTRYPOINT and CMD with an absolute path that no step of the image can have made: neither a copy nor a
//! RUN, on a base that is known not to have it.
//!
//! ## Why
//! The container does not start. Mostly the copy goes to another directory.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM rust:1.82 AS build
//! WORKDIR /src
//! COPY . .
//! RUN cargo build --release
//! FROM debian:12-slim
//! COPY --from=build /src/target/release/api /usr/local/bin/api
//! USER 1000
//! ENTRYPOINT ["/app/api"]
//! ```
//! ```dockerfile,good
//! FROM rust:1.82 AS build
//! WORKDIR /src
//! COPY . .
//! RUN cargo build --release
//! FROM debian:12-slim
//! COPY --from=build /src/target/release/api /usr/local/bin/api
//! USER 1000
//! ENTRYPOINT ["/usr/local/bin/api"]
//! ```

use facts::Severity;
use kit::TextRange;
use stage::Base;
use syntax::{Exec, Form, Keyword, Statement};

use crate::context::Context;
use crate::flow::image_steps;
use crate::model::Step;
use crate::paths::base_name;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO229",
    name: "entrypoint-not-in-image",
    aliases: &[],
    severity: Severity::Warning,
    summary: "the program that the container starts is put there by nothing",
    enabled: true,
    check: Check::File(check),
    source: include_str!("entrypoint_not_in_image.rs"),
};

/// Images of which it is known what lies at their root.
const PLAIN: &[&str] = &["alpine", "debian", "fedora", "golang", "node", "python", "ruby", "rust", "ubuntu"];
/// Directories that those images have nothing of their own in.
const OWN: &[&str] = &["app", "bot", "code", "server", "service", "src", "srv", "work", "workspace"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    let scratch = context.graph.root_base(target.index) == Some(&Base::Scratch);
    let plain = context.root_image(target.index).is_some_and(|(image, _)| PLAIN.contains(&image.as_str()));
    let Some((path, place)) = started(context).filter(|_| scratch || plain) else { return };
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let own = scratch || OWN.contains(&first) && path.matches('/').count() > 1;
    if !own || path.contains('$') || image_steps(context).any(|step| may_make(step, &path)) {
        return;
    }
    let draft = sink.report(place, format!("nothing puts `{path}` into the image"));
    let same = image_steps(context).filter_map(|step| step.copy()).find_map(|copy| {
        let source = copy
            .sources
            .iter()
            .find(|source| source.path.as_deref().is_some_and(|from| base_name(from) == base_name(&path)))?;
        Some((source.range, copy.dest.clone()?))
    });
    if let Some((range, dest)) = same {
        draft.related(range, format!("a file of this name is copied to `{dest}`"));
    }
}

/// The absolute path of the program that the container starts.
fn started(context: &Context<'_>) -> Option<(String, TextRange)> {
    let find = |wanted: fn(&Statement) -> Option<&Exec>| {
        let all: Vec<&Exec> = image_steps(context).filter_map(|step| wanted(step.statement?)).collect();
        all.last().copied()
    };
    let entrypoint =
        find(|statement| if let Statement::Entrypoint(exec) = statement { Some(exec) } else { None });
    let cmd = find(|statement| if let Statement::Cmd(exec) = statement { Some(exec) } else { None });
    match &entrypoint.or(cmd)?.form {
        Form::Json(words) => words
            .first()
            .filter(|word| word.value.starts_with('/'))
            .map(|word| (word.value.clone(), word.range)),
        Form::Shell(_) => None,
    }
}

fn may_make(step: &Step<'_>, path: &str) -> bool {
    match step.copy() {
        Some(copy) => copy.is_add || copy.may_create(path),
        None => match step.run() {
            Some(run) => {
                let harmless = |name: &str| {
                    matches!(
                        name,
                        "apt-get"
                            | "apk"
                            | "adduser"
                            | "addgroup"
                            | "useradd"
                            | "groupadd"
                            | "set"
                            | "rm"
                            | "update-ca-certificates"
                    )
                };
                !run.is_known()
                    || run.commands.is_empty()
                    || run.commands.iter().any(|item| !harmless(item.command.name()))
            }
            None => matches!(step.instruction.kind, Keyword::Onbuild | Keyword::Unknown | Keyword::Volume),
        },
    }
}
