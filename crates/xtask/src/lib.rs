//! Checks of the source tree that the compiler cannot make: the direction of dependencies, the size of files,
//! where `unsafe` and the environment may be used, and that the documents say what the tree holds.
//!
//! `tests/tidy.rs` runs every check as a test; `cargo run -p cooper-xtask -- tidy` prints what they find.

mod checks;
mod source;
mod tree;

pub use checks::{ALL as CHECKS, Check};
pub use source::Source;
pub use tree::Tree;
