//! # lint
//!
//! ## What it asks
//! That lint finds nothing of this in the Dockerfile: rules by code, name or alias, or all of a severity and worse.
//!
//! ## Why
//! See the page of each rule; `cooper lint` shows what they find.
//!
//! ## Example
//! ```toml,policy
//! lint = ["DL3002", "error"]
//! ```
//! ```image,passed
//! lint: CO101 no-latest-tag warning 1
//! ```
//! ```image,stopped
//! lint: CO101 no-latest-tag error 1
//! ```
//! ```image,stopped
//! lint: CO210 DL3002 warning 4
//! ```

use serde_json::{Value, json};

use super::checks::is_chosen;
use crate::evidence::Evidence;
use crate::gate::{Gate, Sink, setting};

pub(crate) static GATE: Gate = Gate {
    code: "GT009",
    name: "lint",
    summary: "findings of `cooper lint` that stop an image",
    schema: || json!({ "$ref": "#/$defs/texts" }),
    after_signing: false,
    run,
    source: include_str!("lint.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let chosen: Vec<String> = setting(value, "a list of rules and severities")?;
    let found = match evidence.lint() {
        Ok(found) => found,
        Err(why) => {
            sink.unknown("what lint finds", &why);
            return Ok(());
        }
    };
    for one in found {
        let ids: Vec<String> = std::iter::once(&one.code).chain(&one.names).cloned().collect();
        if chosen.iter().any(|choice| is_chosen(choice, &ids, one.severity)) {
            sink.stop(format!("{} [{}]", one.message, one.code))
                .at(Some(one.place.clone()))
                .about(ids)
                .help(format!("`cooper rule {}` says more", one.code));
        }
    }
    Ok(())
}
