//! JSON for programs. The shape is stable: fields are added, never renamed or removed.
//!
//! `{"version":1, "findings":[…], "summary":{"files":N, "error":N, "warning":N, "info":N, "style":N}}`. A finding
//! has `code`, `rule`, `severity`, `message`, `location`, `related` (each a location with `message`), `help`, `fix`
//! (`description`, `safety`, `edits` with `location` and `replacement`, `creates` with `path` and `text` of files that it
//! adds to the build context, `effects`: what it may change in the image) and `aliases`. A location has `file`,
//! `start` and `end`, each with `line` and `column` in characters from 1 and `offset` in bytes from 0; `end` is
//! behind the last character.

use std::io::{self, Write};

use facts::{Finding, Location, Severity};
use kit::{LineCol, TextRange};
use serde_json::{Value, json};

use crate::place::Places;
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "json", media_type: "application/json", wants_rules: false, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    let places = Places::new(report);
    let findings: Vec<Value> = report.findings.iter().map(|item| finding(&places, item)).collect();
    let mut summary = json!({ "files": report.files.len() });
    for severity in Severity::ALL {
        summary[severity.name()] = report.count(severity).into();
    }
    let document = json!({ "version": 1, "findings": findings, "summary": summary });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn finding(places: &Places<'_>, item: &Finding) -> Value {
    let file = &item.primary.file;
    let related = item.related.iter().map(|(place, message)| {
        let mut value = location(places, place);
        value["message"] = message.clone().into();
        value
    });
    let fix = item.fix.as_ref().map(|fix| {
        let edits = fix
            .edits
            .iter()
            .map(|edit| json!({ "location": at(places, file, edit.range), "replacement": edit.replacement }));
        json!({
            "description": fix.description,
            "safety": fix.safety,
            "edits": edits.collect::<Vec<_>>(),
            "creates": fix.creates.iter().map(|(path, text)| json!({ "path": path, "text": text })).collect::<Vec<_>>(),
            "effects": fix.effects,
        })
    });
    json!({
        "code": item.code,
        "rule": item.rule,
        "severity": item.severity,
        "message": item.message,
        "location": location(places, &item.primary),
        "related": related.collect::<Vec<_>>(),
        "help": item.help,
        "fix": fix,
        "aliases": item.aliases,
    })
}

fn location(places: &Places<'_>, place: &Location) -> Value {
    let (start, end) = places.of(place);
    object(&place.file, place.range, (start, end))
}

fn at(places: &Places<'_>, file: &str, range: TextRange) -> Value {
    object(file, range, places.exact(file, range))
}

fn object(file: &str, range: TextRange, (start, end): (LineCol, LineCol)) -> Value {
    json!({
        "file": file,
        "start": { "line": start.line, "column": start.col, "offset": range.start },
        "end": { "line": end.line, "column": end.col, "offset": range.end },
    })
}
