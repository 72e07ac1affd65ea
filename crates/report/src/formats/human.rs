//! For people: each finding with the lines it is about, and a summary.

use std::io::{self, Write};

use annotate_snippets::Level;
use facts::{Finding, Severity};

use crate::excerpt::{Marked, Title, render};
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format = Format { name: "human", media_type: "text/plain", render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, options: &RenderOptions) -> io::Result<()> {
    for finding in report.findings {
        writeln!(out, "{}\n", text(report, finding, options.color))?;
    }
    writeln!(out, "{}", summary(report))
}

fn text(report: &Report<'_>, finding: &Finding, color: bool) -> String {
    let file = &finding.primary.file;
    let mut places = vec![Marked { range: finding.primary.range, label: "", primary: true }];
    for (location, label) in finding.related.iter().filter(|(location, _)| location.file == *file) {
        places.push(Marked { range: location.range, label, primary: false });
    }
    let help = help(finding);
    let title = Title {
        level: level(finding.severity),
        code: Some(finding.code),
        message: &finding.message,
        help: help.as_deref(),
    };
    render(file, report.text(file), &title, &places, color)
}

fn help(finding: &Finding) -> Option<String> {
    let fix = finding.fix.as_ref().map(|fix| format!("fix: {}", fix.description));
    match (&finding.help, fix) {
        (Some(help), Some(fix)) => Some(format!("{help}\n{fix}")),
        (help, fix) => help.clone().or(fix),
    }
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
