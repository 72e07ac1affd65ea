//! Says how far a fetch is, not more often than anybody reads.

use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use fetch::Progress;
use sandbox::Cancel;

use super::lock;

/// Between two reports of one transfer.
const PAUSE: Duration = Duration::from_secs(1);

/// Passes on what a fetch reports. It begins with the first thing there is to say: what is only looked up says nothing.
pub struct Told<'a> {
    say: &'a (dyn Fn(Option<&str>) + Sync),
    cancel: &'a Cancel,
    begun: OnceLock<Instant>,
    last: Mutex<Option<Instant>>,
}

impl<'a> Told<'a> {
    /// `say` gets nothing once, when it begins, and then each line.
    pub fn new(say: &'a (dyn Fn(Option<&str>) + Sync), cancel: &'a Cancel) -> Self {
        Self { say, cancel, begun: OnceLock::new(), last: Mutex::new(None) }
    }

    /// When the first thing was said.
    pub(crate) fn begun(&self) -> Option<Instant> {
        self.begun.get().copied()
    }

    fn begin(&self) -> Instant {
        *self.begun.get_or_init(|| {
            (self.say)(None);
            Instant::now()
        })
    }
}

impl Progress for Told<'_> {
    fn advance(&self, done: u64, total: Option<u64>) {
        let begun = self.begin();
        let complete = total == Some(done);
        let mut last = lock(&self.last);
        if last.unwrap_or(begun).elapsed() < PAUSE && !(complete && last.is_some()) {
            return;
        }
        *last = Some(Instant::now());
        drop(last);
        (self.say)(Some(&amount(done, total)));
    }

    fn line(&self, text: &str) {
        self.begin();
        (self.say)(Some(text));
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_set()
    }
}

/// `12.3 of 50.0 MB`.
fn amount(done: u64, total: Option<u64>) -> String {
    let megabytes = |bytes: u64| format!("{}.{}", bytes / 1_000_000, bytes / 100_000 % 10);
    match total {
        Some(total) => format!("{} of {} MB", megabytes(done), megabytes(total)),
        None => format!("{} MB", megabytes(done)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_begins_once_and_small_ones_say_nothing_more() {
        let (lines, cancel) = (Mutex::new(Vec::new()), Cancel::new());
        let say = |text: Option<&str>| lock(&lines).push(text.map(str::to_owned));
        let told = Told::new(&say, &cancel);
        assert!(told.begun().is_none());
        told.advance(1, Some(3));
        told.advance(3, Some(3));
        assert_eq!(*lock(&lines), [None]);
        told.line("checking");
        assert_eq!(lock(&lines).len(), 2);
    }

    #[test]
    fn amounts_are_in_megabytes() {
        assert_eq!(amount(12_345_678, Some(50_000_000)), "12.3 of 50.0 MB");
        assert_eq!(amount(99_999, None), "0.0 MB");
    }
}
