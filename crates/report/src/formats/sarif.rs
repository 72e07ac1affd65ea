//! SARIF 2.1.0 (OASIS), for code scanning services and editors.

use std::io::{self, Write};

use facts::{Finding, Fix, Location, Severity};
use kit::LineCol;
use serde_json::{Value, json};

use crate::place::Places;
use crate::{Format, RenderOptions, Report, RuleInfo, sarif, uri};

pub(crate) static FORMAT: Format =
    Format { name: "sarif", media_type: "application/sarif+json", wants_rules: true, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    let places = Places::new(report);
    let mut known = Descriptors { rules: report.rules, added: Vec::new() };
    let results: Vec<Value> = report.findings.iter().map(|item| result(&mut known, &places, item)).collect();
    let artifacts: Vec<Value> =
        report.files.iter().map(|(file, _)| json!({ "location": artifact(file) })).collect();
    let document = sarif::log(&known.into_values(), Some(artifacts), results);
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// The rules that results name. Where other tools call a finding less than all that its rule is called, its rule is a
/// part of that rule, whose aliases are its own.
struct Descriptors<'a> {
    rules: &'a [RuleInfo],
    /// The id of each part, its rule and its aliases.
    added: Vec<(String, &'a RuleInfo, &'a [&'static str])>,
}

impl<'a> Descriptors<'a> {
    /// The id of the rule of a finding, and its place in the list.
    fn of(&mut self, item: &'a Finding) -> (String, Option<usize>) {
        let Some(index) = self.rules.iter().position(|rule| rule.code == item.code) else {
            return (item.code.to_owned(), None);
        };
        let info = &self.rules[index];
        if item.aliases == info.aliases {
            return (item.code.to_owned(), Some(index));
        }
        let name = if item.aliases.is_empty() { "own".to_owned() } else { item.aliases.join("+") };
        let id = format!("{}/{name}", item.code);
        let place = self.added.iter().position(|(added, ..)| *added == id).unwrap_or_else(|| {
            self.added.push((id.clone(), info, &item.aliases));
            self.added.len() - 1
        });
        (id, Some(self.rules.len() + place))
    }

    fn into_values(self) -> Vec<Value> {
        let whole = self.rules.iter().map(|info| rule(info.code, info, info.aliases));
        whole.chain(self.added.iter().map(|(id, info, aliases)| rule(id, info, aliases))).collect()
    }
}

fn rule(id: &str, info: &RuleInfo, aliases: &[&str]) -> Value {
    json!({
        "id": id,
        "name": info.name,
        "shortDescription": { "text": info.summary },
        "help": { "text": info.manual, "markdown": info.manual },
        "defaultConfiguration": { "level": level(info.severity), "enabled": info.enabled },
        "properties": { "aliases": aliases, "tags": tags(info) },
    })
}

/// Code scanning services show rules of the tag `security` apart from the others.
fn tags(info: &RuleInfo) -> &'static [&'static str] {
    let security = ["CO1", "CO4", "CO5"].iter().any(|group| info.code.starts_with(group));
    if security { &["security"] } else { &["correctness"] }
}

fn result<'a>(known: &mut Descriptors<'a>, places: &Places<'_>, item: &'a Finding) -> Value {
    let (id, index) = known.of(item);
    let mut value = json!({
        "ruleId": id,
        "level": level(item.severity),
        "message": { "text": message(item) },
        "locations": [{ "physicalLocation": physical(places, &item.primary) }],
    });
    if let Some(index) = index {
        value["ruleIndex"] = index.into();
    }
    if !item.related.is_empty() {
        let related = item.related.iter().enumerate().map(|(id, (place, text))| {
            json!({ "id": id, "physicalLocation": physical(places, place), "message": { "text": text } })
        });
        value["relatedLocations"] = related.collect();
    }
    if !item.aliases.is_empty() {
        value["properties"] = json!({ "aliases": item.aliases });
    }
    if let Some(fix) = item.fix.as_ref().filter(|fix| !fix.edits.is_empty() || !fix.creates.is_empty()) {
        value["fixes"] = json!([changes(places, &item.primary.file, fix)]);
    }
    value
}

fn message(item: &Finding) -> String {
    item.help.as_ref().map_or_else(|| item.message.clone(), |help| format!("{}\n{help}", item.message))
}

fn changes(places: &Places<'_>, file: &str, fix: &Fix) -> Value {
    let replacements = fix.edits.iter().map(|edit| {
        json!({
            "deletedRegion": region(places.exact(file, edit.range)),
            "insertedContent": { "text": edit.replacement },
        })
    });
    let own = json!({ "artifactLocation": artifact(file), "replacements": replacements.collect::<Vec<_>>() });
    let mut changes: Vec<Value> = Vec::new();
    changes.extend((!fix.edits.is_empty()).then_some(own));
    changes.extend(fix.creates.iter().map(|(path, text)| {
        let nothing = json!({ "charOffset": 0, "charLength": 0 });
        let inserted = json!({ "deletedRegion": nothing, "insertedContent": { "text": text } });
        json!({ "artifactLocation": artifact(path), "replacements": [inserted] })
    }));
    json!({
        "description": { "text": fix.description },
        "artifactChanges": changes,
        "properties": { "safety": fix.safety },
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Style => "note",
    }
}

fn physical(places: &Places<'_>, place: &Location) -> Value {
    json!({ "artifactLocation": artifact(&place.file), "region": region(places.of(place)) })
}

fn region((start, end): (LineCol, LineCol)) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.col,
        "endLine": end.line,
        "endColumn": end.col,
    })
}

/// A relative URI stays relative to the root of the sources, so that the file means the same on every machine.
fn artifact(file: &str) -> Value {
    let uri = uri(file);
    if file.starts_with('/') {
        return json!({ "uri": format!("file://{uri}") });
    }
    json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
}
