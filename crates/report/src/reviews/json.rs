//! What benchmarks ask for as JSON for programs. Fields are added, never renamed or removed.

use std::io::{self, Write};

use facts::ComplianceStatus;
use serde_json::json;

use super::{Review, ReviewFormat};

pub(crate) static FORMAT: ReviewFormat =
    ReviewFormat { name: "json", media_type: "application/json", render: write };

fn write(review: &Review<'_>, out: &mut dyn Write) -> io::Result<()> {
    let value = json!({
        "schema": "cooper/comply/1",
        "subject": review.subject,
        "passed": review.count(ComplianceStatus::Passed),
        "failed": review.count(ComplianceStatus::Failed),
        "byHand": review.count(ComplianceStatus::ByHand),
        "items": review.items,
        "notes": review.notes,
    });
    serde_json::to_writer_pretty(&mut *out, &value)?;
    writeln!(out)
}
