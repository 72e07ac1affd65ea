//! A scan as `OpenVEX` (openvex.dev, specification 0.2.0): what is wrong is `affected`, with what to do about it, and what is excused is
//! what was said of it. The same scan gives the same document.

use std::io::{self, Write};

use facts::Vulnerability;
use kit::Digest;
use serde_json::{Value, json};

use crate::inventory::sentence;
use crate::time::date;
use crate::{Scan, ScanFormat};

pub(crate) static FORMAT: ScanFormat = ScanFormat {
    name: "openvex",
    media_type: "application/vnd.openvex+json",
    wants_page: false,
    render: write,
};

/// The justifications that the specification knows.
const JUSTIFICATIONS: &[&str] = &[
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

fn write(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let affected = scan.vulnerabilities.iter().filter_map(|one| {
        let component = scan.sbom.inventory.components.get(one.component)?;
        let mut value = statement(scan, one, "affected")?;
        value["action_statement"] = json!(sentence(one, component));
        Some(value)
    });
    let excused = scan.excused.iter().filter_map(|one| {
        let (status, reason) = (one.excuse.status.as_str(), one.excuse.reason.as_str());
        // What was accepted is still there.
        if status == "accepted" {
            let mut value = statement(scan, &one.vulnerability, "affected")?;
            value["action_statement"] = json!(format!("accepted: {reason}"));
            return Some(value);
        }
        let mut value = statement(scan, &one.vulnerability, status)?;
        if status == "not_affected" {
            let key = if JUSTIFICATIONS.contains(&reason) { "justification" } else { "impact_statement" };
            value[key] = json!(reason);
        }
        Some(value)
    });
    let statements: Vec<Value> = affected.chain(excused).collect();
    let mut document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": "cooper",
        "timestamp": date(scan.sbom.time),
        "version": 1,
        "statements": statements,
    });
    let digest = Digest::of(&serde_json::to_vec(&document)?).hex();
    document["@id"] = json!(format!("https://openvex.dev/docs/public/vex-{digest}"));
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn statement(scan: &Scan<'_>, one: &Vulnerability, status: &str) -> Option<Value> {
    let component = scan.sbom.inventory.components.get(one.component)?;
    let purl = facts::purl(&component.package, scan.sbom.inventory.distro.as_ref());
    let subject = scan.sbom.subject.digest.as_ref().unwrap_or(&scan.sbom.subject.name);
    Some(json!({
        "vulnerability": { "name": one.id, "aliases": one.aliases },
        "products": [{ "@id": subject, "subcomponents": [{ "@id": purl }] }],
        "status": status,
    }))
}
