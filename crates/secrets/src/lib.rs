//! Finds secrets in texts by rules, those of a `gitleaks.toml` as it is or own ones.
//!
//! All rules are looked for in one pass. Of each pattern it is known which words every match holds and how far a match
//! reaches around them ([`anchor`]); one automaton finds the words of all rules, and a pattern is compiled and tried only where one
//! of its words was found. A [`Search`] takes a file piece by piece in bounded memory, and what it finds does not depend on where
//! the pieces end. What comes out tells rule and place and never the value.

mod allow;
mod anchor;
mod builtin;
mod document;
mod entropy;
mod go_syntax;
mod ignore;
mod pattern;
mod rule;
mod rules;
mod search;
mod skip;
mod usual;

pub use document::{LoadError, load};
pub use ignore::Ignored;
pub use rules::{Rules, builtin, builtin_shapes};
pub use search::{Finding, Search};
pub use skip::is_binary;

/// Counted up when the same rules find other things in the same bytes.
pub const REVISION: u32 = 4;
