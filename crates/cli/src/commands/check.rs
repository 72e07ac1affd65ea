//! `cooper check`.

use app::AppError;
use facts::Severity;

use super::scan::{Common, audit, chosen};
use super::unknown;
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: Common,
    /// Output format: table, json or sarif.
    #[arg(long, short = 'f', value_name = "FORMAT")]
    format: Option<String>,
    /// The least severity that makes the exit code 1: error, warning, info, style or never.
    #[arg(long, short = 't', value_name = "SEVERITY", default_value = "never")]
    fail_on: String,
    /// Leave out a check: its code, its name, or what dockle or the CIS benchmark calls it.
    #[arg(long, short = 'i', value_name = "CHECK")]
    ignore: Vec<String>,
    /// The least share of bytes that can be seen; with less the exit code is 1.
    #[arg(long, value_name = "0..1")]
    lowest_efficiency: Option<f64>,
    /// The most bytes that cannot be seen; with more the exit code is 1.
    #[arg(long, value_name = "BYTES")]
    highest_wasted_bytes: Option<u64>,
}

/// Checks a finished image.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let name = chosen(global, args.format.as_ref());
    let format = report::audit_format(name)
        .ok_or_else(|| unknown(name, report::audit_formats().iter().map(|one| one.name)))?;
    let fail_on = match args.fail_on.as_str() {
        "never" => None,
        text => Some(text.parse::<Severity>().map_err(|error| AppError::usage(error.to_string()))?),
    };
    let world = make(global, Needs::Namespace)?;
    let mut checked = app::scan::check(&world, &args.common.request(None))?;
    for check in app::scan::checks() {
        if args.ignore.iter().any(|name| check.is_called(name)) {
            checked.findings.retain(|one| one.code != check.code);
        }
    }
    let audit = audit(&checked);
    args.common.write(&world, |out| (format.render)(&audit, out))?;
    let worst = checked.findings.iter().map(|one| one.severity).max();
    let fails = fail_on.is_some_and(|least| worst.is_some_and(|worst| worst.reaches(least)))
        || args.lowest_efficiency.is_some_and(|least| checked.efficiency.score < least)
        || args.highest_wasted_bytes.is_some_and(|most| checked.efficiency.wasted > most);
    Ok(if fails { exit::FINDINGS } else { exit::CLEAN })
}
