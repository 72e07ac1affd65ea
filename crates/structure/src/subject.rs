//! What tests look at.

use std::collections::BTreeMap;
use std::time::Duration;

use image::ImageConfig;
use store::Merged;

use crate::RunOptions;

/// An image under test.
pub trait Subject {
    /// Its configuration.
    fn config(&self) -> &ImageConfig;
    /// Its files.
    ///
    /// # Errors
    /// When its layers cannot be read.
    fn files(&self) -> Result<&Merged, String>;
    /// Runs programs in it, one after the other over the same files, which are dropped afterwards.
    ///
    /// # Errors
    /// When they cannot be run.
    fn run(&mut self, process: &Process<'_>) -> Result<Ran, String>;
}

/// Programs to run.
#[derive(Debug, Clone, Copy)]
pub struct Process<'a> {
    /// Variables on top of the image's.
    pub env: &'a BTreeMap<String, String>,
    /// What runs first; it need not succeed.
    pub setup: &'a [Vec<String>],
    /// Program and arguments whose output counts.
    pub command: &'a [String],
    /// What runs last.
    pub teardown: &'a [Vec<String>],
    /// How they run.
    pub options: &'a RunOptions,
}

/// What a program did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it printed as errors.
    pub stderr: String,
    /// How long it took.
    pub duration: Duration,
}
