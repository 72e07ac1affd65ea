//! # secret-file-copied
//!
//! ## What it does
//! Finds `COPY` and `ADD` of files whose name means a secret and nothing else: private SSH keys, `.netrc`,
//! `.git-credentials`, `.aws/credentials` and the like.
//!
//! ## Why
//! The secret is in a layer, for everybody who can pull the image, or, in a stage that is not shipped, who can read the
//! build cache.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! COPY id_rsa /root/.ssh/id_rsa
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! COPY id_rsa.pub /root/.ssh/authorized_keys
//! RUN --mount=type=ssh git clone git@example.com:a/b.git /opt/b
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::names::is_secret_file;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO105",
    name: "secret-file-copied",
    aliases: &["CIS-DI-0010"],
    severity: Severity::Error,
    summary: "a file that is a secret is copied into a layer",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("secret_file_copied.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(copy) = step.copy().filter(|copy| copy.is_context) else { return };
    let shipped = context.is_shipped(step.stage);
    for source in &copy.sources {
        let Some(path) = source.path.as_deref().filter(|path| is_secret_file(path)) else { continue };
        let place = if shipped { "the image" } else { "the build cache" };
        sink.report(source.range, format!("`{path}` is a secret and gets into {place}"))
            .severity(if shipped { Severity::Error } else { Severity::Warning })
            .help("mount it where it is needed: `RUN --mount=type=secret,id=…` or `--mount=type=ssh`");
    }
}
