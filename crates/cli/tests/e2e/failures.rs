//! What is left of a step that failed.

use std::io::Write;
use std::process::Stdio;

use crate::lab::Lab;

const DOCKERFILE: &str = "FROM busybox AS one\n\
    ENV COLOUR=blue\n\
    WORKDIR /w\n\
    RUN seq 100; echo made > made; exit 7\n";

#[test]
fn the_whole_output_is_on_disk() {
    let Some(lab) = Lab::new() else { return };
    let ran = lab.build_with(DOCKERFILE, &[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let line = ran.err.lines().find_map(|line| line.trim().strip_prefix("whole output: ")).unwrap();
    let log = std::fs::read_to_string(lab.path().join(line)).unwrap();
    assert_eq!(log.lines().count(), 100);
    assert!(ran.err.contains("| 100") && !ran.err.contains("| 1\n"), "{}", ran.err);
}

#[test]
fn a_step_that_misses_a_network_is_told_so() {
    let Some(lab) = Lab::new() else { return };
    let ran = lab.build_with("FROM busybox\nRUN --network=none wget http://example.invalid/\n", &[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("help: the step has no network"), "{}", ran.err);
}

#[test]
fn a_failed_step_can_be_entered_as_an_image() {
    let Some(lab) = Lab::new() else { return };
    let ran = lab.build_with(DOCKERFILE, &["--keep-failed"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("cooper run -it failed"), "{}", ran.err);
    let entered = lab.run(&["run", "failed", "sh", "-c", "pwd; cat made; echo $COLOUR"]);
    assert_eq!((entered.code, entered.out.as_str()), (0, "/w\nmade\nblue\n"), "{}", entered.err);
}

#[test]
fn the_files_of_a_failed_step_can_be_exported() {
    let Some(lab) = Lab::new() else { return };
    let ran = lab.build_with(DOCKERFILE, &["--export-on-failure", "left"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(std::fs::read_to_string(lab.path().join("left/w/made")).unwrap(), "made\n");
    assert!(lab.path().join("left/bin/busybox").exists());
    let again = lab.build_with(DOCKERFILE, &["--export-on-failure", "left"]);
    assert_eq!(again.code, 2, "{}", again.err);
}

#[test]
fn a_shell_takes_the_place_of_a_failed_step() {
    let Some(lab) = Lab::new() else { return };
    std::fs::write(lab.path().join("token"), "tok-8f3kQ92mZx4").unwrap();
    lab.file(
        "Dockerfile",
        "FROM busybox\nENV COLOUR=blue\nRUN --mount=type=secret,id=t echo made > /made; exit 7\n",
    );
    let context = format!("busybox=oci-layout://{}", crate::lab::base().display());
    let mut child = lab
        .cooper()
        .args(["build", "--progress", "plain", "--build-context", &context])
        .args(["--secret", "id=t,src=token", "--shell-on-failure", "context"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"cat /made; echo $COLOUR; wc -c < /run/secrets/t\nexit\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "made\nblue\n15\n");
}

#[test]
fn a_failed_step_that_wrote_a_lent_value_is_not_kept() {
    let Some(lab) = Lab::new() else { return };
    std::fs::write(lab.path().join("token"), "tok-8f3kQ92mZx4").unwrap();
    let text = "FROM busybox\nRUN --mount=type=secret,id=t cp /run/secrets/t /a; exit 7\n";
    let ran = lab.build_with(text, &["--secret", "id=t,src=token", "--export-on-failure", "left"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("are not kept") && !lab.path().join("left").exists(), "{}", ran.err);
}
