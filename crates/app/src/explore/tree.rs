//! Files as a tree, with the sizes of directories and with marks for what a layer did.

use image::{Entry, EntryKind};
use store::{Index, Merged};

/// What a layer did to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It was not there.
    Added,
    /// Its content is another.
    Changed,
    /// Its mode, owner, attributes or time are others, and no more.
    Metadata,
    /// It is gone.
    Removed,
}

impl Mark {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Metadata => "metadata",
            Self::Removed => "removed",
        }
    }
}

/// A path of a tree.
#[derive(Debug, Clone)]
pub struct Node {
    /// From the root, without a leading `/`; that of the root is empty.
    pub path: Vec<u8>,
    /// Directories above it.
    pub depth: usize,
    /// What is there; nothing of a directory that only its files speak of.
    pub entry: Option<Entry>,
    /// Bytes of files, its own and those beneath.
    pub bytes: u64,
    /// Files, its own and those beneath.
    pub files: usize,
    /// What the layer did to it.
    pub mark: Option<Mark>,
    /// Whether something beneath is marked.
    pub is_touched: bool,
    /// The place of the first node that is not beneath.
    pub end: usize,
    parent: usize,
}

impl Node {
    /// The last part of its path.
    pub fn name(&self) -> &[u8] {
        self.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }
}

/// Files in the order of their paths, each behind the directories above it; the root is the first.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The nodes.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// The files of layers together; those of the last one may be marked.
    pub(super) fn of_image(merged: &Merged, marked: Option<usize>) -> Self {
        let mark = |at: usize| (Some(merged.layer_of(at)) == marked).then_some(Mark::Added);
        Self::new((0..merged.len()).map(|at| (merged.at(at).clone(), mark(at))).collect())
    }

    /// What a layer brings and takes away.
    pub(super) fn of_layer(index: &Index, below: &Merged) -> Self {
        Self::new(index.entries().iter().flat_map(|entry| in_layer(entry, index, below)).collect())
    }

    fn new(mut entries: Vec<(Entry, Option<Mark>)>) -> Self {
        let parts = |path: &'_ [u8]| path.split(|byte| *byte == b'/').map(<[u8]>::to_vec).collect::<Vec<_>>();
        entries.sort_by_cached_key(|(entry, _)| parts(&entry.path));
        let mut tree = Self { nodes: vec![node(&[], 0, 0)] };
        // The directories that are open, the root first.
        let mut open = vec![0];
        for (entry, mark) in entries {
            if entry.path.is_empty() {
                (tree.nodes[0].entry, tree.nodes[0].mark) = (Some(entry), mark);
                continue;
            }
            let at = tree.reach(&mut open, &entry.path);
            let node = &mut tree.nodes[at];
            let counts = entry.kind == EntryKind::File && mark != Some(Mark::Removed);
            (node.bytes, node.files) = (if counts { entry.size } else { 0 }, usize::from(counts));
            (node.entry, node.mark) = (Some(entry), mark);
        }
        tree.add_up();
        tree
    }

    /// The node of a path, made with the directories above it where they are not there.
    fn reach(&mut self, open: &mut Vec<usize>, path: &[u8]) -> usize {
        let is_above =
            |dir: &[u8]| dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with(b"/"));
        while open.last().is_some_and(|at| !is_above(&self.nodes[*at].path) && self.nodes[*at].path != path) {
            open.pop();
        }
        loop {
            let last = open.last().copied().unwrap_or_default();
            let above = self.nodes[last].path.len();
            if above == path.len() {
                return last;
            }
            let from = above + usize::from(above > 0);
            let end = path[from..].iter().position(|byte| *byte == b'/').map_or(path.len(), |at| from + at);
            self.nodes.push(node(&path[..end], open.len(), last));
            open.push(self.nodes.len() - 1);
        }
    }

    /// Gives directories what is beneath them.
    fn add_up(&mut self) {
        for at in (0..self.nodes.len()).rev() {
            let node = &self.nodes[at];
            let (bytes, files, end) = (node.bytes, node.files, node.end.max(at + 1));
            let touched = node.is_touched || node.mark.is_some();
            let parent = node.parent;
            self.nodes[at].end = end;
            if at > 0 {
                let above = &mut self.nodes[parent];
                (above.bytes, above.files) = (above.bytes + bytes, above.files + files);
                above.end = above.end.max(end);
                above.is_touched |= touched;
            }
        }
    }
}

fn node(path: &[u8], depth: usize, parent: usize) -> Node {
    let (bytes, files, end) = (0, 0, 0);
    Node { path: path.to_vec(), depth, entry: None, bytes, files, mark: None, is_touched: false, end, parent }
}

/// What a layer's entry says. One that hides others stands for them.
fn in_layer(entry: &Entry, index: &Index, below: &Merged) -> Vec<(Entry, Option<Mark>)> {
    let gone = |entry: &Entry| (entry.clone(), Some(Mark::Removed));
    let beneath = below.walk(&entry.path).filter(|one| one.path != entry.path);
    match entry.kind {
        EntryKind::Whiteout => below.get(&entry.path).into_iter().chain(beneath).map(gone).collect(),
        EntryKind::OpaqueDir => {
            let dir = Entry { kind: EntryKind::Dir, ..entry.clone() };
            let mark = mark(&dir, below.get(&entry.path));
            let hidden = beneath.filter(|one| index.get(&one.path).is_none());
            hidden.map(gone).chain([(dir, mark)]).collect()
        }
        _ => vec![(entry.clone(), mark(entry, below.get(&entry.path)))],
    }
}

/// What differs; nothing in a directory that stands there for the sake of what is in it.
fn mark(entry: &Entry, below: Option<&Entry>) -> Option<Mark> {
    let Some(below) = below else { return Some(Mark::Added) };
    let content = |entry: &Entry| (entry.kind, entry.size, entry.digest, entry.link.clone(), entry.rdev);
    let rights = |entry: &Entry| (entry.mode, entry.uid, entry.gid, entry.xattrs.clone());
    if content(entry) != content(below) {
        return Some(Mark::Changed);
    }
    (!entry.kind.is_dir() || rights(entry) != rights(below)).then_some(Mark::Metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: u64) -> (Entry, Option<Mark>) {
        (Entry { size, ..Entry::new(path, EntryKind::File, 0o644) }, Some(Mark::Added))
    }

    #[test]
    fn directories_have_what_is_beneath_them() {
        let dir = (Entry::new("a", EntryKind::Dir, 0o755), None);
        let tree = Tree::new(vec![file("a/b/c", 3), file("a-x", 4), dir, file("a/b/d", 5), file("z", 1)]);
        let line = |node: &Node| {
            let path = String::from_utf8_lossy(&node.path);
            format!("{}{path} {} {} {}", "  ".repeat(node.depth), node.bytes, node.files, node.end)
        };
        let lines: Vec<String> = tree.nodes.iter().map(line).collect();
        let expect = [
            " 13 4 7",
            "  a 8 2 5",
            "    a/b 8 2 5",
            "      a/b/c 3 1 4",
            "      a/b/d 5 1 5",
            "  a-x 4 1 6",
            "  z 1 1 7",
        ];
        assert_eq!(lines, expect);
        assert!(tree.nodes[1].is_touched && tree.nodes[1].mark.is_none());
        assert_eq!(tree.nodes[4].name(), b"d");
    }

    #[test]
    fn marks_tell_content_from_rights() {
        let (before, _) = file("a", 1);
        let mut other = before.clone();
        assert_eq!(mark(&before, None), Some(Mark::Added));
        assert_eq!(mark(&other, Some(&before)), Some(Mark::Metadata));
        other.size = 2;
        assert_eq!(mark(&other, Some(&before)), Some(Mark::Changed));
        let dir = Entry::new("d", EntryKind::Dir, 0o755);
        assert_eq!(mark(&dir, Some(&dir.clone())), None);
        assert_eq!(mark(&Entry { mode: 0o700, ..dir.clone() }, Some(&dir)), Some(Mark::Metadata));
    }
}
