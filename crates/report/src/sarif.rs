//! The frame of a SARIF 2.1.0 log (OASIS), the same for findings of lint and of scans.

use facts::Origin;
use serde_json::{Value, json};

/// A log with one run of this program; `artifacts` are the files that it looked at, where these are told.
pub(crate) fn log(rules: &[Value], artifacts: Option<Vec<Value>>, results: Vec<Value>) -> Value {
    let mut run = json!({
        "tool": { "driver": { "name": "cooper", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
        "columnKind": "unicodeCodePoints",
    });
    if let Some(artifacts) = artifacts {
        run["artifacts"] = artifacts.into();
    }
    run["results"] = results.into();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    })
}

/// The line of the Dockerfile that an origin names.
pub(crate) fn by_line(origin: &Origin) -> Option<Value> {
    let (file, line) = (origin.file.as_ref()?, origin.line?);
    let region = json!({ "startLine": line, "endLine": origin.end_line.unwrap_or(line) });
    Some(
        json!({ "artifactLocation": { "uri": crate::uri(file), "uriBaseId": "%SRCROOT%" }, "region": region }),
    )
}
