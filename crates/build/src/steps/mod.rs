//! Steps that run a process.

mod exec;
mod failure;
mod hints;
mod mounts;
mod network;
mod output;
mod processors;

pub use failure::{FailedState, FailureShell, OnFailure};
pub use output::StepOutput;
pub(crate) use processors::show_processors;
