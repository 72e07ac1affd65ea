//! # cloud-credential
//!
//! ## What it does
//! Finds well-known variables with credentials of clouds in the final stage, files that such a variable names and that
//! are copied, and commands that log in to a cloud without a secret mount.
//!
//! ## Why
//! They become part of the image or of its history.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! COPY key.json /app/key.json
//! ENV GOOGLE_APPLICATION_CREDENTIALS=/app/key.json
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ENV GOOGLE_APPLICATION_CREDENTIALS=/run/secrets/key.json
//! USER 1000
//! ```

use facts::Severity;
use syntax::{MountKind, Spanned, Statement};

use crate::context::Context;
use crate::model::{StageModel, Step};
use crate::paths::is_within;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO112",
    name: "cloud-credential",
    aliases: &["DS-0031", "DL3064"],
    severity: Severity::Warning,
    summary: "the final stage gets credentials of a cloud",
    enabled: true,
    check: Check::File(check),
    source: include_str!("cloud_credential.rs"),
};

/// Variables that hold credentials.
const SECRETS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "GITHUB_TOKEN",
    "HF_TOKEN",
    "OPENAI_API_KEY",
];
/// What frameworks put before the names of variables that end up in a page.
const PREFIXES: &[&str] = &["VITE_", "REACT_APP_"];
/// Variables that name a file with credentials.
const FILES: &[&str] = &["AWS_CONFIG_FILE", "GOOGLE_APPLICATION_CREDENTIALS", "HF_TOKEN_PATH"];
/// What other tools call what is not about the name of a secret.
const FILE_ALIASES: [&str; 1] = ["DS-0031"];
/// Commands that log in.
const LOGINS: &[&[&str]] = &[
    &["aws", "configure", "set", "aws_access_key_id"],
    &["aws", "configure", "set", "aws_secret_access_key"],
    &["az", "login"],
    &["gcloud", "auth", "activate-service-account"],
];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    for step in &target.steps {
        for (key, value) in pairs(step) {
            variable(target, step, key, value, sink);
        }
        if let Some(Statement::Copy(copy)) = step.statement
            && let Some(name) = copy.dest.value.strip_prefix('$').filter(|name| FILES.contains(name))
        {
            sink.report(copy.dest.range, format!("the file that `{name}` names becomes part of the image"))
                .aliases(FILE_ALIASES)
                .help("mount it when the container runs");
        }
        logins(step, sink);
    }
}

fn pairs<'a>(step: &Step<'a>) -> Vec<(&'a Spanned<String>, Option<&'a Spanned<String>>)> {
    match step.statement {
        Some(Statement::Arg(args)) => args.iter().map(|arg| (&arg.key, arg.value.as_ref())).collect(),
        Some(Statement::Env(pairs)) => pairs.pairs.iter().map(|(key, value)| (key, Some(value))).collect(),
        _ => Vec::new(),
    }
}

fn variable(
    target: &StageModel<'_>,
    step: &Step<'_>,
    key: &Spanned<String>,
    value: Option<&Spanned<String>>,
    sink: &mut Sink<'_>,
) {
    let name = &key.value;
    let bare = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    if SECRETS.contains(&bare) {
        sink.report(key.range, format!("the credential `{name}` becomes part of the image"))
            .help("mount it where it is needed: `RUN --mount=type=secret,…`");
        return;
    }
    let path = value.filter(|_| FILES.contains(&name.as_str())).and_then(|value| step.expand(&value.value));
    let Some(path) = path.filter(|path| !path.is_empty()).map(|path| kit::absolute_path("/", &path)) else {
        return;
    };
    let copied = target
        .copies()
        .any(|(_, copy)| copy.dest.as_deref().is_some_and(|dest| dest != "/" && is_within(&path, dest)));
    if copied {
        sink.report(key.range, format!("the file that `{name}` names is copied into the image"))
            .aliases(FILE_ALIASES)
            .help("mount it when the container runs");
    }
}

fn logins(step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    if run.mounts.iter().any(|mount| mount.mount.kind == MountKind::Secret) {
        return;
    }
    for item in &run.commands {
        let words: Vec<&str> = item.command.operands().map(|word| word.text.as_ref()).collect();
        let logs_in = |login: &&[&str]| login[0] == item.command.name() && words.starts_with(&login[1..]);
        if LOGINS.iter().any(logs_in) {
            sink.report(run.place_of_command(&item.command), "a login leaves its credentials in the layer")
                .aliases(FILE_ALIASES)
                .help("do it with a secret mount, and in a stage that is not shipped");
        }
    }
}
