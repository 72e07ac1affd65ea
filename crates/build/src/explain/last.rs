//! Which key each step of a Dockerfile had in its last build.

use std::collections::{BTreeMap, BTreeSet};

use image::Digest;
use plan::{Node, NodeId, Op, Plan};
use serde::{Deserialize, Serialize};

/// Records of last builds.
pub(super) const KIND: &str = "last build";

/// The last build of a Dockerfile, by platform and stage. Stages that a build does not need stay as they were.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastBuild {
    stages: BTreeMap<String, Vec<LastStep>>,
}

/// A step of it. Digests stand without a prefix: they keep no layer from being collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastStep {
    text: String,
    #[serde(with = "hex")]
    definition: Digest,
    #[serde(with = "hex")]
    pub(super) key: Digest,
}

mod hex {
    use image::Digest;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&digest.hex())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        Digest::from_hex(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

fn stage_of(node: &Node) -> String {
    format!("{} {}", node.platform, node.origin.stage_name)
}

fn is_step(node: &Node) -> bool {
    matches!(node.op, Op::Exec(_) | Op::Copy(_) | Op::Mkdir { .. })
}

/// The steps of a stage in order, with their position among them.
fn steps<'a>(plan: &'a Plan, stage: &'a str) -> impl Iterator<Item = &'a Node> {
    plan.nodes.iter().filter(move |node| is_step(node) && stage_of(node) == stage)
}

impl LastBuild {
    /// Takes over the stages of a build of which the keys of all steps are known; of one that failed on the way,
    /// what it got to.
    pub(super) fn update(&mut self, plan: &Plan, key: impl Fn(NodeId) -> Option<Digest>) {
        let mut seen: BTreeMap<String, Vec<Option<LastStep>>> = BTreeMap::new();
        for (at, node) in plan.nodes.iter().enumerate().filter(|(_, node)| is_step(node)) {
            let step = key(NodeId(at)).map(|key| LastStep {
                text: node.origin.text.chars().take(200).collect(),
                definition: node.digest,
                key,
            });
            seen.entry(stage_of(node)).or_default().push(step);
        }
        for (stage, steps) in seen {
            let whole: Option<Vec<LastStep>> = steps.iter().cloned().collect();
            let old = self.stages.remove(&stage).unwrap_or_default();
            let merged = whole.unwrap_or_else(|| {
                let mut merged: Vec<LastStep> = steps.into_iter().flatten().collect();
                merged.extend(old.into_iter().skip(merged.len()));
                merged
            });
            self.stages.insert(stage, merged);
        }
    }

    /// What a step was in that build: the one of the same definition, else one that has nothing else to be compared
    /// with and is of the same instruction.
    pub(super) fn step(&self, node: &Node, plan: &Plan) -> Option<&LastStep> {
        let stage = stage_of(node);
        let old = self.stages.get(&stage)?;
        let new: Vec<&Node> = steps(plan, &stage).collect();
        let at = new.iter().position(|other| std::ptr::eq(*other, node))?;
        let nearest = |fits: &dyn Fn(&LastStep) -> bool| {
            let near = old.iter().enumerate().filter(|(_, step)| fits(step));
            near.min_by_key(|(place, _)| place.abs_diff(at)).map(|(_, step)| step)
        };
        let taken: BTreeSet<Digest> = new.iter().map(|node| node.digest).collect();
        nearest(&|step| step.definition == node.digest)
            .or_else(|| nearest(&|step| !taken.contains(&step.definition) && step.text == node.origin.text))
            .or_else(|| {
                nearest(&|step| {
                    !taken.contains(&step.definition) && keyword(&step.text) == keyword(&node.origin.text)
                })
            })
    }
}

fn keyword(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase()
}
