//! What is shown of inventories and scans, whatever the format.

use std::io;

use facts::{Component, Excused, Inventory, Origin, Secret, Subject, Vulnerability};
use serde_json::{Value, json};

use crate::Page;

/// An inventory with what it is of.
#[derive(Debug, Clone, Copy)]
pub struct Sbom<'a> {
    /// What was looked at.
    pub subject: &'a Subject,
    /// What is in it.
    pub inventory: &'a Inventory,
    /// Seconds since 1970 that the document carries, where its form asks for a time.
    pub time: i64,
}

/// A scan.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// What was looked at, and what is in it.
    pub sbom: Sbom<'a>,
    /// What is wrong, the worst first.
    pub vulnerabilities: &'a [Vulnerability],
    /// Secrets, where they were looked for.
    pub secrets: Option<&'a [Secret]>,
    /// What is wrong and does not count.
    pub excused: &'a [Excused],
    /// What is to be known of the answer: databases that are missing or old.
    pub notes: &'a [String],
    /// What a page shows besides.
    pub page: Option<Page<'a>>,
}

/// An output format of inventories.
#[derive(Debug)]
pub struct SbomFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its media type (RFC 6838).
    pub media_type: &'static str,
    /// Writes an inventory.
    pub render: fn(&Sbom<'_>, &mut dyn io::Write) -> io::Result<()>,
}

/// An output format of scans.
#[derive(Debug)]
pub struct ScanFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its media type (RFC 6838).
    pub media_type: &'static str,
    /// Whether it shows what a [`Page`] has.
    pub wants_page: bool,
    /// Writes a scan.
    pub render: fn(&Scan<'_>, &mut dyn io::Write) -> io::Result<()>,
}

/// The format of inventories of a name.
pub fn sbom_format(name: &str) -> Option<&'static SbomFormat> {
    sbom_formats().iter().copied().find(|format| format.name == name)
}

/// All formats of inventories, by name.
pub fn sbom_formats() -> &'static [&'static SbomFormat] {
    crate::sboms::ALL
}

/// The format of scans of a name.
pub fn scan_format(name: &str) -> Option<&'static ScanFormat> {
    scan_formats().iter().copied().find(|format| format.name == name)
}

/// All formats of scans, by name.
pub fn scan_formats() -> &'static [&'static ScanFormat] {
    crate::scans::ALL
}

/// A package as JSON of its own form.
pub(crate) fn component(sbom: &Sbom<'_>, one: &Component) -> Value {
    let package = &one.package;
    let mut out = json!({
        "purl": facts::purl(package, sbom.inventory.distro.as_ref()),
        "type": package.ecosystem.name(),
        "name": package.name,
        "version": package.version,
    });
    if !package.architecture.is_empty() {
        out["architecture"] = json!(package.architecture);
    }
    if let Some(source) = &package.source {
        out["source"] = json!(source);
    }
    if !package.licenses.is_empty() {
        out["licenses"] = json!(package.licenses);
    }
    if let Some(owner) = &one.owner {
        out["ownedBy"] = json!(owner);
    }
    out["locations"] = one
        .places
        .iter()
        .map(|place| {
            let digest = sbom.subject.diff_ids.get(place.layer);
            json!({ "path": format!("/{}", place.path), "layer": digest, "foundBy": place.cataloguer })
        })
        .collect();
    if let Some(origin) = &one.origin {
        out["origin"] = json!(origin);
    }
    out
}

/// A scan as JSON of its own form.
pub(crate) fn scan_document(scan: &Scan<'_>) -> Value {
    let subject = scan.sbom.subject;
    let mut value = json!({
        "schema": "cooper/scan/1",
        "name": subject.name,
        "kind": subject.kind.name(),
        "digest": subject.digest,
        "distro": scan.sbom.inventory.distro,
        "packages": scan.sbom.inventory.components.len(),
        "vulnerabilities": scan.vulnerabilities.iter().map(|one| vulnerability(scan, one)).collect::<Vec<_>>(),
        "excused": scan.excused.iter().map(|one| {
            let mut value = vulnerability(scan, &one.vulnerability);
            value["excuse"] = json!(one.excuse);
            value
        }).collect::<Vec<_>>(),
        "notes": scan.notes,
    });
    if let Some(secrets) = scan.secrets {
        value["secrets"] = json!(secrets);
    }
    value
}

fn vulnerability(scan: &Scan<'_>, one: &Vulnerability) -> Value {
    json!({
        "id": one.id,
        "aliases": one.aliases,
        "severity": one.risk,
        "summary": one.summary,
        "fixedVersion": one.fixed,
        "source": one.source,
        "attacks": one.attacks,
        "package": scan.sbom.inventory.components.get(one.component).map(|found| component(&scan.sbom, found)),
    })
}

/// What has a vulnerability, and how it is mended, in a sentence.
pub(crate) fn sentence(one: &Vulnerability, component: &Component) -> String {
    let package = &component.package;
    let fixed = match &one.fixed {
        Some(fixed) => format!("fixed in {fixed}"),
        None => "there is no fixed version yet".to_owned(),
    };
    let from =
        component.origin.as_ref().map(|origin| format!("; from {}", whence(origin))).unwrap_or_default();
    format!("{} {} has {}, {fixed}{from}", package.name, package.version, one.id)
}

/// The file in which a package is to be looked for, and the line: those of the Dockerfile where they are known.
pub(crate) fn place(component: &Component) -> (String, u32, u32) {
    let by_line = component
        .origin
        .as_ref()
        .and_then(|origin| Some((origin.file.clone()?, origin.line?, origin.end_line.or(origin.line)?)));
    let path = || component.places.first().map(|place| place.path.clone()).unwrap_or_default();
    by_line.unwrap_or_else(|| (path(), 1, 1))
}

/// Where a package comes from, in a few words: `Dockerfile:3 RUN apt-get …`.
pub fn whence(origin: &Origin) -> String {
    let layer = || {
        let by = origin.created_by.as_deref().map(|by| format!(": {}", cut(by))).unwrap_or_default();
        format!("layer {}{by}", origin.layer)
    };
    let Some(file) = &origin.file else { return layer() };
    let line = origin.line.map(|line| format!(":{line}")).unwrap_or_default();
    let what = match (&origin.base, &origin.instruction) {
        (Some(base), _) => format!("FROM {base}"),
        (None, Some(text)) => cut(text),
        (None, None) => return layer(),
    };
    let copied = origin.copied_on.map(|line| format!(", copied on line {line}")).unwrap_or_default();
    let stage = match &origin.stage {
        Some(stage) if origin.copied_on.is_some() => format!(" in stage `{stage}`"),
        _ => String::new(),
    };
    format!("{file}{line} {what}{stage}{copied}")
}

/// At most so many characters of an instruction.
const MAX_TEXT: usize = 60;

fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_TEXT {
        return line;
    }
    format!("{}…", line.chars().take(MAX_TEXT).collect::<String>())
}

/// Columns padded to the widest of each; the last one is not.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line += &format!("{cell:<width$}  ");
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

/// Bytes in decimal units.
pub(crate) fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a size for reading")]
    let value = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.2} GB", value / 1e9),
    }
}
