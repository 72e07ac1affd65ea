//! Checks of an image as SARIF 2.1.0 (OASIS). A finding is at the line of the Dockerfile that made it so, where that is known.

use std::collections::BTreeMap;
use std::io::{self, Write};

use facts::{ImageFinding, ImagePlace, Severity};
use serde_json::{Value, json};

use super::{Audit, AuditFormat};
use crate::inventory::whence;
use crate::sarif::{self, by_line};

pub(crate) static FORMAT: AuditFormat =
    AuditFormat { name: "sarif", media_type: "application/sarif+json", render: write };

fn write(audit: &Audit<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (mut numbers, mut rules) = (BTreeMap::new(), Vec::new());
    let mut results = Vec::new();
    for one in audit.findings {
        let number = *numbers.entry(one.code).or_insert_with(|| {
            rules.push(rule(one));
            rules.len() - 1
        });
        results.push(result(one, number));
    }
    serde_json::to_writer_pretty(&mut *out, &sarif::log(&rules, None, results))?;
    writeln!(out)
}

fn rule(one: &ImageFinding) -> Value {
    json!({
        "id": one.code,
        "name": one.check,
        "shortDescription": { "text": one.check },
        "defaultConfiguration": { "level": level(one.severity) },
        "properties": { "tags": one.aliases },
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Style => "note",
    }
}

fn result(one: &ImageFinding, rule: usize) -> Value {
    let from = one.origin.as_ref().map(|origin| format!("; from {}", whence(origin))).unwrap_or_default();
    let location = one.origin.as_ref().and_then(by_line).unwrap_or_else(|| {
        let file = match &one.place {
            ImagePlace::File { path } => path.trim_start_matches('/'),
            _ => "Dockerfile",
        };
        json!({ "artifactLocation": { "uri": crate::uri(file) }, "region": { "startLine": 1 } })
    });
    json!({
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": level(one.severity),
        "message": { "text": format!("{}: {}{from}", one.place.text(), one.message) },
        "locations": [{ "physicalLocation": location }],
        "partialFingerprints": { "check/v1": format!("{}:{}", one.code, one.place.text()) },
    })
}
