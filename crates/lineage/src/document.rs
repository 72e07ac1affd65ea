//! The lineage document: the steps of a build that an image rests on, and for each COPY where its files were before.

use image::Digest;
use serde::{Deserialize, Serialize};

use crate::Rules;

/// Name and version of the document's shape.
pub const SCHEMA: &str = "cooper/lineage/1";

/// What an in-toto statement that holds the document calls it.
pub const PREDICATE_TYPE: &str = "urn:cooper:lineage:v1";

/// Larger documents than this are not read.
pub const MAX_BYTES: u64 = 64 << 20;

/// The lineage of one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lineage {
    /// [`SCHEMA`].
    pub schema: String,
    /// The Dockerfile, relative to the context when it is within.
    pub file: String,
    /// Digest of its text.
    pub file_digest: Digest,
    /// The steps; each stands after those that it reads.
    pub nodes: Vec<Node>,
    /// The step that made each layer of the image, base first.
    pub layers: Vec<usize>,
    /// Line of the FROM that brought the image's base, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_line: Option<u32>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// What it does.
    pub kind: Kind,
    /// Number of its stage, from 0.
    pub stage: usize,
    /// Name of the stage, or `stage-<number>`.
    pub stage_name: String,
    /// First line in the Dockerfile, from 1. Of an image it is the first place alone that asks for it.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// The instruction as written, on one line.
    pub text: String,
    /// The step whose file system it works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<usize>,
    /// Of an image: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Of what was fetched: from where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<Remote>,
    /// What a RUN could see besides its file system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Of a COPY or ADD: where the files were that it placed. Of another step: files of which it changed nothing but
    /// mode, owner or attributes, and who had written them.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub rules: Rules<Origin>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Layers of an image.
    Image,
    /// Nothing at all.
    Scratch,
    /// A file of a web server.
    Web,
    /// A tree of a git repository.
    Git,
    /// A context that was fetched or came by standard input.
    Tree,
    /// RUN.
    Run,
    /// COPY, or a stage that is a directory.
    Copy,
    /// ADD.
    Add,
    /// WORKDIR.
    Workdir,
}

/// An image that a build started or copied from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// As it was asked for.
    pub reference: String,
    /// Digest of its manifest.
    pub digest: Digest,
    /// Its layers, base first.
    pub layers: Vec<BaseLayer>,
}

/// A layer of such an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BaseLayer {
    /// Digest of the uncompressed layer.
    pub diff_id: Digest,
    /// What the image's history says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
}

/// Something that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remote {
    /// Its address, without a login.
    pub url: String,
    /// The content that it had, or the commit: `sha256:…`, `sha1:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// What a RUN could see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mount {
    /// `bind`, `cache`, `tmpfs`, `secret` or `ssh`.
    pub kind: String,
    /// Where it was seen.
    pub target: String,
    /// The tree that it showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Tree>,
    /// The path within that tree.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A tree that a step read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tree {
    /// The file system of a step.
    Node(usize),
    /// A context; the main one has no name.
    Context(String),
}

/// Who had written a path that was copied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "by")]
pub enum Origin {
    /// The step itself: a directory that its target needed.
    Made,
    /// The text of a heredoc.
    Dockerfile,
    /// A context; the main one has no name.
    Context {
        /// Its name.
        name: String,
        /// The archive in it that was unpacked; the path is one of the archive then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        archive: Option<String>,
    },
    /// A step.
    Node {
        /// Its number.
        node: usize,
        /// Of an image: the number of the layer, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        layer: Option<usize>,
        /// Of an image: line of the FROM that brought it, where it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_line: Option<u32>,
        /// The archive in its file system that was unpacked; the path is one of the archive then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        archive: Option<String>,
    },
    /// Somebody: it lay at or below the path in a tree whose layers did not come, as those of another engine.
    Within {
        /// The tree, of a stage the last step of it.
        tree: Tree,
    },
}

/// Why bytes are no lineage document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError(pub String);

impl std::fmt::Display for DocumentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "malformed lineage: {}", self.0)
    }
}

impl std::error::Error for DocumentError {}

impl Lineage {
    /// Reads a document, which may come from anybody: numbers lead to steps that stand before, so that no answer
    /// runs in circles.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(DocumentError("it is too large".to_owned()));
        }
        let read: Self = serde_json::from_slice(bytes).map_err(|error| DocumentError(error.to_string()))?;
        if read.schema != SCHEMA {
            return Err(DocumentError(format!("its schema is `{}`, and known is `{SCHEMA}`", read.schema)));
        }
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), DocumentError> {
        let wrong = |at: usize| DocumentError(format!("step {at} reads one that does not stand before it"));
        for (at, node) in self.nodes.iter().enumerate() {
            let trees = node.mounts.iter().filter_map(|mount| match &mount.from {
                Some(Tree::Node(node)) => Some(*node),
                _ => None,
            });
            let origins = node.rules.origins.iter().filter_map(|origin| match origin {
                Origin::Node { node, .. } | Origin::Within { tree: Tree::Node(node) } => Some(*node),
                _ => None,
            });
            if node.input.into_iter().chain(trees).chain(origins).any(|read| read >= at) {
                return Err(wrong(at));
            }
            if !node.rules.are_sorted() {
                return Err(DocumentError(format!("the rules of step {at} are not sorted")));
            }
        }
        match self.layers.iter().find(|node| **node >= self.nodes.len()) {
            Some(node) => Err(DocumentError(format!("a layer is of step {node}, which is not there"))),
            None => Ok(()),
        }
    }

    /// The document as text; the same for the same lineage.
    pub fn to_json(&self) -> Result<Vec<u8>, DocumentError> {
        serde_json::to_vec(self).map_err(|error| DocumentError(error.to_string()))
    }

    /// The number of a layer among those of its own step: of an image that has several.
    pub fn layer_within(&self, layer: usize) -> Option<usize> {
        let node = self.layers.get(layer)?;
        Some(self.layers[..layer].iter().rev().take_while(|other| *other == node).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(input: Option<usize>) -> Node {
        Node {
            kind: Kind::Run,
            stage: 0,
            stage_name: "stage-0".to_owned(),
            line: 2,
            end_line: 2,
            text: "RUN make".to_owned(),
            input,
            image: None,
            remote: None,
            mounts: Vec::new(),
            rules: Rules::default(),
        }
    }

    fn document(nodes: Vec<Node>, layers: Vec<usize>) -> Lineage {
        let file = "Dockerfile".to_owned();
        Lineage {
            schema: SCHEMA.to_owned(),
            file,
            file_digest: Digest::of(b""),
            nodes,
            layers,
            from_line: None,
        }
    }

    #[test]
    fn a_document_comes_back() {
        let mut copy = node(Some(0));
        let origin = Origin::Node { node: 0, layer: None, from_line: None, archive: None };
        copy.rules = Rules::new([(b"a".to_vec(), b"b".to_vec(), origin)]);
        let made = document(vec![node(None), copy], vec![0, 1]);
        assert_eq!(Lineage::parse(&made.to_json().unwrap()).unwrap(), made);
    }

    #[test]
    fn what_leads_forward_or_nowhere_is_refused() {
        let check = |made: Lineage| assert!(Lineage::parse(&made.to_json().unwrap()).is_err(), "{made:?}");
        check(document(vec![node(Some(0))], vec![]));
        check(document(vec![node(None)], vec![1]));
        let mut mounted = node(None);
        let from = Some(Tree::Node(3));
        mounted.mounts.push(Mount { kind: "bind".into(), target: "/x".into(), from, source: String::new() });
        check(document(vec![mounted], vec![]));
        check(Lineage { schema: "cooper/lineage/2".into(), ..document(vec![], vec![]) });
        assert!(Lineage::parse(b"{}").is_err() && Lineage::parse(b"").is_err());
    }
}
