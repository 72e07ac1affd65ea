//! What was found, where, and how to mend it.

use kit::{Edit, TextRange};
use serde::Serialize;

use crate::Severity;

/// Something that a user should know, with the place to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Code of the rule, for example `CO101`; it never changes its meaning.
    pub code: &'static str,
    /// Name of the rule in kebab-case.
    pub rule: &'static str,
    /// How bad it is here.
    pub severity: Severity,
    /// What is wrong: a lowercase fragment, values in backticks.
    pub message: String,
    /// Where.
    pub primary: Location,
    /// Other places that belong to it, each with what it has to do with it.
    pub related: Vec<(Location, String)>,
    /// What to do next.
    pub help: Option<String>,
    /// How to change the file.
    pub fix: Option<Fix>,
    /// What other tools call the same thing.
    pub aliases: &'static [&'static str],
}

/// A place in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Location {
    /// The file, as the user named it.
    pub file: String,
    /// The bytes of it.
    pub range: TextRange,
}

/// A change of the file that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What it does, as an order: "add `--no-install-recommends`".
    pub description: String,
    /// The changes; they do not overlap.
    pub edits: Vec<Edit>,
    /// Whether it can be applied without a second look.
    pub safety: Safety,
}

/// Whether a fix can be applied without a second look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// The image keeps its meaning.
    Safe,
    /// The image can change; applied only on demand.
    Unsafe,
    /// A proposal that needs an answer from the user; never applied.
    Display,
}
