//! Bad input: one clear error each, with its place and what to do, the documented exit code, the store whole.

use std::process::Command;

use crate::lab::{Lab, base, binary, is_root, missing, ran};

/// Builds what must fail; the error has to hold all of `expect`.
fn fails(dockerfile: &str, args: &[&str], code: i32, expect: &[&str]) {
    let Some(lab) = Lab::new() else { return };
    lab.file("file.txt", "x");
    lab.file("kept.log", "x");
    lab.file(".dockerignore", "# nothing\n*.log\n");
    let ran = lab.build_with(dockerfile, args);
    assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
    for part in expect {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    assert_eq!(ran.err.matches("error:").count(), 1, "one error:\n{}", ran.err);
    assert_eq!(lab.run(&["store", "verify"]).code, 0);
}

#[test]
fn a_missing_file_is_named_with_the_nearest() {
    fails(
        "FROM busybox\nCOPY file.text /\n",
        &[],
        3,
        &["Dockerfile:2", "COPY file.text /", "did you mean `file.txt`"],
    );
}

#[test]
fn an_ignored_file_is_explained_with_the_line() {
    fails("FROM busybox\nCOPY kept.log /\n", &[], 3, &["Dockerfile:2", "line 2", "ignore"]);
}

#[test]
fn an_unknown_stage() {
    let text = "FROM busybox AS build\nFROM busybox\nCOPY --from=0 /bin/sh /x\n";
    fails(text, &["--target", "biuld"], 3, &["biuld", "build"]);
}

#[test]
fn a_circle() {
    fails("FROM busybox AS a\nCOPY --from=a /x /x\n", &[], 3, &["Dockerfile:2", "--from=a"]);
}

#[test]
fn a_bad_json_form() {
    fails("FROM busybox\nSHELL [\"/bin/sh\", '-c']\n", &[], 3, &["Dockerfile:2", "SHELL"]);
}

#[test]
fn an_unknown_instruction() {
    fails("FROM busybox\nRUNN true\n", &[], 3, &["Dockerfile:2", "`RUNN`", "`RUN`"]);
}

#[test]
fn an_unreachable_registry() {
    let text = "FROM localhost:1/nothing/here:1\n";
    fails(text, &[], 4, &["Dockerfile:1", "localhost:1"]);
}

#[test]
fn a_failed_step_shows_its_output_and_code() {
    let text = "FROM busybox\nRUN echo before; echo why it failed >&2; exit 7\n";
    fails(text, &[], 3, &["Dockerfile:2", "exit code 7", "why it failed"]);
}

#[test]
fn a_program_that_is_not_there() {
    fails("FROM busybox\nRUN [\"/no/such/program\"]\n", &[], 3, &["Dockerfile:2", "/no/such/program"]);
}

#[test]
fn a_missing_secret() {
    let text = "FROM busybox\nRUN --mount=type=secret,id=token,required=true true\n";
    fails(text, &[], 3, &["Dockerfile:2", "`token`", "--secret id=token"]);
}

#[test]
fn a_user_that_does_not_exist() {
    fails(
        "FROM busybox\nUSER nobody-here\nRUN true\n",
        &[],
        3,
        &["Dockerfile:3", "nobody-here", "/etc/passwd"],
    );
}

#[test]
fn a_context_that_is_no_directory() {
    let Some(lab) = Lab::new() else { return };
    let ran = lab.run(&["build", "nowhere"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("nowhere"), "{}", ran.err);
}

#[test]
fn a_base_with_a_wrong_digest() {
    let Some(lab) = Lab::new() else { return };
    let copy = lab.path().join("tampered");
    assert!(Command::new("cp").args(["-r"]).arg(base()).arg(&copy).status().unwrap().success());
    let blobs = copy.join("blobs/sha256");
    let largest = std::fs::read_dir(blobs)
        .unwrap()
        .flatten()
        .max_by_key(|blob| blob.metadata().unwrap().len())
        .unwrap();
    let mut bytes = std::fs::read(largest.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(largest.path(), bytes).unwrap();
    lab.file("Dockerfile", "FROM other\nRUN true\n");
    let context = format!("other=oci-layout://{}", copy.display());
    let ran = lab.run(&["build", "--progress", "plain", "--build-context", &context, "context"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("digest") && ran.err.contains("Dockerfile:1"), "{}", ran.err);
    assert_eq!(lab.run(&["store", "verify"]).code, 0);
}

#[test]
fn a_full_disk() {
    let Some(lab) = Lab::new() else { return };
    if !is_root() {
        return missing("a small file system can be mounted by root only");
    }
    let dir = lab.path().join("small");
    std::fs::create_dir(&dir).unwrap();
    lab.file("Dockerfile", "FROM busybox\nRUN dd if=/dev/zero of=/big bs=1M count=64\n");
    let script = format!(
        "mount -t tmpfs -o size=24m tmpfs {dir} && {cooper} --store {dir}/store build --progress plain --build-context busybox=oci-layout://{base} context; echo code=$?; {cooper} --store {dir}/store store verify",
        dir = dir.display(),
        cooper = binary(),
        base = base().display(),
    );
    let ran = ran(&Command::new("unshare")
        .args(["-m", "sh", "-c", &script])
        .current_dir(lab.path())
        .output()
        .unwrap());
    assert!(ran.err.contains("No space left") || ran.err.contains("no space left"), "{}", ran.err);
    assert!(ran.out.contains("code=3") || ran.out.contains("code=4"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("whole"), "{}{}", ran.out, ran.err);
}

#[test]
fn no_user_namespaces() {
    let Some(lab) = Lab::new() else { return };
    if !is_root() {
        return missing("only root can take user namespaces away from a process");
    }
    // The kernel gives no user namespace to a process whose root is not that of its mount namespace.
    let root = lab.path().join("root");
    std::fs::create_dir(&root).unwrap();
    lab.file("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    std::fs::copy(binary(), lab.path().join("cooper")).unwrap();
    std::fs::set_permissions(lab.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let script = format!(
        "mount --rbind / {root} && exec chroot --userspec=65534:65534 {root} {dir}/cooper --store {dir}/store build {dir}/context",
        root = root.display(),
        dir = lab.path().display(),
    );
    let ran = ran(&Command::new("unshare").args(["-m", "sh", "-c", &script]).output().unwrap());
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("user namespace"), "{}", ran.err);
}
