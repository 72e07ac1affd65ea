//! Running the `git` program: isolated from the configuration of user and machine, ended when the build is, and with
//! secrets in its environment only, which other users cannot read.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kit::read_bounded;
use rustix::process::{Pid, Signal, kill_process_group};

use super::remote::Remote;
use crate::{FetchError, Fetcher, Progress, Result};

/// Most of what git says on standard error that is kept, from its end.
const MAX_TOLD: usize = 16 << 10;
/// Most that a list of files or refs may have.
pub(super) const MAX_LIST: u64 = 512 << 20;

/// One run.
#[derive(Default)]
pub(super) struct Run<'a> {
    /// Repository; none for a command that needs none.
    pub(super) git_dir: Option<&'a Path>,
    /// Where files go.
    pub(super) work_tree: Option<&'a Path>,
    /// Index file in place of the repository's own.
    pub(super) index: Option<&'a Path>,
    /// The server it may speak to, with what that wants.
    pub(super) remote: Option<&'a Remote>,
    /// Standard input.
    pub(super) stdin: Option<File>,
    /// Whether what it says is shown while it runs.
    pub(super) tell: bool,
}

/// A run that did not end well.
pub(super) enum Failure {
    /// It could not be run, or was interrupted.
    Run(FetchError),
    /// It ended with an error and said this.
    Said(String),
}

impl Failure {
    /// An error that says what was tried.
    pub(super) fn about(self, what: &str) -> FetchError {
        match self {
            Self::Run(error) => error,
            Self::Said(text) => explain(what, &text),
        }
    }

    /// Whether git said one of these.
    pub(super) fn said(&self, parts: &[&str]) -> bool {
        matches!(self, Self::Said(text) if parts.iter().any(|part| text.contains(part)))
    }
}

/// An error of the last lines that git said, with advice where the reason is known.
fn explain(what: &str, text: &str) -> FetchError {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let told: Vec<&str> = lines
        .filter(|line| {
            ["fatal:", "error:", "remote:", "ssh:", "Host key", "git@"]
                .iter()
                .any(|start| line.starts_with(start))
        })
        .collect();
    let last = told.iter().rev().take(3).rev().copied().collect::<Vec<_>>().join("; ");
    let clean: String = last.chars().filter(|c| !c.is_control()).take(600).collect();
    let error = FetchError::environment(if clean.is_empty() {
        format!("{what}: git failed")
    } else {
        format!("{what}: git says `{clean}`")
    });
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&[
        "could not read Username",
        "Authentication failed",
        "terminal prompts disabled",
        "returned error: 403",
    ]) {
        return error.help(
            "if it is private, give a token with `--secret id=GIT_AUTH_TOKEN,env=NAME`, or a header as `GIT_AUTH_HEADER`",
        );
    }
    if has(&["Permission denied (publickey"]) {
        return error.help("give an agent that has a key for this host with `--ssh default`");
    }
    if has(&["Host key verification failed"]) {
        return error.help("the host's key is not the one in `known_hosts`; check it and correct the file");
    }
    if has(&["cannot run ssh", "ssh: not found"]) {
        return error.help("install an SSH client, for example the package `openssh-client`");
    }
    if has(&["not found", "does not exist", "does not appear to be a git repository"]) {
        return error.help("check the address of the repository");
    }
    if has(&["Could not resolve host", "Connection refused", "Failed to connect", "unable to access"]) {
        return error.help("check the host, the network and the proxy settings");
    }
    error
}

impl Fetcher {
    /// Runs git; what it wrote to standard output.
    pub(super) fn git(
        &self,
        run: Run<'_>,
        args: &[&str],
        progress: &dyn Progress,
    ) -> std::result::Result<Vec<u8>, Failure> {
        self.git.get_or_init(|| self.check_git(progress)).clone().map_err(Failure::Run)?;
        self.spawn(run, args, progress)
    }

    /// Whether git is there and understands how it is configured here.
    fn check_git(&self, progress: &dyn Progress) -> Result<()> {
        let out = self
            .spawn(Run::default(), &["version"], progress)
            .map_err(|error| error.about("`git version`"))?;
        let text = String::from_utf8_lossy(&out);
        let mut numbers =
            text.trim_start_matches("git version ").split('.').map(|part| part.trim().parse::<u32>());
        let version = (
            numbers.next().and_then(std::result::Result::ok),
            numbers.next().and_then(std::result::Result::ok),
        );
        match version {
            (Some(major), Some(minor)) if (major, minor) < (2, 31) => Err(FetchError::environment(format!(
                "`git` has the version {major}.{minor}, and 2.31 is needed"
            ))
            .help("install a newer git")),
            _ => Ok(()),
        }
    }

    fn spawn(
        &self,
        run: Run<'_>,
        args: &[&str],
        progress: &dyn Progress,
    ) -> std::result::Result<Vec<u8>, Failure> {
        use std::os::unix::process::CommandExt;
        let local = |error: FetchError| Failure::Run(error);
        std::fs::create_dir_all(&self.config.cache).map_err(|error| local(self.unusable(&error)))?;
        let mut command = Command::new("git");
        command
            .args(args)
            .current_dir(&self.config.cache)
            .env_clear()
            .envs(self.git_env(&run).map_err(local)?);
        command.stdin(run.stdin.map_or_else(Stdio::null, Stdio::from));
        // A group of its own: a signal for the build's terminal does not reach it before the build says so.
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let child = command.spawn().map_err(|error| local(missing(&error, run.remote)))?;
        let (out, said, success) =
            attend(child, run.tell, progress).map_err(|error| local(self.unusable(&error)))?;
        if progress.cancelled() {
            return Err(local(FetchError::environment("the build was interrupted")));
        }
        if success { Ok(out) } else { Err(Failure::Said(said)) }
    }

    fn unusable(&self, error: &io::Error) -> FetchError {
        FetchError::environment(format!("failed to work in `{}`: {error}", self.config.cache.display()))
    }

    /// The whole environment of git. Its configuration is part of it, so that nothing of it shows in the arguments.
    fn git_env(&self, run: &Run<'_>) -> Result<Vec<(OsString, OsString)>> {
        let mut env: Vec<(OsString, OsString)> = Vec::new();
        let mut set = |name: &str, value: OsString| env.push((name.into(), value));
        for (name, value) in FIXED {
            set(name, value.into());
        }
        for (name, value) in &self.config.env {
            set(name, value.into());
        }
        // No repository is looked for above: the directory is ours.
        let above = self.config.cache.parent().unwrap_or(&self.config.cache);
        set("GIT_CEILING_DIRECTORIES", above.into());
        set("HOME", self.config.cache.join("home").into());
        let paths =
            [("GIT_DIR", run.git_dir), ("GIT_WORK_TREE", run.work_tree), ("GIT_INDEX_FILE", run.index)];
        for (name, path) in paths {
            if let Some(path) = path {
                set(name, path.into());
            }
        }
        let mut config: Vec<(String, OsString)> =
            SETTINGS.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
        if let Some(remote) = run.remote {
            config.extend(self.server_settings(remote)?);
            for (name, value) in self.ssh_env(remote)? {
                set(name, value);
            }
        }
        set("GIT_CONFIG_COUNT", config.len().to_string().into());
        for (at, (key, value)) in config.into_iter().enumerate() {
            set(&format!("GIT_CONFIG_KEY_{at}"), key.into());
            set(&format!("GIT_CONFIG_VALUE_{at}"), value);
        }
        Ok(env)
    }
}

/// Variables that are always the same.
const FIXED: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TEMPLATE_DIR", ""),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ALLOW_PROTOCOL", "http:https:ssh:git"),
    ("GIT_PROTOCOL_FROM_USER", "0"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_ADVICE", "0"),
    ("GIT_LFS_SKIP_SMUDGE", "1"),
    ("GIT_FLUSH", "0"),
];

/// Settings that are always the same.
const SETTINGS: &[(&str, &str)] = &[
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.symlinks", "true"),
    ("core.fileMode", "true"),
    ("core.autocrlf", "false"),
    ("core.attributesFile", "/dev/null"),
    ("core.excludesFile", "/dev/null"),
    ("credential.helper", ""),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("init.defaultBranch", "master"),
    ("fetch.recurseSubmodules", "false"),
    ("submodule.recurse", "false"),
    ("protocol.allow", "never"),
    ("protocol.http.allow", "always"),
    ("protocol.https.allow", "always"),
    ("protocol.ssh.allow", "always"),
    ("protocol.git.allow", "always"),
    ("safe.directory", "*"),
    ("advice.detachedHead", "false"),
];

fn missing(error: &io::Error, remote: Option<&Remote>) -> FetchError {
    let what = remote.map_or_else(String::new, |remote| format!(" to fetch `{}`", remote.url));
    if error.kind() == io::ErrorKind::NotFound {
        return FetchError::environment(format!("there is no `git` program{what}"))
            .help("install git; most distributions have it as the package `git`");
    }
    FetchError::environment(format!("failed to run `git`{what}: {error}"))
}

/// Reads what a process says until it ends, and ends it when the build is interrupted.
fn attend(mut child: Child, tell: bool, progress: &dyn Progress) -> io::Result<(Vec<u8>, String, bool)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let group = Pid::from_child(&child);
    let over = (Mutex::new(false), Condvar::new());
    let (out, said) = std::thread::scope(|scope| {
        scope.spawn(|| watch(group, &over, progress));
        let said =
            scope.spawn(move || stderr.map(|stderr| listen(stderr, tell, progress)).unwrap_or_default());
        let out = stdout.map_or(Ok(Vec::new()), |stdout| read_bounded(stdout, MAX_LIST));
        if out.is_err() {
            // It would wait for a reader for ever.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let said = said.join().unwrap_or_default();
        *over.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        over.1.notify_all();
        (out, said)
    });
    let success = child.wait()?.success();
    Ok((out?, said, success))
}

/// Ends a group of processes once the build is interrupted.
fn watch(group: Pid, over: &(Mutex<bool>, Condvar), progress: &dyn Progress) {
    let mut done = over.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !*done {
        if progress.cancelled() {
            // It may have ended by itself meanwhile.
            let _ = kill_process_group(group, Signal::TERM);
        }
        let waited = over.1.wait_timeout(done, Duration::from_millis(100));
        done = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// A line for people, without what would steer their terminal; none that speaks of refs, which are our own.
fn worth_telling(line: &[u8]) -> Option<String> {
    let text: String = String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).collect();
    let about_refs = text.starts_with(' ') || text.starts_with("From ");
    (!about_refs && !text.trim().is_empty()).then(|| text.trim_end().to_owned())
}

/// Reads standard error; its end.
fn listen(mut stderr: impl Read, tell: bool, progress: &dyn Progress) -> String {
    let (mut kept, mut line) = (Vec::new(), Vec::new());
    let mut last = Instant::now();
    let mut buffer = [0; 4096];
    loop {
        let count = match stderr.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for byte in &buffer[..count] {
            match byte {
                b'\n' | b'\r' => {
                    // A line that the next one is to replace is one of a hundred.
                    let passing = *byte == b'\r' && last.elapsed() < Duration::from_secs(1);
                    if let Some(text) = worth_telling(&line).filter(|_| tell && !passing) {
                        progress.line(&text);
                        last = Instant::now();
                    }
                    line.clear();
                }
                byte if line.len() < 1000 => line.push(*byte),
                _ => {}
            }
        }
        kept.extend_from_slice(&buffer[..count]);
        if kept.len() > 2 * MAX_TOLD {
            kept.drain(..kept.len() - MAX_TOLD);
        }
    }
    String::from_utf8_lossy(&kept).replace('\r', "\n")
}
