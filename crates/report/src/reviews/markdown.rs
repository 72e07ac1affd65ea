//! What benchmarks ask for as a page of Markdown: for a pull request, or for who asks for evidence.

use std::io::{self, Write};

use super::{Review, ReviewFormat};

pub(crate) static FORMAT: ReviewFormat =
    ReviewFormat { name: "markdown", media_type: "text/markdown", render: write };

fn write(review: &Review<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Compliance of {}\n\n{}\n", cell(review.subject), review.summary())?;
    writeln!(out, "| item | asks for | status | how | evidence |\n|---|---|---|---|---|")?;
    for item in review.items {
        let mut evidence: Vec<_> =
            item.evidence.iter().map(|one| cell(&format!("{}: {}", one.place, one.message))).collect();
        evidence.extend(item.by_hand.as_deref().map(cell));
        let how = if item.automated { "automated" } else { "by hand" };
        let (status, evidence) = (item.status.text(), evidence.join("<br>"));
        writeln!(out, "| {} | {} | {status} | {how} | {evidence} |", item.number, item.title)?;
    }
    for note in review.notes {
        writeln!(out, "\n{}", cell(note))?;
    }
    Ok(())
}

/// A text within a table.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '|' | '`' | '*' | '_' | '<' | '[' | '\\' => out.extend(['\\', ch]),
            '\n' | '\r' => out.push(' '),
            ch => out.push(ch),
        }
    }
    out
}
