//! `cooper lint`: findings of Dockerfiles.

pub(crate) mod around;
pub(crate) mod baseline;
mod bases;
pub(crate) mod choices;
mod hadolint;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use facts::{Finding, Severity};
use image::Platform;
use report::RuleInfo;

use self::around::{Around, Asked, Lookups};
use self::baseline::Baseline;
use self::bases::BasePlatforms;
use self::choices::Choices;
use crate::dockerfile::{self, Source};
use crate::find::{self, Search};
use crate::{AppError, World, checks};

/// What is to be checked.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Request {
    /// Files and directories; `-` is standard input; none means the current directory.
    pub paths: Vec<String>,
    /// What standard input is called in messages.
    pub stdin_name: Option<String>,
    /// Codes, names or aliases of the rules that run alone, or beginnings of codes; `all` for all there are.
    pub select: Vec<String>,
    /// The same of rules that are off.
    pub ignore: Vec<String>,
    /// The same of rules that are on though they are off by default.
    pub enable: Vec<String>,
    /// How bad findings are, by code, name or alias.
    pub severity: BTreeMap<String, String>,
    /// The least severity that fails, or `never`.
    pub fail_on: Option<String>,
    /// Whether comments hide nothing.
    pub no_pragmas: bool,
    /// Whether files that git ignores are searched, too.
    pub no_gitignore: bool,
    /// Only what the target needs is checked.
    pub target: Option<String>,
    /// hadolint's configuration, when it is not where hadolint looks for it.
    pub hadolint: Option<String>,
    /// File of old findings.
    pub baseline: Option<String>,
    /// Whether that file is written anew with the findings there are.
    pub update_baseline: bool,
    /// The directory of the build context, where it is known.
    pub context: Option<String>,
    /// Whether registries and package indexes are asked for digests and versions.
    pub lookup: bool,
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
    /// `--platform`; that of this machine when there is none.
    pub platform: Option<Platform>,
}

/// What was found.
#[derive(Debug)]
pub struct Outcome {
    /// The files that were read: name and text.
    pub files: Vec<(String, String)>,
    /// The findings, by file and place.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub errors: Vec<AppError>,
    /// The least severity that fails; `None` when nothing does.
    pub fail_on: Option<Severity>,
    /// The format that a configuration asks for.
    pub format: Option<String>,
    /// Whether a file asks that findings of `BuildKit`'s checks fail, and there are any. Only builds that are checked are
    /// asked.
    pub refused: bool,
    /// How many old findings the baseline hides.
    pub hidden: usize,
}

impl Outcome {
    /// Whether any finding is as severe as what fails.
    pub fn fails(&self) -> bool {
        self.refused
            || self
                .fail_on
                .is_some_and(|least| self.findings.iter().any(|finding| finding.severity.reaches(least)))
    }
}

/// Checks all files of a request. What cannot be read does not keep others from it.
pub fn lint(world: &World, request: &Request, mut stdin: Option<&mut dyn Read>) -> Result<Outcome, AppError> {
    let mut choices = Choices::new(world, request)?;
    if let Some(build) = &request.build {
        checks::replace(&build.build_args, &mut choices.options)?;
    }
    let (sources, mut errors) = sources(world, request, &mut stdin);
    if let (Some(_), Some(context)) = (&request.build, &request.context) {
        let dockerfile = sources.first().and_then(|source| source.path.as_deref());
        errors.extend(crate::dockerfile::ignore(dockerfile, &world.path(context)).err());
    }
    let mut outcome = Outcome {
        findings: check_all(world, request, &choices, &sources).into_iter().flatten().collect(),
        files: sources.into_iter().map(|source| (source.name, source.text)).collect(),
        errors,
        fail_on: choices.fail_on,
        format: choices.format,
        hidden: 0,
        refused: false,
    };
    if let Some(build) = &request.build {
        outcome.refused = outcome.files.iter().any(|(_, text)| {
            let directive = checks::directive(&build.build_args, &syntax::parse(text));
            directive.error && outcome.findings.iter().any(|finding| checks::counts(&directive, finding))
        });
    }
    if let Some(path) = &choices.baseline {
        if request.update_baseline {
            Baseline::of(&outcome.files, &outcome.findings).save(path)?;
        }
        outcome.hidden = Baseline::load(path)?.hide(&outcome.files, &mut outcome.findings);
    } else if request.update_baseline {
        return Err(AppError::usage("no baseline file is named").help("name one with `--baseline FILE`"));
    }
    Ok(outcome)
}

/// The findings of each file, in the order of the files, made by as many threads as are worth it.
fn check_all(world: &World, request: &Request, choices: &Choices, sources: &[Source]) -> Vec<Vec<Finding>> {
    let lookups = request.lookup.then(|| Lookups::new(world));
    let context = request.context.as_ref().map(|path| world.path(path));
    let bases = request.build.is_some().then(|| BasePlatforms::new(world));
    let asked = Asked { lookups: lookups.as_ref(), bases: bases.as_ref() };
    let one = |source: &Source| check(choices, context.as_deref(), asked, source);
    let threads = world.cores.min(sources.len() / 16 + 1);
    if threads < 2 {
        return sources.iter().map(one).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || -> Vec<(usize, Vec<Finding>)> {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        numbers.map_while(|at| Some((at, one(sources.get(at)?)))).collect()
    };
    let mut found: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ends = workers.into_iter().map(std::thread::ScopedJoinHandle::join);
        ends.flat_map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, findings)| findings).collect()
}

/// The findings of a file.
pub(crate) fn check(
    choices: &Choices,
    context: Option<&Path>,
    asked: Asked<'_>,
    source: &Source,
) -> Vec<Finding> {
    let around = Around::new(source.path.as_deref(), context, asked);
    let mut options = choices.options_for(&source.name);
    options.project = around.as_ref().map(|around| around as &dyn lint_rules::Project);
    lint_rules::lint(&source.name, &source.text, &options)
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
        enabled: rule.enabled,
        summary: rule.summary,
        manual: rule.manual(),
    }
}

/// The pages of the manual of the rules, and of the checks of images, that a code, a name or an alias means, each with
/// what it is called elsewhere.
pub fn explain(name: &str) -> Option<String> {
    let rules = lint_rules::rules().iter().filter(|rule| rule.is_called(name)).map(|rule| rule.page());
    let checks = ::checks::checks().iter().filter(|check| check.is_called(name)).map(|check| check.page());
    let gates = ::gate::gates().iter().filter(|gate| gate.is_called(name)).map(|gate| gate.page());
    let text = rules.chain(checks).chain(gates).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// The files of this machine that a request is about.
pub fn files(world: &World, request: &Request) -> Vec<PathBuf> {
    let search = if request.no_gitignore { Search::All } else { Search::Git };
    let found = find::find(world, &request.paths, search);
    found.into_iter().filter(|(_, found)| found.is_ok()).map(|(name, _)| world.path(&name)).collect()
}

/// The Dockerfiles of a request, and what could not be read.
pub(crate) fn sources(
    world: &World,
    request: &Request,
    stdin: &mut Option<&mut dyn Read>,
) -> (Vec<Source>, Vec<AppError>) {
    if let (Some(text), [name]) = (&request.text, &request.paths[..]) {
        return (vec![Source { name: name.clone(), text: text.clone(), path: None }], Vec::new());
    }
    let search = if request.no_gitignore { Search::All } else { Search::Git };
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    for (name, found) in find::find(world, &request.paths, search) {
        let input: Option<&mut dyn Read> = match stdin {
            Some(input) => Some(&mut **input),
            None => None,
        };
        match found.and_then(|()| dockerfile::read(world, Some(&name), None, input)) {
            Ok(source) if source.path.is_none() => {
                let name = request.stdin_name.clone().unwrap_or(source.name);
                out.push(Source { name, ..source });
            }
            Ok(source) => out.push(source),
            Err(error) => errors.push(error),
        }
    }
    (out, errors)
}
