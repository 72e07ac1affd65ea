//! # healthcheck-tool-missing
//!
//! ## What it does
//! Finds HEALTHCHECK with curl or wget in images whose base is known to lack it, and which do not install it.
//!
//! ## Why
//! The container counts as broken, though it works: the probe fails as its program is not found.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.12-slim
//! COPY app.py /app.py
//! USER 1000
//! HEALTHCHECK CMD ["curl", "-f", "http://localhost:8000/"]
//! CMD ["python", "/app.py"]
//! ```
//! ```dockerfile,good
//! FROM python:3.12-slim
//! COPY app.py /app.py
//! USER 1000
//! HEALTHCHECK CMD ["python", "/app.py", "--probe"]
//! CMD ["python", "/app.py"]
//! ```

use facts::Severity;
use syntax::{Form, Healthcheck, Statement};

use crate::context::Context;
use crate::flow::{image_steps, is_bare};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO228",
    name: "healthcheck-tool-missing",
    aliases: &[],
    severity: Severity::Warning,
    summary: "HEALTHCHECK runs a program that the image does not have",
    enabled: true,
    check: Check::File(check),
    source: include_str!("healthcheck_tool_missing.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    let probe = image_steps(context).filter_map(|step| match step.statement {
        Some(Statement::Healthcheck(Healthcheck::Cmd { form, .. })) => Some((step, form)),
        _ => None,
    });
    let Some((step, form)) = probe.last() else { return };
    let (program, range) = match form {
        Form::Json(words) => match words.first() {
            Some(word) => (word.value.clone(), word.range),
            None => return,
        },
        Form::Shell(text) => {
            (text.value.split_whitespace().next().unwrap_or_default().to_owned(), text.range)
        }
    };
    if !lacks(context, target.index, &program) {
        return;
    }
    let mentioned = image_steps(context).filter(|other| other.index != step.index).any(|other| {
        let text = other.instruction.range.slice(context.text());
        text.contains(program.as_str())
            || other.run().is_some_and(|run| !run.is_known())
            || text.contains("requirements") && text.contains("apt")
    });
    let archive = image_steps(context).filter_map(|step| step.copy()).any(|copy| {
        copy.is_add
            || copy.dest.as_deref().is_none_or(|dest| matches!(dest, "/" | "/usr" | "/bin" | "/usr/bin"))
    });
    if !mentioned && !archive && !installs_lists(context) {
        sink.report(range, format!("the image has no `{program}`"))
            .related(target.stage.base_range, "its base is known to lack it")
            .help("install it, or let the program itself do the probe");
    }
}

/// Whether packages are installed whose names are not known here, or a script is run that can do so.
fn installs_lists(context: &Context<'_>) -> bool {
    image_steps(context).filter_map(|step| step.run()).flat_map(|run| &run.commands).any(|item| {
        let script = item.command.program().is_some_and(|word| word.text.contains('/') || word.expands);
        let system = matches!(item.command.name(), "apt-get" | "apt" | "apk" | "xargs" | "sh" | "bash");
        script
            || system
                && (item.command.args().iter().any(|arg| arg.expands)
                    || matches!(item.command.name(), "sh" | "bash" | "xargs"))
    })
}

/// Whether the base of a stage is known to lack a program.
fn lacks(context: &Context<'_>, stage: usize, program: &str) -> bool {
    if !matches!(program, "curl" | "wget") {
        return false;
    }
    if is_bare(context, stage) {
        return true;
    }
    let Some((image, tag)) = context.root_image(stage) else { return false };
    let tag = tag.unwrap_or_default();
    let alpine = image == "alpine"
        || tag.contains("alpine") && matches!(image.as_str(), "node" | "python" | "golang" | "ruby");
    let slim = matches!(image.as_str(), "debian" | "ubuntu")
        || tag.contains("slim") && matches!(image.as_str(), "node" | "python" | "ruby" | "rust" | "perl");
    // busybox has a wget.
    if alpine { program == "curl" } else { slim }
}
