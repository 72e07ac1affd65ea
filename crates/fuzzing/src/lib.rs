//! Everything that reads bytes from outside, as fuzz targets: one file each in `targets/`, with the inputs to begin
//! with and the words of its language. `fuzz/` runs them under a coverage-guided fuzzer; a test of this crate runs each
//! with a fixed seed on any compiler.

#![expect(clippy::unwrap_used, reason = "what fails here is what a fuzzer looks for")]

mod mutate;
mod targets;

pub use mutate::Mutator;

/// A reader of bytes from outside, with the properties that hold for every input.
pub struct Target {
    /// Its name; that of its file, here and in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// Reads an input; panics when a property does not hold.
    pub run: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: &'static [&'static str],
    /// Words that mean something.
    pub words: &'static [&'static str],
}

/// All targets, by name.
pub fn targets() -> &'static [&'static Target] {
    targets::ALL
}

/// Gives an input to the target of a name, when there is one. Fuzzers call this.
pub fn run(name: &str, input: &[u8]) {
    if let Some(target) = targets().iter().find(|target| target.name == name) {
        (target.run)(input);
    }
}
