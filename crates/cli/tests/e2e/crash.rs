//! A build that is killed at any moment leaves nothing behind and blocks nothing.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::lab::{Lab, base, mounts_below};

const DOCKERFILE: &str = "FROM busybox AS a\n\
     COPY data /data\n\
     RUN cat /data/* > /all; sleep 0.05\n\
     FROM busybox AS b\n\
     RUN dd if=/dev/zero of=/zeros bs=1M count=4 2>/dev/null\n\
     FROM busybox\n\
     COPY --from=a /all /all\n\
     COPY --from=b /zeros /zeros\n\
     RUN seq 1 20000 > /numbers\n";

#[test]
fn kill_at_random_moments() {
    let Some(lab) = Lab::new() else { return };
    for n in 0..40 {
        lab.file(&format!("data/{n}"), &format!("{n}").repeat(1000));
    }
    lab.file("Dockerfile", DOCKERFILE);
    let context = format!("busybox=oci-layout://{}", base().display());
    let marker = lab.path().display().to_string();
    let begun = Instant::now();
    let reference = lab.build(DOCKERFILE).digest();
    let whole = begun.elapsed();
    // A fixed sequence that looks random (a linear congruential generator) keeps failures repeatable.
    let mut state: u64 = 42;
    for round in 0..50 {
        lab.file("data/0", &format!("round {round}"));
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let fraction = f64::from(u32::try_from(state >> 40).unwrap()) / f64::from(1_u32 << 24);
        let mut command = lab.cooper();
        command.args(["build", "-q", "--no-cache", "-t", "app", "--build-context", &context, "context"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(whole.mul_f64(fraction * 1.1).min(Duration::from_secs(5)));
        // It may have ended already: that round has checked a complete build then.
        let _ = child.kill();
        child.wait().unwrap();
        let verify = lab.run(&["store", "verify"]);
        assert_eq!(verify.code, 0, "round {round}: {}{}", verify.out, verify.err);
    }
    sleep(Duration::from_millis(200));
    assert_eq!(mounts_below(lab.path()), "");
    assert_eq!(processes_with(&marker), Vec::<String>::new());
    lab.file("data/0", &"0".repeat(1000));
    assert_eq!(lab.build(DOCKERFILE).digest(), reference);
}

/// Command lines of processes that name a directory, this one not.
fn processes_with(marker: &str) -> Vec<String> {
    let own = std::process::id().to_string();
    let mut found = Vec::new();
    for item in std::fs::read_dir("/proc").unwrap().flatten() {
        let pid = item.file_name().to_string_lossy().into_owned();
        if pid == own || !pid.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let line = std::fs::read(item.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(marker) {
            found.push(line);
        }
    }
    found
}
