//! Nothing is lost when the world fails: no network, no space, a registry that breaks off, an interrupt, and a
//! collection while a build runs.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use testkit::{Reply, Server};

use crate::lab::{Lab, base, is_root, missing, mounts_below, ran};

fn context() -> String {
    format!("busybox=oci-layout://{}", base().display())
}

#[test]
fn a_cached_rebuild_needs_no_network_at_all() {
    let Some(lab) = Lab::new() else { return };
    let server = Server::start(|_| Reply::ok("fetched\n").header("ETag", "\"1\""));
    let text = format!("FROM busybox\nADD {} /f\nRUN cat /f > /g\n", server.url("/f"));
    let first = lab.build(&text);
    // In a network of its own nobody answers.
    if !is_root() {
        return missing("an empty network namespace needs root");
    }
    let mut command = Command::new("unshare");
    command.arg("-n").arg(crate::lab::binary()).arg("--store").arg(lab.path().join("store"));
    command.args(["build", "--progress", "plain", "--build-context", &context(), "context"]);
    let again = ran(&command.current_dir(lab.path()).output().unwrap());
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(again.digest(), first.digest());
    assert!(again.err.contains("of the last build is used"), "{}", again.err);
}

/// A small file system that is gone with the test.
struct Small(PathBuf);

impl Small {
    fn mount(lab: &Lab, size: &str) -> Option<Self> {
        if !is_root() {
            missing("mounting a small file system needs root");
            return None;
        }
        let path = lab.path().join("small");
        fs::create_dir(&path).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(&path).output().unwrap();
        if !mounted.status.success() {
            missing(&format!("tmpfs cannot be mounted: {}", String::from_utf8_lossy(&mounted.stderr)));
            return None;
        }
        Some(Self(path))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let Some(lab) = Lab::new() else { return };
    let Some(small) = Small::mount(&lab, "size=24m") else { return };
    let store = small.0.join("store");
    let cooper = |args: &[&str]| {
        let mut command = Command::new(crate::lab::binary());
        command.arg("--store").arg(&store).args(args).current_dir(lab.path());
        ran(&command.output().unwrap())
    };
    let build = |dockerfile: &str, tag: &str| {
        lab.file("Dockerfile", dockerfile);
        cooper(&["build", "--progress", "plain", "-t", tag, "--build-context", &context(), "context"])
    };
    let kept = build("FROM busybox\nRUN echo kept > /kept\n", "kept");
    assert_eq!(kept.code, 0, "{}", kept.err);
    for dockerfile in [
        "FROM busybox\nRUN dd if=/dev/urandom of=/big bs=1M count=64\n",
        "FROM busybox\nCOPY big /\n",
        // The layer fits, its blob does not.
        "FROM busybox\nRUN dd if=/dev/urandom of=/half bs=1M count=12\n",
    ] {
        lab.file("big", &"0123456789abcdef".repeat(4 << 20));
        let failed = build(dockerfile, "big");
        assert!(matches!(failed.code, 3 | 4), "{dockerfile}: {} {}", failed.code, failed.err);
        assert!(failed.err.contains("No space left on device"), "{dockerfile}: {}", failed.err);
        assert!(failed.err.contains("cooper store gc"), "{dockerfile}: {}", failed.err);
        assert_eq!(cooper(&["store", "verify"]).code, 0);
    }
    // Full to the last byte, the store can still be read and collected.
    let _ = fs::write(small.0.join("filler"), vec![0; 32 << 20]);
    assert_eq!(cooper(&["images"]).code, 0);
    let gc = cooper(&["store", "gc", "--all"]);
    assert_eq!(gc.code, 0, "{}", gc.err);
    fs::remove_file(small.0.join("filler")).unwrap();
    let again = build("FROM busybox\nRUN echo kept > /kept\n", "kept");
    assert_eq!((again.code, again.digest()), (0, kept.digest()), "{}", again.err);
}

#[test]
fn a_registry_that_breaks_off_an_upload_costs_nothing_but_the_upload() {
    let Some(lab) = Lab::new() else { return };
    let broken = Server::start(|seen| match seen.method.as_str() {
        "POST" => Reply::new(202).header("Location", format!("{}x", seen.path())),
        "HEAD" => Reply::new(404),
        "PUT" | "PATCH" => Reply::new(500),
        _ => Reply::ok("{}"),
    });
    lab.file("Dockerfile", "FROM busybox\nRUN echo x > /x\n");
    let name = format!("type=image,name={}/app:1,push=true", broken.address);
    let args = ["build", "--progress", "plain", "-o", &name, "--build-context", &context(), "context"];
    let failed = lab.run(&args);
    assert_eq!(failed.code, 4, "{}", failed.err);
    assert!(failed.err.contains(&broken.address.to_string()), "{}", failed.err);
    assert_eq!(lab.run(&["store", "verify"]).code, 0);
    let again = lab.build("FROM busybox\nRUN echo x > /x\n");
    assert_eq!((again.done(), again.cached()), (0, 1), "the work was kept: {}", again.err);
}

#[test]
fn an_interrupt_at_any_moment_ends_in_order() {
    let Some(lab) = Lab::new() else { return };
    let dockerfile = "FROM busybox AS a\nCOPY . /data\nRUN cat /data/* > /all; sleep 0.05\n\
         FROM busybox\nCOPY --from=a /all /all\nRUN dd if=/dev/zero of=/zeros bs=1M count=4\n";
    for n in 0..20 {
        lab.file(&format!("f{n}"), &format!("{n}").repeat(1000));
    }
    let begun = Instant::now();
    let reference = lab.build(dockerfile).digest();
    let whole = begun.elapsed();
    for round in 0..16_u32 {
        let mut command = lab.cooper();
        command.args(["build", "-q", "--no-cache", "-t", "app", "--build-context"]).arg(context());
        command.arg("context").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        sleep(whole.mul_f64(f64::from(round) / 14.0).min(Duration::from_secs(5)));
        let _ = kill_process(Pid::from_child(&child), Signal::INT);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let code = child.wait().unwrap().code();
        // Before it listens for signals it just ends.
        assert!(matches!(code, Some(0 | 130) | None), "round {round}: {code:?} {said}");
        assert!(code != Some(130) || said.contains("interrupted"), "round {round}: {said}");
        let verify = lab.run(&["store", "verify"]);
        assert_eq!(verify.code, 0, "round {round}: {}{}", verify.out, verify.err);
    }
    assert_eq!(mounts_below(lab.path()), "");
    assert_eq!(lab.build(dockerfile).digest(), reference);
}

#[test]
fn a_collection_takes_nothing_from_a_running_build() {
    let Some(lab) = Lab::new() else { return };
    lab.file("src/a", "one");
    let dockerfile = "FROM busybox AS a\nCOPY src /src\nRUN cp -r /src /copy\n\
         FROM busybox\nRUN --mount=type=cache,target=/c echo x > /c/x; echo ready; sleep 3; cat /c/x\n\
         COPY --from=a /copy /copy\nRUN --mount=from=a,target=/a cat /a/copy/a\n";
    lab.build(dockerfile);
    // The steps of the first stage are cached, the long one runs again.
    let dockerfile = dockerfile.replace("sleep 3", "sleep 2");
    lab.file("Dockerfile", &dockerfile);
    let mut command = lab.cooper();
    command.args(["build", "--progress", "plain", "-t", "app", "--build-context"]).arg(context());
    let child = command.arg("context").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    sleep(Duration::from_millis(900));
    lab.run(&["rmi", "app"]);
    let gc = lab.run(&["store", "gc", "--all", "--max-size", "0"]);
    assert_eq!(gc.code, 0, "{}", gc.err);
    assert!(gc.err.contains("running processes use"), "{}{}", gc.out, gc.err);
    let built = ran(&child.wait_with_output().unwrap());
    assert_eq!(built.code, 0, "{}", built.err);
    assert!(built.err.contains(" x\n"), "the cache mount was kept: {}", built.err);
    assert_eq!(lab.sh("cat /copy/a"), "one");
    assert_eq!(lab.run(&["store", "verify"]).code, 0);
}
