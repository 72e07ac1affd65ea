//! Steps that run a process.

mod exec;
mod failure;
mod mounts;
mod network;
mod processors;

pub use failure::{FailedState, FailureShell, OnFailure};
pub(crate) use processors::show_processors;
