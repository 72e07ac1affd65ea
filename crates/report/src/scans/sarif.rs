//! A scan as SARIF 2.1.0 (OASIS), for code scanning services. A finding is at the line of the Dockerfile that brought the package, where that
//! is known, else in the file that names it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use facts::{Component, Risk, Secret, SecretPlace, Vulnerability};
use serde_json::{Value, json};

use crate::inventory::{sentence, whence};
use crate::sarif::{self, by_line};
use crate::{Scan, ScanFormat};

pub(crate) static FORMAT: ScanFormat =
    ScanFormat { name: "sarif", media_type: "application/sarif+json", wants_page: false, render: write };

fn write(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rules: BTreeMap<&str, &Vulnerability> = BTreeMap::new();
    for one in scan.vulnerabilities {
        let known = rules.entry(&one.id).or_insert(one);
        if one.risk > known.risk {
            *known = one;
        }
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(number, id)| (*id, number)).collect();
    let results = scan.vulnerabilities.iter().filter_map(|one| result(scan, one, index[one.id.as_str()]));
    let mut results: Vec<Value> = results.collect();
    let mut described: Vec<Value> = rules.values().map(|one| rule(one)).collect();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for one in scan.secrets.unwrap_or_default() {
        let number = *kinds.entry(&one.rule).or_insert_with(|| {
            described.push(secret_rule(one));
            described.len() - 1
        });
        results.push(secret(one, number));
    }
    let document = sarif::log(&described, None, results);
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn rule(one: &Vulnerability) -> Value {
    let summary = if one.summary.is_empty() { &one.id } else { &one.summary };
    json!({
        "id": one.id,
        "shortDescription": { "text": summary },
        "defaultConfiguration": { "level": level(one.risk) },
        // A number between 0 and 10, as code scanning services sort by it.
        "properties": { "security-severity": score(one.risk), "tags": ["security", "vulnerability"] },
    })
}

const fn level(risk: Risk) -> &'static str {
    match risk {
        Risk::Critical | Risk::High => "error",
        Risk::Medium => "warning",
        Risk::Low | Risk::Negligible | Risk::Unknown => "note",
    }
}

const fn score(risk: Risk) -> &'static str {
    match risk {
        Risk::Critical => "9.5",
        Risk::High => "8.0",
        Risk::Medium => "5.5",
        Risk::Low => "2.0",
        Risk::Negligible | Risk::Unknown => "0.0",
    }
}

fn result(scan: &Scan<'_>, one: &Vulnerability, rule: usize) -> Option<Value> {
    let component = scan.sbom.inventory.components.get(one.component)?;
    let package = &component.package;
    Some(json!({
        "ruleId": one.id,
        "ruleIndex": rule,
        "level": level(one.risk),
        "message": { "text": sentence(one, component) },
        "locations": [{ "physicalLocation": location(component) }],
        "partialFingerprints": { "package/v1": format!("{}:{}:{}", one.id, package.ecosystem.name(), package.name) },
    }))
}

fn secret_rule(one: &Secret) -> Value {
    json!({
        "id": format!("secret/{}", one.rule),
        "shortDescription": { "text": one.description },
        "defaultConfiguration": { "level": level(one.severity) },
        "properties": { "security-severity": score(one.severity), "tags": ["security", "secret"] },
    })
}

fn secret(one: &Secret, rule: usize) -> Value {
    let from = one.origin.as_ref().map(|origin| format!("; from {}", whence(origin))).unwrap_or_default();
    let hidden = one.hidden_by.map(|layer| format!("; layer {layer} hides it, and it can still be read"));
    let text = format!("{} in {}{from}{}", one.description, one.place.text(), hidden.unwrap_or_default());
    let location = match (one.origin.as_ref().and_then(by_line), &one.place) {
        (Some(location), _) => location,
        (None, SecretPlace::File { path, line, end_line, .. }) => json!({
            "artifactLocation": { "uri": crate::uri(path.trim_start_matches('/')) },
            "region": { "startLine": (*line).max(1), "endLine": (*end_line).max(1) },
        }),
        (None, _) => json!({ "artifactLocation": { "uri": "Dockerfile" }, "region": { "startLine": 1 } }),
    };
    json!({
        "ruleId": format!("secret/{}", one.rule),
        "ruleIndex": rule,
        "level": level(one.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": location }],
        "partialFingerprints": { "secret/v1": format!("{}:{}", one.fingerprint, one.mark) },
    })
}

fn location(component: &Component) -> Value {
    if let Some(location) = component.origin.as_ref().and_then(by_line) {
        return location;
    }
    let path = component.places.first().map_or("", |place| place.path.as_str());
    json!({ "artifactLocation": { "uri": crate::uri(path) }, "region": { "startLine": 1 } })
}
