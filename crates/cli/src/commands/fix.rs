//! `cooper fix`.

use app::AppError;
use app::fix::{Applied, Build, File, Outcome, Request, Verdict};
use serde_json::json;

use super::lint::RuleChoices;
use super::{fmt, print};
use crate::progress::{Mode, Printer};
use crate::world::{Global, Needs, make};
use crate::{exit, human};

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Args {
    /// Files and directories; `-` for standard input to standard output [default: this directory].
    paths: Vec<String>,
    /// Apply fixes that may change the image, too.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Write nothing; name the files that would change, and end with 1 if there are any.
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change, and end with 1 if there is anything.
    #[arg(long)]
    diff: bool,
    /// Pin images to digests and packages to versions, as registries and package indexes have them today.
    #[arg(long)]
    pin: bool,
    /// Build before and after, and keep only fixes that change nothing in the image but what they say.
    #[arg(long)]
    verify: bool,
    /// A build argument for `--verify`.
    #[arg(long, value_name = "NAME[=VALUE]")]
    build_arg: Vec<String>,
    /// The network of the steps for `--verify`: default, none or host.
    #[arg(long, value_name = "MODE")]
    network: Option<super::build::Network>,
    #[command(flatten)]
    choices: RuleChoices,
}

/// Mends Dockerfiles.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, if args.verify { Needs::Namespace } else { Needs::Nothing })?;
    let dry = args.check || args.diff;
    let mut lint = args.choices.request(&args.paths)?;
    lint.lookup = args.pin;
    if args.pin {
        lint.enable.push("unpinned-image".to_owned());
    }
    let verify = Build {
        context: lint.context.clone(),
        target: lint.target.clone(),
        build_args: app::pairs(&args.build_arg, &world.env),
        network: super::build::network_of(&world, args.network)?,
    };
    let request =
        Request { lint, unsafe_fixes: args.unsafe_fixes, write: !dry, verify: args.verify.then_some(verify) };
    let printer = Printer::new(Mode::Quiet, true);
    let outcome = app::fix::fix(&world, &request, &printer, Some(&mut std::io::stdin()))?;
    show(global, args, &outcome)?;
    let changes = |file: &File| file.new != file.old || !file.created.is_empty();
    let found = if dry && outcome.files.iter().any(changes) { exit::FINDINGS } else { exit::CLEAN };
    Ok(outcome.errors.iter().map(exit::of).max().unwrap_or(found))
}

fn show(global: &Global, args: &Args, outcome: &Outcome) -> Result<(), AppError> {
    let dry = args.check || args.diff;
    let stdin = args.paths == ["-"];
    if args.diff {
        let diff = |file: &File| report::unified_diff(&file.name, &file.old, &file.new);
        let all: String = outcome.files.iter().map(diff).collect();
        print(&if global.color_stdout() {
            all.split_inclusive('\n').map(fmt::colored).collect()
        } else {
            all
        })?;
    } else if stdin && !dry {
        print(&outcome.files.iter().map(|file| file.new.as_str()).collect::<String>())?;
    } else if global.json {
        print(&json(outcome))?;
    } else {
        print(&outcome.files.iter().map(|file| text(file, dry)).collect::<String>())?;
    }
    outcome.errors.iter().for_each(|error| human::error(error, global.color()));
    if !global.quiet && !stdin && !global.json {
        anstream::eprintln!("{}", summary(outcome, dry));
    }
    Ok(())
}

fn summary(outcome: &Outcome, dry: bool) -> String {
    let applied: usize = outcome.files.iter().map(|file| file.applied.len()).sum();
    let changed =
        outcome.files.iter().filter(|file| file.new != file.old || !file.created.is_empty()).count();
    let left: usize = outcome.files.iter().map(|file| file.findings.1).sum();
    let verb = if dry { "would be applied" } else { "applied" };
    let word = if applied == 1 { "fix" } else { "fixes" };
    let place = if changed == 1 { "file" } else { "files" };
    let withheld: usize = outcome.files.iter().map(|file| file.unsafe_fixes).sum();
    let mut more = match withheld {
        0 => String::new(),
        _ => format!(", {withheld} can be fixed with `--unsafe-fixes`"),
    };
    // Nothing is known of the findings of these.
    match outcome.errors.len() {
        0 => {}
        1 => more += "; 1 file is left as it was, for the error above",
        count => more += &format!("; {count} files are left as they were, for the errors above"),
    }
    format!(
        "{applied} {word} {verb} in {changed} {place}, {left} {} left{more}",
        if left == 1 { "finding" } else { "findings" }
    )
}

fn text(file: &File, dry: bool) -> String {
    let mut out = String::new();
    if !file.applied.is_empty() {
        let verb = if dry { "would fix" } else { "fixed" };
        out += &format!("{verb} {}\n", file.name);
    }
    let line = |fix: &Applied| format!("  line {}: {} ({})\n", fix.line, fix.description, fix.code);
    out.extend(file.applied.iter().map(line));
    out.extend(
        file.created.iter().map(|name| format!("{} {name}\n", if dry { "would add" } else { "added" })),
    );
    for fix in &file.left_out {
        out += &format!(
            "  left out in {} line {}: the fix of {}, as {}\n",
            file.name, fix.line, fix.code, fix.why
        );
    }
    if let Some(verdict) = &file.verdict {
        out += &verified(verdict, file.findings);
    }
    out
}

fn verified(verdict: &Verdict, findings: (usize, usize)) -> String {
    let (before, after) = verdict.size;
    let mut out = format!(
        "  verified: {} to {}, built in {} ms and {} ms, {} findings to {}\n",
        human::size(before),
        human::size(after),
        verdict.time.0,
        verdict.time.1,
        findings.0,
        findings.1
    );
    for difference in verdict.differences.iter().take(20) {
        out += &format!("    {difference}\n");
    }
    if verdict.differences.len() > 20 {
        out += &format!("    … and {} more\n", verdict.differences.len() - 20);
    }
    out
}

fn json(outcome: &Outcome) -> String {
    let files: Vec<_> = outcome.files.iter().map(file_json).collect();
    let errors: Vec<_> = outcome.errors.iter().map(|error| json!({ "message": error.message })).collect();
    format!("{:#}\n", json!({ "version": 1, "files": files, "errors": errors }))
}

fn file_json(file: &File) -> serde_json::Value {
    let applied = file.applied.iter().map(|fix| {
        json!({ "code": fix.code, "line": fix.line, "description": fix.description, "effects": fix.effects })
    });
    let left_out =
        file.left_out.iter().map(|fix| json!({ "code": fix.code, "line": fix.line, "why": fix.why }));
    let verdict = file.verdict.as_ref().map(|verdict| {
        json!({
            "size": { "before": verdict.size.0, "after": verdict.size.1 },
            "milliseconds": { "before": verdict.time.0, "after": verdict.time.1 },
            "differences": verdict.differences,
            "taken_back": verdict.taken_back,
        })
    });
    json!({
        "file": file.name,
        "changed": file.new != file.old,
        "applied": applied.collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
        "created": file.created,
        "findings": { "before": file.findings.0, "after": file.findings.1 },
        "verified": verdict,
    })
}
