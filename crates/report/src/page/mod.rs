//! One page of HTML with all that is known of an image: what is wrong, by the line that brought it and with that line;
//! the size of each step, the stages, the packages. It has no scripts and asks nobody for anything: the browser is told to
//! refuse what text from an image might smuggle in.

mod groups;

use std::io::{self, Write};

use facts::{Origin, Risk};

use self::groups::{Group, groups};
use crate::inventory::{size, whence};
use crate::xml::escape;
use crate::{Audit, Scan};

const STYLE: &str = include_str!("style.css");

/// What a page tells beside the scan.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page<'a> {
    /// What checks of the image found, and the size of its layers.
    pub audit: Option<Audit<'a>>,
    /// The Dockerfile that the image was built from: name and text.
    pub source: Option<(&'a str, &'a str)>,
    /// Its stages as SVG.
    pub graph: Option<&'a str>,
}

/// Writes the page.
pub(crate) fn write(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = scan.page.unwrap_or_default();
    head(scan, out)?;
    tiles(scan, &page, out)?;
    let groups = groups(scan, page.audit.as_ref());
    writeln!(out, "<h2>What was found, by the line that brought it</h2>")?;
    if groups.is_empty() {
        writeln!(out, "<p>Nothing.</p>")?;
    }
    for (number, group) in groups.iter().enumerate() {
        found(scan, &page, group, number < OPEN, out)?;
    }
    sizes(&page, out)?;
    if let Some(graph) = page.graph {
        writeln!(out, "<h2>Stages</h2>\n<div class=\"wide\">{graph}</div>")?;
    }
    excused(scan, out)?;
    packages(scan, out)?;
    if let Some((name, text)) = page.source {
        writeln!(out, "<h2 id=\"source\">{}</h2>\n{}", escape(name), lines(text, 1, usize::MAX, true))?;
    }
    notes(scan, out)?;
    writeln!(out, "</body>\n</html>")
}

/// Groups that are open when the page is.
const OPEN: usize = 3;

fn head(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let subject = scan.sbom.subject;
    let name = escape(&subject.name);
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{name}: scan</title>\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline';img-src data:\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>"
    )?;
    let distro = scan.sbom.inventory.distro.as_ref();
    let known = [
        Some(subject.kind.name().to_owned()),
        distro.map(|distro| if distro.name.is_empty() { distro.id.clone() } else { distro.name.clone() }),
        subject.digest.clone(),
    ];
    let known: Vec<String> = known.into_iter().flatten().map(|text| escape(&text)).collect();
    writeln!(out, "<p class=\"quiet\">{}</p>", known.join(" · "))
}

fn tiles(scan: &Scan<'_>, page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<ul class=\"tiles\">")?;
    for risk in Risk::ALL {
        let count = scan.vulnerabilities.iter().filter(|one| one.risk == risk).count();
        if count > 0 {
            writeln!(out, "<li class=\"{risk}\"><b>{count}</b>{risk}</li>")?;
        }
    }
    if scan.vulnerabilities.is_empty() {
        writeln!(out, "<li><b>0</b>vulnerabilities</li>")?;
    }
    if let Some(secrets) = scan.secrets {
        writeln!(out, "<li><b>{}</b>secrets</li>", secrets.len())?;
    }
    if let Some(audit) = &page.audit {
        writeln!(out, "<li><b>{}</b>findings of checks</li>", audit.findings.len())?;
        writeln!(out, "<li><b>{}</b>in files</li>", size(audit.efficiency.total))?;
        writeln!(out, "<li><b>{:.1} %</b>of it can be seen</li>", audit.efficiency.score * 100.0)?;
    }
    writeln!(out, "<li><b>{}</b>packages</li>\n</ul>", scan.sbom.inventory.components.len())
}

fn found(
    scan: &Scan<'_>,
    page: &Page<'_>,
    group: &Group<'_>,
    open: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let open = if open { " open" } else { "" };
    let (title, count) = (escape(&group.title), group.count());
    writeln!(out, "<details{open}><summary>{title} <span class=\"quiet\">{count} found</span></summary>")?;
    if let Some(origin) = group.origin {
        out.write_all(excerpt(page, origin).as_bytes())?;
    }
    if !group.vulnerabilities.is_empty() {
        let rows = group.vulnerabilities.iter().filter_map(|one| {
            let found = scan.sbom.inventory.components.get(one.component)?;
            let exploited = if one.attacks.exploited_since.is_some() { ", exploited" } else { "" };
            let fixed = one.fixed.as_deref().unwrap_or("no version yet");
            let package = format!("{} {}", found.package.name, found.package.version);
            let severity = (one.risk.name(), format!("{}{exploited}", one.risk));
            Some((severity, vec![one.id.clone(), package, fixed.to_owned(), one.summary.clone()]))
        });
        table(&["Severity", "Vulnerability", "Package", "Fixed in", "What"], rows, out)?;
    }
    if !group.secrets.is_empty() {
        let rows = group.secrets.iter().map(|one| {
            let hidden = one.hidden_by.map(|layer| format!(", hidden by layer {layer}")).unwrap_or_default();
            let cells = vec![one.rule.clone(), one.place.text() + &hidden, one.description.clone()];
            ((one.severity.name(), one.severity.to_string()), cells)
        });
        table(&["Severity", "Secret", "Where", "What"], rows, out)?;
    }
    if !group.findings.is_empty() {
        let rows = group.findings.iter().map(|one| {
            let check = format!("{} {}", one.code, one.check);
            let severity = one.severity.to_string();
            ((one.severity.name(), severity), vec![check, one.place.text(), one.message.clone()])
        });
        table(&["Severity", "Check", "Where", "What"], rows, out)?;
    }
    writeln!(out, "</details>")
}

/// A table whose first column is a severity: its class and its text.
fn table<'a>(
    names: &[&str],
    rows: impl Iterator<Item = ((&'a str, String), Vec<String>)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    heads(names, out)?;
    for ((class, severity), cells) in rows {
        write!(out, "<tr><td class=\"{class}\">{}</td>", escape(&severity))?;
        for (name, cell) in names.iter().skip(1).zip(&cells) {
            write!(out, "<td data-of=\"{name}\">{}</td>", escape(cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table>")
}

fn heads(names: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let names = names.join("</th><th>");
    writeln!(out, "<table><thead><tr><th>{names}</th></tr></thead><tbody>")
}

/// The lines of the Dockerfile, where it is at hand; else what is known of the instruction.
fn excerpt(page: &Page<'_>, origin: &Origin) -> String {
    let end = origin.end_line.or(origin.line);
    if let (Some((_, text)), Some(line), Some(end)) = (page.source, origin.line, end) {
        let mut out = lines(text, line as usize, end as usize, false);
        if let Some(copied) = origin.copied_on {
            out += &lines(text, copied as usize, copied as usize, false);
        }
        return out;
    }
    let said = origin.instruction.as_ref().or(origin.created_by.as_ref());
    said.map(|text| format!("<pre><span>{}</span></pre>\n", escape(text))).unwrap_or_default()
}

/// Lines of a text with their numbers. With anchors others can point at them.
fn lines(text: &str, first: usize, last: usize, anchors: bool) -> String {
    let all = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let mut out = "<pre>".to_owned();
    for (number, line) in all.filter(|(number, _)| (first..=last).contains(number)) {
        let anchor = if anchors { format!(" id=\"L{number}\"") } else { String::new() };
        // An empty line has to have its height, too.
        let line = if line.is_empty() { " " } else { line };
        out += &format!("<span data-n=\"{number}\"{anchor}>{}</span>", escape(line));
    }
    out + "</pre>\n"
}

fn sizes(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(audit) = &page.audit else { return Ok(()) };
    let shares = &audit.efficiency.layers;
    let most = shares.iter().map(|share| share.size).max().unwrap_or_default().max(1);
    writeln!(out, "<h2>Size by instruction</h2>")?;
    heads(&["Step", "Size", "Hidden later", ""], out)?;
    for (share, step) in shares.iter().zip(audit.steps) {
        let bar = |bytes: u64, class: &str| match u128::from(bytes) * 1000 / u128::from(most) {
            0 => String::new(),
            part => {
                format!("<span class=\"bar{class}\" style=\"width:{}.{}%\"></span>", part / 10, part % 10)
            }
        };
        writeln!(
            out,
            "<tr><td>{}</td><td class=\"number\" data-of=\"Size\">{}</td><td class=\"number\" data-of=\"Hidden later\">{}</td>\
             <td class=\"bars\">{}{}</td></tr>",
            linked(page, step),
            size(share.size),
            size(share.hidden),
            bar(share.size, ""),
            bar(share.hidden, " hidden"),
        )?;
    }
    writeln!(out, "</tbody></table>")
}

/// A step, with a link to its line where the Dockerfile is on the page.
fn linked(page: &Page<'_>, step: &Origin) -> String {
    let text = escape(&whence(step));
    match step.line.filter(|_| page.source.is_some()) {
        Some(line) => format!("<a href=\"#L{line}\">{text}</a>"),
        None => text,
    }
}

fn excused(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    if scan.excused.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>What does not count</h2>")?;
    let rows = scan.excused.iter().map(|one| {
        let (found, excuse) = (&one.vulnerability, &one.excuse);
        let package = scan.sbom.inventory.components.get(found.component).map(|one| one.package.name.clone());
        let until = excuse.expires.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
        let why = format!("{}: {}{until} ({})", excuse.status, excuse.reason, excuse.file);
        (
            (found.risk.name(), found.risk.to_string()),
            vec![found.id.clone(), package.unwrap_or_default(), why],
        )
    });
    table(&["Severity", "Vulnerability", "Package", "Why"], rows, out)
}

fn packages(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let all = &scan.sbom.inventory.components;
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Packages</h2>\n<details><summary>{} packages</summary>", all.len())?;
    let names = ["Package", "Version", "Type", "Licence", "From"];
    heads(&names, out)?;
    for one in all {
        let package = &one.package;
        let from = one.origin.as_ref().map(whence).unwrap_or_default();
        let cells =
            [&package.name, &package.version, package.ecosystem.name(), &package.licenses.join(", "), &from];
        write!(out, "<tr>")?;
        for (name, cell) in names.iter().zip(cells) {
            write!(out, "<td data-of=\"{name}\">{}</td>", escape(cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></details>")
}

fn notes(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let unread = &scan.sbom.inventory.unread;
    if scan.notes.is_empty() && unread.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Notes</h2>\n<ul>")?;
    for note in scan.notes {
        writeln!(out, "<li>{}</li>", escape(note))?;
    }
    for (path, why) in unread {
        writeln!(out, "<li><code>/{}</code> was not read: {}</li>", escape(path), escape(why))?;
    }
    writeln!(out, "</ul>")
}

#[cfg(test)]
mod tests;
