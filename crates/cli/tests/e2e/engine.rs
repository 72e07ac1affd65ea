//! `--engine`: builds at a Docker Engine and at the `BuildKit` within it, where one can be reached.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use testkit::{bridge_tcp, bridge_unix};

use crate::lab::{Lab, Ran, base};

/// The socket of a Docker Engine: that of `COOPER_TEST_DOCKER`, or the usual one.
fn socket() -> Option<String> {
    let usual = || "/var/run/docker.sock".to_owned();
    let path = std::env::var("COOPER_TEST_DOCKER").unwrap_or_else(|_| usual());
    if std::os::unix::net::UnixStream::connect(&path).is_ok() {
        return Some(path);
    }
    // A bare machine has none, also where everything else has to work.
    println!("NOT RUN: no Docker Engine answers at `{path}`; name its socket in `COOPER_TEST_DOCKER`");
    None
}

/// A lab, and the engines that are here: a Docker Engine, and the way to the `BuildKit` within it by a socket and by TCP.
struct Engines {
    lab: Lab,
    /// The engine has a `BuildKit` that gives OCI archives, as a `buildkitd` does.
    gives_archives: bool,
    all: Vec<String>,
}

fn engines() -> Option<Engines> {
    let lab = Lab::new()?;
    let socket = socket()?;
    let path = lab.path().join("buildkitd.sock");
    bridge_unix(Path::new(&socket), &path);
    let buildkit = format!("buildkit=unix://{}", path.display());
    let tcp = format!("buildkit=tcp://{}", bridge_tcp(Path::new(&socket)));
    let mut here = Engines { lab, gives_archives: false, all: vec![format!("docker={socket}")] };
    let probed = here.build("FROM busybox\nCOPY probe /\n", &["--engine", &buildkit]);
    here.gives_archives = probed.code == 0;
    if here.gives_archives {
        here.all.extend([buildkit, tcp]);
    } else {
        assert!(probed.err.contains("exporter \"oci\" could not be found"), "{}", probed.err);
        println!(
            "NOT RUN: the Docker Engine gives no OCI archives; one that keeps images with containerd does"
        );
    }
    Some(here)
}

impl Engines {
    fn build(&self, dockerfile: &str, more: &[&str]) -> Ran {
        self.lab.file("probe", "x");
        self.lab.build_with(dockerfile, more)
    }
}

const DOCKERFILE: &str = r#"FROM busybox AS made
WORKDIR /w
RUN --network=none echo made > f && chmod 600 f
RUN --network=none --mount=type=cache,target=/c,sharing=locked echo x >> /c/n; wc -l < /c/n > /w/n
FROM busybox AS second
RUN --network=none --mount=type=bind,from=made,source=/w,target=/m cp /m/f /g
FROM busybox
COPY --from=made /w/f /f
COPY --from=second --link --chown=3:4 --chmod=640 /g /deep/g
COPY --chown=1:2 dir /dir/
ADD a.tar /un/
COPY <<EOF /here
text
EOF
RUN --network=none --mount=type=secret,id=s test $(wc -c < /run/secrets/s) = 16
RUN --network=none --mount=type=secret,id=s,env=VALUE test "${#VALUE}" = 16 && echo ok > /ok
RUN --network=none --mount=type=tmpfs,target=/t touch /t/x; ln -s /here /l; ln /here /h; mkfifo /fifo; chmod 4755 /h
ENV A=b
LABEL l=m
HEALTHCHECK CMD true
USER 5:6
CMD ["cat", "/f"]
"#;

#[test]
fn other_engines_give_the_same_image() {
    let Some(here) = engines() else { return };
    let lab = &here.lab;
    lab.file("dir/x", "x");
    lab.file("dir/sub/y", "y");
    lab.file("dir/skipped", "no");
    lab.file(".dockerignore", "dir/skipped\n");
    std::fs::write(lab.path().join("secret"), "lent-to-the-step").unwrap();
    let tar = std::process::Command::new("tar")
        .args(["-C", "dir", "-cf", "a.tar", "x"])
        .current_dir(lab.context())
        .status();
    assert!(tar.unwrap().success());
    let build = |more: &[&str]| {
        let ran = here.build(DOCKERFILE, &[&["--secret", "id=s,src=secret"], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran
    };
    let local = build(&["-t", "local"]).digest();
    for engine in &here.all {
        let there = build(&["--engine", engine, "-t", "there"]);
        assert!(there.err.contains("RUN --network=none echo made"), "{}", there.err);
        // Where a Docker Engine keeps images in its older way, it writes a directory of its own into a step's layer.
        let files = lab.run(&["diff", "local", "there"]);
        assert!(there.digest() == local || !here.gives_archives, "{engine}: {}", files.out);
        let same_files = !files.out.contains("files: ") || files.out.contains("files: 0 added, 0 removed");
        assert!(same_files, "{engine}: {}", files.out);
        let why = lab.run(&["why", "there", "/f"]);
        assert!(why.out.contains("COPY --from=made"), "{}{}", why.out, why.err);
        // Whether the steps run again is up to the engine's cache.
        assert_eq!(build(&["--engine", engine]).digest(), there.digest());
    }
}

#[test]
fn failures_at_another_engine_are_told_as_those_of_this_machine() {
    let Some(here) = engines() else { return };
    std::fs::write(here.lab.path().join("secret"), "tok-8f3kQ92mZx4Lw7").unwrap();
    let cases = [
        (
            "RUN --network=none echo before; exit 7",
            &["the process ended with exit code 7", "Dockerfile:2:", "| before", "command: /bin/sh -c"][..],
        ),
        ("COPY nothere /x", &["`nothere` does not exist", "Dockerfile:2:"]),
        (
            "RUN --network=none --mount=type=secret,id=other,required=true true",
            &["the step needs the secret `other`", "--secret id=other"],
        ),
        (
            "RUN --network=none --mount=type=secret,id=s cp /run/secrets/s /leak\nRUN --network=none rm /leak",
            &["would leak the secret `s`", "`/leak`", "Dockerfile:2:"],
        ),
        (
            "RUN --network=none --mount=type=secret,id=s echo \"say $(cat /run/secrets/s)\"; exit 3",
            &["say ***", "exit code 3"],
        ),
    ];
    for engine in &here.all {
        for (text, expect) in &cases {
            let dockerfile = format!("FROM busybox\n{text}\n");
            let ran = here.build(&dockerfile, &["--engine", engine, "--secret", "id=s,src=secret"]);
            assert_eq!(ran.code, 3, "{engine}: {text}\n{}", ran.err);
            for part in *expect {
                assert!(ran.err.contains(part), "{engine}: {text}: `{part}` is not in:\n{}", ran.err);
            }
            assert!(!ran.err.contains("tok-8f3kQ92mZx4Lw7"), "{engine}: {text}: the value is shown");
        }
    }
}

#[test]
fn builds_at_another_engine_are_verified_and_profiled() {
    let Some(here) = engines() else { return };
    let made = std::process::id();
    let steady = format!("FROM busybox\nRUN --network=none echo steady {made} > /a\n");
    let stamped = "FROM busybox\nRUN --network=none echo fine > /a\nRUN --network=none date > /day\n";
    for engine in &here.all {
        let ran = here.build(&steady, &["--engine", engine, "--verify"]);
        assert!(ran.code == 0 && ran.err.contains("gave the same image"), "{engine}: {}", ran.err);
        let ran = here.build(stamped, &["--engine", engine, "--verify"]);
        assert!(
            ran.code == 5 && ran.err.contains("Dockerfile:3:") && ran.err.contains("/day"),
            "{}",
            ran.err
        );

        let text = format!("{steady}RUN --network=none sleep 1.1; echo '{engine}'\n");
        let ran = here.build(&text, &["--engine", engine, "--profile=json"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let document = ran.out.lines().find(|line| line.contains("cooper/profile/1")).unwrap_or(&ran.out);
        let profile: serde_json::Value =
            serde_json::from_str(document).unwrap_or_else(|_| panic!("{}", ran.out));
        let schema = include_str!("../../../../docs/schema/profile.json");
        testkit::fits(&serde_json::from_str(schema).unwrap(), &profile, "profile").unwrap();
        let last = profile["steps"].as_array().unwrap().last().unwrap();
        assert!(last["wall"].as_u64().unwrap() > 1_000_000 && last["cpu"].is_null(), "{last}");
    }
}

#[test]
fn an_interrupt_ends_a_step_at_another_engine() {
    let Some(here) = engines() else { return };
    for (at, engine) in here.all.iter().enumerate() {
        // A duration that no other run of the tests has.
        let sleep = format!("sleep 874.{}{at}", std::process::id());
        here.lab.file("Dockerfile", &format!("FROM busybox\nRUN --network=none {sleep}\n"));
        let context = format!("busybox=oci-layout://{}", base().display());
        let mut command = here.lab.cooper();
        command.args(["build", "--build-context", &context, "--engine", engine, "context"]);
        let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        assert!(within_a_minute(|| runs(&sleep) > 0), "{engine}: the step never began");
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(130) && said.contains("interrupted"), "{engine}: {said}");
        assert!(within_a_minute(|| runs(&sleep) == 0), "{engine}: the step goes on");
    }
}

fn within_a_minute(holds: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if holds() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

/// Processes of this machine with this command line, which is also where the engine of a test runs its steps.
fn runs(command: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|item| std::fs::read(item.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).replace('\0', " ").trim() == command).count()
}

#[test]
fn an_engine_that_does_not_answer_is_an_error_of_the_environment() {
    let Some(lab) = Lab::new() else { return };
    for address in ["/nowhere/docker.sock", "tcp://127.0.0.1:1"] {
        for kind in ["docker", "buildkit"] {
            let engine = format!("{kind}={address}");
            let silent = lab.build_with("FROM busybox\nRUN true\n", &["--engine", &engine]);
            let place = address.trim_start_matches("tcp://");
            assert!(silent.code == 4 && silent.err.contains(place), "{} {}", silent.code, silent.err);
        }
    }
}

#[test]
fn what_another_engine_does_not_do_is_refused_with_a_way_out() {
    let Some(lab) = Lab::new() else { return };
    let cases = [
        (&["--cache-to", "type=inline"][..], "type=registry,ref=NAME"),
        (&["--cache-to", "type=local,dest=d"], "type=registry,ref=NAME"),
        (&["--cache-from", "type=local,src=d"], "type=registry,ref=NAME"),
        (&["--explain"], "--progress plain"),
        (&["--keep-failed"], "without `--engine`"),
        (&["--ca-bundle", "x"], "--mount=type=secret"),
    ];
    for (more, help) in cases {
        let engine = ["--engine", "docker=/nowhere/docker.sock"];
        let refused = lab.build_with("FROM busybox\nRUN true\n", &[&engine[..], more].concat());
        let said = refused.err.contains(more[0]) && refused.err.contains(help);
        assert!(refused.code == 2 && said, "{more:?}: {} {}", refused.code, refused.err);
    }
}
