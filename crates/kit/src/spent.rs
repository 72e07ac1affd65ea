//! What a piece of work takes of the machine: processor time and transfers of its thread, and of the helpers that it starts.

use std::cell::Cell;
use std::ops::Add;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processors that this process may use; found once, as files of the system have to be read for it.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// What was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Processor time.
    pub cpu: Duration,
    /// Bytes that read calls gave.
    pub read: u64,
    /// Bytes that write calls took.
    pub written: u64,
    /// Bytes that came from disks.
    pub disk_read: u64,
    /// Bytes that are for disks.
    pub disk_written: u64,
}

thread_local! {
    /// What helpers of this thread have taken; nothing while nobody asks.
    static HELPERS: Cell<Option<Spent>> = const { Cell::new(None) };
}

/// Does some work, and tells what it took.
pub fn measured<T>(work: impl FnOnce() -> T) -> (T, Spent) {
    let outer = HELPERS.replace(Some(Spent::default()));
    let before = of_thread();
    let result = work();
    let after = of_thread();
    let helpers = HELPERS.replace(outer).unwrap_or_default();
    (result, after.since(before) + helpers)
}

/// Has so many threads do the same work, and waits for them.
pub fn helpers(count: usize, work: impl Fn() + Sync) {
    let is_measured = HELPERS.get().is_some();
    let one = || if is_measured { measured(&work).1 } else { (work(), Spent::default()).1 };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(one)).collect();
        for thread in threads {
            let spent = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            HELPERS.set(HELPERS.get().map(|sum| sum + spent));
        }
    });
}

fn of_thread() -> Spent {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or_default());
    let cpu = seconds + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default());
    let counts = std::fs::read_to_string("/proc/thread-self/io").unwrap_or_default();
    let count = |name: &str| {
        let value = counts.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")?.parse().ok());
        value.unwrap_or_default()
    };
    Spent {
        cpu,
        read: count("rchar"),
        written: count("wchar"),
        disk_read: count("read_bytes"),
        disk_written: count("write_bytes"),
    }
}

impl Spent {
    fn since(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            read: self.read.saturating_sub(before.read),
            written: self.written.saturating_sub(before.written),
            disk_read: self.disk_read.saturating_sub(before.disk_read),
            disk_written: self.disk_written.saturating_sub(before.disk_written),
        }
    }
}

impl Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            cpu: self.cpu + other.cpu,
            read: self.read + other.read,
            written: self.written + other.written,
            disk_read: self.disk_read + other.disk_read,
            disk_written: self.disk_written + other.disk_written,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_count_for_the_thread_that_waits_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, vec![0; 100_000]).unwrap();
        let work = || assert_eq!(std::fs::read(&path).unwrap().len(), 100_000);
        let ((), alone) = measured(work);
        let ((), many) = measured(|| helpers(3, work));
        helpers(2, work);
        if alone.read == 0 {
            println!("NOT RUN: the kernel does not count transfers");
            return;
        }
        assert!(alone.read >= 100_000 && many.read >= 300_000, "{alone:?} {many:?}");
        assert!(many.read < 400_000, "what is not measured counts for nobody: {many:?}");
        assert!(many.cpu > Duration::ZERO);
    }
}
