//! A search through one file.

use crate::needles::{Needles, Pattern};
use crate::node::Node;

/// What one file may unpack to in all, in bytes.
const MAX_UNPACKED: u64 = 8 << 30;
/// What decoders of one file may weigh together: see `Kind::weight`.
const MAX_OPEN: usize = 64;
/// Finds and remarks of one file that are kept.
const MAX_KEPT: usize = 64;

/// A lent value, or a part of it, that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Which value.
    pub secret: String,
    /// The form in which it is there.
    pub encoding: &'static str,
    /// What leads to it within the file: members of archives, from the outside in.
    pub within: Vec<String>,
    /// The byte at which it begins, in the innermost of these.
    pub offset: u64,
}

/// What a search gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was found; each value once for each place within.
    pub hits: Vec<Hit>,
    /// What was not looked into, and why.
    pub notes: Vec<String>,
}

/// A search that takes a file piece by piece.
pub struct Search<'a> {
    node: Node<'a>,
    shared: Shared<'a>,
}

/// What all streams of a file share.
pub(crate) struct Shared<'a> {
    needles: &'a Needles,
    outcome: Outcome,
    left: u64,
    /// Decoders at work, by the memory that they may take.
    open: usize,
}

impl<'a> Search<'a> {
    pub(crate) fn new(needles: &'a Needles) -> Self {
        let shared = Shared { needles, outcome: Outcome::default(), left: MAX_UNPACKED, open: 0 };
        Self { node: Node::new(needles, Vec::new(), 0), shared }
    }

    /// Takes the next bytes of the file.
    pub fn update(&mut self, bytes: &[u8]) {
        self.node.update(bytes, &mut self.shared);
    }

    /// What was found.
    pub fn finish(mut self) -> Outcome {
        self.node.finish(&mut self.shared);
        self.shared.outcome
    }
}

impl Shared<'_> {
    pub(crate) fn hit(&mut self, pattern: &Pattern, within: Vec<String>, offset: u64) {
        let hits = &mut self.outcome.hits;
        let secret = self.needles.name(pattern);
        let hit = Hit { secret: secret.to_owned(), encoding: pattern.encoding, within, offset };
        let same = |known: &Hit| known.secret == hit.secret && known.within == hit.within;
        match hits.iter().position(same) {
            Some(at) if (hits[at].offset, hits[at].encoding) > (offset, hit.encoding) => hits[at] = hit,
            None if hits.len() < MAX_KEPT => hits.push(hit),
            _ => {}
        }
    }

    /// Remarks that something is not searched.
    pub(crate) fn note(&mut self, path: &[String], why: &str) {
        let notes = &mut self.outcome.notes;
        let text = match path {
            [] => why.to_owned(),
            path => format!("{}: {why}", path.join(" > ")),
        };
        if notes.len() < MAX_KEPT && !notes.contains(&text) {
            notes.push(text);
        }
    }

    /// Counts a decoder at work; `false` when there are too many.
    pub(crate) fn open(&mut self, weight: usize) -> bool {
        let fits = self.open + weight <= MAX_OPEN;
        self.open += if fits { weight } else { 0 };
        fits
    }

    /// A decoder is done.
    pub(crate) fn close(&mut self, weight: usize) {
        self.open = self.open.saturating_sub(weight);
    }

    /// Counts decoded bytes; `false` when there were too many.
    pub(crate) fn spend(&mut self, bytes: u64) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}
