//! `cooper gate`.

use app::AppError;
use app::gate::{Judged, Outcome, Request, gate, rules};
use image::Platform;
use report::{RenderOptions, Report};

use super::{platform, unknown, write_result};
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Output format: human, json, line, sarif, github, gitlab, codeclimate, checkstyle or junit.
    #[arg(long, short = 'f', value_name = "FORMAT")]
    format: Option<String>,
    /// Write the report to a file.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<String>,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
    /// Directory in which the Dockerfile of the image is looked for [default: this one].
    #[arg(long, value_name = "DIR")]
    context: Option<String>,
    /// Exceptions with their reasons [default: `.cooper/exceptions.toml` when it is there].
    #[arg(long, value_name = "FILE")]
    exceptions: Option<String>,
    /// An `OpenVEX` document that says which vulnerabilities do not count.
    #[arg(long, value_name = "FILE")]
    vex: Vec<String>,
    /// Bring the advisories up to date first.
    #[arg(long)]
    update: bool,
    /// A gate that is not asked.
    #[arg(long, value_name = "GATE", value_delimiter = ',')]
    except: Vec<String>,
    /// The image: a name or a digest of the store, `oci-layout://DIR`, an archive, or a name at a registry.
    image: String,
}

/// Asks the gates of `[gate]`; 1 when one stops the image.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let name = args.format.as_deref().unwrap_or(if global.json { "json" } else { "human" });
    let world = make(global, Needs::Namespace)?;
    let request = Request {
        image: args.image.clone(),
        platform: args.platform.clone(),
        context: args.context.clone(),
        exceptions: args.exceptions.clone(),
        vex: args.vex.clone(),
        update: args.update,
        except: args.except.clone(),
        dockerfile: None,
    };
    let outcome = gate(&world, &request)?;
    let color = args.output.is_none() && global.color_stdout();
    let text = rendered(&outcome, name, color)?;
    if args.output.is_some() || !global.quiet || !outcome.passes() {
        write_result(&world, args.output.as_deref(), |out| out.write_all(text.as_bytes()))?;
    }
    Ok(if outcome.passes() { exit::CLEAN } else { exit::FINDINGS })
}

/// The verdict in a format.
pub(super) fn rendered(outcome: &Outcome, name: &str, color: bool) -> Result<String, AppError> {
    if name == "json" {
        return Ok(format!("{:#}\n", outcome.to_json()));
    }
    let format = report::format(name)
        .ok_or_else(|| unknown(name, report::formats().iter().map(|format| format.name)))?;
    let (files, findings) = (outcome.files(), outcome.findings());
    let rules = if format.wants_rules { rules() } else { Vec::new() };
    let report = Report { files: &files, findings: &findings, rules: &rules, refused: false };
    let mut out = Vec::new();
    (format.render)(&report, &mut out, &RenderOptions { color })?;
    let text = String::from_utf8_lossy(&out).into_owned();
    if name != "human" {
        return Ok(text);
    }
    // What the format sums up is said here by gates.
    let shown = text.trim_end().rsplit_once('\n').map_or("", |(findings, _)| findings);
    Ok(format!("{shown}{}{}", if findings.is_empty() { "" } else { "\n" }, summary(outcome)))
}

fn summary(outcome: &Outcome) -> String {
    let mut text = String::new();
    for judged in &outcome.gates {
        text += &line(judged, &outcome.policy.0);
        for (stop, excuse) in &judged.excused {
            let until = excuse.expires.as_deref().map(|day| format!(" until {day}")).unwrap_or_default();
            text += &format!("    excused{until}: {} ({})\n", stop.message, excuse.reason);
        }
    }
    for name in &outcome.skipped {
        text += &format!("  not asked  {name}\n");
    }
    for note in &outcome.notes {
        text += &format!("note: {note}\n");
    }
    let stopped = outcome.gates.iter().filter(|judged| !judged.stops.is_empty()).count();
    let count = outcome.gates.len();
    let digest = outcome.digest.as_deref().unwrap_or_default();
    if stopped == 0 {
        text + &format!("{}: passed {count} gates  {digest}\n", outcome.image)
    } else {
        text + &format!("{}: STOPPED by {stopped} of {count} gates  {digest}\n", outcome.image)
    }
}

fn line(judged: &Judged, file: &str) -> String {
    let at = judged.line.map(|line| format!("{file}:{line}")).unwrap_or_default();
    let (word, count) = match judged.stops.len() {
        0 => ("passed ", String::new()),
        count => ("STOPPED", format!("  {count}")),
    };
    format!("  {word}  {:<14} {at}{count}\n", judged.gate.name)
}
