//! Renders what cooper found: findings in one file per format (`formats/`), stage graphs (`graphs/`), inventories
//! (`sboms/`), scans (`scans/`), checks (`audits/`) and
//! tests (`trials/`) of images and what benchmarks ask for (`reviews/`) likewise, and the excerpt of a source file that every error message shows.

mod audits;
mod calls;
mod diagram;
mod diff;
mod excerpt;
mod formats;
mod graphs;
mod inventory;
mod page;
mod place;
mod reviews;
mod sarif;
mod sboms;
mod scans;
mod stream;
mod template;
mod time;
mod trials;
mod xml;

use std::io;

pub use audits::{Audit, AuditFormat, audit_format, audit_formats};
pub use calls::{outline_json, outline_text, targets_json, targets_text};
pub use diff::unified_diff;
pub use excerpt::{Excerpt, source_excerpt};
use facts::{Finding, Severity};
pub use inventory::{
    Sbom, SbomFormat, Scan, ScanFormat, sbom_format, sbom_formats, scan_format, scan_formats, whence,
};
pub use page::Page;
pub use reviews::{Review, ReviewFormat, review_format, review_formats};
use stage::StageGraph;
pub use template::{TemplateError, template};
pub use trials::{Trial, TrialFormat, trial_format, trial_formats};

/// Findings with what is needed to show them.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The files that were checked: name as the user gave it, and text.
    pub files: &'a [(String, String)],
    /// The findings, in the order in which they are shown.
    pub findings: &'a [Finding],
    /// All rules there are, for formats that show them.
    pub rules: &'a [RuleInfo],
    /// Whether a file asks that findings of `BuildKit`'s checks be errors, and there are any.
    pub refused: bool,
}

impl Report<'_> {
    /// The text of a file; empty when the report does not have it.
    pub(crate) fn text(&self, file: &str) -> &str {
        self.files.iter().find(|(name, _)| name == file).map_or("", |(_, text)| text)
    }

    /// How many findings have a severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// What a report tells of a rule.
#[derive(Debug, Clone)]
pub struct RuleInfo {
    /// Its code, for example `CO101`.
    pub code: &'static str,
    /// Its name in kebab-case.
    pub name: &'static str,
    /// What other tools call the same thing.
    pub aliases: &'static [&'static str],
    /// How bad its findings are unless something else is known.
    pub severity: Severity,
    /// Whether it runs without being asked for.
    pub enabled: bool,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Its page of the manual, in Markdown.
    pub manual: String,
}

/// What a user can choose about the rendering.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    /// Whether colours are written, where the format has any.
    pub color: bool,
}

/// An output format of findings.
#[derive(Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its media type (RFC 6838).
    pub media_type: &'static str,
    /// Whether it shows the rules beside the findings, so that a report needs them.
    pub wants_rules: bool,
    /// Writes a report.
    pub render: fn(&Report<'_>, &mut dyn io::Write, &RenderOptions) -> io::Result<()>,
}

/// The output format of a name.
pub fn format(name: &str) -> Option<&'static Format> {
    formats::ALL.iter().copied().find(|format| format.name == name)
}

/// All output formats, by name.
pub fn formats() -> &'static [&'static Format] {
    formats::ALL
}

/// An output format of stage graphs.
#[derive(Debug)]
pub struct GraphFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its media type (RFC 6838).
    pub media_type: &'static str,
    /// The graph in this format.
    pub render: fn(&StageGraph) -> String,
}

/// The graph format of a name.
pub fn graph_format(name: &str) -> Option<&'static GraphFormat> {
    graphs::ALL.iter().copied().find(|format| format.name == name)
}

/// All graph formats, by name.
pub fn graph_formats() -> &'static [&'static GraphFormat] {
    graphs::ALL
}

/// A path as a URI (RFC 3986): all but unreserved characters and `/` are escaped.
pub(crate) fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.extend(
                        char::from_digit(u32::from(digit), 16).map(|digit| digit.to_ascii_uppercase()),
                    );
                }
            }
        }
    }
    out
}
