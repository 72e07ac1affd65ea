//! The XML of `JUnit`, which most build servers show: a suite for each file, a failed case for each finding.

use std::io::{self, Write};

use facts::Finding;

use crate::place::Places;
use crate::xml::escape;
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "junit", media_type: "application/xml", wants_rules: false, render: write };

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    let places = Places::new(report);
    let failures = report.findings.len();
    let clean = |file: &str| !report.findings.iter().any(|finding| finding.primary.file == file);
    let tests = failures + report.files.iter().filter(|(file, _)| clean(file)).count();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"cooper lint\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
    )?;
    for (file, _) in report.files {
        let found: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.primary.file == *file).collect();
        suite(out, &places, file, &found)?;
    }
    writeln!(out, "</testsuites>")
}

fn suite(out: &mut dyn Write, places: &Places<'_>, file: &str, found: &[&Finding]) -> io::Result<()> {
    let name = escape(file);
    let (tests, failures) = (found.len().max(1), found.len());
    writeln!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">")?;
    if found.is_empty() {
        writeln!(out, "    <testcase classname=\"{name}\" name=\"no findings\"/>")?;
    }
    for finding in found {
        let (start, _) = places.of(&finding.primary);
        let message = escape(&finding.message);
        writeln!(
            out,
            "    <testcase classname=\"{name}\" name=\"{} {}\" file=\"{name}\" line=\"{}\">",
            finding.code, finding.rule, start.line
        )?;
        writeln!(
            out,
            "      <failure type=\"{}\" message=\"{message}\">{name}:{}:{}: {message}</failure>",
            finding.severity, start.line, start.col
        )?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}
