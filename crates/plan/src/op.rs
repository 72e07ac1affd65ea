//! The operations of a plan and the digest of their definition.
//!
//! What does not change the result (names, positions, values that are lent to a step) is outside the digest.

use std::collections::{BTreeMap, BTreeSet};

use image::{Descriptor, Digest, ImageConfig, Platform, Reference};
use kit::Hasher;
use syntax::Device;

use crate::{GitOp, WebOp};

/// Number of a node within its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// An image that a plan starts from or copies from.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseImage {
    /// As it was asked for.
    pub reference: Reference,
    /// Descriptor of the manifest that was chosen for the platform.
    pub manifest: Descriptor,
    /// Its configuration.
    pub config: ImageConfig,
    /// Its layers, base first: digest of the uncompressed tar and descriptor of the blob.
    pub layers: Vec<(Digest, Descriptor)>,
}

/// One step that makes a file system, or takes part in making one.
#[derive(Debug, Clone)]
pub enum Op {
    /// The layers of an image.
    Image(Box<BaseImage>),
    /// No layers at all.
    Scratch,
    /// A file of a web server.
    Web(Box<WebOp>),
    /// A tree of a git repository.
    Git(Box<GitOp>),
    /// A tree that is in the store already, by the id of its layer.
    Tree(Digest),
    /// A process on top of the input.
    Exec(Box<Exec>),
    /// Files put on top of the input.
    Copy(Box<CopyOp>),
    /// A directory on top of the input (WORKDIR).
    Mkdir {
        /// Absolute, clean path.
        path: String,
        /// `user[:group]` that owns it when it is made; empty for root.
        user: String,
    },
}

/// A process of a RUN instruction.
#[derive(Debug, Clone, Default)]
pub struct Exec {
    /// Program and arguments.
    pub args: Vec<String>,
    /// Environment, sorted by name.
    pub env: BTreeMap<String, String>,
    /// Absolute working directory.
    pub cwd: String,
    /// `user[:group]` by name or number; empty for root.
    pub user: String,
    /// Mounts, in order.
    pub mounts: Vec<ExecMount>,
    /// Files that exist for this process only: path, content. From heredocs with a `#!` line.
    pub files: Vec<(String, String)>,
    /// Network of the process.
    pub network: NetworkMode,
    /// Whether the sandbox is off (`RUN --security=insecure`).
    pub insecure: bool,
    /// Devices of the machine that the process asks for.
    pub devices: Vec<Device>,
    /// Name of the machine that the process sees; the engine's own when there is none.
    pub hostname: Option<String>,
    /// Variables that the process sees but that neither key nor configuration hold: the proxy settings.
    pub lent_env: BTreeMap<String, String>,
    /// Which variables of `env` are build arguments. Only tells where a value comes from.
    pub arguments: BTreeSet<String>,
}

/// `RUN --network`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetworkMode {
    /// As the engine's configuration says.
    #[default]
    Default,
    /// No network but loopback.
    None,
    /// The host's network.
    Host,
}

/// One `RUN --mount`.
#[derive(Debug, Clone)]
pub struct ExecMount {
    /// Absolute path within the step's root.
    pub target: String,
    /// Whether it cannot be written.
    pub readonly: bool,
    /// What is mounted.
    pub kind: ExecMountKind,
}

/// What a mount shows.
#[derive(Debug, Clone)]
pub enum ExecMountKind {
    /// A tree of a context or of another node; writes are thrown away.
    Bind {
        /// Where the tree is.
        from: Source,
        /// Path within it.
        source: String,
    },
    /// A directory that outlives the build.
    Cache {
        /// Its name.
        id: String,
        /// How concurrent steps share it.
        sharing: Sharing,
        /// Initial content.
        from: Option<Source>,
        /// Path within the initial content.
        source: String,
        /// Permission bits of the directory when it is made.
        mode: u32,
        /// Owner when it is made.
        uid: u32,
        /// Group when it is made.
        gid: u32,
    },
    /// Memory.
    Tmpfs {
        /// Size limit in bytes.
        size: Option<u64>,
    },
    /// A lent value as a file, as a variable, or both.
    Secret {
        /// Its name.
        id: String,
        /// Whether the file is made.
        file: bool,
        /// Name of the variable.
        env: Option<String>,
        /// Whether the build fails without it.
        required: bool,
        /// Permission bits of the file.
        mode: u32,
        /// Owner of the file.
        uid: u32,
        /// Group of the file.
        gid: u32,
    },
    /// The socket of an SSH agent.
    Ssh {
        /// Its name.
        id: String,
        /// Whether the build fails without it.
        required: bool,
        /// Permission bits of the socket.
        mode: u32,
        /// Owner of the socket.
        uid: u32,
        /// Group of the socket.
        gid: u32,
    },
}

/// `sharing=` of a cache mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Used by several at once.
    #[default]
    Shared,
    /// A new one when it is in use.
    Private,
    /// One after the other.
    Locked,
}

/// Where files are copied or mounted from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A directory of this machine: the main context (`None`) or a named one.
    Context(Option<String>),
    /// The file system of a node.
    Node(NodeId),
}

/// Files put on top of a file system.
#[derive(Debug, Clone)]
pub struct CopyOp {
    /// Whether it is ADD, which unpacks archives.
    pub add: bool,
    /// Where the paths among `sources` are.
    pub from: Source,
    /// What is copied, in order.
    pub sources: Vec<CopySource>,
    /// Files whose content stands in the Dockerfile: name and content.
    pub inline: Vec<(String, String)>,
    /// Absolute target; a trailing `/` says that it is a directory.
    pub dest: String,
    /// `user[:group]`.
    pub chown: Option<String>,
    /// Octal or symbolic mode.
    pub chmod: Option<String>,
    /// `--link`.
    pub link: bool,
    /// `--parents`.
    pub parents: bool,
    /// `--exclude` patterns.
    pub exclude: Vec<String>,
    /// `ADD --unpack`.
    pub unpack: Option<bool>,
}

/// One source of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopySource {
    /// A path or wildcard, as written, expanded.
    Path(String),
    /// What a node fetched: one file of it, or all of its tree.
    Remote {
        /// The node.
        node: NodeId,
        /// The file; its whole tree when there is none.
        file: Option<String>,
    },
}

impl CopyOp {
    /// A copy of everything to the root.
    pub(crate) fn all(from: Source) -> Self {
        Self {
            add: false,
            from,
            sources: vec![CopySource::Path("/".to_owned())],
            inline: Vec::new(),
            dest: "/".to_owned(),
            chown: None,
            chmod: None,
            link: false,
            parents: false,
            exclude: Vec::new(),
            unpack: None,
        }
    }

    /// The paths among the sources.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().filter_map(|source| match source {
            CopySource::Path(path) => Some(path.as_str()),
            CopySource::Remote { .. } => None,
        })
    }

    /// The nodes among the sources.
    pub fn remotes(&self) -> impl Iterator<Item = NodeId> {
        self.sources.iter().filter_map(|source| match source {
            CopySource::Path(_) => None,
            CopySource::Remote { node, .. } => Some(*node),
        })
    }
}

impl Op {
    /// The nodes, besides the input, whose file systems it reads.
    pub fn sources(&self) -> Vec<NodeId> {
        let node = |source: Source| match source {
            Source::Node(id) => Some(id),
            Source::Context(_) => None,
        };
        self.reads().into_iter().filter_map(node).collect()
    }

    /// The trees, besides the input, that it reads.
    pub fn reads(&self) -> Vec<Source> {
        match self {
            Self::Copy(copy) => {
                std::iter::once(copy.from.clone()).chain(copy.remotes().map(Source::Node)).collect()
            }
            Self::Exec(exec) => exec.mounts.iter().filter_map(|mount| mount.source().cloned()).collect(),
            Self::Image(_)
            | Self::Scratch
            | Self::Web(_)
            | Self::Git(_)
            | Self::Tree(_)
            | Self::Mkdir { .. } => Vec::new(),
        }
    }

    /// The digest of the definition. Contents that it reads are not in it: the engine adds their digests.
    pub fn digest(&self, platform: &Platform) -> Digest {
        let mut hash = Hasher::new();
        hash.field(b"cooper op 1");
        hash.field(platform.to_string().as_bytes());
        match self {
            Self::Image(image) => {
                hash.field(b"image");
                image.layers.iter().for_each(|(diff_id, _)| hash.field(diff_id.as_bytes()));
            }
            Self::Scratch => hash.field(b"scratch"),
            Self::Web(web) => web.hash(&mut hash),
            Self::Git(git) => git.hash(&mut hash),
            Self::Tree(tree) => fields(&mut hash, "tree", [tree.to_string().as_str()]),
            Self::Exec(exec) => exec.hash(&mut hash),
            Self::Copy(copy) => copy.hash(&mut hash),
            Self::Mkdir { path, user } => fields(&mut hash, "mkdir", [path.as_str(), user]),
        }
        hash.finish()
    }
}

impl ExecMount {
    /// The tree it shows, where it shows one.
    pub const fn source(&self) -> Option<&Source> {
        match &self.kind {
            ExecMountKind::Bind { from, .. } => Some(from),
            ExecMountKind::Cache { from, .. } => from.as_ref(),
            _ => None,
        }
    }

    /// The path within the tree it shows; empty where it shows none.
    pub fn source_path(&self) -> &str {
        match &self.kind {
            ExecMountKind::Bind { source, .. } | ExecMountKind::Cache { source, .. } => source,
            _ => "",
        }
    }

    fn hash(&self, hash: &mut Hasher) {
        let readonly = if self.readonly { "ro" } else { "rw" };
        match &self.kind {
            ExecMountKind::Bind { source, .. } => fields(hash, "bind", [&self.target, readonly, source]),
            // What a cache, a tmpfs, a secret or an agent holds is not part of the result by contract.
            ExecMountKind::Cache { id, .. } => fields(hash, "cache", [self.target.as_str(), readonly, id]),
            ExecMountKind::Tmpfs { .. } => fields(hash, "tmpfs", [&self.target, readonly]),
            ExecMountKind::Secret { id, env, file, .. } => {
                let env = env.as_deref().unwrap_or("");
                fields(hash, "secret", [self.target.as_str(), id, env, if *file { "file" } else { "" }]);
            }
            ExecMountKind::Ssh { id, .. } => fields(hash, "ssh", [self.target.as_str(), id]),
        }
    }
}

impl Exec {
    fn hash(&self, hash: &mut Hasher) {
        fields(hash, "exec", self.args.iter().map(String::as_str));
        fields(hash, "env", self.env.iter().flat_map(|(name, value)| [name.as_str(), value]));
        let network = match self.network {
            NetworkMode::Default => "default",
            NetworkMode::None => "none",
            NetworkMode::Host => "host",
        };
        let security = if self.insecure { "insecure" } else { "sandbox" };
        fields(hash, "where", [self.cwd.as_str(), &self.user, network, security]);
        fields(hash, "files", self.files.iter().flat_map(|(path, content)| [path.as_str(), content]));
        self.mounts.iter().for_each(|mount| mount.hash(hash));
        if let Some(hostname) = &self.hostname {
            fields(hash, "hostname", [hostname.as_str()]);
        }
        for device in &self.devices {
            fields(hash, "device", [device.name.as_str(), if device.required { "required" } else { "" }]);
        }
    }
}

impl CopyOp {
    fn hash(&self, hash: &mut Hasher) {
        let flag = |set: bool| if set { "1" } else { "0" };
        let unpack = match self.unpack {
            None => "auto",
            Some(set) => flag(set),
        };
        let chown = self.chown.as_deref().unwrap_or("");
        let chmod = self.chmod.as_deref().unwrap_or("");
        let flags = [flag(self.add), flag(self.link), flag(self.parents), unpack, chown, chmod, &self.dest];
        fields(hash, "copy", flags);
        // Contexts and other stages differ in whose owners are kept.
        fields(hash, "from", [if matches!(self.from, Source::Context(_)) { "context" } else { "node" }]);
        let shown = |source: &CopySource| match source {
            CopySource::Path(path) => format!("path {path}"),
            CopySource::Remote { file: Some(file), .. } => format!("file {file}"),
            CopySource::Remote { file: None, .. } => "tree".to_owned(),
        };
        let sources: Vec<String> = self.sources.iter().map(shown).collect();
        fields(hash, "sources", sources.iter().map(String::as_str));
        fields(hash, "exclude", self.exclude.iter().map(String::as_str));
        fields(hash, "inline", self.inline.iter().flat_map(|(name, content)| [name.as_str(), content]));
    }
}

/// Hashes a tagged list so that neither lists nor items can run into each other.
pub(crate) fn fields<'a>(hash: &mut Hasher, tag: &str, items: impl IntoIterator<Item = &'a str>) {
    let items: Vec<&str> = items.into_iter().collect();
    hash.field(tag.as_bytes());
    hash.update(&(items.len() as u64).to_le_bytes());
    for item in &items {
        hash.field(item.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(change: impl FnOnce(&mut Exec)) -> Digest {
        let mut exec =
            Exec { args: vec!["sh".into(), "-c".into(), "make".into()], cwd: "/".into(), ..Exec::default() };
        change(&mut exec);
        Op::Exec(Box::new(exec)).digest(&Platform::new("linux", "amd64", None))
    }

    #[test]
    fn what_is_lent_is_outside_the_digest_and_the_rest_inside() {
        let plain = digest(|_| ());
        assert_eq!(plain, digest(|exec| drop(exec.lent_env.insert("HTTP_PROXY".into(), "x".into()))));
        assert_ne!(plain, digest(|exec| drop(exec.env.insert("A".into(), "x".into()))));
        assert_ne!(plain, digest(|exec| exec.args[2].push('x')));
        assert_ne!(plain, digest(|exec| exec.cwd.push('x')));
        assert_ne!(plain, digest(|exec| exec.network = NetworkMode::None));
    }
}
