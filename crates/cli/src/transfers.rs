//! How far transfers are, in one line of the terminal.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use image::Digest;
use registry::Progress;

use crate::human::size;

/// The line is not drawn more often than this.
const PAUSE: Duration = Duration::from_millis(100);

/// Shows how much of all blobs is there. It shows nothing where there is no terminal.
pub(crate) struct Transfers {
    /// What is done: `sent` or `fetched`.
    verb: &'static str,
    is_shown: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Of each blob what is there, and its size, in bytes.
    blobs: BTreeMap<Digest, (u64, u64)>,
    drawn: Option<Instant>,
}

impl Transfers {
    pub(crate) fn new(verb: &'static str, quiet: bool) -> Self {
        Self { verb, is_shown: !quiet && std::io::stderr().is_terminal(), state: Mutex::default() }
    }
}

impl Progress for Transfers {
    fn advance(&self, digest: &Digest, done: u64, total: u64) {
        if !self.is_shown {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.blobs.insert(*digest, (done, total));
        if state.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE) {
            state.drawn = Some(Instant::now());
            let line = line(self.verb, &state.blobs);
            drop(write!(anstream::stderr(), "\r\x1b[K{line}"));
        }
    }
}

impl Drop for Transfers {
    /// What comes next begins on an empty line.
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.drawn.is_some() {
            drop(write!(anstream::stderr(), "\r\x1b[K"));
        }
    }
}

fn line(verb: &str, blobs: &BTreeMap<Digest, (u64, u64)>) -> String {
    let sum = |part: fn(&(u64, u64)) -> u64| blobs.values().map(part).fold(0, u64::saturating_add);
    let ready = blobs.values().filter(|(done, total)| done >= total).count();
    format!(
        "{verb} {} of {}, {ready} of {} blobs",
        size(sum(|blob| blob.0)),
        size(sum(|blob| blob.1)),
        blobs.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_are_added_up() {
        let blobs = [("a", (10, 10)), ("b", (500, 2_000_000))];
        let blobs = blobs.into_iter().map(|(name, state)| (Digest::of(name.as_bytes()), state)).collect();
        assert_eq!(line("sent", &blobs), "sent 510 B of 2.0 MB, 1 of 2 blobs");
    }
}
