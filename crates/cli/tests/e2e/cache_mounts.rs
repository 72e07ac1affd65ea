//! `RUN --mount=type=cache` between steps, builds and processes.

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::lab::{Lab, Ran, base, ran};

/// Starts a build of a Dockerfile of its own.
fn start(lab: &Lab, name: &str, run: &str) -> Child {
    lab.file(name, &format!("FROM busybox\nRUN {run}\n"));
    let mut command = lab.cooper();
    command.args(["build", "--progress", "plain", "--no-cache", "-f"]).arg(lab.context().join(name));
    command.arg("--build-context").arg(format!("busybox=oci-layout://{}", base().display()));
    command.arg("context").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Ran {
    let ran = ran(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran
}

/// Waits until a cache mount holds a file of this name.
fn wait_for(lab: &Lab, file: &str) {
    let begun = Instant::now();
    loop {
        let find = format!("find {}/mounts -name {file} | grep -q .", lab.path().join("store").display());
        let found = std::process::Command::new("sh").args(["-c", &find]).status().unwrap();
        if found.success() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "`{file}` never came");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn two_processes_share_wait_or_are_apart_as_the_mount_says() {
    let Some(lab) = Lab::new() else { return };
    let run = |sharing: &str, script: &str| {
        format!("--mount=type=cache,target=/c,id={sharing},sharing={sharing} {script}")
    };
    // Shared: the first waits for a file that the second writes.
    let wait = "touch /c/shared-up; until test -e /c/second; do sleep 0.02; done";
    let first = start(&lab, "one", &run("shared", wait));
    wait_for(&lab, "shared-up");
    end(start(&lab, "two", &run("shared", "touch /c/second")));
    end(first);
    // Locked: the second begins when the first is done, and says what it waits for.
    let slow = "touch /c/locked-up; sleep 1; echo done > /c/done";
    let first = start(&lab, "one", &run("locked", slow));
    wait_for(&lab, "locked-up");
    let second = end(start(&lab, "two", &run("locked", "cat /c/done")));
    assert!(second.err.contains("waiting for the cache mount `locked`"), "{}", second.err);
    end(first);
    // Private: the second gets another one while the first is busy, and the first one's later.
    let slow = "touch /c/private-up; until test -e /c/never -o -e /tmp/x; do sleep 0.5; touch /tmp/x; done";
    let first = start(&lab, "one", &run("private", slow));
    wait_for(&lab, "private-up");
    end(start(&lab, "two", &run("private", "test ! -e /c/private-up")));
    end(first);
    end(start(&lab, "two", &run("private", "test -e /c/private-up")));
}

#[test]
fn a_waiting_build_ends_at_an_interrupt() {
    let Some(lab) = Lab::new() else { return };
    let mount = "--mount=type=cache,target=/c,sharing=locked";
    let first = start(&lab, "one", &format!("{mount} touch /c/up; sleep 3"));
    wait_for(&lab, "up");
    let second = start(&lab, "two", &format!("{mount} true"));
    sleep(Duration::from_millis(500));
    let begun = Instant::now();
    rustix::process::kill_process(rustix::process::Pid::from_child(&second), rustix::process::Signal::INT)
        .unwrap();
    let second = ran(&second.wait_with_output().unwrap());
    assert_eq!(second.code, 130, "{}", second.err);
    assert!(begun.elapsed() < Duration::from_secs(1));
    end(first);
}

#[test]
fn mounts_are_filled_owned_and_told_apart() {
    let Some(lab) = Lab::new() else { return };
    let built = lab.build(
        "FROM busybox AS seed\nRUN mkdir -p /s/sub; echo one > /s/sub/f; chmod 700 /s/sub\n\
         FROM busybox\n\
         RUN --mount=type=cache,target=/c,from=seed,source=/s/sub cat /c/f; echo two > /c/f\n\
         RUN --mount=type=cache,target=/c,from=seed,source=/s/sub test $(cat /c/f) = two\n\
         RUN --mount=type=cache,target=/c test ! -e /c/f; test $(stat -c %a:%u:%g /c) = 755:0:0\n\
         RUN --mount=type=cache,target=/c,mode=0700,uid=1000,gid=10 test $(stat -c %a:%u:%g /c) = 700:1000:10\n\
         RUN --mount=type=cache,target=/a,id=x,sharing=locked --mount=type=cache,target=/b,id=x,sharing=locked \
             touch /a/twice; test -e /b/twice\n\
         RUN --mount=type=cache,target=/c,id=x,ro test -e /c/twice; ! touch /c/y\n",
    );
    assert_eq!(lab.sh("ls -d /a /b /c 2>/dev/null || echo none"), "none\n", "nothing of a mount stays");
    assert!(built.err.contains(" one\n"), "{}", built.err);
    // Another namespace has other caches.
    let text = "FROM busybox\nRUN --mount=type=cache,target=/c,id=x ls /c > /found\n";
    let other = lab.build_with(text, &["--build-arg", "BUILDKIT_CACHE_MOUNT_NS=other"]);
    assert_eq!((other.code, lab.sh("cat /found").as_str()), (0, ""), "{}", other.err);
    lab.build(text);
    assert_eq!(lab.sh("cat /found"), "twice\n");
}

#[test]
fn steps_that_lock_the_same_mounts_in_another_order_do_not_wait_for_each_other() {
    let Some(lab) = Lab::new() else { return };
    let mount = |id: &str| format!("--mount=type=cache,target=/{id},id={id},sharing=locked ");
    let (a, b) = (mount("a"), mount("b"));
    let children: Vec<Child> = (0..6)
        .map(|n| {
            let both = if n % 2 == 0 { format!("{a}{b}") } else { format!("{b}{a}") };
            start(&lab, &format!("file{n}"), &format!("{both} sleep 0.05"))
        })
        .collect();
    for child in children {
        end(child);
    }
}
