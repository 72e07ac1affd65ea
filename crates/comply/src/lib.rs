//! What benchmarks and checklists ask of an image: section 4 of the CIS Docker Benchmark, the OWASP rules for Docker, and what
//! cooper adds. Titles and texts are cooper's own; the numbers are those of the documents.
//!
//! An [`Item`], one file each in `items/`, names the findings of rules, checks and scans that speak against it. [`judge`] looks for
//! them, and says of what no program can know that somebody has to look.

mod item;
mod items;

pub use item::{Found, Item, Known, Source, judge};

/// All items, in the order of their documents.
pub fn items() -> &'static [&'static Item] {
    items::ALL
}
