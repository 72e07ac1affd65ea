//! Who is told while something is fetched.

/// Is told how far a fetch is, from the thread that does it.
pub trait Progress: Sync {
    /// `done` bytes are there, of `total` where that is known. It may go back when a transfer starts again.
    fn advance(&self, done: u64, total: Option<u64>);

    /// A line that another program said.
    fn line(&self, text: &str);

    /// Whether the fetch is to stop now.
    fn cancelled(&self) -> bool;
}

/// Nobody wants to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn advance(&self, _: u64, _: Option<u64>) {}

    fn line(&self, _: &str) {}

    fn cancelled(&self) -> bool {
        false
    }
}
