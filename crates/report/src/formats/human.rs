//! For people: each finding with the lines it is about, and a summary.

use std::io::{self, Write};

use annotate_snippets::Level;
use facts::{Finding, Safety, Severity};
use kit::{Edit, LineIndex, TextRange, apply_edits};

use crate::excerpt::{Marked, Title, render};
use crate::{Format, RenderOptions, Report, unified_diff};

pub(crate) static FORMAT: Format =
    Format { name: "human", media_type: "text/plain", wants_rules: false, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, options: &RenderOptions) -> io::Result<()> {
    for finding in report.findings {
        writeln!(out, "{}", text(report, finding, options.color))?;
        writeln!(out, "{}", fix(report, finding, options.color))?;
    }
    writeln!(out, "{}", summary(report))
}

fn text(report: &Report<'_>, finding: &Finding, color: bool) -> String {
    let file = &finding.primary.file;
    let mut places = vec![Marked { range: finding.primary.range, label: "", primary: true }];
    for (location, label) in finding.related.iter().filter(|(location, _)| location.file == *file) {
        places.push(Marked { range: location.range, label, primary: false });
    }
    let title = Title {
        level: level(finding.severity),
        code: Some(finding.code),
        message: &finding.message,
        help: finding.help.as_deref(),
    };
    render(file, report.text(file), &title, &places, color)
}

/// More lines of a fix than this are not shown.
const MOST_LINES: usize = 12;

/// The fix as a difference of lines; empty when there is none.
fn fix(report: &Report<'_>, finding: &Finding, color: bool) -> String {
    let Some(fix) = &finding.fix else { return String::new() };
    let safety = match fix.safety {
        Safety::Safe => "",
        Safety::Unsafe => " (unsafe)",
        Safety::Display => " (by hand)",
    };
    let text = report.text(&finding.primary.file);
    // As far to the right as `= help`, which stands behind the numbers of the lines.
    let related = finding.related.iter().filter(|(place, _)| place.file == finding.primary.file);
    let ends = related.map(|(place, _)| place.range).chain([finding.primary.range]);
    let last = ends.map(|range| range.end.saturating_sub(1).max(range.start)).max().unwrap_or(0);
    let width = LineIndex::new(text).line(last).to_string().len() + 1;
    let mut out = format!("{:width$}= fix{safety}: {}\n", "", fix.description);
    let lines = changed_lines(text, &fix.edits);
    for line in lines.iter().take(MOST_LINES) {
        let code = if line.starts_with('-') { "31" } else { "32" };
        // Control characters of the file are not to reach the terminal.
        let line = line.replace(|ch: char| ch.is_control() && ch != '\t', "\u{fffd}");
        out += &if color { format!("    \x1b[{code}m{line}\x1b[0m\n") } else { format!("    {line}\n") };
    }
    if lines.len() > MOST_LINES {
        out += &format!("    … and {} lines more\n", lines.len() - MOST_LINES);
    }
    out
}

/// The lines that go, with `-` before them, and those that come, with `+`.
fn changed_lines(text: &str, edits: &[Edit]) -> Vec<String> {
    let Some(range) = edits.iter().map(|edit| edit.range).reduce(TextRange::cover) else { return Vec::new() };
    let start = text.get(..range.start as usize).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let rest = text.get(range.end as usize..).unwrap_or_default();
    let end = range.end as usize + rest.find('\n').map_or(rest.len(), |at| at + 1);
    let Some(old) = text.get(start..end) else { return Vec::new() };
    let moved = |offset: u32| offset as usize - start;
    let near: Vec<Edit> = edits
        .iter()
        .map(|edit| Edit {
            range: TextRange::of(moved(edit.range.start)..moved(edit.range.end)),
            replacement: edit.replacement.clone(),
        })
        .collect();
    let Ok(new) = apply_edits(old, &near) else { return Vec::new() };
    let marked = unified_diff("", old, &new);
    let lines = marked.lines().skip(2).filter(|line| line.starts_with(['-', '+']));
    lines.map(|line| format!("{} {}", &line[..1], &line[1..])).collect()
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
        Severity::Style => Level::NOTE.with_name("style"),
    }
}

fn summary(report: &Report<'_>) -> String {
    let files = plural(report.files.len(), "file");
    let mut counts = Vec::new();
    for severity in Severity::ALL {
        let count = report.count(severity);
        match severity {
            _ if count == 0 => {}
            Severity::Error | Severity::Warning => counts.push(plural(count, severity.name())),
            Severity::Info | Severity::Style => counts.push(format!("{count} {severity}")),
        }
    }
    if counts.is_empty() {
        format!("no findings in {files}")
    } else {
        format!("{} in {files}", counts.join(", "))
    }
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
