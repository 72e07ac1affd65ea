//! The reasons for which a step runs, as data and as text.

use std::fmt;

use plan::{Node, Plan};
use serde::Serialize;

/// Longer values are cut where they are shown.
const SHOWN: usize = 60;

/// Why a step ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// `--no-cache`.
    NoCache,
    /// No build of this step is known.
    NeverBuilt,
    /// Nothing differs from the last build, but its result has gone from the store.
    Collected,
    /// The last build is known, but not what this step was made of then.
    Forgotten,
    /// Another version of cooper ran it.
    Version {
        /// That version.
        old: String,
        /// This one.
        new: String,
    },
    /// It is for another platform.
    Platform {
        /// The last one.
        old: String,
        /// This one.
        new: String,
    },
    /// A build argument.
    Argument {
        /// Its name.
        name: String,
        /// What happened to its value.
        #[serde(flatten)]
        change: Change,
    },
    /// A variable of ENV.
    Variable {
        /// Its name.
        name: String,
        /// What happened to its value.
        #[serde(flatten)]
        change: Change,
    },
    /// A part of the instruction, such as `command`.
    Instruction {
        /// The part.
        name: String,
        /// What happened to it.
        #[serde(flatten)]
        change: Change,
    },
    /// The base image, or an image that is copied from.
    Base {
        /// Its name.
        name: String,
        /// Digest of the manifest in the last build.
        old: String,
        /// Digest of the manifest now.
        new: String,
    },
    /// A step before this one in its stage, or the stage that it stands on, has another result.
    Step {
        /// The step.
        name: String,
        /// Whether it is new there.
        added: bool,
    },
    /// Another stage that it reads has another result.
    Stage {
        /// The last step of that stage.
        name: String,
    },
    /// A file of a context or stage.
    File {
        /// The context or stage.
        tree: String,
        /// The path within.
        path: String,
        /// What happened: `added`, `removed`, `content`, `mode`, `owner`, `type`, `time` or `attributes`.
        what: &'static str,
        /// What it was, for a mode, an owner or a type.
        #[serde(skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// What it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    /// Further files that are not listed.
    MoreFiles {
        /// The context or stage.
        tree: String,
        /// How many.
        count: usize,
    },
}

/// What happened to a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The last value; `None` when there was none, or when it is hidden.
    pub old: Option<String>,
    /// The value now.
    pub new: Option<String>,
    /// Whether the values may be a secret and are not shown.
    pub hidden: bool,
}

/// What happened to a step.
#[derive(Debug, Clone, Serialize)]
pub struct StepReport {
    /// Stage, number and instruction.
    pub step: String,
    /// Line of the instruction in the Dockerfile.
    pub line: u32,
    /// Platform, where the build is for several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Whether it ran; else it was found in the cache.
    pub ran: bool,
    /// Why it ran.
    pub reasons: Vec<Reason>,
}

impl StepReport {
    pub(super) fn new(node: &Node, plan: &Plan, ran: bool, reasons: Vec<Reason>) -> Self {
        let platform = (plan.outputs.len() > 1).then(|| node.platform.to_string());
        Self { step: super::label(node), line: node.origin.line, platform, ran, reasons }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCache => f.write_str("`--no-cache` asks for it"),
            Self::NeverBuilt => f.write_str("no earlier build of it is known"),
            Self::Collected => f.write_str("nothing changed, but its result has gone from the store"),
            Self::Forgotten => f.write_str("what it was made of last time is no longer known"),
            Self::Version { old, new } => write!(f, "cooper {new} runs it, last time it was {old}"),
            Self::Platform { old, new } => write!(f, "it is for {new}, last time it was {old}"),
            Self::Argument { name, change } => write!(f, "build argument `{name}` {change}"),
            Self::Variable { name, change } => write!(f, "variable `{name}` {change}"),
            Self::Instruction { name, change } => write!(f, "the instruction: {name} {change}"),
            Self::Base { name, old, new } => write!(f, "image `{name}`: {old} -> {new}"),
            Self::Step { name, added: true } => write!(f, "a step before it is new: {name}"),
            Self::Step { name, added: false } => write!(f, "a step before it has another result: {name}"),
            Self::Stage { name } => write!(f, "what it reads has another content: {name}"),
            Self::File { tree, path, what, old: Some(old), new: Some(new) } => {
                write!(f, "{tree}: `{path}`: {what} {old} -> {new}")
            }
            Self::File { tree, path, what: what @ ("added" | "removed"), .. } => {
                write!(f, "{tree}: `{path}` was {what}")
            }
            Self::File { tree, path, what, .. } => write!(f, "{tree}: `{path}`: {what} changed"),
            Self::MoreFiles { tree, count } => write!(f, "{tree}: {count} more changes"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.old, &self.new) {
            _ if self.hidden => f.write_str("changed (its values are not shown)"),
            (Some(old), Some(new)) => {
                let same = common_prefix(old, new);
                write!(f, "`{}` -> `{}`", cut(old, same), cut(new, same))
            }
            (None, Some(new)) => write!(f, "is new: `{}`", cut(new, 0)),
            (Some(old), None) => write!(f, "is gone: `{}`", cut(old, 0)),
            (None, None) => f.write_str("changed"),
        }
    }
}

/// How many letters two texts begin with in common.
fn common_prefix(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// One line of a text around its letter `at`.
fn cut(text: &str, at: usize) -> String {
    let letters: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if letters.len() <= SHOWN {
        return letters.into_iter().collect();
    }
    let begin = at.saturating_sub(SHOWN / 3).min(letters.len() - SHOWN);
    let middle: String = letters[begin..begin + SHOWN].iter().collect();
    let before = if begin > 0 { "…" } else { "" };
    let after = if begin + SHOWN < letters.len() { "…" } else { "" };
    format!("{before}{middle}{after}")
}
