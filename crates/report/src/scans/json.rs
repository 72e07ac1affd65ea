//! A scan as JSON for programs. Fields are added, never renamed or removed.

use std::io::{self, Write};

use crate::inventory::scan_document;
use crate::{Scan, ScanFormat};

pub(crate) static FORMAT: ScanFormat =
    ScanFormat { name: "json", media_type: "application/json", wants_page: false, render: write };

fn write(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &scan_document(scan))?;
    writeln!(out)
}
