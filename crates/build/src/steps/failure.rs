//! What is left of a step that failed: its whole output, a shell in its place, and the files as it left them.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use plan::{Exec, NodeId};
use sandbox::{MountKind, Spec, Stdio, Streams};
use store::Merged;

use crate::engine::{Chain, Engine, LayerRef};
use crate::leaks::Finds;
use crate::{BuildError, EventKind};

/// Logs of failed steps that the store keeps; the newest.
const MAX_LOGS: usize = 32;
/// More of an output is not kept.
const MAX_LOG: u64 = 256 << 20;

/// What is done when a step fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OnFailure {
    /// Whether the files of the step are kept.
    pub keep: bool,
    /// Whether a shell takes the place of the process.
    pub shell: Option<FailureShell>,
}

/// A shell on the standard streams of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureShell {
    /// Whether it gets a terminal of its own.
    pub tty: bool,
}

/// A file system as a failed step left it.
#[derive(Debug, Clone)]
pub struct FailedState {
    /// Its layers, base first.
    pub layers: Vec<LayerRef>,
    /// The node that failed.
    pub node: NodeId,
}

/// The whole output of a process, in a file that goes with the work unless it is kept.
pub(super) struct Log {
    path: PathBuf,
    /// Made when there is something to write; `None` afterwards is a file that takes no more.
    file: OnceCell<Option<File>>,
    left: u64,
}

impl Log {
    /// A log below `work`. Where it cannot be written there is none.
    pub(super) fn new(work: &store::Work) -> Self {
        Self { path: work.path().join("log"), file: OnceCell::new(), left: MAX_LOG }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        let Some(mut file) = self.file.get_or_init(|| File::create(&self.path).ok()).as_ref() else { return };
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.unwrap_or(0);
        if left.is_none() || file.write_all(bytes).is_err() {
            self.file = OnceCell::from(None);
        }
    }

    /// Moves it to `dir`, where older ones make room.
    pub(super) fn keep(self, dir: &Path, name: &str) -> Option<PathBuf> {
        fs::create_dir_all(dir).ok()?;
        let mut old: Vec<_> = fs::read_dir(dir).ok()?.flatten().map(|item| item.path()).collect();
        old.sort_by_key(|path| path.metadata().and_then(|data| data.modified()).ok());
        for path in old.iter().rev().skip(MAX_LOGS - 1) {
            // One that is gone already is as good as removed.
            let _ = fs::remove_file(path);
        }
        let target = dir.join(name);
        fs::rename(&self.path, &target).ok()?;
        Some(target)
    }
}

/// A new directory beside one that was used.
fn again(used: &Path) -> std::io::Result<PathBuf> {
    let fresh = used.with_extension("again");
    fs::create_dir_all(&fresh)?;
    Ok(fresh)
}

impl Engine<'_> {
    /// Keeps the log of a step that failed; where it is.
    pub(super) fn keep_log(&self, id: NodeId, log: Log) -> Option<PathBuf> {
        let origin = &self.plan.nodes[id.0].origin;
        let is_plain = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '-' | '_');
        let stage: String = origin.stage_name.chars().filter(|ch| is_plain(*ch)).take(40).collect();
        let name = format!("{}-{stage}-line{}.log", (self.options.now)() / 1_000_000, origin.line);
        log.keep(&self.store.root().join("logs"), &name)
    }

    /// Runs a shell where a step failed, until it ends.
    pub(super) fn failure_shell(&self, id: NodeId, exec: &Exec, spec: &Spec) -> Result<(), BuildError> {
        let Some(shell) = self.options.on_failure.shell else { return Ok(()) };
        let line = self.plan.nodes[id.0].origin.line;
        let text = format!("a shell in the failed step of line {line}; the build ends with it");
        self.event(id, EventKind::Note(text));
        let mut spec = spec.clone();
        let program = exec.args.first().filter(|program| program.ends_with("sh"));
        spec.args = vec![program.map_or("/bin/sh", String::as_str).into()];
        spec.tty = shell.tty;
        spec.streams = Streams { stdin: Stdio::Inherit, stdout: Stdio::Inherit, stderr: Stdio::Inherit };
        // What overlayfs left in a work directory keeps it from being used a second time.
        spec.rootfs.work = again(&spec.rootfs.work)?;
        for mount in &mut spec.mounts {
            if let MountKind::Overlay { work: Some(work), .. } = &mut mount.kind {
                *work = again(work)?;
            }
        }
        sandbox::spawn(&spec, &mut |_, _| (), self.options.cancel)
            .map(drop)
            .map_err(|error| BuildError::environment(error.to_string()))
    }

    /// Makes a layer of what a failed step wrote. What would leak a lent value is not kept.
    pub(super) fn keep_state(
        &self,
        id: NodeId,
        work: store::Work,
        lower: &Merged,
        input: &Chain,
    ) -> Result<FailedState, BuildError> {
        let finds = Finds::default();
        let hash = |host: &Path, path: &[u8]| self.hash_watched(host, path, &finds);
        let index = store::scan_upper(&work.fs(), self.store.flavor(), lower, self.seconds(), &hash)?;
        let clean = self.judge_layer(id, index.entries(), finds)?;
        let mut layers = input.to_vec();
        if !index.entries().is_empty() {
            let layer = self.store.commit(work, index)?.id();
            self.remember_searched(&layer, clean)?;
            layers.push(LayerRef { id: layer, base: None });
        }
        Ok(FailedState { layers, node: id })
    }

    /// Completes the error of a step with what is left of it.
    pub(super) fn failed(
        &self,
        (id, exec, spec): (NodeId, &Exec, &Spec),
        work: store::Work,
        (lower, input): (&Merged, &Chain),
        mut error: BuildError,
    ) -> BuildError {
        let Some(step) = &mut error.step else { return error };
        let mut remarks = Vec::new();
        if let Err(problem) = self.failure_shell(id, exec, spec) {
            remarks.push(format!("there is no shell in the failed step: {problem}"));
        }
        if self.options.on_failure.keep {
            match self.keep_state(id, work, lower, input) {
                Ok(state) => step.state = Some(state),
                Err(problem) => remarks.push(format!("the files of the failed step are not kept: {problem}")),
            }
        }
        for remark in remarks {
            self.event(id, EventKind::Note(remark));
        }
        error
    }
}
