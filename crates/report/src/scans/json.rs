//! A scan as JSON for programs. Fields are added, never renamed or removed.

use std::io::{self, Write};

use facts::Vulnerability;
use serde_json::{Value, json};

use crate::inventory::component;
use crate::{Scan, ScanFormat};

pub(crate) static FORMAT: ScanFormat =
    ScanFormat { name: "json", media_type: "application/json", render: write };

fn write(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let subject = scan.sbom.subject;
    let mut value = json!({
        "schema": "cooper/scan/1",
        "name": subject.name,
        "kind": subject.kind.name(),
        "digest": subject.digest,
        "distro": scan.sbom.inventory.distro,
        "packages": scan.sbom.inventory.components.len(),
        "vulnerabilities": scan.vulnerabilities.iter().map(|one| vulnerability(scan, one)).collect::<Vec<_>>(),
        "excused": scan.excused.iter().map(|one| {
            let mut value = vulnerability(scan, &one.vulnerability);
            value["excuse"] = json!(one.excuse);
            value
        }).collect::<Vec<_>>(),
        "notes": scan.notes,
    });
    if let Some(secrets) = scan.secrets {
        value["secrets"] = json!(secrets);
    }
    serde_json::to_writer_pretty(&mut *out, &value)?;
    writeln!(out)
}

fn vulnerability(scan: &Scan<'_>, one: &Vulnerability) -> Value {
    json!({
        "id": one.id,
        "aliases": one.aliases,
        "severity": one.risk,
        "summary": one.summary,
        "fixedVersion": one.fixed,
        "source": one.source,
        "attacks": one.attacks,
        "package": scan.sbom.inventory.components.get(one.component).map(|found| component(&scan.sbom, found)),
    })
}
