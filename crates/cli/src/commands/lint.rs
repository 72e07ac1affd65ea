//! `cooper lint` and `cooper rule`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use app::AppError;
use app::lint::{Outcome, Request};
use report::{RenderOptions, Report};

use super::{print, write_result};
use crate::world::{Global, Needs, make};
use crate::{exit, human};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Files and directories; `-` for standard input [default: this directory].
    paths: Vec<String>,
    /// Output format: human, line, json, sarif, github, gitlab, codeclimate, checkstyle or junit.
    #[arg(long, short = 'f', value_name = "FORMAT")]
    format: Option<String>,
    /// Write the report to a file.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<String>,
    /// The least severity that makes the exit code 1: error, warning, info, style or never.
    #[arg(long, short = 't', visible_alias = "failure-threshold", value_name = "SEVERITY")]
    fail_on: Option<String>,
    #[command(flatten)]
    pub(crate) choices: RuleChoices,
    /// File of old findings, which are not reported.
    #[arg(long, value_name = "FILE")]
    baseline: Option<String>,
    /// Write that file with the findings there are now.
    #[arg(long)]
    update_baseline: bool,
    /// Explain a rule, by code, name or alias.
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
    /// Check again whenever a file changes, until interrupted.
    #[arg(long)]
    watch: bool,
}

/// Which rules run, on what.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct RuleChoices {
    /// Only these rules: codes, their beginnings, names, aliases, or `all`.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// A rule that is off.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// A rule that is on though it is off by default.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    enable: Vec<String>,
    /// How bad a rule's findings are.
    #[arg(long, value_name = "RULE=SEVERITY")]
    severity: Vec<String>,
    /// Check only what this stage needs.
    #[arg(long, visible_alias = "stage", value_name = "STAGE")]
    pub(crate) target: Option<String>,
    /// Comments hide nothing.
    #[arg(long, visible_alias = "disable-ignore-pragma")]
    no_pragmas: bool,
    /// Search files that git ignores, too.
    #[arg(long)]
    no_gitignore: bool,
    /// hadolint's configuration [default: where hadolint looks for it].
    #[arg(long, value_name = "FILE")]
    hadolint_config: Option<String>,
    /// The directory of the build context.
    #[arg(long, value_name = "DIR")]
    context: Option<String>,
    /// What standard input is called in reports.
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin_filename: Option<String>,
}

impl RuleChoices {
    /// The request that they are.
    pub(crate) fn request(&self, paths: &[String]) -> Result<Request, AppError> {
        Ok(Request {
            paths: paths.to_vec(),
            stdin_name: self.stdin_filename.clone(),
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            enable: self.enable.clone(),
            severity: self.severities()?,
            no_pragmas: self.no_pragmas,
            no_gitignore: self.no_gitignore,
            target: self.target.clone(),
            hadolint: self.hadolint_config.clone(),
            context: self.context.clone(),
            ..Request::default()
        })
    }

    fn severities(&self) -> Result<BTreeMap<String, String>, AppError> {
        let one = |text: &String| {
            let pair = text.split_once('=').map(|(name, severity)| (name.to_owned(), severity.to_owned()));
            pair.ok_or_else(|| AppError::usage(format!("`{text}` is not `RULE=SEVERITY`")))
        };
        self.severity.iter().map(one).collect()
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct RuleArgs {
    /// Code, name or alias of a rule [default: list all].
    rule: Option<String>,
}

/// Checks Dockerfiles and prints what was found.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    if let Some(rule) = &args.explain {
        return explain(global, rule);
    }
    let request = Request {
        fail_on: args.fail_on.clone(),
        baseline: args.baseline.clone(),
        update_baseline: args.update_baseline,
        ..args.choices.request(&args.paths)?
    };
    if args.watch {
        return watch(global, args, &request);
    }
    let (code, _) = check(global, args, &request)?;
    Ok(code)
}

/// Checks of `BuildKit` whose rules are off unless a build is checked.
const BUILDKIT: &[&str] = &["SecretsUsedInArgOrEnv"];

/// `cooper build --check`: the same for the Dockerfile that would be built.
pub(crate) fn check_build(
    global: &Global,
    format: Option<String>,
    mut request: Request,
) -> Result<u8, AppError> {
    request.enable.extend(BUILDKIT.iter().map(|name| (*name).to_owned()));
    let as_docker = format.is_some();
    let (code, outcome) = check(global, &Args { format, ..Args::default() }, &request)?;
    let failed = outcome.findings.iter().any(|finding| finding.buildkit.is_some() || is_refusal(finding));
    match code {
        // What docker does not report does not fail what stands for docker's own check.
        exit::CLEAN | exit::FINDINGS if as_docker => Ok(if failed { exit::FINDINGS } else { exit::CLEAN }),
        code => Ok(code),
    }
}

fn is_refusal(finding: &facts::Finding) -> bool {
    finding.code.starts_with("CO00")
}

fn check(global: &Global, args: &Args, request: &Request) -> Result<(u8, Outcome), AppError> {
    let world = make(global, Needs::Nothing)?;
    let outcome = app::lint::lint(&world, request, Some(&mut std::io::stdin()))?;
    let shown = render(global, args, &outcome)?;
    write_result(&world, args.output.as_deref(), |out| out.write_all(shown.as_bytes()))?;
    if outcome.hidden > 0 && !global.quiet {
        anstream::eprintln!("{} old findings are in the baseline", outcome.hidden);
    }
    outcome.errors.iter().for_each(|error| human::error(error, global.color()));
    let failed = if outcome.fails() { exit::FINDINGS } else { exit::CLEAN };
    let code = outcome.errors.iter().map(exit::of).max().unwrap_or(failed);
    Ok((code, outcome))
}

fn render(global: &Global, args: &Args, outcome: &Outcome) -> Result<String, AppError> {
    let default = if global.json { "json" } else { "human" };
    let name =
        args.format.as_deref().or(outcome.format.as_deref().filter(|_| !global.json)).unwrap_or(default);
    let format = report::format(name).ok_or_else(|| {
        let known: Vec<&str> = report::formats().iter().map(|format| format.name).collect();
        AppError::usage(format!("`{name}` is not an output format"))
            .help(format!("use one of: {}", known.join(", ")))
    })?;
    let rules = if format.wants_rules { app::lint::rules() } else { Vec::new() };
    let report = Report {
        files: &outcome.files,
        findings: &outcome.findings,
        rules: &rules,
        refused: outcome.refused,
    };
    let mut out = Vec::new();
    let color = args.output.is_none() && global.color_stdout();
    (format.render)(&report, &mut out, &RenderOptions { color })?;
    Ok(String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// How often files are looked at.
const PERIOD: Duration = Duration::from_millis(300);

/// Checks, and again whenever one of the files, or which files there are, has changed.
fn watch(global: &Global, args: &Args, request: &Request) -> Result<u8, AppError> {
    if request.paths.iter().any(|path| path == "-") {
        return Err(AppError::usage("standard input cannot be watched"));
    }
    let files = || -> Result<Vec<PathBuf>, AppError> {
        Ok(app::lint::files(&make(global, Needs::Nothing)?, request))
    };
    loop {
        let watched = files()?;
        let before = state(&watched);
        let (code, _) = check(global, args, request)?;
        if !global.quiet {
            anstream::eprintln!("waiting for changes");
        }
        // Which files there are is looked at less often: that reads directories.
        for round in 1_u32.. {
            if sandbox::interrupted() {
                return Ok(code);
            }
            std::thread::sleep(PERIOD);
            if state(&watched) != before || (round % 10 == 0 && files()? != watched) {
                break;
            }
        }
    }
}

/// Sizes and times of the files.
fn state(files: &[PathBuf]) -> Vec<Option<(u64, SystemTime)>> {
    let of = |path: &PathBuf| {
        let meta = path.metadata().ok()?;
        Some((meta.len(), meta.modified().ok()?))
    };
    files.iter().map(of).collect()
}

/// Lists the rules, or explains one.
pub(crate) fn rule(global: &Global, args: &RuleArgs) -> Result<u8, AppError> {
    if let Some(wanted) = &args.rule {
        return explain(global, wanted);
    }
    let rules = app::lint::rules();
    if global.json {
        let entry = |code: &str,
                     name: &str,
                     severity: facts::Severity,
                     enabled: bool,
                     summary: &str,
                     aliases: &[&str]| {
            serde_json::json!({
                "code": code,
                "name": name,
                "severity": severity,
                "enabled": enabled,
                "summary": summary,
                "aliases": aliases,
            })
        };
        let of_rules = rules
            .iter()
            .map(|rule| entry(rule.code, rule.name, rule.severity, rule.enabled, rule.summary, rule.aliases));
        let of_checks = app::scan::checks()
            .iter()
            .map(|check| entry(check.code, check.name, check.severity, true, check.summary, check.aliases));
        let all = of_rules.chain(of_checks).collect();
        print(&format!("{:#}\n", serde_json::Value::Array(all)))?;
        return Ok(exit::CLEAN);
    }
    let line = |rule: &report::RuleInfo| {
        let on = if rule.enabled { ' ' } else { '-' };
        format!("{} {on} {:8} {:36} {}\n", rule.code, rule.severity, rule.name, rule.summary)
    };
    let of_image = |check: &&app::scan::Check| {
        format!("{}   {:8} {:36} {}\n", check.code, check.severity, check.name, check.summary)
    };
    let checks = app::scan::checks().iter().map(of_image);
    print(&rules.iter().map(line).chain(checks).collect::<String>())?;
    Ok(exit::CLEAN)
}

fn explain(global: &Global, wanted: &str) -> Result<u8, AppError> {
    let text = app::lint::explain(wanted).ok_or_else(|| {
        AppError::usage(format!("there is no rule `{wanted}`")).help("`cooper rule` lists them")
    })?;
    print(if global.quiet { "" } else { &text })?;
    Ok(exit::CLEAN)
}
