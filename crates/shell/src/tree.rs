//! The tree: nodes in the order of the text, each followed by what belongs to it.

use kit::TextRange;

use crate::dialect::Dialect;
use crate::error::ShellError;
use crate::kind::Kind;

/// Position of a node in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

/// A node as the tree holds it. The nodes of its subtree are those up to `next`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeData {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) next: u32,
    pub(crate) parent: u32,
    pub(crate) kind: Kind,
    /// Whether it stands in backquotes in which backslashes are removed before the shell reads them.
    pub(crate) unescape: bool,
}

/// A shell text with its tree and its errors. Made by [`crate::parse`].
#[derive(Debug, Clone)]
pub struct Parse {
    pub(crate) text: Box<str>,
    pub(crate) dialect: Dialect,
    pub(crate) nodes: Vec<NodeData>,
    /// Redirections that open here-documents, with their bodies; in the order of the former.
    pub(crate) heredocs: Vec<(u32, u32)>,
    pub(crate) errors: Vec<ShellError>,
}

impl Parse {
    /// The text that was parsed, as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The language it was parsed as.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What is wrong with the text, in the order in which it was found. Syntax of bash in a text for `sh` is no
    /// error: see [`Self::extensions`].
    pub fn errors(&self) -> &[ShellError] {
        &self.errors
    }

    /// The root.
    pub const fn root(&self) -> Node<'_> {
        Node { parse: self, id: 0 }
    }

    /// The node of an id that came from this tree.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node { parse: self, id: id.0.min(count(&self.nodes) - 1) }
    }

    /// All nodes in the order of the text, each before what belongs to it.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = Node<'_>> + ExactSizeIterator {
        (0..count(&self.nodes)).map(|id| Node { parse: self, id })
    }

    /// The innermost node around the byte `offset`; the root when there is none.
    pub fn node_at(&self, offset: u32) -> Node<'_> {
        let mut node = self.root();
        while let Some(inner) = node.children().find(|child| child.range().contains(offset)) {
            node = inner;
        }
        node
    }

    /// The text again, put together from the leaves of the tree.
    pub fn print(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        self.nodes().filter(|node| node.is_leaf()).for_each(|leaf| out.push_str(leaf.text()));
        out
    }
}

/// How many nodes there are; a tree is never empty.
fn count(nodes: &[NodeData]) -> u32 {
    u32::try_from(nodes.len()).unwrap_or(u32::MAX)
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub(crate) parse: &'a Parse,
    pub(crate) id: u32,
}

impl<'a> Node<'a> {
    pub(crate) fn data(self) -> &'a NodeData {
        &self.parse.nodes[self.id as usize]
    }

    /// The tree it belongs to.
    pub const fn parse(self) -> &'a Parse {
        self.parse
    }

    /// Its position in the tree.
    pub const fn id(self) -> NodeId {
        NodeId(self.id)
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.data().kind
    }

    /// Where it stands in the text.
    pub fn range(self) -> TextRange {
        let data = self.data();
        TextRange::new(data.start, data.end)
    }

    /// Its text as written.
    pub fn text(self) -> &'a str {
        self.range().slice(&self.parse.text)
    }

    /// Whether it has no children.
    pub fn is_leaf(self) -> bool {
        self.data().next == self.id + 1
    }

    /// The node it is a child of; `None` for the root.
    pub fn parent(self) -> Option<Self> {
        (self.id != 0).then(|| Self { id: self.data().parent, ..self })
    }

    /// The nodes around it, from the innermost to the root.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |node| node.parent())
    }

    /// Its children, blanks and comments included.
    pub fn children(self) -> Children<'a> {
        Children { parse: self.parse, at: self.id + 1, end: self.data().next }
    }

    /// Its children of one kind.
    pub fn children_of(self, kind: Kind) -> impl Iterator<Item = Self> {
        self.children().filter(move |child| child.kind() == kind)
    }

    /// Its first child of one kind.
    pub fn child(self, kind: Kind) -> Option<Self> {
        self.children().find(|child| child.kind() == kind)
    }

    /// The child of its parent that stands behind it.
    pub fn following(self) -> Option<Self> {
        let parent = self.parent()?;
        let id = self.data().next;
        (id < parent.data().next).then_some(Self { id, ..self })
    }

    /// The child of its parent that stands before it.
    pub fn previous(self) -> Option<Self> {
        let parent = self.parent()?;
        let mut id = self.id - 1;
        if id == parent.id {
            return None;
        }
        while self.parse.nodes[id as usize].parent != parent.id {
            id = self.parse.nodes[id as usize].parent;
        }
        Some(Self { id, ..self })
    }

    /// The siblings behind it, blanks and comments left out.
    pub fn siblings_behind(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.following(), |node| node.following())
            .filter(|node| !node.kind().is_trivia())
    }

    /// The siblings before it, the nearest first, blanks and comments left out.
    pub fn siblings_before(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.previous(), |node| node.previous()).filter(|node| !node.kind().is_trivia())
    }

    /// Itself and all nodes below, in the order of the text.
    pub fn descendants(self) -> impl DoubleEndedIterator<Item = Self> {
        (self.id..self.data().next).map(move |id| Self { id, ..self })
    }

    /// The innermost node around it that is of one of the kinds that `wanted` tells.
    pub fn enclosing(self, wanted: impl Fn(Kind) -> bool) -> Option<Self> {
        self.ancestors().find(|node| wanted(node.kind()))
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.parse, other.parse)
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let range = self.range();
        write!(f, "{:?}@{}..{} {:?}", self.kind(), range.start, range.end, self.text())
    }
}

/// The children of a node.
#[derive(Debug, Clone)]
pub struct Children<'a> {
    parse: &'a Parse,
    at: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        if self.at >= self.end {
            return None;
        }
        let node = Node { parse: self.parse, id: self.at };
        self.at = node.data().next;
        Some(node)
    }
}
