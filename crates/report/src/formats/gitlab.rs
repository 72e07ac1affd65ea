//! The report that GitLab shows beside a merge request ("Code Quality"): an array of issues in the format of Code Climate.

use std::collections::BTreeMap;
use std::io::{self, Write};

use facts::{Finding, Severity};
use kit::Hasher;
use serde_json::{Value, json};

use crate::place::Places;
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "gitlab", media_type: "application/json", wants_rules: false, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &issues(report))?;
    writeln!(out)
}

/// The findings as issues.
pub(super) fn issues(report: &Report<'_>) -> Vec<Value> {
    let places = Places::new(report);
    let mut seen = BTreeMap::new();
    report.findings.iter().map(|finding| issue(report, &places, finding, &mut seen)).collect()
}

fn issue(
    report: &Report<'_>,
    places: &Places<'_>,
    finding: &Finding,
    seen: &mut BTreeMap<String, u32>,
) -> Value {
    let (start, end) = places.of(&finding.primary);
    let severity = match finding.severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "minor",
        Severity::Style => "info",
    };
    let security = ["CO1", "CO4", "CO5"].iter().any(|group| finding.code.starts_with(group));
    json!({
        "type": "issue",
        "check_name": finding.code,
        "description": finding.message,
        "content": { "body": finding.help.as_deref().unwrap_or(&finding.message) },
        "categories": [if security { "Security" } else { "Bug Risk" }],
        "severity": severity,
        "fingerprint": fingerprint(report, finding, seen),
        "location": {
            "path": finding.primary.file.trim_start_matches("./"),
            "lines": { "begin": start.line, "end": end.line },
        },
    })
}

/// A name of the finding that stays when lines above it come and go: its file, its rule, its text, and how many of these
/// came before.
fn fingerprint(report: &Report<'_>, finding: &Finding, seen: &mut BTreeMap<String, u32>) -> String {
    let mut hasher = Hasher::new();
    let text = finding.primary.range.slice(report.text(&finding.primary.file));
    for part in [&finding.primary.file, finding.code, text, &finding.message] {
        hasher.field(part.as_bytes());
    }
    let hash = hasher.finish().hex();
    let count = seen.entry(hash.clone()).or_default();
    *count += 1;
    if *count == 1 { hash } else { format!("{hash}-{count}") }
}
