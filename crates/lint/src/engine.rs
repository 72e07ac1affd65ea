//! Runs the rules over a file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use facts::{Effect, Finding, Severity};
use image::Platform;
use kit::TextRange;
use stage::{Options, Problem, StageGraph};
use syntax::{Instruction, Keyword, Parse, Statement, SyntaxError, parse};

use crate::context::Context;
use crate::directive::CheckDirective;
use crate::model::Scripts;
use crate::pragma::Pragmas;
use crate::rule::{At, Check, Rule, find_rule, is_called, rules};
use crate::script::ScriptRules;
use crate::settings::{Project, Settings};
use crate::sink::Sink;

/// What a user can choose.
#[derive(Debug, Clone, Default)]
pub struct LintOptions<'a> {
    /// Codes, names or aliases of rules that are off, or beginnings of codes and aliases (`CO4`, `SC`); an alias hides
    /// the findings that answer to it alone.
    pub ignore: Vec<String>,
    /// The same of the rules that run alone; empty for all that are on, `all` for all there are.
    pub select: Vec<String>,
    /// The same of rules that are on though they are off by default.
    pub enable: Vec<String>,
    /// How bad findings are, where it is not as the rule has it: code, name or alias, and severity.
    pub severities: Vec<(String, Severity)>,
    /// Whether comments hide nothing.
    pub no_pragmas: bool,
    /// Whether a `# check=` directive says nothing, as something else is said in its place.
    pub no_directive: bool,
    /// The stage that is built: what it does not need is not reported.
    pub target: Option<String>,
    /// Values of build arguments.
    pub build_args: BTreeMap<String, String>,
    /// Names that `--build-context` gives.
    pub named_contexts: Vec<String>,
    /// Whether `build_args` are all that will be given, as for a build that is only checked.
    pub complete: bool,
    /// The platform that is built for, where it is known.
    pub platform: Option<Platform>,
    /// The platform of the machine that builds, where it is known.
    pub build_platform: Option<Platform>,
    /// Finds what a build would refuse beyond the syntax and the stages. The planner does, which the linter does not
    /// know.
    pub refusals: Option<Refusals>,
    /// Choices for single rules.
    pub settings: Settings,
    /// What is known of the build context; nothing when there is only a text.
    pub project: Option<&'a dyn Project>,
}

impl LintOptions<'_> {
    /// The platform that is built for.
    pub(crate) fn platform(&self) -> Platform {
        self.platform.clone().unwrap_or_else(usual_platform)
    }
}

/// The platform where none is said, so that there are the same findings on every machine.
fn usual_platform() -> Platform {
    Platform::new("linux", "amd64", None)
}

/// The statements of a file, one for each instruction.
type Statements = [Result<Statement, Vec<SyntaxError>>];

/// Why a build of a file would be refused.
pub type Refusals = fn(&Parse, &Statements, &StageGraph, &Options) -> Vec<Problem>;

/// Rules, and tables of those that look at commands and shell texts.
struct Chosen {
    rules: Vec<&'static Rule>,
    commands: CommandRules,
    scripts: ScriptRules,
}

impl Chosen {
    fn new(rules: Vec<&'static Rule>) -> Self {
        let (mut commands, mut scripts) = (CommandRules::default(), ScriptRules::default());
        for rule in &rules {
            commands.add(rule, &rule.check);
            scripts.add(rule, &rule.check);
        }
        Self { rules, commands, scripts }
    }
}

/// The rules that run when nothing is said of them, which are the same for all files.
static PLAIN: LazyLock<Chosen> = LazyLock::new(|| {
    let on = rules().iter().copied().filter(|rule| rule.enabled || rule.is_refusal());
    Chosen::new(on.collect())
});

/// The rules that run.
struct Selection<'a> {
    options: &'a LintOptions<'a>,
    /// Those that were asked for, when any were.
    own: Option<Chosen>,
}

impl<'a> Selection<'a> {
    fn new(options: &'a LintOptions<'a>, directive: &CheckDirective) -> Self {
        let plain = options.select.is_empty() && options.enable.is_empty() && options.ignore.is_empty();
        if plain && directive.experimental.is_empty() {
            return Self { options, own: None };
        }
        let wanted = rules().iter().copied().filter(|rule| Self::runs(options, directive, rule));
        Self { options, own: Some(Chosen::new(wanted.collect())) }
    }

    fn chosen(&self) -> &Chosen {
        self.own.as_ref().unwrap_or_else(|| &PLAIN)
    }

    fn runs(options: &LintOptions<'_>, directive: &CheckDirective, rule: &Rule) -> bool {
        let named = |names: &[String]| names.iter().any(|name| means(rule, name));
        let on = if options.select.is_empty() { rule.enabled } else { named(&options.select) };
        let asked = on || named(&options.enable) || named(&directive.experimental) || rule.is_refusal();
        let own =
            |name: &String| name.eq_ignore_ascii_case(rule.code) || name.eq_ignore_ascii_case(rule.name);
        asked && !options.ignore.iter().any(own)
    }

    /// Whether a finding of a rule that runs is wanted: a rule can answer to several of another tool.
    fn wants(&self, finding: &Finding) -> bool {
        let named = |names: &[String]| names.iter().any(|name| is_meant(finding, name));
        if !self.options.ignore.is_empty() && named(&self.options.ignore) {
            return false;
        }
        self.options.select.is_empty()
            || named(&self.options.select)
            || named(&self.options.enable)
            || find_rule(finding.code).is_some_and(Rule::is_refusal)
    }

    fn severity(&self, finding: &Finding) -> Severity {
        let mut wanted = self.options.severities.iter().rev();
        wanted.find(|(name, _)| is_called(finding, name)).map_or(finding.severity, |(_, severity)| *severity)
    }
}

/// Whether a word of a selection means a rule.
fn means(rule: &Rule, name: &str) -> bool {
    name.eq_ignore_ascii_case("all") || rule.is_called(name) || rule.begins_with(name)
}

pub(crate) fn is_meant(finding: &Finding, name: &str) -> bool {
    let begins = |known: &str| known.get(..name.len()).is_some_and(|part| part.eq_ignore_ascii_case(name));
    name.eq_ignore_ascii_case("all")
        || is_called(finding, name)
        || name.len() >= 2 && (begins(finding.code) || finding.aliases.iter().any(|alias| begins(alias)))
}

/// Checks a Dockerfile. `file` is how the user calls it. The findings are in the order of the text.
pub fn lint(file: &str, text: &str, options: &LintOptions<'_>) -> Vec<Finding> {
    let parse = parse(text);
    let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
    let graph_options = Options {
        platform: options.platform(),
        build_platform: options.build_platform.clone().unwrap_or_else(usual_platform),
        build_args: options.build_args.clone(),
        target: options.target.clone(),
        named_contexts: options.named_contexts.clone(),
        all_stages: options.target.is_none(),
        complete: options.complete,
    };
    let is_part = !options.complete && is_part(&parse);
    let graph_of = if is_part { StageGraph::of_part } else { StageGraph::with_statements };
    let graph = graph_of(&parse, &statements, &graph_options);
    let refusals = options.refusals.filter(|_| !is_part);
    let refused = refusals.map(|refusals| refusals(&parse, &statements, &graph, &graph_options));
    let scripts = Scripts::new(&parse, &statements, &graph);
    let context = Context::new(&parse, &statements, &graph, &scripts, refused.unwrap_or_default(), options);
    let directive = if options.no_directive { CheckDirective::default() } else { CheckDirective::of(&parse) };
    let selection = Selection::new(options, &directive);
    let mut findings = run(file, &context, &selection);
    for finding in findings.iter_mut().filter(|_| !options.severities.is_empty()) {
        finding.severity = selection.severity(finding);
    }
    findings
        .sort_by(|a, b| (a.primary.range, a.code, &a.message).cmp(&(b.primary.range, b.code, &b.message)));
    findings.dedup();
    findings
}

/// Whether a file has instructions but no FROM, as parts and templates of Dockerfiles are. A build refuses it.
fn is_part(parse: &Parse) -> bool {
    let is_known = |item: &Instruction| item.kind != Keyword::Unknown;
    parse.instructions().all(|item| item.kind != Keyword::From) && parse.instructions().any(is_known)
}

fn run(file: &str, context: &Context<'_>, selection: &Selection<'_>) -> Vec<Finding> {
    let Some(first) = rules().first() else { return Vec::new() };
    let pragmas = if selection.options.no_pragmas { Pragmas::default() } else { Pragmas::new(context) };
    let mut sink = Sink::new(file, first);
    let chosen = selection.chosen();
    for rule in &chosen.rules {
        sink.enter(rule);
        run_check(&rule.check, context, &mut sink);
    }
    chosen.commands.run(context, &mut sink);
    chosen.scripts.run(context, &mut sink);
    let mut findings = sink.into_findings();
    findings.retain(|finding| !pragmas.hide(finding) && selection.wants(finding));
    if !pragmas.all.is_empty() {
        findings.extend(of_pragmas(file, context, selection, &pragmas));
    }
    findings.retain(|finding| wanted(context, selection.options, finding));
    triggers(context, &mut findings);
    end_lines(context.text(), &mut findings);
    findings
}

/// A change in an ONBUILD changes what the image says of its triggers.
fn triggers(context: &Context<'_>, findings: &mut [Finding]) {
    let all = context.items().filter(|(_, statement)| matches!(statement, Some(Statement::Onbuild(_))));
    for (instruction, _) in all {
        let own = |finding: &&mut Finding| instruction.range.contains(finding.primary.range.start);
        for fix in findings.iter_mut().filter(own).filter_map(|finding| finding.fix.as_mut()) {
            fix.effects.push(Effect::Config("OnBuild"));
        }
    }
}

/// Fixes end their lines as the file does.
fn end_lines(text: &str, findings: &mut [Finding]) {
    if !text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r')) {
        return;
    }
    let fixes = findings.iter_mut().filter_map(|finding| finding.fix.as_mut());
    for edit in fixes.flat_map(|fix| &mut fix.edits) {
        if edit.replacement.contains('\n') {
            edit.replacement = edit.replacement.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        // To a shell, the last word of a line ends with the carriage return.
        let TextRange { start, end } = edit.range;
        if text[..end as usize].ends_with('\r') && text[end as usize..].starts_with('\n') {
            edit.range = TextRange::new(start.min(end - 1), end - 1);
        }
    }
}

/// What is wrong with the comments that hide findings, which is known when all others are there.
fn of_pragmas(
    file: &str,
    context: &Context<'_>,
    selection: &Selection<'_>,
    pragmas: &Pragmas,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in &selection.chosen().rules {
        if let Check::Pragmas(check) = rule.check {
            let mut sink = Sink::new(file, rule);
            check(context, pragmas, &mut sink);
            found.extend(sink.into_findings().into_iter().filter(|finding| selection.wants(finding)));
        }
    }
    found
}

fn run_check(check: &Check, context: &Context<'_>, sink: &mut Sink<'_>) {
    match check {
        Check::Step(check) => context.steps().for_each(|step| check(context, step, sink)),
        Check::StepOrTrigger(check) => {
            context.steps_and_triggers().for_each(|step| check(context, step, sink));
        }
        Check::Call(check) => {
            for (step, run) in context.steps_and_triggers().filter_map(|step| Some((step, step.run()?))) {
                for call in run.calls() {
                    let count = sink.count();
                    check(context, step, &call, sink);
                    if sink.count() > count && !call.is_seen_by_hadolint() {
                        sink.hide_from_hadolint(count);
                    }
                }
            }
        }
        Check::Stage(check) => context.stages.iter().for_each(|stage| check(context, stage, sink)),
        Check::File(check) => check(context, sink),
        Check::Each(checks) => checks.iter().for_each(|check| run_check(check, context, sink)),
        // These share a walk of their own.
        Check::Command(..)
        | Check::Pragmas(_)
        | Check::Script(_)
        | Check::Node(..)
        | Check::ScriptCommand(..)
        | Check::Condition(_) => {}
    }
}

/// Rules about commands, by the name of the command.
#[derive(Default)]
struct CommandRules(BTreeMap<&'static str, Vec<(&'static Rule, AtCommand)>>);

type AtCommand = fn(&Context<'_>, &At<'_, '_>, &mut Sink<'_>);

impl CommandRules {
    /// Adds a rule as far as it looks at commands.
    fn add(&mut self, rule: &'static Rule, check: &'static Check) {
        match check {
            Check::Command(names, check) => {
                names.iter().for_each(|name| self.0.entry(name).or_default().push((rule, *check)));
            }
            Check::Each(checks) => checks.iter().for_each(|check| self.add(rule, check)),
            _ => {}
        }
    }

    fn run(&self, context: &Context<'_>, sink: &mut Sink<'_>) {
        for (step, run) in context.steps_and_triggers().filter_map(|step| Some((step, step.run()?))) {
            for item in &run.commands {
                for (rule, check) in self.0.get(item.command.name()).into_iter().flatten() {
                    sink.enter(rule);
                    let count = sink.count();
                    check(context, &At { step, run, item }, sink);
                    if sink.count() > count && !run.is_plain(item) {
                        sink.hide_from_hadolint(count);
                    }
                }
            }
        }
    }
}

/// Checks that `BuildKit` makes before it knows which stages the target needs.
const OF_ALL_STAGES: &[&str] = &[
    "ConsistentInstructionCasing",
    "DuplicateStageName",
    "FromAsCasing",
    "FromPlatformFlagConstDisallowed",
    "InvalidDefaultArgInFrom",
    "MaintainerDeprecated",
    "NoEmptyContinuation",
    "RedundantTargetPlatform",
    "ReservedStageName",
    "StageNameCasing",
    "UndefinedArgInFrom",
];

/// Whether the target needs what a finding is about; all is wanted when no target is named.
fn wanted(context: &Context<'_>, options: &LintOptions<'_>, finding: &Finding) -> bool {
    let at = finding.primary.range.start;
    let around = || context.graph.stages.iter().find(|stage| stage.range.contains(at));
    let of_all = || finding.aliases.iter().any(|alias| OF_ALL_STAGES.contains(alias));
    options.target.is_none()
        || options.complete && of_all()
        || around().is_none_or(|stage| context.is_needed(stage.index))
}
