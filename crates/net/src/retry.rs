//! Trying again, with growing pauses.

use std::time::Duration;

use crate::{NetError, Sleeper};

/// The first pause; each next one is twice as long.
const BASE: Duration = Duration::from_millis(250);
/// No pause of our own is longer.
const MAX_PAUSE: Duration = Duration::from_secs(20);
/// Longest pause that a server may ask for; past it the error is better than the wait.
const MAX_ASKED: Duration = Duration::from_secs(90);

/// How often and with what pauses.
#[derive(Debug, Clone)]
pub struct Retry {
    /// Attempts after the first.
    pub retries: u32,
    /// How to wait.
    pub sleep: Sleeper,
}

/// An error that may pass.
pub trait Retryable {
    /// Whether the same may succeed a moment later.
    fn is_retryable(&self) -> bool;

    /// The pause that the server asks for.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

impl Retryable for NetError {
    fn is_retryable(&self) -> bool {
        Self::is_retryable(self)
    }
}

impl Retry {
    /// Runs `call` until it succeeds, fails for good, or the retries are used up. `key` spreads the pauses of
    /// clients that failed together; equal keys give equal pauses.
    pub fn run<T, E: Retryable>(&self, key: &str, mut call: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        let mut attempt = 0;
        loop {
            match call() {
                Ok(value) => return Ok(value),
                Err(error) => self.pause(key, attempt, error)?,
            }
            attempt += 1;
        }
    }

    /// Waits before attempt `attempt + 1`, or gives the error back when there is to be none.
    pub fn pause<E: Retryable>(&self, key: &str, attempt: u32, error: E) -> Result<(), E> {
        let asked = error.retry_after();
        if !error.is_retryable() || attempt >= self.retries || asked.is_some_and(|time| time > MAX_ASKED) {
            return Err(error);
        }
        self.sleep.sleep(asked.unwrap_or_else(|| backoff(key, attempt)));
        Ok(())
    }
}

/// 250 ms doubled per attempt, at most 20 s, made up to a quarter shorter by the key.
fn backoff(key: &str, attempt: u32) -> Duration {
    let full = BASE.saturating_mul(1 << attempt.min(16)).min(MAX_PAUSE);
    // FNV-1a; any even spread does.
    let hash = key.bytes().chain(attempt.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let quarter = u32::try_from((hash >> 32) % 256).unwrap_or(0);
    full.saturating_sub(full / 4 * quarter / 256)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Debug)]
    struct Failure(bool, Option<Duration>);

    impl Retryable for Failure {
        fn is_retryable(&self) -> bool {
            self.0
        }

        fn retry_after(&self) -> Option<Duration> {
            self.1
        }
    }

    fn run(retries: u32, error: impl Fn() -> Failure) -> (u32, Vec<Duration>) {
        let pauses = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&pauses);
        let sleep = Sleeper::new(move |time| log.lock().unwrap().push(time));
        let mut calls = 0;
        let result: Result<(), Failure> = Retry { retries, sleep }.run("k", || {
            calls += 1;
            Err(error())
        });
        assert!(result.is_err());
        let pauses = pauses.lock().unwrap().clone();
        (calls, pauses)
    }

    #[test]
    fn pauses_grow_and_are_bounded() {
        let (calls, pauses) = run(9, || Failure(true, None));
        assert_eq!((calls, pauses.len()), (10, 9));
        for (attempt, pause) in pauses.iter().enumerate() {
            let full = (BASE * (1 << attempt)).min(MAX_PAUSE);
            assert!(*pause <= full && *pause >= full * 3 / 4, "{attempt}: {pause:?}");
        }
        assert_eq!(backoff("k", 3), backoff("k", 3));
        assert!((0..20).any(|n| backoff(&n.to_string(), 3) != backoff("k", 3)));
    }

    #[test]
    fn what_cannot_pass_is_not_repeated() {
        assert_eq!(run(5, || Failure(false, None)).0, 1);
    }

    #[test]
    fn the_servers_wish_is_followed_within_reason() {
        let limited = |seconds| move || Failure(true, Some(Duration::from_secs(seconds)));
        assert_eq!(run(1, limited(7)), (2, vec![Duration::from_secs(7)]));
        assert_eq!(run(5, limited(3600)).0, 1);
    }
}
