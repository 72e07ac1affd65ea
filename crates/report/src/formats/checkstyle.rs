//! The XML of Checkstyle 4.3, which many review tools read.

use std::fmt::Write as _;
use std::io::{self, Write};

use facts::{Finding, Severity};

use crate::place::Places;
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "checkstyle", media_type: "application/xml", render: write };

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

/// Escapes for an attribute; characters that XML 1.0 cannot hold become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                // Writing to a text cannot fail.
                let _ = write!(out, "&#{};", u32::from(ch));
            }
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            ch => out.push(ch),
        }
    }
    out
}
