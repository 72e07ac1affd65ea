//! Answers: the way of a path into an image, from the step that wrote it last back to where its content began.

use image::{Entry, EntryKind};

use crate::path::join;
use crate::{Change, Hit, Kind, Lineage, Origin, Stack, Tree};

/// Symbolic links that a path may run through (Linux' own limit).
const MAX_LINKS: usize = 40;

/// Explains the paths of one image.
#[derive(Debug, Clone, Copy)]
pub struct Explainer<'a> {
    stack: &'a Stack,
    lineage: Option<&'a Lineage>,
}

/// What is known of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The symbolic links that it runs through, in order.
    pub links: Vec<Link>,
    /// Where it leads.
    pub path: Vec<u8>,
    /// Whether something is there.
    pub found: Found,
    /// How it came there (or went), the last step first.
    pub steps: Vec<Step>,
}

/// A symbolic link on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it is.
    pub path: Vec<u8>,
    /// Where it leads, as written.
    pub target: Vec<u8>,
    /// How it came there.
    pub steps: Vec<Step>,
}

/// Whether something is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This is.
    There(Box<Entry>),
    /// Not any more; this was.
    Deleted(Box<Entry>),
    /// It was never there.
    Never,
    /// It runs in circles.
    Loop,
}

/// One step of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub what: What,
    /// The path as it was there.
    pub path: Vec<u8>,
    /// The step of the build.
    pub node: Option<usize>,
    /// The layer of the image, where it is one of it.
    pub layer: Option<usize>,
    /// The layer of the base image that `node` is, where it is known.
    pub base_layer: Option<usize>,
    /// Line of the FROM that brought the base image, where it was one.
    pub from_line: Option<u32>,
}

impl Step {
    fn new(what: What, path: &[u8], node: Option<usize>) -> Self {
        Self { what, path: path.to_vec(), node, layer: None, base_layer: None, from_line: None }
    }
}

/// A step by its number, or a layer where no step is known.
pub type Place = (Option<usize>, Option<usize>);

/// What a step did to a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A process wrote it.
    Wrote,
    /// It changed mode, owner or attributes and left the content.
    Metadata,
    /// It took it away.
    Deleted,
    /// It copied it from the path that follows.
    Copied,
    /// It made the directory, for what it put there.
    Made,
    /// An image brought it.
    Base,
    /// It lay in a context (the main one has no name), or in an archive there.
    Context {
        /// Name of the context.
        name: String,
        /// Path of the archive in the context; the path is one of the archive then.
        archive: Option<String>,
    },
    /// It lay in an archive, which the step that follows wrote.
    Archive(String),
    /// It is the text of a heredoc.
    Heredoc,
    /// It was fetched, or came as a context.
    Fetched,
    /// It was at or below the path in a tree of which nothing more is recorded.
    Within(Tree),
    /// Nothing more is recorded.
    Unknown,
}

impl<'a> Explainer<'a> {
    /// Answers from the layers of an image, and from its lineage where there is one.
    pub fn new(stack: &'a Stack, lineage: Option<&'a Lineage>) -> Self {
        // A document that is about other layers would only mislead.
        let lineage = lineage.filter(|lineage| lineage.layers.len() == stack.len());
        Self { stack, lineage }
    }

    /// The lineage that answers rest on.
    pub fn lineage(&self) -> Option<&'a Lineage> {
        self.lineage
    }

    /// The layers that answers rest on.
    pub fn stack(&self) -> &'a Stack {
        self.stack
    }

    /// Explains a path, absolute or from the root.
    pub fn explain(&self, path: &[u8]) -> Answer {
        let mut links = Vec::new();
        let Some(path) = self.follow(path, &mut links) else {
            return Answer { links, path: path.to_vec(), found: Found::Loop, steps: Vec::new() };
        };
        if let Some((_, entry)) = self.stack.visible(&path, self.stack.len()) {
            let (found, steps) = (Found::There(Box::new(entry.clone())), self.steps(&path));
            return Answer { links, path, found, steps };
        }
        match self.stack.deleted(&path) {
            Some((hit, before)) => {
                let mut steps = vec![self.step(What::Deleted, &path, hit.layer)];
                steps.extend(self.steps_below(&path, hit.layer));
                Answer { links, path, found: Found::Deleted(Box::new(before)), steps }
            }
            None if path.is_empty() => {
                let root = Entry::new("", EntryKind::Dir, 0o755);
                Answer { links, path, found: Found::There(Box::new(root)), steps: Vec::new() }
            }
            None => Answer { links, path, found: Found::Never, steps: Vec::new() },
        }
    }

    /// Follows the symbolic links of a path; `None` when it runs in circles.
    fn follow(&self, path: &[u8], links: &mut Vec<Link>) -> Option<Vec<u8>> {
        let mut rest: Vec<Vec<u8>> = parts(path).rev().collect();
        let mut done: Vec<u8> = Vec::new();
        while let Some(part) = rest.pop() {
            if part == b".." {
                done.truncate(done.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
                continue;
            }
            let next = join(&done, &part);
            let entry = self.stack.visible(&next, self.stack.len()).map(|(_, entry)| entry);
            let Some(link) = entry.filter(|entry| entry.kind == EntryKind::Symlink) else {
                done = next;
                continue;
            };
            if links.len() >= MAX_LINKS {
                return None;
            }
            if link.link.starts_with(b"/") {
                done.clear();
            }
            rest.extend(parts(&link.link).rev());
            links.push(Link { target: link.link.clone(), steps: self.steps(&next), path: next });
        }
        Some(done)
    }

    /// How a path that is there came to be, the last step first.
    pub fn steps(&self, path: &[u8]) -> Vec<Step> {
        self.steps_below(path, self.stack.len())
    }

    /// The same for what the layers below `end` have there.
    pub fn steps_below(&self, path: &[u8], end: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        for hit in self.stack.writers_below(path, end) {
            if self.through(path, &hit, &mut steps) {
                break;
            }
        }
        steps
    }

    /// Adds what a layer did; whether this says where the content is from.
    fn through(&self, path: &[u8], hit: &Hit, steps: &mut Vec<Step>) -> bool {
        let metadata = hit.change == Change::Metadata;
        let node = self.lineage.and_then(|lineage| Some(&lineage.nodes[*lineage.layers.get(hit.layer)?]));
        let what = match node.map(|node| node.kind) {
            Some(Kind::Copy | Kind::Add) => {
                return self.placed(path, hit, steps);
            }
            Some(Kind::Workdir) => What::Made,
            _ if metadata => What::Metadata,
            Some(Kind::Image) | None => What::Base,
            Some(Kind::Run) => What::Wrote,
            Some(Kind::Web | Kind::Git | Kind::Tree) => What::Fetched,
            Some(Kind::Scratch) => What::Unknown,
        };
        steps.push(self.step(what, path, hit.layer));
        !metadata
    }

    /// Adds what a COPY placed and where that was before.
    fn placed(&self, path: &[u8], hit: &Hit, steps: &mut Vec<Step>) -> bool {
        let lineage = self.lineage.expect("a step is known by its lineage only");
        let node = lineage.layers[hit.layer];
        let begin = steps.len();
        trace(lineage, node, path, steps);
        // In the image itself the step has a layer.
        if let Some(first) = steps.get_mut(begin) {
            first.layer = Some(hit.layer);
        }
        let made = steps.get(begin).is_some_and(|step| step.what == What::Made);
        !(made && hit.change == Change::Metadata)
    }

    fn step(&self, what: What, path: &[u8], layer: usize) -> Step {
        let node = self.lineage.and_then(|lineage| lineage.layers.get(layer).copied());
        let base_layer =
            self.lineage.filter(|lineage| node.is_some_and(|node| lineage.nodes[node].kind == Kind::Image));
        Step {
            what,
            path: path.to_vec(),
            node,
            layer: Some(layer),
            from_line: base_layer.and_then(|lineage| lineage.from_line),
            base_layer: base_layer.and_then(|lineage| lineage.layer_within(layer)),
        }
    }
}

/// Follows a path from a step that placed it, through the steps of other stages.
fn trace(lineage: &Lineage, mut node: usize, path: &[u8], steps: &mut Vec<Step>) {
    let mut path = path.to_vec();
    // Each round leads to a step that stands before, so it ends.
    loop {
        let step = Step::new;
        let found = lineage.nodes[node].rules.find(&path);
        let is_copy = matches!(lineage.nodes[node].kind, Kind::Copy | Kind::Add);
        let Some(found) = found else {
            steps.push(step(if is_copy { What::Unknown } else { own(lineage, node) }, &path, Some(node)));
            return;
        };
        if *found.origin == Origin::Made {
            steps.push(step(What::Made, &path, Some(node)));
            return;
        }
        steps.push(step(if is_copy { What::Copied } else { What::Metadata }, &path, Some(node)));
        path = found.path;
        match found.origin {
            Origin::Made => return,
            Origin::Dockerfile => {
                steps.push(step(What::Heredoc, &path, Some(node)));
                return;
            }
            Origin::Context { name, archive } => {
                let what = What::Context { name: name.clone(), archive: archive.clone() };
                steps.push(step(what, &path, None));
                return;
            }
            Origin::Within { tree } => {
                let node = match tree {
                    Tree::Node(node) => Some(*node),
                    Tree::Context(_) => None,
                };
                steps.push(step(What::Within(tree.clone()), &path, node));
                return;
            }
            Origin::Node { node: before, layer, from_line, archive } => {
                if let Some(archive) = archive {
                    steps.push(step(What::Archive(archive.clone()), &path, None));
                    path = crate::decode(archive);
                }
                node = *before;
                if lineage.nodes[node].kind == Kind::Image {
                    steps.push(Step {
                        base_layer: *layer,
                        from_line: *from_line,
                        ..step(What::Base, &path, Some(node))
                    });
                    return;
                }
            }
        }
    }
}

/// What a step did to a path of which it says nothing.
fn own(lineage: &Lineage, node: usize) -> What {
    match lineage.nodes[node].kind {
        Kind::Run => What::Wrote,
        Kind::Workdir => What::Made,
        Kind::Image => What::Base,
        Kind::Web | Kind::Git | Kind::Tree => What::Fetched,
        Kind::Scratch | Kind::Copy | Kind::Add => What::Unknown,
    }
}

/// The components of a path, empty ones and `.` left out.
fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").map(<[u8]>::to_vec)
}
