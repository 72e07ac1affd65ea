//! JSON for programs. The shape is stable: fields are added, never renamed or removed.
//!
//! `{"version":1, "findings":[…], "summary":{"files":N, "error":N, "warning":N, "info":N, "style":N}}`. A finding
//! has `code`, `rule`, `severity`, `message`, `location`, `related` (each a location with `message`), `help`, `fix`
//! (`description`, `safety`, `edits` with `location` and `replacement`, `creates` with `path` and `text` of files that it
//! adds to the build context, `effects`: what it may change in the image), `aliases`, and `buildkit` (`detail` and the first
//! and last `lines` as `BuildKit` reports it) when one of its checks finds the same. A location has `file`,
//! `start` and `end`, each with `line` and `column` in characters from 1 and `offset` in bytes from 0; `end` is
//! behind the last character.

use std::io::{self, Write};

use facts::{Effect, Finding, Fix, Location, Safety, Severity};
use kit::TextRange;
use serde::{Serialize, Serializer};

use crate::place::{Places, shown};
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "json", media_type: "application/json", wants_rules: false, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    let places = Places::new(report);
    let count = |severity| report.count(severity);
    let document = Document {
        version: 1,
        findings: Findings(report, &places),
        summary: Summary {
            files: report.files.len(),
            error: count(Severity::Error),
            warning: count(Severity::Warning),
            info: count(Severity::Info),
            style: count(Severity::Style),
        },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// The whole, which is written finding by finding: there may be many.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Findings<'a>,
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    error: usize,
    warning: usize,
    info: usize,
    style: usize,
}

struct Findings<'a>(&'a Report<'a>, &'a Places<'a>);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.findings.iter().map(|item| Item::new(self.1, item)))
    }
}

#[derive(Serialize)]
struct Item<'a> {
    code: &'a str,
    rule: &'a str,
    severity: Severity,
    message: &'a str,
    location: Place<'a>,
    related: Vec<Related<'a>>,
    help: Option<&'a str>,
    fix: Option<FixItem<'a>>,
    aliases: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    buildkit: Option<Theirs<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct FixItem<'a> {
    description: &'a str,
    safety: Safety,
    edits: Vec<EditItem<'a>>,
    creates: Vec<Created<'a>>,
    effects: &'a [Effect],
}

#[derive(Serialize)]
struct EditItem<'a> {
    location: Place<'a>,
    replacement: &'a str,
}

#[derive(Serialize)]
struct Created<'a> {
    path: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Theirs<'a> {
    detail: &'a str,
    lines: [u32; 2],
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
    offset: u32,
}

impl<'a> Item<'a> {
    fn new(places: &Places<'a>, item: &'a Finding) -> Self {
        let file = item.primary.file.as_str();
        let related = |(place, message): &'a (Location, String)| Related {
            place: Place::new(places, &place.file, place.range, true),
            message,
        };
        let theirs = item.buildkit.as_ref().map(|theirs| {
            let (start, end) = places.exact(file, shown(places.text(file), theirs.range));
            Theirs { detail: &theirs.detail, lines: [start.line, end.line] }
        });
        Self {
            code: item.code,
            rule: item.rule,
            severity: item.severity,
            message: &item.message,
            location: Place::new(places, file, item.primary.range, true),
            related: item.related.iter().map(related).collect(),
            help: item.help.as_deref(),
            fix: item.fix.as_ref().map(|fix| FixItem::new(places, file, fix)),
            aliases: &item.aliases,
            buildkit: theirs,
        }
    }
}

impl<'a> FixItem<'a> {
    fn new(places: &Places<'a>, file: &'a str, fix: &'a Fix) -> Self {
        let edits = fix.edits.iter().map(|edit| EditItem {
            location: Place::new(places, file, edit.range, false),
            replacement: &edit.replacement,
        });
        Self {
            description: &fix.description,
            safety: fix.safety,
            edits: edits.collect(),
            creates: fix.creates.iter().map(|(path, text)| Created { path, text }).collect(),
            effects: &fix.effects,
        }
    }
}

impl<'a> Place<'a> {
    /// Edits need the range as it is, people one without the line end.
    fn new(places: &Places<'_>, file: &'a str, range: TextRange, is_cut: bool) -> Self {
        let seen = if is_cut { shown(places.text(file), range) } else { range };
        let (start, end) = places.exact(file, seen);
        Self {
            file,
            start: Point { line: start.line, column: start.col, offset: range.start },
            end: Point { line: end.line, column: end.col, offset: range.end },
        }
    }
}
