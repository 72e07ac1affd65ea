//! One line for each finding, as hadolint prints them: `file:line code level: message`.

use std::io::{self, Write};

use crate::place::Places;
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "line", media_type: "text/plain", wants_rules: false, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    let places = Places::new(report);
    report.findings.iter().try_for_each(|finding| {
        let (start, _) = places.of(&finding.primary);
        let message = finding.message.replace(['\n', '\r'], " ");
        writeln!(
            out,
            "{}:{} {} {}: {message}",
            finding.primary.file, start.line, finding.code, finding.severity
        )
    })
}
