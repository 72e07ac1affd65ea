//! RUN as an operation with mounts.

use std::collections::BTreeMap;

use bytes::Bytes;
use plan::{Exec, ExecMount, ExecMountKind, NetworkMode, Sharing};

use super::Lowering;
use crate::EngineError;
use crate::messages::{
    Action, CacheOpt, ChownOpt, ExecOp, FileOpt, HostIp, Input, Kind, Meta, MkDir, MkFile, Mount, ProxyEnv,
    SecretEnv, TmpfsOpt, User, UserOpt, mount_type,
};

/// A mount without a source and without a result.
fn mount(dest: &str, kind: i32) -> Mount {
    Mount { input: -1, output: -1, dest: dest.to_owned(), kind, ..Mount::default() }
}

impl Lowering<'_> {
    pub(super) fn exec(&mut self, exec: &Exec, base: Option<&Input>) -> Result<Input, EngineError> {
        if let Some(device) = exec.devices.first() {
            let text = format!("the device `{}` of this machine is not given to an engine", device.name);
            return Err(EngineError::build(text));
        }
        let mut inputs: Vec<Input> = base.into_iter().cloned().collect();
        let root =
            Mount { input: if base.is_some() { 0 } else { -1 }, dest: "/".to_owned(), ..Mount::default() };
        let mut op = ExecOp { mounts: vec![root], ..ExecOp::default() };
        let mut env = exec.env.clone();
        let mut agents = 0;
        for one in &exec.mounts {
            self.mount(one, &mut op, &mut inputs, &mut env, &mut agents);
        }
        for (path, content) in &exec.files {
            let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
            let made = MkFile {
                path: format!("/{name}"),
                mode: 0o755,
                data: Bytes::from(content.clone().into_bytes()),
                timestamp: -1,
            };
            let script = self.file(None, Vec::new(), vec![Action::MkFile(made)]);
            let input = place(&mut inputs, script);
            op.mounts.push(Mount { input, readonly: true, ..mount(dir, 0) });
        }
        if let Some(size) = self.options.shm_size {
            let size = i64::try_from(size).unwrap_or(i64::MAX);
            op.mounts.push(Mount { tmpfs: Some(TmpfsOpt { size }), ..mount("/dev/shm", mount_type::TMPFS) });
        }
        let network = if exec.network == NetworkMode::Default { self.options.network } else { exec.network };
        op.network = match network {
            NetworkMode::Default => 0,
            NetworkMode::Host => {
                self.entitlements.insert("network.host".to_owned());
                1
            }
            NetworkMode::None => 2,
        };
        if exec.insecure {
            self.entitlements.insert("security.insecure".to_owned());
            op.security = 1;
        }
        let hosts = self.options.extra_hosts.iter();
        op.meta = Some(Meta {
            args: exec.args.clone(),
            env: env.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            cwd: exec.cwd.clone(),
            user: exec.user.clone(),
            proxy_env: proxies(&self.options.proxies, &exec.lent_env),
            extra_hosts: hosts.map(|(host, ip)| HostIp { host: host.clone(), ip: ip.clone() }).collect(),
            hostname: exec.hostname.clone().unwrap_or_default(),
            remove_mount_stubs_recursive: true,
        });
        Ok(self.add(Kind::Exec(Box::new(op)), inputs))
    }

    fn mount(
        &mut self,
        one: &ExecMount,
        op: &mut ExecOp,
        inputs: &mut Vec<Input>,
        env: &mut BTreeMap<String, String>,
        agents: &mut usize,
    ) {
        let target = one.target.as_str();
        match &one.kind {
            ExecMountKind::Bind { from, source } => {
                let input = match self.tree(from) {
                    Some(tree) => place(inputs, tree),
                    None => -1,
                };
                let selector = selector(source);
                op.mounts.push(Mount { input, selector, readonly: one.readonly, ..mount(target, 0) });
            }
            ExecMountKind::Cache { id, sharing, from, source, mode, uid, gid } => {
                let (tree, selector) = match from {
                    Some(from) => (self.tree(from), selector(source)),
                    None if (*mode, *uid, *gid) != (0o755, 0, 0) => {
                        (Some(self.cache_directory(*mode, *uid, *gid)), "/cache".to_owned())
                    }
                    None => (None, String::new()),
                };
                let input = tree.map_or(-1, |tree| place(inputs, tree));
                let sharing = match sharing {
                    Sharing::Shared => 0,
                    Sharing::Private => 1,
                    Sharing::Locked => 2,
                };
                let own = |own: &String| format!("{id} {own}");
                let id = self.options.mounts.as_ref().map_or_else(|| id.clone(), own);
                let cache = Some(CacheOpt { id, sharing });
                let made = mount(target, mount_type::CACHE);
                op.mounts.push(Mount { input, selector, cache, readonly: one.readonly, ..made });
            }
            ExecMountKind::Tmpfs { size } => {
                let size = size.map_or(0, |size| i64::try_from(size).unwrap_or(i64::MAX));
                op.mounts.push(Mount { tmpfs: Some(TmpfsOpt { size }), ..mount(target, mount_type::TMPFS) });
            }
            ExecMountKind::Secret { id, file, env: name, required, mode, uid, gid } => {
                let optional = !required;
                if let Some(name) = name {
                    op.secretenv.push(SecretEnv { id: id.clone(), name: name.clone(), optional });
                }
                if *file {
                    let secret = FileOpt { id: id.clone(), uid: *uid, gid: *gid, mode: *mode, optional };
                    op.mounts.push(Mount { secret: Some(secret), ..mount(target, mount_type::SECRET) });
                }
            }
            ExecMountKind::Ssh { id, required, mode, uid, gid } => {
                let dest = target.replace("ssh_agent.0", &format!("ssh_agent.{agents}"));
                if *agents == 0 {
                    env.insert("SSH_AUTH_SOCK".to_owned(), dest.clone());
                }
                *agents += 1;
                let ssh = FileOpt { id: id.clone(), uid: *uid, gid: *gid, mode: *mode, optional: !required };
                op.mounts.push(Mount { ssh: Some(ssh), ..mount(&dest, mount_type::SSH) });
            }
        }
    }

    /// A directory with the owner and the mode that a new cache has.
    fn cache_directory(&mut self, mode: u32, uid: u32, gid: u32) -> Input {
        let number = |number| Some(UserOpt { user: Some(User::Number(number)) });
        let directory = MkDir {
            path: "/cache".to_owned(),
            mode: i32::try_from(mode).unwrap_or(0o755),
            make_parents: false,
            owner: Some(ChownOpt { user: number(uid), group: number(gid) }),
            timestamp: -1,
        };
        self.file(None, Vec::new(), vec![Action::MkDir(directory)])
    }
}

/// The number of an input, which is added when it is new.
fn place(inputs: &mut Vec<Input>, input: Input) -> i64 {
    let at = inputs.iter().position(|known| *known == input).unwrap_or_else(|| {
        inputs.push(input);
        inputs.len() - 1
    });
    super::number(at)
}

/// A path within a tree; the root is not said.
fn selector(source: &str) -> String {
    let clean = format!("/{}", source.trim_matches('/'));
    if clean == "/" || clean == "/." { String::new() } else { clean }
}

fn proxies(lent: &BTreeMap<String, String>, own: &BTreeMap<String, String>) -> Option<ProxyEnv> {
    let find = |name: &str| {
        let of = |map: &BTreeMap<String, String>| {
            map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        of(own).or_else(|| of(lent)).unwrap_or_default()
    };
    let env = ProxyEnv {
        http: find("HTTP_PROXY"),
        https: find("HTTPS_PROXY"),
        ftp: find("FTP_PROXY"),
        no: find("NO_PROXY"),
        all: find("ALL_PROXY"),
    };
    (env != ProxyEnv::default()).then_some(env)
}
