//! What a step is made of, as it is recorded.

use std::collections::BTreeMap;

use image::{Digest, Entry, EntryKind, path_to_string};
use kit::Hasher;
use plan::{CopySource, FactKind, NodeId, Op, Source};
use serde::{Deserialize, Serialize};

use super::label;
use crate::BuildError;
use crate::engine::{Chain, Engine};

/// Of more files than this only the number is recorded.
const MAX_FILES: usize = 100_000;

/// What a step is made of.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inputs {
    /// Version of cooper that ran the step.
    pub(crate) version: String,
    pub(crate) platform: String,
    /// Build arguments, variables and parts of the instruction.
    pub(crate) arguments: BTreeMap<String, Value>,
    pub(crate) variables: BTreeMap<String, Value>,
    pub(crate) parts: BTreeMap<String, Value>,
    /// What the step stands on, base first.
    pub(crate) below: Vec<Below>,
    /// Other stages and images that it reads.
    pub(crate) stages: Vec<Below>,
    /// The files it takes of each context and stage, by name of the tree.
    pub(crate) files: BTreeMap<String, BTreeMap<String, FileRow>>,
}

/// A value, or the digest of one that nobody may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Value {
    Shown(String),
    Hidden(String),
}

/// A file system that a step stands on or reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Below {
    pub(crate) name: String,
    /// Of a base image the digest of its manifest, else one digest for its layers.
    pub(crate) content: String,
    pub(crate) base: bool,
}

/// A file as a step sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRow {
    /// Its kind, one letter as `ls` has it.
    pub(crate) kind: char,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    /// Of a file the first digits of its digest, of a link what it points to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) content: String,
    /// A time that an archive or a server states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<i64>,
    /// Extended attributes, as a digest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) attributes: String,
}

impl Engine<'_> {
    /// What a step is made of.
    pub(super) fn inputs(&self, id: NodeId, chains: &BTreeMap<NodeId, Chain>) -> Result<Inputs, BuildError> {
        let node = &self.plan.nodes[id.0];
        let mut inputs = Inputs {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            platform: node.platform.to_string(),
            below: self.below(id),
            ..Inputs::default()
        };
        for (kind, value) in node.op.facts() {
            let (map, name) = match kind {
                FactKind::Argument(name) => (&mut inputs.arguments, name),
                FactKind::Variable(name) => (&mut inputs.variables, name),
                FactKind::Part(name) => (&mut inputs.parts, name),
            };
            let value = self.value(&name, value);
            map.insert(name, value);
        }
        for source in node.op.sources() {
            inputs.stages.push(self.read_tree(source));
        }
        match &node.op {
            Op::Copy(copy) => {
                let name = self.tree_name(&copy.from, copy.sources.first());
                let picked = self.pick(copy, chains)?;
                let rows = picked.iter().filter(|picked| !picked.entry.path.is_empty());
                inputs.add_files(name, rows.map(|picked| (&picked.entry, picked.entry.digest)));
            }
            Op::Exec(exec) => {
                for mount in &exec.mounts {
                    let Some(Source::Context(name)) = mount.source() else { continue };
                    let part = self.context_part(name.as_ref(), mount.source_path())?;
                    let rows = part.iter().map(|(entry, digest)| (entry, *digest));
                    inputs.add_files(context_name(name.as_ref()), rows);
                }
            }
            _ => {}
        }
        Ok(inputs)
    }

    fn value(&self, name: &str, value: String) -> Value {
        if self.hides(name, &value) {
            Value::Hidden(Digest::of(value.as_bytes()).short())
        } else {
            Value::Shown(value)
        }
    }

    /// The base and the steps that a node stands on, base first.
    fn below(&self, id: NodeId) -> Vec<Below> {
        let mut out = Vec::new();
        let mut at = self.plan.nodes[id.0].input;
        while let Some(node) = at {
            out.push(self.read_tree(node));
            at = self.plan.nodes[node.0].input;
        }
        out.reverse();
        out
    }

    fn read_tree(&self, id: NodeId) -> Below {
        let node = &self.plan.nodes[id.0];
        if let Op::Image(image) = &node.op {
            let content = image.manifest.digest.to_string();
            return Below { name: image.reference.familiar(), content, base: true };
        }
        let content = self.trace.chain(id).map_or_else(String::new, |chain| chain.short());
        Below { name: label(node), content, base: false }
    }

    fn tree_name(&self, from: &Source, first: Option<&CopySource>) -> String {
        let of_node = |id: &NodeId| {
            let node = &self.plan.nodes[id.0];
            match &node.op {
                Op::Image(image) => image.reference.familiar(),
                Op::Web(web) => web.url.url.clone(),
                Op::Git(git) => git.git.to_string(),
                _ => format!("stage {}", node.origin.stage_name),
            }
        };
        match (from, first) {
            (_, Some(CopySource::Remote { node, .. })) | (Source::Node(node), _) => of_node(node),
            (Source::Context(name), _) => context_name(name.as_ref()),
        }
    }
}

fn context_name(name: Option<&String>) -> String {
    name.map_or_else(|| "context".to_owned(), |name| format!("context {name}"))
}

impl Inputs {
    fn add_files<'a>(
        &mut self,
        tree: String,
        rows: impl Iterator<Item = (&'a Entry, Option<Digest>)> + Clone,
    ) {
        if rows.clone().count() > MAX_FILES {
            return;
        }
        let files = self.files.entry(tree).or_default();
        for (entry, digest) in rows {
            files.insert(path_to_string(&entry.path), FileRow::new(entry, digest));
        }
    }
}

impl FileRow {
    fn new(entry: &Entry, digest: Option<Digest>) -> Self {
        let content = match digest {
            Some(digest) => digest.hex()[..16].to_owned(),
            None => path_to_string(&entry.link),
        };
        let mut attributes = Hasher::new();
        for (name, value) in &entry.xattrs {
            attributes.field(name);
            attributes.field(value);
        }
        Self {
            kind: letter(entry.kind),
            mode: entry.mode & 0o7777,
            owner: (entry.uid, entry.gid),
            content,
            time: (!entry.undated).then_some(entry.mtime),
            attributes: if entry.xattrs.is_empty() { String::new() } else { attributes.finish().short() },
        }
    }
}

const fn letter(kind: EntryKind) -> char {
    match kind {
        EntryKind::Dir | EntryKind::OpaqueDir => 'd',
        EntryKind::Symlink => 'l',
        EntryKind::CharDevice => 'c',
        EntryKind::BlockDevice => 'b',
        EntryKind::Fifo => 'p',
        _ => '-',
    }
}
