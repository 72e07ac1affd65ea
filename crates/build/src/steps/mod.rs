//! Steps that run a process.

mod exec;
mod failure;
mod mounts;
mod network;

pub use failure::{FailedState, FailureShell, OnFailure};
