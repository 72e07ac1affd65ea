//! # shell-form-without-shell
//!
//! ## What it does
//! Finds CMD, ENTRYPOINT and HEALTHCHECK in shell form, and RUN, in images on `scratch` or distroless that no shell
//! is copied to.
//!
//! ## Why
//! The shell form is run by `/bin/sh`, which is not there: the container does not start.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.24 AS build
//! RUN CGO_ENABLED=0 go install example.com/tool@v1.2.3
//! FROM gcr.io/distroless/static-debian12:nonroot
//! COPY --from=build /go/bin/tool /tool
//! CMD /tool serve
//! ```
//! ```dockerfile,good
//! FROM golang:1.24 AS build
//! RUN CGO_ENABLED=0 go install example.com/tool@v1.2.3
//! FROM gcr.io/distroless/static-debian12:nonroot
//! COPY --from=build /go/bin/tool /tool
//! CMD ["/tool", "serve"]
//! ```

use facts::Severity;
use syntax::{Form, Healthcheck, Statement};

use crate::context::Context;
use crate::flow::{image_steps, is_bare};
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO227",
    name: "shell-form-without-shell",
    aliases: &[],
    severity: Severity::Error,
    summary: "a command in shell form in an image without a shell",
    enabled: true,
    check: Check::File(check),
    source: include_str!("shell_form_without_shell.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    if !is_bare(context, target.index) || image_steps(context).any(may_bring_shell) {
        return;
    }
    for step in image_steps(context) {
        let form = match step.statement {
            Some(Statement::Cmd(exec) | Statement::Entrypoint(exec)) => &exec.form,
            Some(Statement::Healthcheck(Healthcheck::Cmd { form, .. })) => form,
            _ => continue,
        };
        if let Form::Shell(text) = form {
            sink.report(text.range, "this needs a shell, which the image does not have")
                .related(target.stage.base_range, "the image begins here")
                .help("write it as a list: `[\"program\", \"argument\"]`");
        }
    }
}

/// Whether a step can put a shell into the image.
fn may_bring_shell(step: &Step<'_>) -> bool {
    if matches!(step.statement, Some(Statement::Shell(_) | Statement::Run(_))) {
        return true;
    }
    let Some(copy) = step.copy() else { return false };
    let shell =
        |path: &str| ["busybox", "/sh", "bash", "/bin", "toybox"].iter().any(|part| path.contains(part));
    let wide = copy.dest.as_deref().is_none_or(|dest| matches!(dest, "/" | "/bin" | "/usr" | "/usr/bin"));
    copy.is_add && wide
        || copy.dest.as_deref().is_some_and(|dest| matches!(dest, "/bin/sh" | "/bin" | "/busybox"))
        || copy.sources.iter().any(|source| match source.path.as_deref() {
            Some(path) => {
                wide && (path == "/"
                    || shell(path)
                    || path.ends_with('/')
                    || path.contains("root")
                    || path.contains('*')
                    || copy.from.is_none() && copy.is_context && path == ".")
            }
            None => true,
        })
}
