//! `cooper ship`.

use std::path::PathBuf;

use app::AppError;
use app::ship::{Audience, End, Report, Request, Step};
use serde_json::{Value, json};

use super::{build, print};
use crate::exit;
use crate::human::parse_size;
use crate::password;
use crate::progress::Printer;
use crate::transfers::Transfers;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
#[group(id = "ship")]
pub(crate) struct Args {
    #[command(flatten)]
    build: build::Args,
    /// File of the private key [default: `key` of `[ship]` in cooper.toml].
    #[arg(long, value_name = "FILE")]
    key: Option<String>,
    /// File with its password [default: `COOPER_KEY_PASSWORD`, `COSIGN_PASSWORD`, or the terminal].
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A file of tests, as for `cooper test` [default: `tests` of `[ship]`, else the tests that `cooper test` has itself].
    #[arg(long, value_name = "FILE")]
    test: Vec<String>,
    /// The most bytes of the files of the image, where there is no file of tests.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "1GB")]
    max_size: u64,
    /// Do all but send the image.
    #[arg(long)]
    dry_run: bool,
    /// Write the report to a file, too, as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Ships an image; 1 when something keeps it from being shipped.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    crate::interrupt::end_in_order()?;
    let settings = &world.settings.ship;
    let key = args.key.as_ref().or(settings.key.as_ref()).ok_or_else(|| {
        AppError::usage("what is shipped is signed, and there is no key").help(
            "`--key FILE` names it, or `key` of `[ship]` in cooper.toml; `cooper key generate` makes one",
        )
    })?;
    let ask = || password::get(args.password_file.as_deref(), false);
    let request = Request {
        build: build::request(&world, &args.build)?,
        key,
        password: &ask,
        tests: if args.test.is_empty() { settings.tests.clone() } else { args.test.clone() },
        max_size: args.max_size,
        dry_run: args.dry_run,
    };
    let printer = Printer::new(args.build.progress(), global.quiet);
    let step = |step: &Step| {
        if !global.quiet && !global.json {
            anstream::eprint!("{}", line(step));
        }
    };
    let audience = Audience { build: &printer, push: &Transfers::new("sent", global.quiet), step: &step };
    let report = app::ship::ship(&world, &request, &audience)?;
    finish(global, args, report)
}

fn finish(global: &Global, args: &Args, report: Report) -> Result<u8, AppError> {
    let value = as_json(&report);
    if let Some(path) = &args.report {
        std::fs::write(path, format!("{value:#}\n"))?;
    }
    print(&if global.json { format!("{value}\n") } else { summary(&report) })?;
    let is_good = report.is_good();
    match report.error {
        Some(error) => Err(error),
        None => Ok(if is_good { exit::CLEAN } else { exit::FINDINGS }),
    }
}

fn line(step: &Step) -> String {
    let mut text = format!("ship: {} {} ({:.1?})\n", step.name, step.end.name(), step.took);
    for line in &step.lines {
        text += &format!("  {line}\n");
    }
    text
}

fn summary(report: &Report) -> String {
    let mut text = format!("{}\n", report.name);
    for step in &report.steps {
        let last = step.lines.last().filter(|_| step.end != End::Left).map_or("", String::as_str);
        text += &format!("  {:<8} {:<12} {last}\n", step.name, step.end.name());
    }
    let word = match (report.shipped, report.is_good()) {
        (true, _) => "shipped",
        (false, true) => "not sent: this was a dry run",
        (false, false) => "NOT SHIPPED",
    };
    let sent = report.steps.iter().any(|step| step.name == "push" && step.end != End::Left);
    let rest = if report.shipped || sent { "" } else { "; the registry got nothing" };
    text + &format!("  {word}{rest}\n")
}

fn as_json(report: &Report) -> Value {
    let step = |step: &Step| {
        json!({
            "name": step.name, "result": step.end.name(), "details": step.lines,
            "milliseconds": u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
        })
    };
    json!({
        "image": report.name, "digest": report.digest, "shipped": report.shipped,
        "steps": report.steps.iter().map(step).collect::<Vec<_>>(),
    })
}
