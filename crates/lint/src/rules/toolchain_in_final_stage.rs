//! # toolchain-in-final-stage
//!
//! ## What it does
//! Finds compilers, headers and build tools that are installed in the stage that is shipped, although the file has
//! build stages, unless the same RUN removes them again.
//!
//! ## Why
//! They make the image larger and give an attacker tools, and each brings vulnerabilities of its own.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.12-slim AS wheels
//! COPY requirements.txt /
//! RUN pip wheel --no-cache-dir -r requirements.txt -w /wheels
//! FROM python:3.12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends build-essential libpq-dev
//! COPY --from=wheels /wheels /wheels
//! RUN pip install --no-cache-dir /wheels/*.whl
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.12-slim AS wheels
//! RUN apt-get update && apt-get install -y --no-install-recommends build-essential libpq-dev
//! COPY requirements.txt /
//! RUN pip wheel --no-cache-dir -r requirements.txt -w /wheels
//! FROM python:3.12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends libpq5
//! COPY --from=wheels /wheels /wheels
//! RUN pip install --no-cache-dir /wheels/*.whl
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;
use shell::Invocation;
use stage::EdgeKind;

use crate::context::Context;
use crate::known::is_build_package;
use crate::model::{RunStep, StageModel};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO209",
    name: "toolchain-in-final-stage",
    aliases: &[],
    severity: Severity::Warning,
    summary: "build tools are installed in the stage that is shipped",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("toolchain_in_final_stage.rs"),
};

/// Words of stage names that are meant to have tools.
const WORKSHOPS: &[&str] = &["build", "ci", "debug", "dev", "sdk", "test", "tool"];

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let target = context.target().map_or(stage.index, |target| target.index);
    let label = context.graph.stages[target].label();
    let copies = context.graph.edges.iter().any(|edge| edge.to == target && edge.kind == EdgeKind::Copy);
    let workshop = WORKSHOPS.iter().any(|word| label.contains(word));
    if !copies || workshop || !context.is_shipped(stage.index) {
        return;
    }
    for (_, run) in stage.runs() {
        if let Some((names, range)) = installed(run) {
            sink.report(range, format!("{} needed to build, but shipped in the image", subject(&names)))
                .help("install it in a build stage and copy what comes out, or remove it in the same RUN");
        }
    }
}

/// Some names of a list, with their verb.
fn subject(names: &[&str]) -> String {
    const SHOWN: usize = 4;
    let list = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len() {
        1 => format!("{list} is"),
        count if count > SHOWN => format!("{list} and {} more are", count - SHOWN),
        _ => format!("{list} are"),
    }
}

/// The build packages that a RUN installs and leaves in its layer.
fn installed<'a>(run: &'a RunStep<'_>) -> Option<(Vec<&'a str>, TextRange)> {
    if run.commands.iter().any(|item| removes(&item.command)) {
        return None;
    }
    let mut names = Vec::new();
    let mut range: Option<TextRange> = None;
    for item in run.commands.iter().filter(|item| installs(&item.command)) {
        for word in item.command.operands().filter(|word| is_build_package(&word.text)) {
            let place = run.place_of_arg(word);
            range = Some(range.map_or(place, |known| known.cover(place)));
            let name = word.text.split(['=', '~', '>', '<']).next().unwrap_or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Some((names, range?))
}

fn installs(command: &Invocation<'_>) -> bool {
    let verb = command.operands().next().map_or("", |word| word.text.as_ref());
    match command.name() {
        "apk" => verb == "add" && command.option("--virtual").is_none() && command.option("-t").is_none(),
        "apt-get" | "apt" | "aptitude" | "yum" | "dnf" | "microdnf" | "zypper" | "tdnf" => {
            // `-t release` stands before the verb or behind it.
            command.operands().take(3).any(|word| word.text == "install")
        }
        _ => false,
    }
}

fn removes(command: &Invocation<'_>) -> bool {
    let verbs = ["remove", "purge", "autoremove", "del", "erase", "auto-remove"];
    matches!(
        command.name(),
        "apk" | "apt-get" | "apt" | "aptitude" | "yum" | "dnf" | "microdnf" | "zypper" | "tdnf" | "dpkg"
    ) && command.args().iter().any(|word| verbs.contains(&word.text.as_ref()) || word.text == "--purge")
}
