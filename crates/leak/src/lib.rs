//! Finds values that were lent to a build in what the build makes.
//!
//! [`Needles`] are the byte strings to look for: each value as it is and in every encoding that programs write by
//! themselves. A [`Search`] takes a file as it is read or written, piece by piece, in bounded memory, and looks inside
//! compressed data and archives, wherever in the file they begin. A [`Redactor`] takes the same values out of logs.
//!
//! Nothing here reads or writes a file, and nothing that comes out of it holds a value.

mod codec;
mod common;
mod encode;
mod headers;
mod inner;
mod matcher;
pub mod names;
mod needles;
mod node;
mod redact;
mod regions;
mod search;
mod value;

pub use needles::Needles;
pub use redact::Redactor;
pub use search::{Hit, Outcome, Search};

/// Whether a value is too short or too common to be looked for.
pub fn is_common(value: &str) -> bool {
    value::strength(value.trim().as_bytes()) == value::Strength::Weak
}
