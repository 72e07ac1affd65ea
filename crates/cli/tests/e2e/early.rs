//! Layers go to a registry while they are packed: what must hold of it, however far it gets.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use image::Digest;
use rustix::process::{Pid, Signal, kill_process};
use testkit::{Reply, Seen, Server};

use crate::lab::{Lab, base, binary, ran};
use crate::signals::processes_with;

/// What happens to the second piece of the first upload.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Second {
    Taken,
    Refused,
}

/// A registry that keeps all in memory.
#[derive(Default)]
struct State {
    uploads: BTreeMap<String, Vec<u8>>,
    begun: usize,
    blobs: BTreeMap<String, Vec<u8>>,
    cancelled: usize,
    manifests: usize,
    /// Nothing more is answered while it is set.
    held: bool,
}

#[derive(Default)]
struct Keeper(Mutex<State>, Condvar);

impl Keeper {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Waits for something, at most a minute.
    fn wait(&self, until: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let minute = Duration::from_secs(60);
        let (state, time) = self.1.wait_timeout_while(self.state(), minute, |state| !until(state)).unwrap();
        assert!(!time.timed_out(), "what the test waits for never came");
        state
    }

    fn start(second: Second) -> (Arc<Self>, Server) {
        let keeper = Arc::new(Self::default());
        let shared = Arc::clone(&keeper);
        (keeper, Server::start(move |seen| shared.answer(seen, second)))
    }

    fn answer(&self, seen: &Seen, second: Second) -> Reply {
        let path = seen.path();
        let last = path.rsplit('/').next().unwrap_or_default();
        let reply = match (seen.method.as_str(), path.contains("/uploads/")) {
            ("HEAD", _) if self.state().blobs.contains_key(last) => Reply::new(200),
            ("HEAD", _) => Reply::new(404),
            ("GET", false) if path.contains("/manifests/") => Reply::new(404),
            ("PUT", false) => {
                self.state().manifests += 1;
                Reply::new(201)
            }
            (_, true) => self.upload(seen, last, second),
            _ => Reply::ok("{}"),
        };
        self.1.notify_all();
        drop(self.wait(|state| !state.held || seen.method != "PATCH"));
        reply
    }

    fn upload(&self, seen: &Seen, id: &str, second: Second) -> Reply {
        let mut state = self.state();
        if seen.method == "POST" {
            state.begun += 1;
            let id = state.begun.to_string();
            state.uploads.insert(id.clone(), Vec::new());
            return Reply::new(202).header("Location", format!("{}{id}", seen.path()));
        }
        if seen.method == "DELETE" {
            state.cancelled += usize::from(state.uploads.remove(id).is_some());
            return Reply::new(204);
        }
        let Some(bytes) = state.uploads.get_mut(id) else { return Reply::new(404) };
        if second == Second::Refused && id == "1" && !bytes.is_empty() {
            return Reply::new(403);
        }
        bytes.extend_from_slice(&seen.body);
        if seen.method == "PATCH" {
            return Reply::new(202).header("Location", seen.path());
        }
        let bytes = state.uploads.remove(id).unwrap();
        let digest = Digest::of(&bytes).to_string();
        let asked = seen.target.rsplit("digest=").next().unwrap_or_default().replace("%3A", ":");
        assert_eq!(digest, asked, "the content fits its digest");
        state.blobs.insert(digest, bytes);
        Reply::new(201)
    }
}

/// A step that makes a layer of 24 MB that cannot be compressed.
const LARGE: &str = "FROM busybox\nRUN dd if=/dev/urandom of=/large bs=1M count=24 2>/dev/null\n";

/// The arguments of a build that pushes.
fn arguments(server: &Server) -> Vec<String> {
    let context = format!("busybox=oci-layout://{}", base().display());
    let output = format!("type=image,name={}/app:1,push=true", server.address);
    let args = ["build", "--progress", "plain", "-o", &output, "--build-context", &context, "context"];
    args.map(str::to_owned).to_vec()
}

#[test]
fn a_large_layer_is_pushed_whatever_becomes_of_its_early_upload() {
    for second in [Second::Taken, Second::Refused] {
        let Some(lab) = Lab::new() else { return };
        lab.file("Dockerfile", LARGE);
        let (keeper, server) = Keeper::start(second);
        let args = arguments(&server);
        let built = lab.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(built.code, 0, "{}", built.err);
        let state = keeper.state();
        assert!(state.manifests > 0);
        assert_eq!(state.cancelled, usize::from(second == Second::Refused));
        let large = state.blobs.iter().filter(|(_, bytes)| bytes.len() > 24 << 20);
        assert_eq!(large.count(), 1);
        assert!(state.uploads.is_empty(), "no upload stays open");
    }
}

#[test]
fn a_registry_that_always_refuses_is_an_error_once() {
    let Some(lab) = Lab::new() else { return };
    lab.file("Dockerfile", LARGE);
    let server = Server::start(|seen| match seen.method.as_str() {
        "POST" => Reply::new(202).header("Location", format!("{}1", seen.path())),
        "PATCH" | "PUT" => Reply::new(403),
        "HEAD" => Reply::new(404),
        _ => Reply::ok("{}"),
    });
    let args = arguments(&server);
    let built = lab.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(built.code, 4, "{}", built.err);
    let errors: Vec<&str> = built.err.lines().filter(|line| line.starts_with("error")).collect();
    assert!(matches!(errors.as_slice(), [one] if one.contains("access is denied")), "{}", built.err);
}

#[test]
fn nothing_of_a_layer_with_a_lent_value_leaves_the_machine() {
    let Some(lab) = Lab::new() else { return };
    let step = LARGE.replace("RUN", "RUN --mount=type=secret,id=key").trim_end().to_owned();
    lab.file("Dockerfile", &format!("{step} && cat /run/secrets/key >> /large\n"));
    lab.file("key", "correct-horse-battery-staple-4711");
    let (keeper, server) = Keeper::start(Second::Taken);
    let mut args = arguments(&server);
    args.extend(["--secret".to_owned(), "id=key,src=key".to_owned()]);
    let built = lab.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_ne!(built.code, 0, "the leak is found: {}", built.err);
    assert!(built.err.contains("key"), "{}", built.err);
    assert_eq!(keeper.state().begun, 0, "not even an upload was begun");
}

#[test]
fn an_interrupted_build_completes_no_upload() {
    let Some(lab) = Lab::new() else { return };
    let sleep = format!("sleep 874.{}", std::process::id());
    lab.file("Dockerfile", &format!("{LARGE}RUN echo rea''dy; {sleep}\n"));
    let (keeper, server) = Keeper::start(Second::Taken);
    keeper.state().held = true;
    let mut command = std::process::Command::new("env");
    command.args(["--default-signal", binary(), "--store"]).arg(lab.path().join("store"));
    command.args(arguments(&server)).current_dir(lab.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stderr.as_mut().unwrap());
    assert!(output.lines().map_while(Result::ok).any(|line| line.contains(" ready")));
    drop(keeper.wait(|state| state.uploads.values().any(|bytes| !bytes.is_empty())));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    while processes_with(&sleep) > 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    // The answer to the piece that was on its way comes after the interrupt.
    keeper.state().held = false;
    keeper.1.notify_all();
    let ended = ran(&child.wait_with_output().unwrap());
    assert_eq!(ended.code, 130, "{}", ended.err);
    let state = keeper.state();
    assert_eq!((state.blobs.len(), state.manifests), (0, 0));
}
