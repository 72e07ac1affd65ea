//! What was found, where, and how to mend it.

use std::borrow::Cow;

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
    /// What other tools call the same thing: those of the rule's aliases that this very finding answers to.
    pub aliases: Vec<&'static str>,
    /// What `BuildKit` says of it, when one of its checks finds it, too.
    pub buildkit: Option<Box<BuildkitWarning>>,
}

/// A finding as `BuildKit` reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildkitWarning {
    /// Its text.
    pub detail: String,
    /// The lines it is about: those of the whole instruction.
    pub range: TextRange,
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
    /// Files that it adds, each with its text, by their path from the directory of the build context; one that is
    /// there already stays as it is.
    pub creates: Vec<(String, String)>,
    /// Whether it can be applied without a second look.
    pub safety: Safety,
    /// What of the image may differ afterwards; all else stays as it is.
    pub effects: Vec<Effect>,
}

/// A part of the image that a fix may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing new: what is at this absolute path or below it may go, as caches do.
    Removes(Cow<'static, str>),
    /// What is at this absolute path or below it may come, go or change; `/` for anything.
    Changes(Cow<'static, str>),
    /// A field of the image's configuration as OCI writes it, for example `Labels` or `Cmd`, may differ.
    Config(&'static str),
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
