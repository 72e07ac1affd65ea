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
use stage::EdgeKind;

use crate::context::Context;
use crate::known::is_build_package;
use crate::model::{RunStep, StageModel, Step};
use crate::packages::{Call, Verb, names};
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
    for (step, run) in stage.runs() {
        if let Some((list, range)) = installed(step, run) {
            let verb = if list.len() == 1 { "is" } else { "are" };
            sink.report(range, format!("{} {verb} needed to build, but shipped in the image", names(&list)))
                .help("install it in a build stage and copy what comes out, or remove it in the same RUN");
        }
    }
}

/// The build packages that a RUN installs and leaves in its layer.
fn installed(step: &Step<'_>, run: &RunStep<'_>) -> Option<(Vec<String>, TextRange)> {
    let purges = run.named(&["dpkg"]).any(|item| item.command.option("--purge").is_some());
    if purges || run.calls().any(|call| is_system(&call) && call.verb() == Verb::Remove) {
        return None;
    }
    let mut names = Vec::new();
    let mut range: Option<TextRange> = None;
    for call in run.calls().filter(installs) {
        for package in call.packages(step).iter().filter(|package| is_build_package(&package.text)) {
            let place = run.place_of_arg(package.arg);
            range = Some(range.map_or(place, |known| known.cover(place)));
            if !names.iter().any(|name| name == package.name()) {
                names.push(package.name().to_owned());
            }
        }
    }
    Some((names, range?))
}

/// Packages of a virtual one are to be removed later.
fn installs(call: &Call<'_, '_>) -> bool {
    is_system(call) && call.verb() == Verb::Install && !call.has(&["-t", "--virtual"])
        || call.is("apt", Verb::Install)
}

fn is_system(call: &Call<'_, '_>) -> bool {
    matches!(call.manager().name, "apk" | "apt" | "dnf" | "yum" | "zypper")
}
