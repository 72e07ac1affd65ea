//! Several transfers at once, where the first error stops the rest.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A switch that many threads look at; once set it stays set.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// A switch that is not set.
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Sets it.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Calls `work` for every item on up to `jobs` threads (at least one), items in order. The first error sets the
/// [`Cancel`] that `work` is given, keeps items that are not begun from beginning, and is returned when all
/// threads have ended. `work` hands the switch on with [`crate::WithCancel`], so that transfers under way stop too.
pub fn parallel<T: Sync, E: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T, &Cancel) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let cancel = Cancel::new();
    let next = AtomicUsize::new(0);
    let first_error = Mutex::new(None);
    let run = || {
        while !cancel.is_set() {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            if let Err(error) = work(item, &cancel) {
                // Errors that follow from the cancellation come later, so the first one is the cause.
                first_error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                cancel.set();
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs.min(items.len()) {
            scope.spawn(run);
        }
        run();
    });
    first_error.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once() {
        let items: Vec<usize> = (0..100).collect();
        for jobs in [0, 1, 3, 200] {
            let seen = Mutex::new(Vec::new());
            let result: Result<(), ()> = parallel(&items, jobs, |item, _| {
                seen.lock().unwrap().push(*item);
                Ok(())
            });
            let mut seen = seen.into_inner().unwrap();
            seen.sort_unstable();
            assert_eq!((result, seen), (Ok(()), items.clone()), "{jobs} jobs");
        }
    }

    #[test]
    fn the_first_error_stops_the_rest() {
        let items: Vec<usize> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let result = parallel(&items, 2, |item, cancel| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *item == 1 {
                return Err("boom");
            }
            // The other thread waits for the switch, as a long transfer would.
            while !cancel.is_set() {
                thread::yield_now();
            }
            Ok(())
        });
        assert_eq!(result, Err("boom"));
        assert!(begun.into_inner() <= 3);
    }
}
