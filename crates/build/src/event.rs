//! What a build reports while it runs.

use std::time::Duration;

use plan::NodeId;

/// Which output of a process a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Something that happened to a node.
#[derive(Debug, Clone)]
pub struct Event {
    /// The node.
    pub node: NodeId,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// It runs now.
    Started,
    /// It was found in the cache.
    Cached,
    /// Its process wrote this.
    Output(Stream, Vec<u8>),
    /// Something worth knowing, once.
    Note(String),
    /// It is done, after this long.
    Done(Duration),
    /// It failed.
    Failed,
}
