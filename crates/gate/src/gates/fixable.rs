//! # fixable
//!
//! ## What it asks
//! That no package has a vulnerability of this severity or worse of which a fixed version is known.
//!
//! ## Why
//! What can be mended by an update need not go out.
//!
//! ## Example
//! ```toml,policy
//! fixable = "medium"
//! ```
//! ```image,passed
//! vulnerability: CVE-2026-1 critical openssl
//! vulnerability: CVE-2026-2 low zlib fixed 1.3
//! ```
//! ```image,stopped
//! vulnerability: CVE-2026-1 medium openssl fixed 3.0.2
//! ```

use serde_json::{Value, json};

use super::severity::{risk, unrated, vulnerabilities};
use crate::evidence::Evidence;
use crate::gate::{Gate, Sink};

pub(crate) static GATE: Gate = Gate {
    code: "GT006",
    name: "fixable",
    summary: "no vulnerability so severe for which there is a fixed version",
    schema: || json!({ "$ref": "#/$defs/risk" }),
    after_signing: false,
    run,
    source: include_str!("fixable.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let least = risk(value)?;
    vulnerabilities(evidence, sink, "has a fixed version", |one| one.risk >= least && one.fixed.is_some());
    unrated(evidence, sink, (GATE.name, least), |one| one.fixed.is_some());
    Ok(())
}
