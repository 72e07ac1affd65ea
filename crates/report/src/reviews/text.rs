//! What benchmarks ask for, for people.

use std::io::{self, Write};

use super::{Review, ReviewFormat};

pub(crate) static FORMAT: ReviewFormat =
    ReviewFormat { name: "text", media_type: "text/plain", render: write };

/// Pieces of evidence that are shown of one item.
const SHOWN: usize = 5;

fn write(review: &Review<'_>, out: &mut dyn Write) -> io::Result<()> {
    for item in review.items {
        writeln!(out, "{:<8} {:<10} {}", item.status.text(), item.number, item.title)?;
        for one in item.evidence.iter().take(SHOWN) {
            writeln!(out, "             {}: {}", one.place.escape_debug(), one.message)?;
        }
        if item.evidence.len() > SHOWN {
            writeln!(out, "             and {} more", item.evidence.len() - SHOWN)?;
        }
        if let Some(what) = &item.by_hand {
            writeln!(out, "             {what}")?;
        }
    }
    for note in review.notes {
        writeln!(out, "note: {note}")?;
    }
    writeln!(out, "{}", review.summary())
}
