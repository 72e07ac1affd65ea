//! Makes the lineage of an image from what a build did: for each COPY that its files came through, where they were
//! before and who had written them there.

use std::collections::{BTreeMap, BTreeSet};

use image::{Digest, EntryKind};
use kit::LineIndex;
use lineage::{BaseLayer, Change, Kind, Lineage, Mount, Origin, Remote, Rules, Stack, Tree, decode};
use plan::{BaseImage, CopyOp, CopySource, ExecMount, ExecMountKind, Node, NodeId, Op, Output, Plan, Source};
use store::Store;

use crate::copy::{Placed, PlacedFrom};
use crate::engine::Solved;
use crate::{BuildError, Remotes};

/// A build that is done.
#[derive(Clone, Copy)]
pub struct Done<'a> {
    /// Where its layers are.
    pub store: &'a Store,
    /// What it did.
    pub plan: &'a Plan,
    /// What came out.
    pub solved: &'a Solved,
    /// What it fetched.
    pub remotes: &'a Remotes<'a>,
}

/// The Dockerfile of a build.
#[derive(Debug, Clone, Copy)]
pub struct Dockerfile<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// The lineage of one image of a build.
pub fn lineage(done: &Done<'_>, output: &Output, file: Dockerfile<'_>) -> Result<Lineage, BuildError> {
    let wanted = needed(done.plan, output.node);
    let numbers: BTreeMap<NodeId, usize> = wanted.iter().copied().zip(0..).collect();
    let mut work = Work {
        done,
        numbers: &numbers,
        stacks: BTreeMap::new(),
        needed: BTreeMap::new(),
        kept: BTreeMap::new(),
    };
    work.want_image(output.node)?;
    let mut rules: BTreeMap<NodeId, Rules<Origin>> = BTreeMap::new();
    // From the end, so that all that is wanted of a step is known when its turn comes.
    for id in wanted.iter().rev() {
        rules.insert(*id, work.rules(*id)?);
    }
    let lines = LineIndex::new(file.text);
    let describe = |id: &NodeId| {
        let node = &done.plan.nodes[id.0];
        let rules = rules.remove(id).unwrap_or_default();
        lineage::Node { rules, ..describe(done, node, &numbers, &lines) }
    };
    Ok(Lineage {
        schema: lineage::SCHEMA.to_owned(),
        file: file.name.to_owned(),
        file_digest: Digest::of(file.text.as_bytes()),
        nodes: wanted.iter().map(describe).collect(),
        from_line: done.plan.from_of(output.node).map(|origin| origin.line),
        layers: owners(done, output.node).iter().map(|id| numbers[id]).collect(),
    })
}

/// What the lineage of an image depends on, so that it need not be made again.
pub fn lineage_key(done: &Done<'_>, output: &Output, file: Dockerfile<'_>) -> Digest {
    let mut hash = kit::Hasher::new();
    hash.field(b"cooper lineage 1");
    hash.field(env!("CARGO_PKG_VERSION").as_bytes());
    hash.field(file.name.as_bytes());
    hash.field(file.text.as_bytes());
    hash.update(&(output.node.0 as u64).to_le_bytes());
    for (at, node) in done.plan.nodes.iter().enumerate() {
        hash.field(node.digest.as_bytes());
        hash.update(&node.input.map_or(u64::MAX, |input| input.0 as u64).to_le_bytes());
        hash.field(format!("{:?} {:?}", node.origin.range, node.op.reads()).as_bytes());
        if let Op::Image(image) = &node.op {
            hash.field(format!("{} {}", image.reference, image.manifest.digest).as_bytes());
        }
        hash.field(done.remotes.resolved(&node.op).unwrap_or_default().as_bytes());
        done.solved.layers(NodeId(at)).iter().for_each(|layer| hash.field(layer.id.as_bytes()));
        hash.field(done.solved.placed(NodeId(at)).map_or(&[][..], |key| key.as_bytes()));
    }
    hash.finish()
}

/// The nodes that an output rests on, itself among them, in order.
pub fn needed(plan: &Plan, output: NodeId) -> BTreeSet<NodeId> {
    let mut out = BTreeSet::new();
    reach(plan, output, &mut out);
    out
}

fn reach(plan: &Plan, node: NodeId, out: &mut BTreeSet<NodeId>) {
    let mut open = vec![node];
    while let Some(id) = open.pop() {
        if out.insert(id) {
            open.extend(plan.nodes[id.0].needs());
        }
    }
}

/// The step that made each layer of a file system, base first.
fn owners(done: &Done<'_>, node: NodeId) -> Vec<NodeId> {
    let len = done.solved.layers(node).len();
    let mut out = vec![node; len];
    let (mut at, mut end) = (node, len);
    loop {
        let begin = done.plan.nodes[at.0].input.map_or(0, |input| done.solved.layers(input).len());
        out[begin.min(end)..end].fill(at);
        end = begin.min(end);
        match done.plan.nodes[at.0].input {
            Some(input) => at = input,
            None => return out,
        }
    }
}

struct Work<'a> {
    done: &'a Done<'a>,
    numbers: &'a BTreeMap<NodeId, usize>,
    /// The layers of the file systems that were copied from, and who made each.
    stacks: BTreeMap<NodeId, (Stack, Vec<NodeId>)>,
    /// Paths of which it is asked how a step placed them.
    needed: BTreeMap<NodeId, BTreeSet<Vec<u8>>>,
    /// Paths of which a step that is no COPY changed the metadata alone, and who had written them.
    kept: BTreeMap<NodeId, BTreeMap<Vec<u8>, Origin>>,
}

impl Work<'_> {
    /// Asks for everything that the steps of the image's own stage placed.
    fn want_image(&mut self, output: NodeId) -> Result<(), BuildError> {
        let done = self.done;
        for (layer, owner) in done.solved.layers(output).iter().zip(owners(done, output)) {
            if !matches!(done.plan.nodes[owner.0].op, Op::Copy(_)) {
                continue;
            }
            let Some(layer) = done.store.layer(&layer.id)? else { continue };
            let index = layer.index()?;
            let paths = index.entries().iter().filter(|entry| entry.kind != EntryKind::Whiteout);
            self.needed.entry(owner).or_default().extend(paths.map(|entry| entry.path.clone()));
        }
        Ok(())
    }

    /// What a step has to say.
    fn rules(&mut self, id: NodeId) -> Result<Rules<Origin>, BuildError> {
        let Op::Copy(copy) = &self.done.plan.nodes[id.0].op else {
            let kept = self.kept.remove(&id).unwrap_or_default();
            return Ok(Rules::exact(kept.into_iter().map(|(path, origin)| (path.clone(), path, origin))));
        };
        let Some(needed) = self.needed.remove(&id) else { return Ok(Rules::default()) };
        let Some(placed) = self.placed(id)? else { return Ok(self.within(copy, needed)) };
        let mut out = Vec::new();
        for to in needed {
            let Some(found) = placed.find(&to) else { continue };
            let origin = self.origin(copy, found.origin, &found.path)?;
            out.push((to, found.path, origin));
        }
        Ok(Rules::new(out))
    }

    /// What the instruction alone says of what it placed, where nothing more is recorded.
    fn within(&self, copy: &CopyOp, needed: BTreeSet<Vec<u8>>) -> Rules<Origin> {
        let Some((from, origin)) = self.source_of(copy) else { return Rules::default() };
        let dest = copy.dest.trim_matches('/').as_bytes();
        let is_above =
            |to: &[u8]| to.is_empty() || dest.strip_prefix(to).is_some_and(|rest| rest.starts_with(b"/"));
        Rules::exact(needed.into_iter().map(|to| {
            if is_above(&to) { (to.clone(), to, Origin::Made) } else { (to, from.clone(), origin.clone()) }
        }))
    }

    /// The only place that a COPY can have its files from.
    fn source_of(&self, copy: &CopyOp) -> Option<(Vec<u8>, Origin)> {
        let (path, source) = match (copy.sources.as_slice(), copy.inline.as_slice()) {
            ([], [(name, _)]) => return Some((name.clone().into_bytes(), Origin::Dockerfile)),
            ([CopySource::Path(path)], []) => (path.as_str(), copy.from.clone()),
            ([CopySource::Remote { node, file }], []) => {
                (file.as_deref().unwrap_or_default(), Source::Node(*node))
            }
            (many, []) if many.iter().all(|one| matches!(one, CopySource::Path(_))) => {
                ("", copy.from.clone())
            }
            _ => return None,
        };
        let path = if path.contains(['*', '?', '[', '\\']) { "" } else { path.trim_matches('/') };
        let tree = match source {
            Source::Context(name) => Tree::Context(name.unwrap_or_default()),
            Source::Node(node) => Tree::Node(self.numbers[&node]),
        };
        Some((path.trim_start_matches("./").as_bytes().to_vec(), Origin::Within { tree }))
    }

    fn placed(&self, id: NodeId) -> Result<Option<Placed>, BuildError> {
        let Some(key) = self.done.solved.placed(id) else { return Ok(None) };
        let bytes = self.done.store.cache_get(crate::keys::PLACED, key)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Who had written what a COPY took.
    fn origin(&mut self, copy: &CopyOp, from: &PlacedFrom, path: &[u8]) -> Result<Origin, BuildError> {
        let (tree, archive) = match from {
            PlacedFrom::Made => return Ok(Origin::Made),
            PlacedFrom::Heredoc => return Ok(Origin::Dockerfile),
            PlacedFrom::Tree(tree) => (*tree, None),
            PlacedFrom::Archive(tree, archive) => (*tree, Some(archive.clone())),
        };
        let source = match tree.checked_sub(1) {
            None => copy.from.clone(),
            Some(remote) => copy.remotes().nth(remote).map_or_else(|| copy.from.clone(), Source::Node),
        };
        match source {
            Source::Context(name) => Ok(Origin::Context { name: name.unwrap_or_default(), archive }),
            Source::Node(node) => {
                let file = archive.as_deref().map(decode);
                self.writer(node, file.as_deref().unwrap_or(path), archive)
            }
        }
    }

    /// The step that wrote a path of a file system; asks it for more.
    fn writer(&mut self, node: NodeId, path: &[u8], archive: Option<String>) -> Result<Origin, BuildError> {
        if !self.stacks.contains_key(&node) {
            let made = self.stack(node)?;
            self.stacks.insert(node, made);
        }
        let (stack, owners) = &self.stacks[&node];
        let from_line = self.done.plan.from_of(node).map(|origin| origin.line);
        let mut hits: Vec<(NodeId, Origin, bool)> = Vec::new();
        for hit in stack.writers(path) {
            let owner = owners[hit.layer];
            let begin = owners.iter().position(|other| *other == owner).unwrap_or(hit.layer);
            let is_image = matches!(self.done.plan.nodes[owner.0].op, Op::Image(_));
            let layer = is_image.then(|| hit.layer - begin);
            let origin = Origin::Node {
                node: self.numbers[&owner],
                layer,
                from_line: from_line.filter(|_| is_image),
                archive: None,
            };
            hits.push((owner, origin, hit.change == Change::Metadata));
        }
        for pair in hits.windows(2).filter(|pair| pair[0].2) {
            let kept = self.kept.entry(pair[0].0).or_default();
            kept.insert(path.to_vec(), pair[1].1.clone());
        }
        for (owner, ..) in &hits {
            self.needed.entry(*owner).or_default().insert(path.to_vec());
        }
        let bottom = || owners.first().copied().unwrap_or(node);
        let first = hits.into_iter().next().map(|(_, origin, _)| origin);
        // Of a base whose layers are not here it is known only that it is from there.
        let unknown =
            || Origin::Node { node: self.numbers[&bottom()], layer: None, from_line, archive: None };
        Ok(match (first.unwrap_or_else(unknown), archive) {
            (Origin::Node { node, layer, from_line, .. }, archive) => {
                Origin::Node { node, layer, from_line, archive }
            }
            (other, _) => other,
        })
    }

    fn stack(&self, node: NodeId) -> Result<(Stack, Vec<NodeId>), BuildError> {
        let mut indexes = Vec::new();
        for layer in self.done.solved.layers(node) {
            let layer = self.done.store.layer(&layer.id)?;
            indexes.push(layer.map(|layer| layer.index()).transpose()?);
        }
        Ok((Stack::new(indexes), owners(self.done, node)))
    }
}

fn describe(
    done: &Done<'_>,
    node: &Node,
    numbers: &BTreeMap<NodeId, usize>,
    lines: &LineIndex,
) -> lineage::Node {
    let origin = &node.origin;
    let last = origin.range.end.saturating_sub(1).max(origin.range.start);
    let (kind, mut image, mut mounts) = (kind(&node.op), None, Vec::new());
    match &node.op {
        Op::Image(base) => image = Some(base_image(base)),
        Op::Exec(exec) => mounts = exec.mounts.iter().map(|one| mount(one, numbers)).collect(),
        _ => {}
    }
    let url = match &node.op {
        Op::Web(web) => Some(web.url.url.clone()),
        Op::Git(git) => Some(git.git.to_string()),
        _ => None,
    };
    lineage::Node {
        kind,
        stage: origin.stage,
        stage_name: origin.stage_name.clone(),
        line: origin.line,
        end_line: lines.line(last),
        text: origin.text.clone(),
        input: node.input.map(|input| numbers[&input]),
        image,
        remote: url.map(|url| Remote { url, digest: done.remotes.resolved(&node.op) }),
        mounts,
        rules: Rules::default(),
    }
}

fn kind(op: &Op) -> Kind {
    match op {
        Op::Image(_) => Kind::Image,
        Op::Scratch => Kind::Scratch,
        Op::Web(_) => Kind::Web,
        Op::Git(_) => Kind::Git,
        Op::Tree(_) => Kind::Tree,
        Op::Exec(_) => Kind::Run,
        Op::Copy(copy) if copy.add => Kind::Add,
        Op::Copy(_) => Kind::Copy,
        Op::Mkdir { .. } => Kind::Workdir,
    }
}

fn base_image(base: &BaseImage) -> lineage::Image {
    let made: Vec<_> = base.config.history.iter().filter(|entry| !entry.empty_layer).collect();
    // A history that does not fit the layers says nothing of any of them.
    let fits = made.len() == base.layers.len();
    let layer = |(at, (diff_id, _)): (usize, &(Digest, _))| BaseLayer {
        diff_id: *diff_id,
        created_by: fits.then(|| made[at].created_by.clone()).flatten(),
    };
    lineage::Image {
        reference: base.reference.to_string(),
        digest: base.manifest.digest,
        layers: base.layers.iter().enumerate().map(layer).collect(),
    }
}

fn mount(mount: &ExecMount, numbers: &BTreeMap<NodeId, usize>) -> Mount {
    let kind = match &mount.kind {
        ExecMountKind::Bind { .. } => "bind",
        ExecMountKind::Cache { .. } => "cache",
        ExecMountKind::Tmpfs { .. } => "tmpfs",
        ExecMountKind::Secret { .. } => "secret",
        ExecMountKind::Ssh { .. } => "ssh",
    };
    let from = mount.source().map(|source| match source {
        Source::Context(name) => Tree::Context(name.clone().unwrap_or_default()),
        Source::Node(node) => Tree::Node(numbers[node]),
    });
    Mount {
        kind: kind.to_owned(),
        target: mount.target.clone(),
        from,
        source: mount.source_path().to_owned(),
    }
}
