//! # user-of-other-stage
//!
//! ## What it does
//! Finds USER and `--chown` with a name that another stage creates, and neither this one nor its base.
//!
//! ## Why
//! Users are lines of `/etc/passwd`, which is a file of its stage: here the name is not known, and the build or the
//! container fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS build
//! RUN groupadd -g 10001 svc && useradd -l -u 10001 -g svc svc
//! COPY --chown=svc:svc . /src
//! FROM debian:12-slim
//! COPY --from=build --chown=svc:svc /src /app
//! USER 10001
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! RUN groupadd -g 10001 svc && useradd -l -u 10001 -g svc svc
//! COPY --chown=svc:svc . /src
//! FROM debian:12-slim
//! COPY --from=build --chown=10001:10001 /src /app
//! USER 10001
//! ```

use facts::Severity;
use kit::TextRange;
use stage::Base;
use syntax::Statement;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO232",
    name: "user-of-other-stage",
    aliases: &[],
    severity: Severity::Error,
    summary: "a user or group that only another stage has created",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("user_of_other_stage.rs"),
};

/// Images of which it is known who is in them.
const PLAIN: &[&str] = &["alpine", "debian", "golang", "python", "ruby", "rust", "ubuntu"];

/// Users that distributions have from the start.
const SYSTEM: &[&str] = &[
    "adm", "backup", "bin", "daemon", "ftp", "games", "guest", "lp", "mail", "man", "news", "nobody",
    "nogroup", "operator", "postgres", "proxy", "root", "staff", "sync", "sys", "users", "uucp", "www-data",
];

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let scratch = context.graph.root_base(stage.index) == Some(&Base::Scratch);
    let plain = context.root_image(stage.index).is_some_and(|(image, _)| PLAIN.contains(&image.as_str()));
    if !scratch && !plain || context.chain(stage.index).iter().any(|stage| may_bring_users(context, *stage)) {
        return;
    }
    for step in &stage.steps {
        let (names, place) = match step.statement {
            Some(Statement::User(user)) => (step.expand(&user.value), user.range),
            Some(Statement::Copy(copy) | Statement::Add(copy)) => match &copy.chown {
                Some(owner) => (step.expand(&owner.value), owner.range),
                None => continue,
            },
            _ => continue,
        };
        let names = names.unwrap_or_default();
        let Some(name) =
            names.split(':').next().filter(|name| !name.bytes().all(|byte| byte.is_ascii_digit()))
        else {
            continue;
        };
        let own = context.chain(stage.index).iter().any(|stage| creates(context, *stage, name).is_some());
        let elsewhere = context.stages.iter().find_map(|other| creates(context, other.index, name));
        if let Some(created) = elsewhere.filter(|_| !own && !SYSTEM.contains(&name)) {
            sink.report(place, format!("this stage has no user `{name}`"))
                .related(created, "created here, in another stage")
                .help("create it here, too, or use its number");
        }
    }
}

/// Whether users can come in other ways: by a script, a copy of the file, a package.
fn may_bring_users(context: &Context<'_>, stage: usize) -> bool {
    context.stages[stage].steps.iter().any(|step| {
        let text = step.instruction.range.slice(context.text());
        let script = step.run().is_some_and(|run| {
            !run.is_known()
                || run.commands.iter().any(|item| {
                    item.command.program().is_some_and(|word| word.text.contains('/') || word.expands)
                        || matches!(item.command.name(), "sh" | "bash" | "." | "source")
                })
        });
        let copied = step.copy().is_some_and(|copy| copy.is_add || copy.may_create("/etc/passwd"));
        script || copied || text.contains("passwd")
    })
}

/// Where a stage creates a user of a name.
fn creates(context: &Context<'_>, stage: usize, name: &str) -> Option<TextRange> {
    context.stages[stage].runs().find_map(|(_, run)| {
        let makes = ["useradd", "adduser", "groupadd", "addgroup"];
        let item = run.named(&makes).find(|item| item.command.args().iter().any(|arg| arg.text == name))?;
        Some(run.place_of_command(&item.command))
    })
}
