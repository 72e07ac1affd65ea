//! `cooper lint`: findings of Dockerfiles.

use std::collections::BTreeMap;
use std::io::Read;

use facts::{Finding, Severity};
use report::RuleInfo;

use crate::dockerfile::{self, Source};
use crate::{AppError, World};

/// What is to be checked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Files and directories; `-` is standard input; none means the current directory.
    pub paths: Vec<String>,
    /// Codes, names or aliases of rules that are off.
    pub ignore: Vec<String>,
    /// The same of rules that are on though they are off by default.
    pub enable: Vec<String>,
    /// Only what the target needs is checked.
    pub target: Option<String>,
    /// The build that is checked, when it is one: its arguments and contexts are then all there are.
    pub build: Option<Build>,
    /// The text of the file, when it is in hand; the path is its name then.
    pub text: Option<String>,
}

/// What is given to a build that is only checked.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// Names of `--build-context`.
    pub contexts: Vec<String>,
}

/// What was found.
#[derive(Debug)]
pub struct Outcome {
    /// The files that were read: name and text.
    pub files: Vec<(String, String)>,
    /// The findings, by file and place.
    pub findings: Vec<Finding>,
}

impl Outcome {
    /// Whether any finding is as severe as `threshold`.
    pub fn reaches(&self, threshold: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity.reaches(threshold))
    }
}

/// Checks all files of a request.
pub fn lint(world: &World, request: &Request, mut stdin: Option<&mut dyn Read>) -> Result<Outcome, AppError> {
    let mut outcome = Outcome { files: Vec::new(), findings: Vec::new() };
    let mut ignore = request.ignore.clone();
    ignore.extend(world.settings.lint.ignore.clone());
    let mut enable = request.enable.clone();
    enable.extend(world.settings.lint.enable.clone());
    let build = request.build.clone().unwrap_or_default();
    let options = lint_rules::LintOptions {
        ignore,
        enable,
        target: request.target.clone(),
        build_args: build.build_args,
        named_contexts: build.contexts.iter().map(|name| context_name(name)).collect(),
        complete: request.build.is_some(),
        refusals: Some(plan::refusals),
        ..lint_rules::LintOptions::default()
    };
    for source in sources(world, request, &mut stdin)? {
        outcome.findings.extend(lint_rules::lint(&source.name, &source.text, &options));
        outcome.files.push((source.name, source.text));
    }
    Ok(outcome)
}

/// The name of a context, whatever platform it is for: a check is made for all of them.
fn context_name(name: &str) -> String {
    let name = image::context_name(name);
    name.split_once("::").map_or_else(|| name.clone(), |(name, _)| name.to_owned())
}

/// All rules, by code.
pub fn rules() -> Vec<RuleInfo> {
    lint_rules::rules().iter().map(|rule| info(rule)).collect()
}

fn info(rule: &lint_rules::Rule) -> RuleInfo {
    RuleInfo {
        code: rule.code,
        name: rule.name,
        aliases: rule.aliases,
        severity: rule.severity,
        summary: rule.summary,
        manual: rule.manual(),
    }
}

/// The page of the manual of a rule, by code, name or alias.
pub fn explain(name: &str) -> Option<String> {
    lint_rules::find_rule(name).map(lint_rules::Rule::manual)
}

fn sources(
    world: &World,
    request: &Request,
    stdin: &mut Option<&mut dyn Read>,
) -> Result<Vec<Source>, AppError> {
    if let (Some(text), [name]) = (&request.text, &request.paths[..]) {
        return Ok(vec![Source { name: name.clone(), text: text.clone(), path: None }]);
    }
    let mut out = Vec::new();
    for (name, found) in dockerfile::find(world, &request.paths) {
        found?;
        let input: Option<&mut dyn Read> = match stdin {
            Some(input) => Some(&mut **input),
            None => None,
        };
        out.push(dockerfile::read(world, Some(&name), None, input)?);
    }
    Ok(out)
}
