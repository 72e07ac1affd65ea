//! Several builds of one process side by side: none makes what another one is making.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError};

use image::Digest;

/// The keys of what is being made.
#[derive(Default)]
pub struct Flight {
    making: Mutex<BTreeSet<Digest>>,
    changed: Condvar,
}

impl fmt::Debug for Flight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flight")
    }
}

/// A key that is being made; others wait until this is dropped.
pub(crate) struct Making<'a> {
    flight: &'a Flight,
    key: Digest,
    /// Whether somebody else was making it before.
    pub(crate) waited: bool,
}

impl Flight {
    /// Waits until nobody makes the key, and makes it.
    pub(crate) fn enter(&self, key: Digest) -> Making<'_> {
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waited = false;
        while !making.insert(key) {
            waited = true;
            making = self.changed.wait(making).unwrap_or_else(PoisonError::into_inner);
        }
        Making { flight: self, key, waited }
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.flight.making.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
        self.flight.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_makes_and_the_others_wait() {
        let flight = Flight::default();
        let (inside, waited) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let first = flight.enter(Digest::of(b"key"));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let making = flight.enter(Digest::of(b"key"));
                    waited.fetch_add(usize::from(making.waited), Ordering::SeqCst);
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    inside.fetch_sub(1, Ordering::SeqCst);
                });
            }
            assert!(!flight.enter(Digest::of(b"other")).waited);
            drop(first);
        });
        assert!(waited.into_inner() <= 4);
    }
}
