//! `--engine`: builds at a Docker Engine, where one can be reached.

use crate::lab::{Lab, base};

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

const DOCKERFILE: &str = "FROM busybox AS made\nWORKDIR /w\nRUN --network=none echo made > f && chmod 600 f\n\
    FROM busybox\nCOPY --from=made /w/f /f\nCOPY --chown=1:2 dir /dir/\nADD a.tar /un/\n\
    RUN --network=none --mount=type=secret,id=s test $(wc -c < /run/secrets/s) = 16\nCMD [\"cat\", \"/f\"]\n";

#[test]
fn another_engine_gives_the_same_files() {
    let Some(lab) = Lab::new() else { return };
    let Some(socket) = socket() else { return };
    lab.file("dir/x", "x");
    lab.file("dir/sub/y", "y");
    lab.file("dir/skipped", "no");
    lab.file(".dockerignore", "dir/skipped\n");
    lab.file("Dockerfile", DOCKERFILE);
    std::fs::write(lab.path().join("secret"), "lent-to-the-step").unwrap();
    let tar = std::process::Command::new("tar")
        .args(["-C", "dir", "-cf", "a.tar", "x"])
        .current_dir(lab.context())
        .status();
    assert!(tar.unwrap().success());
    let engine = format!("docker={socket}");
    let busybox = format!("busybox=oci-layout://{}", base().display());
    let build = |tag: &str, more: &[&str]| {
        let common = ["build", "--build-context", &busybox, "--secret", "id=s,src=secret", "-t", tag];
        let ran = lab.run(&[&common[..], more, &["context"]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran
    };
    build("local", &[]);
    let there = build("there", &["--engine", &engine, "--progress", "plain"]);
    assert!(there.err.contains("RUN --network=none echo made"), "{}", there.err);
    let list = "find / -xdev \\( -path /proc -o -path /dev -o -path /sys \\) -prune -o -print | xargs ls -ldn | awk '{print $1,$3,$4,$5,$9,$10,$11}' | grep -v '^d' | sort";
    let files = |tag: &str| lab.run(&["run", "--entrypoint", "/bin/sh", tag, "-c", list]).out;
    let (local, remote) = (files("local"), files("there"));
    assert!(local.contains("/un/x") && local.contains("/dir/sub/y"), "{local}");
    assert_eq!(local, remote);
    let why = lab.run(&["why", "there", "/f"]);
    assert!(why.out.contains("COPY --from=made"), "{}{}", why.out, why.err);
    let failed = {
        lab.file("Dockerfile", "FROM busybox\nRUN --network=none exit 3\n");
        lab.run(&["build", "--build-context", &busybox, "--engine", &engine, "context"])
    };
    assert!(failed.code == 3 && failed.err.contains("Dockerfile:2:"), "{}", failed.err);
}

#[test]
fn an_engine_that_does_not_answer_is_an_error_of_the_environment() {
    let Some(lab) = Lab::new() else { return };
    lab.file("Dockerfile", "FROM busybox\nRUN true\n");
    let busybox = format!("busybox=oci-layout://{}", base().display());
    let run =
        |more: &[&str]| lab.run(&[&["build", "--build-context", &busybox][..], more, &["context"]].concat());
    let silent = run(&["--engine", "docker=/nowhere/docker.sock"]);
    assert!(
        silent.code == 4 && silent.err.contains("/nowhere/docker.sock"),
        "{} {}",
        silent.code,
        silent.err
    );
    let refused = run(&["--engine", "docker=/nowhere/docker.sock", "--cache-to", "type=inline"]);
    assert!(refused.code == 2 && refused.err.contains("--cache-to"), "{} {}", refused.code, refused.err);
}
