//! RUN: prepares the sandbox, runs the process, and turns what it wrote into a layer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use image::{Digest, Platform};
use plan::{Exec, NodeId, Op};
use sandbox::{Emulation, EtcFiles, Network, Rootfs, Security, Spec, User};
use store::Merged;

use super::failure::Log;
use super::hints::hint;
use super::mounts::{JAVA_VARIABLE, Trees};
use super::output::StepOutput;
use crate::copy::user_db;
use crate::engine::{Chain, Engine};
use crate::leaks::Finds;
use crate::{BuildError, EventKind, FailedStep, Stream};

impl Engine<'_> {
    /// Runs a process on top of `input`; the layer of what it changed.
    pub(crate) fn exec(
        &self,
        id: NodeId,
        exec: &Exec,
        input: &Chain,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<Option<Digest>, BuildError> {
        let layers = self.layers(input)?;
        let lower = Merged::new(layers.clone())?;
        let work = self.store.work()?;
        if let Some(root) = lower.get(b"") {
            store::apply_metadata(&work.fs(), root)?;
        }
        let lowers = store::lower_dirs(&layers);
        let rootfs = Rootfs { lowers, upper: work.fs(), work: work.overlay_work() };
        let begun = self.seconds();
        let held = self.mounts(id, exec, Trees { chains, work: &work })?;
        let mut spec = self.spec(exec, &lower, rootfs, &held)?;
        self.lend_devices(id, exec, &mut spec)?;
        self.vary(&mut spec, exec.hostname.is_some(), &work)?;
        spec.network = self.network(id, exec);
        spec.emulation = self.emulation(id)?;
        let connected = !matches!(spec.network, Network::None);
        let resolv_conf = self.options.resolv_conf.clone().filter(|_| connected);
        if let Some(ground) = self.ground(resolv_conf.is_some()) {
            spec.rootfs.lowers.insert(0, ground);
        }
        spec.etc = EtcFiles { resolv_conf, ..EtcFiles::default() };
        if let Err(error) = self.run_process(id, exec, &spec, Log::new(&work)) {
            return Err(self.failed((id, exec, &spec), work, (&lower, input), error));
        }
        drop(held);
        let finds = Finds::default();
        let hash = |host: &Path, path: &[u8]| self.hash_watched(host, path, &finds);
        let index = store::scan_upper(&work.fs(), self.store.flavor(), &lower, begun, &hash)?;
        let clean = self.judge_layer(id, index.entries(), finds)?;
        if index.entries().is_empty() {
            return Ok(None);
        }
        let layer = self.store.commit(work, index)?.id();
        self.remember_searched(&layer, clean)?;
        Ok(Some(layer))
    }

    /// The lowest directory of a step's root. Without it the step works as well, and takes longer to start.
    fn ground(&self, connected: bool) -> Option<PathBuf> {
        let make = || {
            let dir = self.store.scratch_dir().ok()?;
            sandbox::make_ground(&dir, connected).ok().map(|()| dir)
        };
        self.grounds[usize::from(connected)].get_or_init(make).clone()
    }

    /// What runs the programs of the step's platform, where neither the processor nor the system does.
    fn emulation(&self, id: NodeId) -> Result<Option<Emulation>, BuildError> {
        let architecture = &self.plan.nodes[id.0].platform.architecture;
        let mut known = self.emulators.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.entry(architecture.clone()).or_insert_with(|| {
            sandbox::emulation(architecture, &Platform::host().architecture)
                .map_err(|error| error.to_string())
        });
        found.clone().map_err(|error| BuildError::environment(error).help(sandbox::EMULATOR_HELP))
    }

    fn spec(
        &self,
        exec: &Exec,
        lower: &Merged,
        rootfs: Rootfs,
        held: &super::mounts::Held,
    ) -> Result<Spec, BuildError> {
        let owner = user_db(lower).resolve(&exec.user, true).map_err(BuildError::new)?;
        let mut env = self.options.lent_env.clone();
        env.extend(exec.lent_env.clone());
        env.extend(held.env.clone());
        env.extend(exec.env.clone());
        // The step's own options come last, as the last one of a kind counts.
        if let (Some(lent), Some(own)) = (held.env.get(JAVA_VARIABLE), exec.env.get(JAVA_VARIABLE)) {
            env.insert(JAVA_VARIABLE.to_owned(), format!("{lent} {own}"));
        }
        // The home of a user that the image does not know, root among them, is the root of the image.
        let home = owner.home.clone().unwrap_or_else(|| "/".to_owned());
        env.entry("HOME".to_owned()).or_insert(home);
        let mut spec = Spec::new(rootfs, exec.args.clone());
        spec.env = env.into_iter().collect();
        spec.cwd.clone_from(&exec.cwd);
        spec.user = User { uid: owner.uid, gid: owner.gid, groups: owner.groups };
        spec.mounts.clone_from(&held.mounts);
        exec.hostname.as_deref().unwrap_or("buildkitsandbox").clone_into(&mut spec.hostname);
        spec.security = if exec.insecure { Security::Insecure } else { Security::Sandbox };
        spec.limits.shm_size = self.options.shm_size;
        spec.limits.memory = self.options.memory;
        spec.limits.pids = self.options.pids;
        spec.extra_hosts.clone_from(&self.options.extra_hosts);
        Ok(spec)
    }

    fn masked(&self, text: String) -> String {
        match self.options.leaks {
            Some(leaks) => leaks.needles().redact(&text),
            None => text,
        }
    }

    fn run_process(&self, id: NodeId, exec: &Exec, spec: &Spec, log: Log) -> Result<(), BuildError> {
        let show = |stream: Stream, bytes: Vec<u8>| {
            if !bytes.is_empty() {
                self.event(id, EventKind::Output(stream, bytes));
            }
        };
        let mut written = StepOutput::new(self.options.leaks).logged(log);
        let mut output = |stream: sandbox::Stream, bytes: &[u8]| {
            let stream = match stream {
                sandbox::Stream::Stdout => Stream::Stdout,
                sandbox::Stream::Stderr => Stream::Stderr,
            };
            show(stream, written.add(stream, bytes));
        };
        let later = self.plan.nodes.get(id.0 + 1..).unwrap_or_default();
        let more = later.iter().any(|node| matches!(node.op, Op::Exec(_)));
        let spawned = self.starter.spawn(spec, &mut output, self.options.cancel, more);
        for stream in [Stream::Stdout, Stream::Stderr] {
            show(stream, written.finish(stream));
        }
        let exit = spawned.map_err(|error| sandbox_error(&error))?;
        self.note_usage(id, &exit.usage);
        for warning in exit.warnings {
            self.event(id, EventKind::Note(warning));
        }
        if self.options.cancel.is_set() {
            return Err(BuildError::environment("the build was interrupted"));
        }
        if exit.code == 0 {
            return Ok(());
        }
        let command = self.masked(exec.args.join(" "));
        let (tail, log) = written.parts();
        let log = log.and_then(|log| self.keep_log(id, log));
        let step = FailedStep { code: exit.code, tail, command, log, state: None };
        let why = match (&exit.exec_error, exit.signal) {
            (Some(error), _) => error.to_string(),
            (None, Some(signal)) => format!("the process was ended by signal {signal}"),
            (None, None) => format!("the process ended with exit code {}", exit.code),
        };
        let full = self.is_full() || step.tail.iter().any(|line| line.contains("No space left on device"));
        let help = if full {
            Some("the disk of the store is full: free space, for example by `cooper store gc`")
        } else {
            hint(&step.tail, &spec.network, self.options.ca_bundle.is_some())
        };
        Err(BuildError { step: Some(Box::new(step)), help: help.map(str::to_owned), ..BuildError::new(why) })
    }

    /// Whether the store has no space left, which a program may not have said.
    fn is_full(&self) -> bool {
        let found = rustix::fs::statvfs(self.store.root());
        found.is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) < 1 << 20)
    }
}

fn sandbox_error(error: &sandbox::SandboxError) -> BuildError {
    match error.kind() {
        sandbox::ErrorKind::BadSpec | sandbox::ErrorKind::MissingSource => BuildError::new(error.to_string()),
        _ => BuildError::environment(error.to_string()),
    }
}
