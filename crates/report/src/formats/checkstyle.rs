//! The XML of Checkstyle 4.3, which many review tools read.

use std::io::{self, Write};

use facts::{Finding, Severity};

use crate::place::Places;
use crate::xml::escape;
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "checkstyle", media_type: "application/xml", wants_rules: false, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    let places = Places::new(report);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">")?;
    for (file, _) in report.files {
        writeln!(out, "  <file name=\"{}\">", escape(file))?;
        for finding in report.findings.iter().filter(|finding| finding.primary.file == *file) {
            writeln!(out, "    {}", element(&places, finding))?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}

fn element(places: &Places<'_>, finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Style => "info",
    };
    let (start, _) = places.of(&finding.primary);
    format!(
        "<error line=\"{}\" column=\"{}\" severity=\"{severity}\" message=\"{}\" source=\"{}\"/>",
        start.line,
        start.col,
        escape(&finding.message),
        finding.code,
    )
}
