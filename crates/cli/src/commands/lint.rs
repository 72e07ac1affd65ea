//! `cooper lint` and `cooper rule`.

use app::AppError;
use facts::Severity;
use report::{RenderOptions, Report};

use super::print;
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Files and directories; `-` for standard input [default: this directory].
    paths: Vec<String>,
    /// Output format: human, json, sarif or github.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// The least severity that makes the exit code 1: error, warning, info, style or never.
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<String>,
    /// A rule that is off, by code, name or alias.
    #[arg(long, value_name = "RULE")]
    ignore: Vec<String>,
    /// A rule that is on though it is off by default.
    #[arg(long, value_name = "RULE")]
    enable: Vec<String>,
    /// Check only what this stage needs.
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RuleArgs {
    /// Code, name or alias of a rule [default: list all].
    rule: Option<String>,
}

/// Checks Dockerfiles and prints what was found.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    check(global, args, None, None)
}

/// `cooper build --check`: the same for the Dockerfile that would be built; `text` is given when it is no file of this
/// machine.
pub(crate) fn check_build(
    global: &Global,
    path: String,
    text: Option<String>,
    target: Option<String>,
    build: app::lint::Build,
) -> Result<u8, AppError> {
    let args = Args { paths: vec![path], target, ..Args::default() };
    check(global, &args, Some(build), text)
}

fn check(
    global: &Global,
    args: &Args,
    build: Option<app::lint::Build>,
    text: Option<String>,
) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let request = app::lint::Request {
        paths: args.paths.clone(),
        ignore: args.ignore.clone(),
        enable: args.enable.clone(),
        target: args.target.clone(),
        build,
        text,
    };
    let outcome = app::lint::lint(&world, &request, Some(&mut std::io::stdin()))?;
    let default = if global.json { "json" } else { "human" };
    let name = args.format.as_deref().unwrap_or(default);
    let format = report::format(name).ok_or_else(|| {
        let known: Vec<&str> = report::formats().iter().map(|format| format.name).collect();
        AppError::usage(format!("`{name}` is not an output format"))
            .help(format!("use one of: {}", known.join(", ")))
    })?;
    let rules = app::lint::rules();
    let report = Report { files: &outcome.files, findings: &outcome.findings, rules: &rules };
    let mut out = Vec::new();
    (format.render)(&report, &mut out, &RenderOptions { color: global.color_stdout() })?;
    print(&String::from_utf8_lossy(&out))?;
    let threshold = threshold(args.fail_on.as_deref().or(world.settings.lint.fail_on.as_deref()))?;
    let failed = threshold.is_some_and(|threshold| outcome.reaches(threshold));
    Ok(if failed { exit::FINDINGS } else { exit::CLEAN })
}

/// The severity that fails, a warning unless said otherwise; `None` when nothing does.
fn threshold(text: Option<&str>) -> Result<Option<Severity>, AppError> {
    match text {
        None => Ok(Some(Severity::Warning)),
        Some("never" | "none") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            AppError::usage(format!("`{text}` is not a severity"))
                .help("use error, warning, info, style or never")
        }),
    }
}

/// Lists the rules, or explains one.
pub(crate) fn rule(global: &Global, args: &RuleArgs) -> Result<u8, AppError> {
    let rules = app::lint::rules();
    let Some(wanted) = &args.rule else {
        let line = |rule: &report::RuleInfo| {
            format!("{}  {:8} {:36} {}\n", rule.code, rule.severity, rule.name, rule.summary)
        };
        print(&rules.iter().map(line).collect::<String>())?;
        return Ok(exit::CLEAN);
    };
    let text = app::lint::explain(wanted).ok_or_else(|| {
        AppError::usage(format!("there is no rule `{wanted}`")).help("`cooper rule` lists them")
    })?;
    print(if global.quiet { "" } else { &text })?;
    Ok(exit::CLEAN)
}
