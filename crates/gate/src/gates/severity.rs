//! # severity
//!
//! ## What it asks
//! That no package has a vulnerability of this severity or worse, whether there is a fixed version or not.
//!
//! ## Why
//! `fixable` is about what can be mended; this one is about what is too bad to go out at all. Where there are no advisories
//! (`cooper db update`), nothing is known, and the image is stopped.
//!
//! ## Example
//! ```toml,policy
//! severity = "critical"
//! ```
//! ```image,passed
//! vulnerability: CVE-2026-1 high openssl
//! ```
//! ```image,stopped
//! vulnerability: CVE-2026-1 critical openssl
//! ```

use serde_json::{Value, json};

use facts::{Risk, Vulnerability};

use crate::evidence::Evidence;
use crate::gate::{Gate, Place, Sink, setting};

pub(crate) static GATE: Gate = Gate {
    code: "GT012",
    name: "severity",
    summary: "no vulnerability so severe",
    schema: || json!({ "$ref": "#/$defs/risk" }),
    after_signing: false,
    run,
    source: include_str!("severity.rs"),
};

/// What the gates of vulnerabilities want to know.
const ASKED: &str = "what is wrong with its packages";

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let least = risk(value)?;
    vulnerabilities(evidence, sink, &format!("is {least} or worse"), |one| one.risk >= least);
    unrated(evidence, sink, (GATE.name, least), |_| true);
    Ok(())
}

/// A severity.
pub(super) fn risk(value: &Value) -> Result<Risk, String> {
    let text: String = setting(value, "a severity")?;
    text.parse().map_err(|error: facts::RiskError| error.to_string())
}

/// What nobody has rated passes a gate of severities, which should be known. `asks` is what else the gate asks for.
pub(super) fn unrated(
    evidence: &dyn Evidence,
    sink: &mut Sink,
    (name, least): (&str, Risk),
    asks: impl Fn(&Vulnerability) -> bool,
) {
    let Ok(scanned) = evidence.scan() else { return };
    let passes = |one: &&Vulnerability| one.risk == Risk::Unknown && least > Risk::Unknown && asks(one);
    let count = scanned.vulnerabilities.iter().filter(passes).count();
    if count > 0 {
        sink.note(format!(
            "{count} vulnerabilities have no known severity and pass `{name}`; `\"unknown\"` stops at any"
        ));
    }
}

/// Stops at vulnerabilities. Those that are excused without a last day are not excused here.
pub(super) fn vulnerabilities(
    evidence: &dyn Evidence,
    sink: &mut Sink,
    why: &str,
    is_bad: impl Fn(&Vulnerability) -> bool,
) {
    let scanned = match evidence.scan() {
        Ok(scanned) => scanned,
        Err(reason) => return sink.unknown(ASKED, &reason),
    };
    if let Some(reason) = &scanned.unknown {
        return sink.unknown(ASKED, reason);
    }
    let endless = |one: &&facts::Excused| one.excuse.status == "accepted" && one.excuse.expires.is_none();
    let open = scanned.vulnerabilities.iter().map(|one| (one, None));
    let endless =
        scanned.excused.iter().filter(endless).map(|one| (&one.vulnerability, Some(&one.excuse.file)));
    for (one, excused) in open.chain(endless).filter(|(one, _)| is_bad(one)) {
        let Some(component) = scanned.inventory.components.get(one.component) else { continue };
        let package = &component.package;
        let fixed = one.fixed.as_ref().map(|version| format!("; {version} has it fixed")).unwrap_or_default();
        let mut message =
            format!("{} ({}) in {} {} {why}{fixed}", one.id, one.risk, package.name, package.version);
        if let Some(file) = excused {
            message += &format!("; its exception in `{file}` has no last day (`expires`)");
        }
        let found = sink.stop(message);
        found.at(component.origin.as_ref().and_then(Place::of));
        found.about(std::iter::once(&one.id).chain(&one.aliases).cloned());
        found.package = Some((package.name.clone(), facts::purl(package, scanned.inventory.distro.as_ref())));
    }
}
