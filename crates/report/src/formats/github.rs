//! Annotations of `GitHub` Actions: workflow commands that the runner turns into notes beside the changed lines
//! ("Workflow commands for `GitHub` Actions").

use std::io::{self, Write};

use facts::{Finding, Severity};

use crate::place::Places;
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "github", media_type: "text/plain", wants_rules: false, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    let places = Places::new(report);
    report.findings.iter().try_for_each(|finding| writeln!(out, "{}", command(&places, finding)))
}

fn command(places: &Places<'_>, finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Style => "notice",
    };
    let (start, end) = places.of(&finding.primary);
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.col, end.col)
    } else {
        // The runner refuses columns of a place of several lines.
        String::new()
    };
    let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    format!(
        "::{level} file={},line={},endLine={}{columns},title={}::{}",
        property(&finding.primary.file),
        start.line,
        end.line,
        property(&format!("{} {}", finding.code, finding.rule)),
        data(&format!("{}{help}", finding.message)),
    )
}

pub(crate) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

pub(crate) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
