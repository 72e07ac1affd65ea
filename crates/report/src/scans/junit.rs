//! A scan as the XML of `JUnit`, which most build servers show: a suite for each package that has something wrong, a failed case for each
//! vulnerability; what is excused is a case that was skipped.

use std::collections::BTreeMap;
use std::io::{self, Write};

use facts::{Component, Vulnerability};

use crate::inventory::{place, sentence};
use crate::xml::escape;
use crate::{Scan, ScanFormat};

pub(crate) static FORMAT: ScanFormat =
    ScanFormat { name: "junit", media_type: "application/xml", wants_page: false, render: write };

/// A case, and why it does not count.
type Case<'a> = (&'a Vulnerability, Option<&'a str>);

fn write(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<usize, Vec<Case<'_>>> = BTreeMap::new();
    let failed = scan.vulnerabilities.iter().map(|one| (one, None));
    let skipped = scan.excused.iter().map(|one| (&one.vulnerability, Some(one.excuse.reason.as_str())));
    failed.chain(skipped).for_each(|case| suites.entry(case.0.component).or_default().push(case));
    let (failures, skips) = (scan.vulnerabilities.len(), scan.excused.len());
    let tests = (failures + skips).max(1);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"cooper scan\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skips}\">"
    )?;
    if suites.is_empty() {
        let name = escape(&scan.sbom.subject.name);
        writeln!(out, "  <testsuite name=\"{name}\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">")?;
        writeln!(out, "    <testcase classname=\"{name}\" name=\"no vulnerabilities\"/>\n  </testsuite>")?;
    }
    for (component, cases) in &suites {
        if let Some(component) = scan.sbom.inventory.components.get(*component) {
            suite(out, scan, component, cases)?;
        }
    }
    writeln!(out, "</testsuites>")
}

fn suite(out: &mut dyn Write, scan: &Scan<'_>, component: &Component, cases: &[Case<'_>]) -> io::Result<()> {
    let name = escape(&facts::purl(&component.package, scan.sbom.inventory.distro.as_ref()));
    let skips = cases.iter().filter(|(_, excuse)| excuse.is_some()).count();
    let (tests, failures) = (cases.len(), cases.len() - skips);
    writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skips}\">"
    )?;
    let (file, line, _) = place(component);
    for (one, excuse) in cases {
        writeln!(
            out,
            "    <testcase classname=\"{name}\" name=\"{}\" file=\"{}\" line=\"{line}\">",
            escape(&one.id),
            escape(&file)
        )?;
        let text = escape(&sentence(one, component));
        match excuse {
            Some(reason) => writeln!(out, "      <skipped message=\"{}\"/>", escape(reason))?,
            None => writeln!(
                out,
                "      <failure type=\"{}\" message=\"{text}\">{}</failure>",
                one.risk,
                escape(&one.summary)
            )?,
        }
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}
