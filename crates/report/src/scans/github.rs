//! A scan as annotations of `GitHub` Actions ("Workflow commands for `GitHub` Actions"): at the lines of the Dockerfile that brought what is wrong.

use std::io::{self, Write};

use facts::Risk;

use crate::formats::{data, property};
use crate::inventory::{place, sentence};
use crate::{Scan, ScanFormat};

pub(crate) static FORMAT: ScanFormat =
    ScanFormat { name: "github", media_type: "text/plain", wants_page: false, render: write };

fn write(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    for one in scan.vulnerabilities {
        let Some(component) = scan.sbom.inventory.components.get(one.component) else { continue };
        let level = match one.risk {
            Risk::Critical | Risk::High => "error",
            Risk::Medium => "warning",
            Risk::Low | Risk::Negligible | Risk::Unknown => "notice",
        };
        let (file, line, end) = place(component);
        let title = property(&format!("{} {}", one.id, component.package.name));
        let text = data(&sentence(one, component));
        writeln!(out, "::{level} file={},line={line},endLine={end},title={title}::{text}", property(&file))?;
    }
    Ok(())
}
