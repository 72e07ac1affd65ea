//! Lowers a stage graph to a plan: a DAG of operations with content digests, and the configuration of the
//! image that comes out. Nothing is executed here, and only what the target needs is in the plan.

mod contexts;
mod epoch;
mod error;
mod facts;
mod history;
mod lower;
mod op;
mod ports;
mod privilege;
mod refusals;
mod remote;
mod scope;
mod signals;
mod stages;

pub use contexts::{MainContext, NamedContext};
pub use epoch::epoch_source;
pub use error::PlanError;
pub use facts::FactKind;
pub use lower::{Bases, PlanOptions, plan, plan_all};
pub use op::{
    BaseImage, CopyOp, CopySource, Exec, ExecMount, ExecMountKind, NetworkMode, NodeId, Op, Sharing, Source,
};
pub use privilege::{Allowed, Privilege};
pub use refusals::{AssumedBases, refusals};
pub use remote::{GitOp, WebOp};

use image::{Digest, History, ImageConfig, Platform};
use kit::TextRange;

/// The work that makes the images of one target, one for each platform.
#[derive(Debug, Clone)]
pub struct Plan {
    /// All nodes; a node comes after those it needs. What several platforms need in the same form is there once.
    pub nodes: Vec<Node>,
    /// What comes out, in the order in which the platforms were asked for; never empty.
    pub outputs: Vec<Output>,
    /// The stages that were planned, once for each platform.
    pub stages: Vec<PlannedStage>,
    /// What instructions say in histories, in every stage that is needed.
    pub said: Vec<Said>,
}

/// A stage of a plan.
#[derive(Debug, Clone)]
pub struct PlannedStage {
    /// Its FROM.
    pub origin: Origin,
    /// The node that it begins with.
    pub begin: NodeId,
    /// The stage that it is built on, where it is one.
    pub parent: Option<usize>,
}

impl Plan {
    /// The image at the bottom of a node's file system.
    pub fn bottom(&self, mut node: NodeId) -> Option<&BaseImage> {
        loop {
            match (&self.nodes[node.0].op, self.nodes[node.0].input) {
                (Op::Image(image), _) => return Some(image),
                (_, Some(input)) => node = input,
                (_, None) => return None,
            }
        }
    }

    /// The FROM by which an image came to be the bottom of a node's file system. Nothing where it was copied from
    /// directly, or where several stages begin with it and the node is of none of them.
    pub fn from_of(&self, node: NodeId) -> Option<&Origin> {
        let (mut bottom, mut above) = (node, None);
        while let Some(input) = self.nodes[bottom.0].input {
            (above, bottom) = (Some(bottom), input);
        }
        let mut fits = self.stages.iter().filter(|stage| stage.begin == bottom);
        let Some(above) = above else {
            let mut own = fits.filter(|stage| stage.parent.is_none());
            let only = own.next()?;
            return own.next().is_none().then_some(&only.origin);
        };
        let mut number = self.nodes[above.0].origin.stage;
        loop {
            let stage = fits.clone().find(|stage| stage.origin.stage == number);
            match stage {
                Some(PlannedStage { parent: Some(parent), .. }) => number = *parent,
                Some(stage) => return Some(&stage.origin),
                None => return fits.next().map(|stage| &stage.origin),
            }
        }
    }
}

/// The text of an instruction in the history of an image, with what it makes of variables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// The instruction.
    pub range: TextRange,
    /// Name of its stage, or `stage-<number>`.
    pub stage: String,
    /// The text.
    pub text: String,
}

/// One operation with its place in the Dockerfile.
#[derive(Debug, Clone)]
pub struct Node {
    /// What is done.
    pub op: Op,
    /// The file system it is done on; none for the first of a stage.
    pub input: Option<NodeId>,
    /// Platform of the file system; processes are of it.
    pub platform: Platform,
    /// Digest of the definition.
    pub digest: Digest,
    /// Where it comes from.
    pub origin: Origin,
}

/// The place of a node in the Dockerfile.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Number of the stage, from 0.
    pub stage: usize,
    /// Name of the stage, or `stage-<number>`.
    pub stage_name: String,
    /// Number of the step within its stage, from 1; 0 for what is fetched for a step.
    pub step: usize,
    /// Steps of the stage.
    pub steps: usize,
    /// The instruction.
    pub range: TextRange,
    /// Its line, from 1.
    pub line: u32,
    /// The instruction as one line.
    pub text: String,
}

/// An image that a plan makes.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its platform.
    pub platform: Platform,
    /// The node whose file system it is.
    pub node: NodeId,
    /// Configuration without times, layers and history.
    pub config: ImageConfig,
    /// History of this build, after the base's: entry, and the node that may have made a layer for it.
    pub history: Vec<(History, Option<NodeId>)>,
    /// Name of the target stage, or `stage-<number>`.
    pub stage_name: String,
}

impl Node {
    /// Everything whose file system this node reads, the input first.
    pub fn needs(&self) -> Vec<NodeId> {
        self.input.into_iter().chain(self.op.sources()).collect()
    }
}
