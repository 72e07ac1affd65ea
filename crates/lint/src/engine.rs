//! Runs the rules over a file.

use std::collections::BTreeMap;

use facts::Finding;
use image::Platform;
use stage::{Options, Problem, StageGraph};
use syntax::{Parse, parse};

use crate::context::Context;
use crate::model::Scripts;
use crate::pragma::Pragmas;
use crate::rule::{At, Check, Rule, rules};
use crate::settings::{Project, Settings};
use crate::sink::Sink;

/// What a user can choose.
#[derive(Debug, Clone, Default)]
pub struct LintOptions<'a> {
    /// Codes, names or aliases of rules that are off.
    pub ignore: Vec<String>,
    /// Codes, beginnings of codes, names or aliases of the rules that run alone; empty for all that are on.
    pub select: Vec<String>,
    /// Codes, names or aliases of rules that are on though they are off by default.
    pub enable: Vec<String>,
    /// The stage that is built: what it does not need is not reported.
    pub target: Option<String>,
    /// Values of build arguments.
    pub build_args: BTreeMap<String, String>,
    /// Names that `--build-context` gives.
    pub named_contexts: Vec<String>,
    /// Whether `build_args` are all that will be given, as for a build that is only checked.
    pub complete: bool,
    /// Finds what a build would refuse beyond the syntax and the stages. The planner does, which the linter does not
    /// know.
    pub refusals: Option<Refusals>,
    /// Choices for single rules.
    pub settings: Settings,
    /// What is known of the build context; nothing when there is only a text.
    pub project: Option<&'a dyn Project>,
}

/// Why a build of a file would be refused.
pub type Refusals = fn(&Parse, &StageGraph, &Options) -> Vec<Problem>;

impl LintOptions<'_> {
    fn runs(&self, rule: &Rule) -> bool {
        let named = |names: &[String]| names.iter().any(|name| rule.is_called(name));
        let begins = |name: &String| rule.code.starts_with(&name.to_ascii_uppercase()) && name.len() >= 2;
        let selected = named(&self.select) || self.select.iter().any(begins);
        let on = if self.select.is_empty() { rule.enabled } else { selected };
        (on || named(&self.enable) || rule.is_refusal()) && !named(&self.ignore)
    }
}

/// Checks a Dockerfile. `file` is how the user calls it. The findings are in the order of the text.
pub fn lint(file: &str, text: &str, options: &LintOptions<'_>) -> Vec<Finding> {
    let parse = parse(text);
    let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
    // The same findings on every machine: the platform is not that of the host.
    let platform = Platform::new("linux", "amd64", None);
    let graph_options = Options {
        platform: platform.clone(),
        build_platform: platform,
        build_args: options.build_args.clone(),
        target: options.target.clone(),
        named_contexts: options.named_contexts.clone(),
        all_stages: options.target.is_none(),
        complete: options.complete,
    };
    let graph = StageGraph::with_statements(&parse, &statements, &graph_options);
    let refused = options.refusals.map(|refusals| refusals(&parse, &graph, &graph_options));
    let scripts = Scripts::new(&parse, &statements, &graph);
    let context = Context::new(&parse, &statements, &graph, &scripts, refused.unwrap_or_default(), options);
    let mut findings = run(file, &context, options);
    let pragmas = Pragmas::new(&context);
    findings.retain(|finding| !pragmas.hide(finding) && wanted(&context, options, finding));
    findings
        .sort_by(|a, b| (a.primary.range, a.code, &a.message).cmp(&(b.primary.range, b.code, &b.message)));
    findings.dedup();
    findings
}

fn run(file: &str, context: &Context<'_>, options: &LintOptions<'_>) -> Vec<Finding> {
    let Some(first) = rules().first() else { return Vec::new() };
    let mut sink = Sink::new(file, first);
    for rule in rules().iter().filter(|rule| options.runs(rule)) {
        sink.enter(rule);
        run_check(&rule.check, context, &mut sink);
    }
    sink.into_findings()
}

fn run_check(check: &Check, context: &Context<'_>, sink: &mut Sink<'_>) {
    match check {
        Check::Step(check) => context.steps().for_each(|step| check(context, step, sink)),
        Check::StepOrTrigger(check) => {
            context.steps_and_triggers().for_each(|step| check(context, step, sink));
        }
        Check::Command(names, check) => commands(context, names, |at| check(context, at, sink)),
        Check::Stage(check) => context.stages.iter().for_each(|stage| check(context, stage, sink)),
        Check::File(check) => check(context, sink),
        Check::Each(checks) => checks.iter().for_each(|check| run_check(check, context, sink)),
    }
}

fn commands(context: &Context<'_>, names: &[&str], mut visit: impl FnMut(&At<'_, '_>)) {
    for step in context.steps_and_triggers() {
        let Some(run) = step.run() else { continue };
        for item in run.named(names) {
            visit(&At { step, run, item });
        }
    }
}

/// Whether the target needs what a finding is about; all is wanted when no target is named.
fn wanted(context: &Context<'_>, options: &LintOptions<'_>, finding: &Finding) -> bool {
    let at = finding.primary.range.start;
    let around = || context.graph.stages.iter().find(|stage| stage.range.contains(at));
    options.target.is_none() || around().is_none_or(|stage| context.is_needed(stage.index))
}
