//! A plan as LLB: the operations that `BuildKit` solves.

mod copy;
mod exec;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use image::{Digest, Platform};
use plan::{BaseImage, GitOp, NodeId, Op, Plan, Source, WebOp};
use prost::Message;

use crate::EngineError;
use crate::messages::{
    self, ChownOpt, Definition, FileAction, FileOp, Input, Kind, MergeInput, MergeOp, MkDir, NamedUser,
    OpMetadata, SourceOp, User, UserOpt, WorkerConstraints,
};

/// What the engine is told besides the plan.
#[derive(Debug, Clone, Default)]
pub struct LowerOptions {
    /// Run every step.
    pub no_cache: bool,
    /// Nodes whose file system is sent from here under a name: images that no registry has, and trees.
    pub sent: BTreeMap<NodeId, String>,
    /// `--add-host`.
    pub extra_hosts: Vec<(String, String)>,
    /// Proxy settings, lent to steps.
    pub proxies: BTreeMap<String, String>,
    /// Size of `/dev/shm` in bytes.
    pub shm_size: Option<u64>,
    /// Network of the steps that do not choose one.
    pub network: plan::NetworkMode,
    /// Whether the engine keeps what `--link` copies as a layer of its own below a merge. One that cannot would make one
    /// layer of all that is merged.
    pub merge: bool,
    /// Tells the cache mounts of this build, which are empty at first, from those of others.
    pub mounts: Option<String>,
}

/// A plan as LLB.
#[derive(Debug, Clone)]
pub struct Lowered {
    pub(crate) definition: Definition,
    /// What the steps may do.
    pub(crate) entitlements: Vec<String>,
    /// Names of the contexts that are needed: the main one is `context`.
    pub contexts: BTreeSet<String>,
    /// The nodes of vertices by their names: an engine has digests of its own for them.
    names: BTreeMap<String, NodeId>,
}

impl Lowered {
    /// The node whose file system the vertex of this name makes.
    pub(crate) fn node_of(&self, name: &str) -> Option<NodeId> {
        self.names.get(name).copied()
    }

    /// The digest of the graph: the same for the same plan.
    pub fn digest(&self) -> Digest {
        let mut hash = kit::Hasher::new();
        self.definition.def.iter().for_each(|op| hash.field(op));
        hash.finish()
    }

    /// The operations, one line each, for people and tests.
    pub fn describe(&self) -> String {
        let mut out = String::new();
        for bytes in &self.definition.def {
            let digest = vertex_digest(bytes);
            let Ok(op) = messages::Op::decode(bytes.clone()) else { continue };
            let short =
                |digest: &str| digest.trim_start_matches("sha256:").chars().take(8).collect::<String>();
            let inputs: Vec<String> = op.inputs.iter().map(|input| short(&input.digest)).collect();
            let kind = match &op.kind {
                None => "result".to_owned(),
                Some(kind) => format!("{kind:?}"),
            };
            out += &format!("{} <- [{}] {kind}\n", short(&digest), inputs.join(" "));
        }
        out
    }
}

/// Where the name of a vertex stands.
const NAME: &str = "llb.customname";

fn vertex_digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

/// The name under which a context is sent.
pub(crate) fn context_name(name: Option<&str>) -> String {
    name.map_or_else(|| "context".to_owned(), |name| format!("context:{name}"))
}

/// Lowers what one output of a plan needs.
pub fn lower(plan: &Plan, output: NodeId, options: &LowerOptions) -> Result<Lowered, EngineError> {
    let mut work = Lowering {
        plan,
        options,
        platform: platform(&plan.nodes[output.0].platform),
        current: output,
        edges: BTreeMap::new(),
        definition: Definition::default(),
        known: BTreeSet::new(),
        out: Lowered {
            definition: Definition::default(),
            entitlements: Vec::new(),
            contexts: BTreeSet::new(),
            names: BTreeMap::new(),
        },
        entitlements: BTreeSet::new(),
    };
    // Nodes come after those they need, so that one pass from the first to the last is enough.
    let mut needed = BTreeSet::from([output]);
    for at in (0..=output.0).rev() {
        if needed.contains(&NodeId(at)) {
            needed.extend(plan.nodes[at].needs());
        }
    }
    for id in needed {
        work.node(id)?;
    }
    let edge = work.edges.get(&output).cloned().flatten();
    let edge =
        edge.ok_or_else(|| EngineError::build("the image is empty, which the engine does not build"))?;
    let terminal = messages::Op { inputs: vec![edge], ..messages::Op::default() };
    work.definition.def.push(Bytes::from(terminal.encode_to_vec()));
    work.out.definition = work.definition;
    work.out.entitlements = work.entitlements.into_iter().collect();
    Ok(work.out)
}

fn platform(platform: &Platform) -> messages::Platform {
    messages::Platform {
        architecture: platform.architecture.clone(),
        os: platform.os.clone(),
        variant: platform.variant.clone().unwrap_or_default(),
    }
}

struct Lowering<'a> {
    plan: &'a Plan,
    options: &'a LowerOptions,
    platform: messages::Platform,
    current: NodeId,
    /// The output of a vertex that is a node's file system; nothing for an empty one.
    edges: BTreeMap<NodeId, Option<Input>>,
    definition: Definition,
    known: BTreeSet<String>,
    out: Lowered,
    entitlements: BTreeSet<String>,
}

impl Lowering<'_> {
    fn node(&mut self, id: NodeId) -> Result<(), EngineError> {
        let node = &self.plan.nodes[id.0];
        self.current = id;
        self.platform = platform(&node.platform);
        let input = node.input.and_then(|input| self.edges.get(&input).cloned().flatten());
        let failed = |error: EngineError| EngineError { node: Some(id), ..error };
        let edge = match &node.op {
            _ if self.options.sent.contains_key(&id) => {
                let name = self.options.sent[&id].clone();
                let source = self.local(&name);
                // What is sent has no layer of its own at the engine: it becomes one by being copied.
                Some(self.copied(source))
            }
            Op::Scratch => None,
            Op::Image(image) => Some(self.image(image)),
            Op::Web(web) => Some(self.web(web)?),
            Op::Git(git) => Some(self.git(git)),
            Op::Tree(_) => return Err(failed(EngineError::build("the tree of this context is not sent"))),
            Op::Exec(exec) => Some(self.exec(exec, input.as_ref()).map_err(failed)?),
            Op::Copy(copy) => Some(self.copy(copy, input.as_ref()).map_err(failed)?),
            Op::Mkdir { path, user } => {
                let made = MkDir {
                    path: path.clone(),
                    mode: 0o755,
                    make_parents: true,
                    owner: owner(user, input.is_some()),
                    timestamp: -1,
                };
                Some(self.file(input.as_ref(), Vec::new(), vec![messages::Action::MkDir(made)]))
            }
        };
        if let Some(edge) = &edge {
            self.name(id, &edge.digest);
        }
        self.edges.insert(id, edge);
        Ok(())
    }

    /// Names the vertex that makes a node's file system.
    fn name(&mut self, id: NodeId, digest: &str) {
        let node = &self.plan.nodes[id.0];
        let origin = &node.origin;
        let step =
            if origin.step == 0 { String::new() } else { format!(" {}/{}", origin.step, origin.steps) };
        let name = format!("[{} {}{step}] {}", node.platform, origin.stage_name, origin.text);
        if self.out.names.contains_key(&name) {
            return;
        }
        if let Some(metadata) = self.definition.metadata.get_mut(digest) {
            metadata.description.insert(NAME.to_owned(), name.clone());
            self.out.names.insert(name, id);
        }
    }

    /// Adds a vertex; its first output.
    fn add(&mut self, kind: Kind, inputs: Vec<Input>) -> Input {
        let op = messages::Op {
            inputs,
            kind: Some(kind),
            platform: Some(self.platform.clone()),
            constraints: Some(WorkerConstraints {}),
        };
        let bytes = Bytes::from(op.encode_to_vec());
        let digest = vertex_digest(&bytes);
        if self.known.insert(digest.clone()) {
            let origin = &self.plan.nodes[self.current.0].origin;
            let ignore_cache = self.options.no_cache
                && matches!(op.kind, Some(Kind::Exec(_) | Kind::File(_) | Kind::Merge(_)));
            let text = format!("[{}] for {}", origin.stage_name, origin.text);
            let description = BTreeMap::from([(NAME.to_owned(), text)]);
            self.definition.metadata.insert(digest.clone(), OpMetadata { ignore_cache, description });
            self.definition.def.push(bytes);
        }
        Input { digest, index: 0 }
    }

    fn source(&mut self, identifier: String, attrs: BTreeMap<String, String>) -> Input {
        self.add(Kind::Source(SourceOp { identifier, attrs }), Vec::new())
    }

    fn image(&mut self, image: &BaseImage) -> Input {
        let reference = image.reference.with_digest(image.manifest.digest);
        self.source(format!("docker-image://{reference}"), BTreeMap::new())
    }

    /// A directory of this side.
    fn local(&mut self, name: &str) -> Input {
        let attrs = BTreeMap::from([("local.sharedkeyhint".to_owned(), name.to_owned())]);
        self.source(format!("local://{name}"), attrs)
    }

    fn context(&mut self, name: Option<&str>) -> Input {
        let name = context_name(name);
        self.out.contexts.insert(name.clone());
        self.local(&name)
    }

    fn web(&mut self, web: &WebOp) -> Result<Input, EngineError> {
        if web.url.login.is_some() {
            return Err(EngineError::build("a login within a URL is not given to an engine"));
        }
        let mut attrs = BTreeMap::from([("http.filename".to_owned(), web.file_name.clone())]);
        if let Some(checksum) = &web.checksum {
            attrs.insert("http.checksum".to_owned(), checksum.to_string());
        }
        let file = self.source(web.url.url.clone(), attrs);
        if !web.unpack {
            return Ok(file);
        }
        let unpacked = messages::CopyAction {
            src: format!("/{}", web.file_name),
            dest: "/".to_owned(),
            attempt_unpack: true,
            ..copy::plain()
        };
        Ok(self.file(None, vec![file], vec![messages::Action::Copy(unpacked)]))
    }

    fn git(&mut self, op: &GitOp) -> Input {
        let git = &op.git;
        let place = git.remote.split_once("://").map_or(git.remote.as_str(), |(_, place)| place);
        let reference = git.checksum.as_deref().or(git.reference.as_deref()).unwrap_or_default();
        let mut identifier = format!("git://{place}");
        if !reference.is_empty() || git.subdir.is_some() {
            identifier += &format!("#{reference}");
        }
        if let Some(subdir) = &git.subdir {
            identifier += &format!(":{subdir}");
        }
        let mut attrs = BTreeMap::from([("git.fullurl".to_owned(), git.remote.clone())]);
        if op.keep_git_dir {
            attrs.insert("git.keepgitdir".to_owned(), "true".to_owned());
        }
        if git.ssh {
            attrs.insert("git.mountsshsock".to_owned(), "default".to_owned());
        }
        self.source(identifier, attrs)
    }

    /// The file system that a source names.
    fn tree(&mut self, source: &Source) -> Option<Input> {
        match source {
            Source::Context(name) => Some(self.context(name.as_deref())),
            Source::Node(id) => self.edges.get(id).cloned().flatten(),
        }
    }

    fn copied(&mut self, from: Input) -> Input {
        let all = messages::CopyAction { src: "/".to_owned(), dest: "/".to_owned(), ..copy::plain() };
        self.file(None, vec![from], vec![messages::Action::Copy(all)])
    }

    /// Actions one after the other on a file system; each copy reads from the source of its number.
    fn file(&mut self, base: Option<&Input>, sources: Vec<Input>, actions: Vec<messages::Action>) -> Input {
        let mut inputs: Vec<Input> = base.into_iter().cloned().collect();
        let mut places = Vec::new();
        for source in sources {
            let place = inputs.iter().position(|known| *known == source).unwrap_or_else(|| {
                inputs.push(source);
                inputs.len() - 1
            });
            places.push(number(place));
        }
        let (count, last) = (number(inputs.len()), actions.len() - 1);
        let mut copies = places.into_iter();
        let action = |(at, action): (usize, messages::Action)| FileAction {
            input: match (at, base) {
                (0, None) => -1,
                (0, Some(_)) => 0,
                (at, _) => count + number(at - 1),
            },
            secondary: match &action {
                messages::Action::Copy(_) => copies.next().unwrap_or(-1),
                _ => -1,
            },
            output: if at == last { 0 } else { -1 },
            action: Some(action),
        };
        let actions = actions.into_iter().enumerate().map(action).collect();
        self.add(Kind::File(FileOp { actions }), inputs)
    }

    /// One file system on top of another without a look at it.
    fn merged(&mut self, lower: Option<&Input>, upper: Input) -> Input {
        let Some(lower) = lower else { return upper };
        let inputs = vec![MergeInput { input: 0 }, MergeInput { input: 1 }];
        self.add(Kind::Merge(MergeOp { inputs }), vec![lower.clone(), upper])
    }
}

fn number(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// `user[:group]` as an owner; names are looked up in the first input.
fn owner(text: &str, has_base: bool) -> Option<ChownOpt> {
    if text.is_empty() {
        return None;
    }
    let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
    let one = |name: &str| {
        let user = match name.parse() {
            Ok(number) => User::Number(number),
            Err(_) => User::Named(NamedUser { name: name.to_owned(), input: if has_base { 0 } else { -1 } }),
        };
        UserOpt { user: Some(user) }
    };
    Some(ChownOpt { user: Some(one(user)), group: group.filter(|group| !group.is_empty()).map(one) })
}
