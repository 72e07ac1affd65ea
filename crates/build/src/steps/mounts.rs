//! `RUN --mount` and what else a step is lent: trees, caches, memory, secrets, sockets, a CA bundle.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plan::{Exec, ExecMount, ExecMountKind, NodeId, Sharing, Source};
use sandbox::{Mount, MountKind};

use crate::engine::{Chain, Engine};
use crate::{BuildError, EventKind};

/// Where a lent CA bundle appears: a path that no distribution uses, beside the system's bundle which it
/// replaces for the length of the step.
const CA_TARGET: &str = "/run/cooper/ca-certificates.crt";

/// Variables by which common programs find a CA bundle.
const CA_VARIABLES: &[&str] = &[
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
    "AWS_CA_BUNDLE",
];

/// Where the same bundle appears as a store of Java, whose programs read no PEM file.
const JAVA_TARGET: &str = "/run/cooper/ca-certificates.jks";
/// The variable from which every Java takes options, and those that name the store.
pub(super) const JAVA_VARIABLE: &str = "JAVA_TOOL_OPTIONS";
const JAVA_OPTIONS: &str =
    "-Djavax.net.ssl.trustStore=/run/cooper/ca-certificates.jks -Djavax.net.ssl.trustStoreType=JKS";

/// What trees are mounted from, and where throw-away files go.
#[derive(Clone, Copy)]
pub(super) struct Trees<'a> {
    pub(super) chains: &'a BTreeMap<NodeId, Chain>,
    pub(super) work: &'a store::Work,
}

/// The mounts of a step, and what must live as long as it runs.
#[derive(Default)]
pub(super) struct Held {
    pub(super) mounts: Vec<Mount>,
    /// Variables that mounts bring: secrets, agents, the CA bundle.
    pub(super) env: BTreeMap<String, String>,
    /// Directories of cache mounts by key, and their locks.
    caches: BTreeMap<String, PathBuf>,
    locks: Vec<store::MountLock>,
    files: usize,
    agents: usize,
}

impl Engine<'_> {
    /// Prepares the mounts of a step. Throw-away files go to `work`.
    pub(super) fn mounts(&self, id: NodeId, exec: &Exec, trees: Trees<'_>) -> Result<Held, BuildError> {
        let mut held = Held::default();
        self.caches(id, exec, &mut held, trees)?;
        for mount in &exec.mounts {
            self.mount(&mut held, mount, trees)?;
        }
        for (path, content) in &exec.files {
            held.files += 1;
            let source = trees.work.extra().join(format!("file{}", held.files));
            std::fs::create_dir_all(trees.work.extra())?;
            std::fs::write(&source, content)?;
            set_mode(&source, 0o755)?;
            held.mounts.push(bind(source, path, true));
        }
        self.lend_ca(&mut held, trees)?;
        Ok(held)
    }

    fn lend_ca(&self, held: &mut Held, trees: Trees<'_>) -> Result<(), BuildError> {
        let Some(bundle) = &self.options.ca_bundle else { return Ok(()) };
        held.mounts.push(bind(bundle.clone(), CA_TARGET, true));
        for name in CA_VARIABLES {
            held.env.insert((*name).to_owned(), CA_TARGET.to_owned());
        }
        let Some(store) = self.truststore.get_or_init(|| net::java_trust_store(bundle).ok()) else {
            return Ok(());
        };
        let source = trees.work.extra().join("truststore");
        std::fs::create_dir_all(trees.work.extra())?;
        std::fs::write(&source, store)?;
        held.mounts.push(bind(source, JAVA_TARGET, true));
        held.env.insert(JAVA_VARIABLE.to_owned(), JAVA_OPTIONS.to_owned());
        Ok(())
    }

    fn mount(&self, held: &mut Held, mount: &ExecMount, trees: Trees<'_>) -> Result<(), BuildError> {
        let made = match &mount.kind {
            ExecMountKind::Bind { from, source } => self.tree(held, mount, from, source, trees)?,
            ExecMountKind::Cache { .. } => {
                let taken = cache_key(mount, trees).and_then(|key| held.caches.get(&key).cloned());
                MountKind::Bind { source: taken.unwrap_or_default() }
            }
            ExecMountKind::Tmpfs { size } => MountKind::Tmpfs { size: *size, mode: 0o1777 },
            ExecMountKind::Secret { .. } => return self.secret(held, mount),
            ExecMountKind::Ssh { .. } => return self.ssh(held, mount),
        };
        held.mounts.push(Mount { target: mount.target.clone(), kind: made, readonly: mount.readonly });
        Ok(())
    }

    /// A tree of a context or a stage. Writes go to a directory that is thrown away.
    fn tree(
        &self,
        held: &mut Held,
        mount: &ExecMount,
        from: &Source,
        source: &str,
        trees: Trees<'_>,
    ) -> Result<MountKind, BuildError> {
        let lowers: Vec<PathBuf> = match from {
            Source::Node(node) => store::lower_dirs(&self.layers(&trees.chains[node])?),
            Source::Context(None) if !self.has_context(None) => {
                let nothing = trees.work.extra().join("nothing");
                std::fs::create_dir_all(&nothing)?;
                vec![nothing]
            }
            Source::Context(name) => vec![self.context(name.as_ref())?.root().to_owned()],
        };
        let subpath = kit::path_below_root(source);
        if let (Source::Context(_), true, [root]) = (from, mount.readonly, &lowers[..]) {
            return Ok(MountKind::Bind { source: root.join(&subpath) });
        }
        held.files += 1;
        let scratch = trees.work.extra().join(format!("mount{}", held.files));
        let (upper, overlay_work) = (scratch.join("upper"), scratch.join("work"));
        std::fs::create_dir_all(&upper)?;
        std::fs::create_dir_all(&overlay_work)?;
        let writable = !mount.readonly;
        Ok(MountKind::Overlay {
            lowers,
            upper: writable.then_some(upper),
            work: writable.then_some(overlay_work),
            subpath,
        })
    }

    /// Takes the cache mounts of a step, always in the same order, so that no two steps wait for each other.
    fn caches(&self, id: NodeId, exec: &Exec, held: &mut Held, trees: Trees<'_>) -> Result<(), BuildError> {
        let caches = exec.mounts.iter().filter_map(|mount| Some((cache_key(mount, trees)?, mount)));
        let mut caches: Vec<(String, &ExecMount)> = caches.collect();
        caches.sort_by(|a, b| a.0.cmp(&b.0));
        for (key, mount) in caches {
            // A step that mounts a cache twice sees one directory in two places.
            if !held.caches.contains_key(&key) {
                let path = self.cache(id, &key, mount, held, trees)?;
                held.caches.insert(key, path);
            }
        }
        Ok(())
    }

    fn cache(
        &self,
        node: NodeId,
        key: &str,
        mount: &ExecMount,
        held: &mut Held,
        trees: Trees<'_>,
    ) -> Result<PathBuf, BuildError> {
        let ExecMountKind::Cache { id, sharing, from, source, mode, uid, gid } = &mount.kind else {
            return Err(BuildError::new("not a cache mount"));
        };
        let sharing = match sharing {
            Sharing::Shared => store::MountSharing::Shared,
            Sharing::Private => store::MountSharing::Private,
            Sharing::Locked => store::MountSharing::Locked,
        };
        let fill = |path: &Path| -> Result<(), BuildError> {
            if let Some(Source::Node(node)) = from {
                let merged = self.merged(&trees.chains[node])?;
                store::copy_tree(&merged, kit::path_below_root(source).as_bytes(), path, None)?;
            }
            std::os::unix::fs::chown(path, Some(*uid), Some(*gid)).or_else(ignore_invalid)?;
            Ok(set_mode(path, *mode)?)
        };
        let mut said = false;
        let wait = || {
            if !std::mem::replace(&mut said, true) {
                let text = format!("waiting for the cache mount `{id}`, which another step holds");
                self.event(node, EventKind::Note(text));
            }
            std::thread::sleep(Duration::from_millis(20));
            !self.options.cancel.is_set()
        };
        let taken = self.store.cache_mount(&self.mount_key(key), sharing, wait, fill)?;
        let (path, lock) = taken.ok_or_else(|| BuildError::environment("the build was interrupted"))?;
        held.locks.push(lock);
        Ok(path)
    }

    fn secret(&self, held: &mut Held, mount: &ExecMount) -> Result<(), BuildError> {
        let ExecMountKind::Secret { id, file, env, required, mode, uid, gid } = &mount.kind else {
            return Ok(());
        };
        let Some(secret) = self.options.secrets.get(id) else {
            return if *required { Err(missing_secret(id)) } else { Ok(()) };
        };
        if let Some(name) = env {
            let value = String::from_utf8_lossy(secret.value.reveal()).into_owned();
            held.env.insert(name.clone(), value);
        }
        if *file {
            let kind = MountKind::Secret { data: secret.value.clone(), mode: *mode, uid: *uid, gid: *gid };
            held.mounts.push(Mount { target: mount.target.clone(), kind, readonly: true });
        }
        Ok(())
    }

    fn ssh(&self, held: &mut Held, mount: &ExecMount) -> Result<(), BuildError> {
        let ExecMountKind::Ssh { id, required, .. } = &mount.kind else { return Ok(()) };
        let Some(socket) = self.options.ssh.get(id) else {
            let message = format!("the step needs the SSH agent `{id}`, which was not given");
            let error = BuildError::new(message).help(format!("add `--ssh {id}` to the command"));
            return if *required { Err(error) } else { Ok(()) };
        };
        let target = match held.agents {
            0 => mount.target.clone(),
            count => mount.target.replace("ssh_agent.0", &format!("ssh_agent.{count}")),
        };
        if held.agents == 0 {
            held.env.insert("SSH_AUTH_SOCK".to_owned(), target.clone());
        }
        held.agents += 1;
        let kind = MountKind::Socket { source: socket.clone() };
        held.mounts.push(Mount { target, kind, readonly: false });
        Ok(())
    }
}

/// What tells a cache mount from others: its id; as in `BuildKit` also what it is filled with, and the mode and owner it is
/// made with. `None` for other mounts.
fn cache_key(mount: &ExecMount, trees: Trees<'_>) -> Option<String> {
    let ExecMountKind::Cache { id, from, source, mode, uid, gid, .. } = &mount.kind else { return None };
    let mut key = id.clone();
    if let Some(Source::Node(node)) = from {
        let layers: Vec<String> = trees.chains[node].iter().map(|layer| layer.id.hex()).collect();
        key += &format!("\0from {} {}", layers.join(","), kit::path_below_root(source));
    }
    if (*mode, *uid, *gid) != (0o755, 0, 0) {
        key += &format!("\0made {mode:o} {uid} {gid}");
    }
    Some(key)
}

fn missing_secret(id: &str) -> BuildError {
    BuildError::new(format!("the step needs the secret `{id}`, which was not given"))
        .help(format!("add `--secret id={id},src=FILE` or `--secret id={id},env=NAME` to the command"))
}

fn bind(source: PathBuf, target: &str, readonly: bool) -> Mount {
    Mount { target: target.to_owned(), kind: MountKind::Bind { source }, readonly }
}

fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

/// A user namespace of a single number cannot give a directory to another one; it stays with the user.
fn ignore_invalid(error: std::io::Error) -> std::io::Result<()> {
    match error.kind() {
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::PermissionDenied => Ok(()),
        _ => Err(error),
    }
}
