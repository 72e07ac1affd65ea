//! # checks
//!
//! ## What it asks
//! That no check of finished images finds something: those that are named, by code, name or alias, or all of a severity and worse.
//!
//! ## Why
//! See the page of each check; `cooper check` shows what they find.
//!
//! ## Example
//! ```toml,policy
//! checks = ["setuid-file", "error"]
//! ```
//! ```image,passed
//! check: IM013 update-alone warning
//! ```
//! ```image,stopped
//! check: IM012 setuid-file warning
//! ```

use serde_json::{Value, json};

use facts::Severity;

use crate::evidence::Evidence;
use crate::gate::{Gate, Place, Sink, setting};

pub(crate) static GATE: Gate = Gate {
    code: "GT004",
    name: "checks",
    summary: "findings of `cooper check` that stop an image",
    schema: || json!({ "$ref": "#/$defs/texts" }),
    after_signing: false,
    run,
    source: include_str!("checks.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let chosen: Vec<String> = setting(value, "a list of checks and severities")?;
    let found = match evidence.checks() {
        Ok(found) => found,
        Err(why) => {
            sink.unknown("what checks find", &why);
            return Ok(());
        }
    };
    for one in found {
        let names = [one.code, one.check].into_iter().chain(one.aliases.iter().copied());
        let ids: Vec<String> = names.map(str::to_owned).collect();
        if chosen.iter().any(|choice| is_chosen(choice, &ids, one.severity)) {
            let place = one.origin.as_ref().and_then(Place::of);
            sink.stop(format!("{} [{}], at `{}`", one.message, one.code, one.place.text()))
                .at(place)
                .about(ids)
                .help(format!("`cooper rule {}` says more", one.code));
        }
    }
    Ok(())
}

/// Whether a word names a finding, or a severity that it reaches.
pub(super) fn is_chosen(choice: &str, ids: &[String], severity: Severity) -> bool {
    choice.parse::<Severity>().is_ok_and(|least| severity.reaches(least))
        || ids.iter().any(|id| id.eq_ignore_ascii_case(choice))
}
