//! Checks of an image as JSON for programs. Fields are added, never renamed or removed.

use std::io::{self, Write};

use serde_json::json;

use super::{Audit, AuditFormat};

pub(crate) static FORMAT: AuditFormat =
    AuditFormat { name: "json", media_type: "application/json", render: write };

fn write(audit: &Audit<'_>, out: &mut dyn Write) -> io::Result<()> {
    let efficiency = audit.efficiency;
    let layers: Vec<_> = efficiency
        .layers
        .iter()
        .zip(audit.steps)
        .map(|(share, step)| {
            let mut value = json!(share);
            value["step"] = json!(step);
            value
        })
        .collect();
    let paths: Vec<_> = efficiency
        .paths
        .iter()
        .map(|path| {
            json!({
                "path": format!("/{}", path.path),
                "bytes": path.bytes,
                "layers": path.layers.iter().map(|layer| layer + 1).collect::<Vec<_>>(),
                "removedBy": path.removed_by.map(|layer| layer + 1),
            })
        })
        .collect();
    let value = json!({
        "schema": "cooper/check/1",
        "name": audit.subject.name,
        "digest": audit.subject.digest,
        "findings": audit.findings,
        "efficiency": {
            "score": efficiency.score,
            "totalBytes": efficiency.total,
            "wastedBytes": efficiency.wasted,
            "layers": layers,
            "paths": paths,
        },
    });
    serde_json::to_writer_pretty(&mut *out, &value)?;
    writeln!(out)
}
