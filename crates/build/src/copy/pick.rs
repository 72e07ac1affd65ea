//! The files that a COPY takes, with everything that the result depends on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use image::{Digest, Entry, EntryKind, path_to_string};
use plan::{CopyOp, CopySource, NodeId, Source};
use store::Merged;
use syntax::Ignore;

use super::select::{SelectOptions, Selected, Selection, Tree, below, find, resolve, select};
use crate::BuildError;
use crate::context::Context;
use crate::engine::{Chain, Engine};

/// Where the content of a file is.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// It has none.
    None,
    /// A file of this machine that may change: of a context, or unpacked.
    Host(PathBuf),
    /// A file of a layer. It never changes, so another layer may hold the very same file.
    Layer(PathBuf),
    /// In the Dockerfile.
    Bytes(Vec<u8>),
    /// The file that was placed at this path: a hard link.
    SameAs(Vec<u8>),
}

/// One entry to be placed.
#[derive(Debug, Clone)]
pub(crate) struct Picked {
    /// The entry as it is at the source, with digest and extended attributes.
    pub(crate) entry: Entry,
    /// Number of the tree that it is from, and its path there.
    pub(crate) from: (usize, Vec<u8>),
    /// Path below the target.
    pub(crate) to: Vec<u8>,
    /// What it is among what is copied.
    pub(crate) role: Role,
    /// Its content.
    pub(crate) content: Content,
    /// The picked entry that it is another name of.
    pub(crate) same_as: Option<usize>,
    /// Whether it is unpacked when it is an archive.
    pub(crate) unpack: bool,
}

/// What an entry is among those that a COPY takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A file that a source names; it takes the target's name when that is no directory.
    Source,
    /// The directory that a source names: the target itself.
    Target,
    /// A directory that is there only for what is below it.
    Way,
    /// Any other, below the target.
    Below,
}

impl Engine<'_> {
    /// Picks what a COPY takes, in the order of its sources.
    pub(crate) fn pick(
        &self,
        copy: &CopyOp,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<Vec<Picked>, BuildError> {
        let exclude = Ignore::of_flags(copy.exclude.iter().map(String::as_str)).map_err(BuildError::new)?;
        let own = SelectOptions { parents: copy.parents, exclude: &exclude };
        let (mut picked, mut remotes) = (Vec::new(), 0);
        let mut rest = &copy.sources[..];
        while let [first, ..] = rest {
            let (taken, mut found) = match first {
                CopySource::Path(_) => {
                    let paths: Vec<&str> = rest.iter().map_while(path).collect();
                    let tree = self.source_tree(&copy.from, chains)?;
                    (paths.len(), pick_from(&*tree, &paths, &own)?)
                }
                CopySource::Remote { node, file } => {
                    let tree = StageTree::new(self.merged(&chains[node])?);
                    let all = SelectOptions { parents: false, exclude: &exclude };
                    let found = match file {
                        Some(file) => whole_file(&tree, file)?,
                        None => pick_from(&tree, &["/"], &all)?,
                    };
                    (1, found)
                }
            };
            let (unpack, base) = (unpacks(copy, first), picked.len());
            let number = match first {
                CopySource::Path(_) => 0,
                CopySource::Remote { .. } => {
                    remotes += 1;
                    remotes
                }
            };
            for item in &mut found {
                item.from.0 = number;
                (item.unpack, item.same_as) = (unpack, item.same_as.map(|at| at + base));
            }
            picked.extend(found);
            rest = &rest[taken..];
        }
        picked.extend(copy.inline.iter().map(|(name, content)| inline(name, content)));
        Ok(picked)
    }

    /// What the paths of a COPY are looked for in.
    fn source_tree(
        &self,
        from: &Source,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<Box<dyn Contents>, BuildError> {
        Ok(match from {
            Source::Node(node) => Box::new(StageTree::new(self.merged(&chains[node])?)),
            Source::Context(None) if !self.has_context(None) => Box::new(NoContext),
            Source::Context(name) => Box::new(ContextTree(self.context(name.as_ref())?)),
        })
    }

    /// A part of a context with digests, for the key of a mount.
    pub(crate) fn context_part(
        &self,
        name: Option<&String>,
        source: &str,
    ) -> Result<Vec<(Entry, Option<Digest>)>, BuildError> {
        let path = kit::path_below_root(source);
        if name.is_none() && path.is_empty() && !self.has_context(None) {
            return Ok(Vec::new());
        }
        let tree = ContextTree(self.context(name)?);
        let Some(root) = resolve(&tree, path.as_bytes()) else {
            return Err(BuildError::new(format!(
                "the mount's source `{source}` is not in the build context"
            )));
        };
        let mut positions: Vec<usize> = find(tree.entries(), &root).into_iter().collect();
        positions.extend(below(tree.entries(), &root));
        let originals: Vec<usize> = positions.iter().map(|at| original(&tree, *at)).collect();
        let digests = tree.contents(&originals)?;
        let entries = positions.iter().map(|at| tree.entries()[*at].clone());
        Ok(entries.zip(digests.into_iter().map(|entry| entry.digest)).collect())
    }
}

fn inline(name: &str, content: &str) -> Picked {
    let mut entry = Entry::new(name, EntryKind::File, 0o644);
    entry.size = content.len() as u64;
    entry.digest = Some(Digest::of(content.as_bytes()));
    let content = Content::Bytes(content.as_bytes().to_vec());
    let (name, role) = (name.as_bytes().to_vec(), Role::Source);
    Picked { entry, from: (0, name.clone()), to: name, role, content, same_as: None, unpack: false }
}

fn path(source: &CopySource) -> Option<&str> {
    match source {
        CopySource::Path(path) => Some(path),
        CopySource::Remote { .. } => None,
    }
}

/// ADD unpacks local archives unless it is told not to, and what it fetched when it is told to.
fn unpacks(copy: &CopyOp, source: &CopySource) -> bool {
    match source {
        CopySource::Path(_) => copy.add && copy.unpack != Some(false),
        CopySource::Remote { file, .. } => file.is_some() && copy.unpack == Some(true),
    }
}

/// A tree whose contents can be had.
trait Contents: Tree {
    /// Entries at positions, files with their digest and extended attributes.
    fn contents(&self, positions: &[usize]) -> Result<Vec<Entry>, BuildError>;
    /// The content of a file.
    fn content(&self, at: usize) -> Content;
}

struct ContextTree(Arc<Context>);

impl Tree for ContextTree {
    fn entries(&self) -> &[Entry] {
        self.0.entries()
    }

    fn why_missing(&self, path: &str) -> Option<String> {
        let host = self.0.root().join(path);
        let line = host.symlink_metadata().ok().and_then(|_| self.0.ignore().matching_line(path))?;
        Some(format!("line {line} of the ignore file excludes it"))
    }

    /// The walk is limited to what the sources name, so the directory itself is asked.
    fn names(&self, dir: &str) -> Vec<String> {
        let Ok(items) = std::fs::read_dir(self.0.root().join(dir)) else { return Vec::new() };
        let names = items.flatten().map(|item| item.file_name().to_string_lossy().into_owned());
        let shown = |name: &String| match dir {
            "" => !self.0.ignore().matches(name),
            dir => !self.0.ignore().matches(&format!("{dir}/{name}")),
        };
        names.filter(shown).collect()
    }
}

impl Contents for ContextTree {
    fn contents(&self, positions: &[usize]) -> Result<Vec<Entry>, BuildError> {
        let is_file = |at: &&usize| self.entries()[**at].kind == EntryKind::File;
        let files: Vec<usize> = positions.iter().filter(is_file).copied().collect();
        let mut known = self.0.contents(&files)?.into_iter();
        Ok(positions
            .iter()
            .map(|at| {
                let mut entry = self.entries()[*at].clone();
                if entry.kind == EntryKind::File
                    && let Some(known) = known.next()
                {
                    entry.digest = Some(known.digest);
                    entry.xattrs = known.xattrs;
                }
                entry
            })
            .collect())
    }

    fn content(&self, at: usize) -> Content {
        Content::Host(self.0.host_path(&self.entries()[at]))
    }
}

/// The context of a build that has none.
struct NoContext;

impl Tree for NoContext {
    fn entries(&self) -> &[Entry] {
        &[]
    }

    fn why_missing(&self, _: &str) -> Option<String> {
        Some("this build has none, as nothing but a Dockerfile was given".to_owned())
    }
}

impl Contents for NoContext {
    fn contents(&self, _: &[usize]) -> Result<Vec<Entry>, BuildError> {
        Ok(Vec::new())
    }

    fn content(&self, _: usize) -> Content {
        Content::None
    }
}

struct StageTree {
    entries: Vec<Entry>,
    merged: Merged,
}

impl StageTree {
    fn new(merged: Merged) -> Self {
        Self { entries: merged.entries().cloned().collect(), merged }
    }
}

impl Tree for StageTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn why_missing(&self, _: &str) -> Option<String> {
        None
    }
}

impl Contents for StageTree {
    fn contents(&self, positions: &[usize]) -> Result<Vec<Entry>, BuildError> {
        Ok(positions.iter().map(|at| self.entries[*at].clone()).collect())
    }

    fn content(&self, at: usize) -> Content {
        Content::Layer(self.merged.content_path_at(at))
    }
}

/// The position of the file that a hard link is another name of; of any other entry its own.
fn original(tree: &dyn Tree, at: usize) -> usize {
    let entry = &tree.entries()[at];
    match entry.kind {
        EntryKind::Hardlink => find(tree.entries(), &entry.link).unwrap_or(at),
        _ => at,
    }
}

/// One file by its exact name.
fn whole_file(tree: &dyn Contents, file: &str) -> Result<Vec<Picked>, BuildError> {
    let at = find(tree.entries(), file.as_bytes())
        .ok_or_else(|| BuildError::environment(format!("`{file}` has gone from the store")))?;
    let item = Selected { at, to: file.as_bytes().to_vec(), way: false };
    entries(tree, &[Taken { item, role: Role::Source, group: 0 }])
}

fn pick_from(
    tree: &dyn Contents,
    sources: &[&str],
    options: &SelectOptions<'_>,
) -> Result<Vec<Picked>, BuildError> {
    let mut flat: Vec<Taken> = Vec::new();
    let mut targets = Vec::new();
    let mut group = 0;
    for source in sources {
        for selection in select(tree, source, options).map_err(BuildError::new)? {
            group += 1;
            let (role, items) = match selection {
                Selection::File(at, to) => (Role::Source, vec![Selected { at, to, way: false }]),
                Selection::Contents(dir, items) => {
                    targets.push((flat.len(), dir));
                    (Role::Below, items)
                }
                Selection::Parents(items) => (Role::Below, items),
            };
            flat.extend(items.into_iter().map(|item| {
                let role = if item.way { Role::Way } else { role };
                Taken { item, role, group }
            }));
        }
    }
    let mut picked = entries(tree, &flat)?;
    // A directory among the sources makes the target a directory even when it is empty.
    for (at, dir) in targets.into_iter().rev() {
        picked.insert(at, target_dir(dir.map(|dir| &tree.entries()[dir])));
        for item in &mut picked[at + 1..] {
            item.same_as = item.same_as.map(|other| if other >= at { other + 1 } else { other });
        }
    }
    Ok(picked)
}

/// An entry that a source selects.
struct Taken {
    item: Selected,
    role: Role,
    /// Which source, or match of a wildcard.
    group: usize,
}

/// The target as a directory, which takes the time of that one and nothing else of it.
fn target_dir(source: Option<&Entry>) -> Picked {
    let mut entry = Entry::new("", EntryKind::Dir, 0o755);
    if let Some(source) = source {
        entry.path.clone_from(&source.path);
        (entry.mtime, entry.undated) = (source.mtime, source.undated);
    }
    let (from, to, role, content) = ((0, Vec::new()), Vec::new(), Role::Target, Content::None);
    Picked { entry, from, to, role, content, same_as: None, unpack: false }
}

/// What is selected. Names of one file within a source stay names of one file.
fn entries(tree: &dyn Contents, flat: &[Taken]) -> Result<Vec<Picked>, BuildError> {
    let originals: Vec<usize> = flat.iter().map(|taken| original(tree, taken.item.at)).collect();
    let contents = tree.contents(&originals)?;
    let mut names: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut out = Vec::with_capacity(flat.len());
    for (number, (taken, (at, entry))) in flat.iter().zip(originals.iter().zip(contents)).enumerate() {
        let first = *names.entry((taken.group, *at)).or_insert(number);
        let is_file = entry.kind == EntryKind::File;
        let linked = *at != taken.item.at || tree.entries()[taken.item.at].kind == EntryKind::Hardlink;
        let content = if is_file { tree.content(*at) } else { Content::None };
        out.push(Picked {
            same_as: (is_file && first != number && linked).then_some(first),
            from: (0, tree.entries()[taken.item.at].path.clone()),
            to: taken.item.to.clone(),
            role: taken.role,
            unpack: false,
            content,
            entry,
        });
    }
    if let Some(bad) = out.iter().find(|item| item.entry.kind == EntryKind::Hardlink) {
        let path = path_to_string(&bad.entry.path);
        return Err(BuildError::environment(format!("`{path}` is a hard link to nothing")));
    }
    Ok(out)
}
