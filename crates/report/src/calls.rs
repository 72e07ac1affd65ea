//! What `docker build --call=outline` and `--call=targets` print, as text and as JSON.

use base64::Engine as _;
use kit::{LineIndex, TextRange};
use serde::Serialize;
use stage::{Outline, OutlineLent, Target};

/// What a target can be given, as tables.
pub fn outline_text(outline: &Outline) -> String {
    let mut out = String::new();
    if let Some(name) = &outline.name {
        let mut rows = vec![vec!["TARGET:", name]];
        rows.extend(outline.description.as_deref().map(|text| vec!["DESCRIPTION:", text]));
        out += &columns(&rows, 1);
        out.push('\n');
    }
    let args = outline.args.iter();
    let args: Vec<_> = args
        .map(|arg| vec![arg.name.as_str(), &arg.value, arg.description.as_deref().unwrap_or_default()])
        .collect();
    out += &table(&["BUILD ARG", "VALUE", "DESCRIPTION"], args);
    out += &table(&["SECRET", "REQUIRED"], lent(&outline.secrets));
    out += &table(&["SSH", "REQUIRED"], lent(&outline.ssh));
    out
}

fn lent(items: &[OutlineLent]) -> Vec<Vec<&str>> {
    items.iter().map(|item| vec![item.name.as_str(), if item.required { "true" } else { "" }]).collect()
}

/// The stages of a file, as a table.
pub fn targets_text(targets: &[Target]) -> String {
    let name = |target: &Target| match (&target.name, target.default) {
        (Some(name), true) => format!("{name} (default)"),
        (Some(name), false) => name.clone(),
        (None, true) => "(default)".to_owned(),
        (None, false) => String::new(),
    };
    let names: Vec<String> = targets.iter().map(name).collect();
    let mut rows = vec![vec!["TARGET", "DESCRIPTION"]];
    let described = targets.iter().map(|target| target.description.as_deref().unwrap_or_default());
    rows.extend(names.iter().zip(described).map(|(name, text)| vec![name.as_str(), text]));
    columns(&rows, 1)
}

/// A table and an empty line; nothing when it has no rows.
fn table<'a>(head: &[&'a str], body: Vec<Vec<&'a str>>) -> String {
    if body.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<&str>> = std::iter::once(head.to_vec()).chain(body).collect();
    columns(&rows, 3) + "\n"
}

/// Rows with all but the last column filled up to one width.
fn columns(rows: &[Vec<&str>], padding: usize) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default() + padding
    };
    let mut out = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let width = if column + 1 < row.len() { width(column) } else { 0 };
            out += &format!("{cell:width$}");
        }
        out.push('\n');
    }
    out
}

/// What a target can be given, as JSON with the text of the file.
pub fn outline_json(outline: &Outline, text: &str) -> String {
    let places = LineIndex::new(text);
    let place = |range| Place::new(text, &places, range);
    let args = outline.args.iter().map(|arg| Item {
        name: Some(&arg.name),
        description: arg.description.as_deref(),
        value: Some(arg.value.as_str()).filter(|value| !value.is_empty()),
        location: Some(place(arg.range)),
        ..Item::default()
    });
    render(&Document {
        name: outline.name.as_deref(),
        description: outline.description.as_deref(),
        args: args.collect(),
        secrets: outline.secrets.iter().map(|item| Item::lent(item, place(item.range))).collect(),
        ssh: outline.ssh.iter().map(|item| Item::lent(item, place(item.range))).collect(),
        targets: Vec::new(),
        sources: [base64(text)],
    })
}

/// The stages of a file, as JSON with its text.
pub fn targets_json(targets: &[Target], text: &str) -> String {
    let places = LineIndex::new(text);
    let place = |range| Place::new(text, &places, range);
    let targets = targets.iter().map(|target| Item::target(target, place(target.range))).collect();
    render(&Document { targets, sources: [base64(text)], ..Document::default() })
}

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn render(document: &Document<'_>) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default() + "\n"
}

/// The documents of both, whose fields are left out when they say nothing.
#[derive(Debug, Default, Serialize)]
struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ssh: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    targets: Vec<Item<'a>>,
    sources: [String; 1],
}

/// An argument, a secret, an agent or a stage.
#[derive(Debug, Default, Serialize)]
struct Item<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    required: bool,
    #[serde(skip_serializing_if = "is_false")]
    default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place>,
}

impl<'a> Item<'a> {
    fn lent(lent: &'a OutlineLent, place: Place) -> Self {
        Item { name: Some(&lent.name), required: lent.required, location: Some(place), ..Item::default() }
    }

    fn target(target: &'a Target, place: Place) -> Self {
        Item {
            name: target.name.as_deref(),
            description: target.description.as_deref(),
            default: target.default,
            base: Some(&target.base),
            platform: target.platform.as_deref(),
            location: Some(place),
            ..Item::default()
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// A range for each line of an instruction.
#[derive(Debug, Serialize)]
struct Place {
    ranges: Vec<Lines>,
}

#[derive(Debug, Serialize)]
struct Lines {
    start: Line,
    end: Line,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Line {
    line: u32,
}

impl Place {
    fn new(text: &str, places: &LineIndex, range: TextRange) -> Self {
        let range = crate::place::shown(text, range);
        let line = |offset| places.line_col(text, offset).line;
        let one = |line| Lines { start: Line { line }, end: Line { line } };
        Self { ranges: (line(range.start)..=line(range.end)).map(one).collect() }
    }
}

#[cfg(test)]
mod tests {
    use stage::OutlineArg;

    use super::*;

    const TEXT: &str = "FROM a AS b\nARG V=1 \\\n  W\nRUN x\n";

    fn outline() -> Outline {
        let arg = |name: &str, value: &str, description: Option<&str>| OutlineArg {
            name: name.to_owned(),
            description: description.map(str::to_owned),
            value: value.to_owned(),
            range: TextRange::of(12..25),
        };
        let secret = |name: &str, required| OutlineLent {
            name: name.to_owned(),
            required,
            range: TextRange::of(26..31),
        };
        Outline {
            name: Some("b".to_owned()),
            description: Some("does it".to_owned()),
            args: vec![arg("V", "1", Some("é")), arg("LONG_NAME", "", None)],
            secrets: vec![secret("token", true), secret("x", false)],
            ssh: Vec::new(),
        }
    }

    #[test]
    fn tables_are_filled_up() {
        let expect = "TARGET:      b\nDESCRIPTION: does it\n\nBUILD ARG   VALUE   DESCRIPTION\nV           1       é\n\
            LONG_NAME           \n\nSECRET   REQUIRED\ntoken    true\nx        \n\n";
        assert_eq!(outline_text(&outline()), expect);
        let nothing = Outline { name: None, description: None, args: vec![], secrets: vec![], ssh: vec![] };
        assert_eq!(outline_text(&nothing), "");
    }

    #[test]
    fn documents_leave_out_what_says_nothing() {
        let document: serde_json::Value = serde_json::from_str(&outline_json(&outline(), TEXT)).unwrap();
        let lines = |from: u32, to: u32| -> Vec<_> {
            (from..=to)
                .map(|line| serde_json::json!({ "start": { "line": line }, "end": { "line": line } }))
                .collect()
        };
        let place = serde_json::json!({ "ranges": lines(2, 3) });
        assert_eq!(document["args"][1], serde_json::json!({ "name": "LONG_NAME", "location": place }));
        let place = serde_json::json!({ "ranges": lines(4, 4) });
        assert_eq!(
            document["secrets"][0],
            serde_json::json!({ "name": "token", "required": true, "location": place })
        );
        assert_eq!(document["sources"][0], base64(TEXT));
        assert_eq!(document.get("ssh").or_else(|| document.get("targets")), None);
    }

    #[test]
    fn stages_are_listed_with_the_default_one_marked() {
        let target = |name: Option<&str>, default| Target {
            name: name.map(str::to_owned),
            description: name.map(|_| "text".to_owned()),
            default,
            base: "scratch".to_owned(),
            platform: None,
            range: TextRange::of(0..11),
        };
        let targets = [target(None, false), target(Some("app"), true)];
        assert_eq!(targets_text(&targets), "TARGET        DESCRIPTION\n              \napp (default) text\n");
        let document: serde_json::Value = serde_json::from_str(&targets_json(&targets, TEXT)).unwrap();
        assert_eq!(document["targets"][1]["default"], true);
        assert_eq!(document["targets"][0].get("name"), None);
    }
}
