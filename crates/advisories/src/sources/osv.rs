//! Advisories in the form of OSV (<https://ossf.github.io/osv-schema/>), one JSON document each: Go, `RustSec`, `PyPA`, `GitHub`,
//! `AlmaLinux` and others publish them so. Ranges of commits say nothing of packages and are left out; what was withdrawn is none.

use facts::{Ecosystem, Risk};
use serde::Deserialize;
use serde_json::Value;

use super::{Source, json_with};
use crate::ecosystems::osv_shard;
use crate::import::Sink;
use crate::{Advisory, Bounds, Part};

pub(crate) static SOURCE: Source = Source {
    name: "osv",
    title: "advisory in the form of OSV",
    knows: |name, bytes| is_yaml(name, bytes) || (json_with(bytes, "affected") && json_with(bytes, "id")),
    read,
};

/// Longer summaries are cut.
const MAX_SUMMARY: usize = 200;

#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    upstream: Vec<String>,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    severity: Vec<Score>,
    #[serde(default)]
    affected: Vec<Affected>,
    #[serde(default)]
    database_specific: Value,
}

#[derive(Deserialize)]
struct Score {
    #[serde(default)]
    score: String,
}

#[derive(Deserialize)]
struct Affected {
    #[serde(default)]
    package: Option<Package>,
    #[serde(default)]
    ranges: Vec<Range>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    severity: Vec<Score>,
    #[serde(default)]
    ecosystem_specific: Value,
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    ecosystem: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Range {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    introduced: Option<String>,
    #[serde(default)]
    fixed: Option<String>,
    #[serde(default)]
    last_affected: Option<String>,
}

/// Longer documents in YAML are none that anybody publishes.
const MAX_YAML: usize = 4 << 20;

fn read(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), String> {
    let document = if bytes.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    } else {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let value = yaml::json_of_texts(text, MAX_YAML)?;
        serde_json::from_value(value).map_err(|error| error.to_string())
    };
    let document: Document = document?;
    push(&document, sink);
    Ok(())
}

/// `PyPA` publishes the same in YAML.
fn is_yaml(name: &str, bytes: &[u8]) -> bool {
    let is_yaml = std::path::Path::new(name).extension().is_some_and(|end| end == "yaml" || end == "yml");
    is_yaml && bytes.trim_ascii_start().starts_with(b"id:")
}

fn push(document: &Document, sink: &mut Sink<'_>) {
    if document.withdrawn.is_some() {
        return;
    }
    // `GHSA` of `GHSA-xxxx-…`: a directory or an archive can have those of several.
    sink.published_by(document.id.split('-').next().unwrap_or_default());
    let aliases = if document.aliases.is_empty() { &document.upstream } else { &document.aliases };
    for affected in &document.affected {
        let Some(package) = &affected.package else { continue };
        let Some((shard, ecosystem)) = osv_shard(&package.ecosystem) else { continue };
        let ranges = affected.ranges.iter().filter(|range| range.kind != "GIT");
        let advisory = Advisory {
            id: document.id.clone(),
            aliases: aliases.clone(),
            risk: risk(document, affected),
            summary: summary(document),
            bounds: ranges.flat_map(bounds).collect(),
            // Ranges say it better where there are any, except in Python, whose versions need not have an order.
            versions: if affected.ranges.is_empty() || ecosystem == Ecosystem::Pypi {
                affected.versions.clone()
            } else {
                Vec::new()
            },
            parts: parts(affected),
        };
        sink.push(&shard, ecosystem, &package.name, advisory);
    }
}

/// What the advisories of Go say of packages (Go, "Go Vulnerability Database", `ecosystem_specific`).
fn parts(affected: &Affected) -> Vec<Part> {
    let texts = |value: &Value, name: &str| -> Vec<String> {
        let all = value.get(name).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let imports = affected.ecosystem_specific.get("imports").and_then(Value::as_array);
    let part = |value: &Value| Part {
        path: value.get("path").and_then(Value::as_str).unwrap_or_default().to_owned(),
        systems: texts(value, "goos"),
        architectures: texts(value, "goarch"),
    };
    imports.into_iter().flatten().map(part).filter(|part| !part.path.is_empty()).collect()
}

fn summary(document: &Document) -> String {
    let text = if document.summary.is_empty() { &document.details } else { &document.summary };
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().chars().take(MAX_SUMMARY).collect()
}

/// Events are in the order of versions, or each introduction before its end.
fn bounds(range: &Range) -> Vec<Bounds> {
    let mut all: Vec<Bounds> = Vec::new();
    for event in &range.events {
        if let Some(introduced) = &event.introduced {
            let introduced = if introduced == "0" { String::new() } else { introduced.clone() };
            all.push(Bounds { introduced, ..Bounds::default() });
        }
        let Some(open) = all.last_mut() else { continue };
        if let Some(fixed) = &event.fixed {
            open.fixed.clone_from(fixed);
        }
        if let Some(last) = event.last_affected.as_ref().filter(|_| open.fixed.is_empty()) {
            open.last.clone_from(last);
        }
    }
    all
}

/// What the source itself calls it, else its CVSS score.
fn risk(document: &Document, affected: &Affected) -> Risk {
    let named = [&document.database_specific, &affected.ecosystem_specific];
    let name = |value: &Value| value.get("severity").or_else(|| value.get("urgency"))?.as_str()?.parse().ok();
    if let Some(risk) = named.into_iter().find_map(name) {
        return risk;
    }
    let scores = affected.severity.iter().chain(&document.severity);
    scores.filter_map(|score| crate::cvss::score(&score.score)).map(Risk::of_score).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::sources::tests::said;

    #[test]
    fn ranges_are_read_by_their_events() {
        let text = r#"{"id": "GO-1", "summary": "s", "database_specific": {"severity": "MODERATE"}, "affected": [
            {"package": {"name": "a/b", "ecosystem": "Go"}, "ranges": [{"type": "SEMVER", "events": [
                {"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"last_affected": "2.5"}]},
                {"type": "GIT", "events": [{"introduced": "abc"}]}], "versions": ["1.0"]},
            {"package": {"name": "Py_X", "ecosystem": "PyPI"}, "versions": ["1.0", "1.1"]}]}"#;
        assert_eq!(said("a.json", text, "go", "a/b"), ["GO-1 medium ..1.2 2.0..=2.5"]);
        assert_eq!(said("a.json", text, "pypi", "py-x"), ["GO-1 medium 1.0,1.1"]);
    }

    #[test]
    fn what_was_withdrawn_is_none() {
        let text = r#"{"id": "A", "withdrawn": "2024-01-01T00:00:00Z", "affected": [{"package": {"name": "a", "ecosystem": "npm"}, "versions": ["1"]}]}"#;
        assert!(said("a.json", text, "npm", "a").is_empty());
    }
}
