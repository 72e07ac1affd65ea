//! The values that a stage graph is made of.

use std::collections::BTreeMap;

use image::{Platform, Reference};
use kit::TextRange;
use serde::Serialize;
use syntax::Spanned;

use crate::Scope;

/// What a graph depends on besides the Dockerfile.
#[derive(Debug, Clone)]
pub struct Options {
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// Platform of the result.
    pub platform: Platform,
    /// Platform of the machine that builds.
    pub build_platform: Platform,
    /// Names given by `--build-context`; they hide stages and images of the same name.
    pub named_contexts: Vec<String>,
    /// `--target`; the last stage when there is none.
    pub target: Option<String>,
    /// Whether every stage counts, not only those that the target needs: a check without a target looks at all.
    pub all_stages: bool,
    /// Whether `build_args` are all that will be given: then an argument without a value is unset for sure.
    pub complete: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            build_args: BTreeMap::new(),
            platform: Platform::host(),
            build_platform: Platform::host(),
            named_contexts: Vec::new(),
            target: None,
            all_stages: false,
            complete: false,
        }
    }
}

/// A text that is known, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// The text after expansion.
    Known(String),
    /// It depends on something outside of the file: a build argument without a value, or the base image.
    Unknown,
}

impl Value {
    /// The text, when it is known.
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Unknown => None,
        }
    }
}

/// Something for which a build of the file is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The offending text.
    pub range: TextRange,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A build stage: a FROM and what follows up to the next one.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its number, from 0.
    pub index: usize,
    /// Its name in lower case.
    pub name: Option<Spanned<String>>,
    /// What it is built on.
    pub base: Base,
    /// Where the base stands in the FROM line.
    pub base_range: TextRange,
    /// `--platform` after expansion.
    pub platform: Option<Value>,
    /// From its FROM to its last instruction.
    pub range: TextRange,
    /// Position of its FROM in `Parse::instructions()`; none in a part of a Dockerfile.
    pub from_instruction: Option<usize>,
    /// Positions of the other instructions in `Parse::instructions()`.
    pub instructions: Vec<usize>,
    /// The variables at its end, those of the stages it is built from included.
    pub scope: Scope,
    pub(crate) from_range: TextRange,
}

impl Stage {
    /// The FROM instruction.
    pub const fn range_of_from(&self) -> TextRange {
        self.from_range
    }

    /// The name, or `stage-<number>`.
    pub fn label(&self) -> String {
        self.name.as_ref().map_or_else(|| format!("stage-{}", self.index), |name| name.value.clone())
    }
}

/// What a stage is built on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// `FROM scratch`: nothing.
    Scratch,
    /// An earlier stage.
    Stage(usize),
    /// What `--build-context` gives this name.
    Context(String),
    /// An image.
    Image {
        /// The name after expansion.
        text: String,
        /// The same as a reference; `None` when it is none, which is a problem of the graph, too.
        reference: Option<Reference>,
    },
    /// An image whose name depends on arguments that have no value.
    Unknown {
        /// The name as written.
        written: String,
        /// The arguments.
        unset: Vec<String>,
    },
}

/// What an edge stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// `FROM <stage>`.
    From,
    /// `COPY --from=<stage>`.
    Copy,
    /// `RUN --mount=from=<stage>`.
    Mount,
}

impl EdgeKind {
    /// How it is written in a Dockerfile.
    pub const fn name(self) -> &'static str {
        match self {
            Self::From => "FROM",
            Self::Copy => "COPY",
            Self::Mount => "mount",
        }
    }
}

/// A stage that needs another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The stage that is needed.
    pub from: usize,
    /// The stage that needs it.
    pub to: usize,
    /// Why.
    pub kind: EdgeKind,
    /// Where the name of the needed stage stands.
    pub range: TextRange,
    /// The paths that are copied or mounted, as written; none for FROM.
    pub sources: Vec<String>,
}

/// What the name in `COPY --from=` or in `from=` of a mount stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An earlier stage.
    Stage(usize),
    /// The very stage the instruction stands in.
    Own,
    /// A stage that begins only later.
    Later(usize),
    /// A number that no stage has.
    NoStage,
    /// What `--build-context` gives this name.
    Context(String),
    /// An image; `None` when the name is no reference.
    Image(Option<Reference>),
}

/// A `COPY --from=` or a mount with `from=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The stage it stands in.
    pub stage: usize,
    /// Position of the instruction in `Parse::instructions()`.
    pub instruction: usize,
    /// `Copy` or `Mount`.
    pub kind: EdgeKind,
    /// The name as written.
    pub name: Spanned<String>,
    /// What it stands for.
    pub source: Source,
    /// The paths that are read, as written.
    pub paths: Vec<String>,
}
