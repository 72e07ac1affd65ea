//! The same as an ordinary user.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::lab::{Lab, base, binary, has, is_root, missing, ran};

/// Runs the binary as user 65534 (nobody) with a store of its own.
fn as_nobody(lab: &Lab, args: &[&str]) -> crate::lab::Ran {
    let home = lab.path().join("home");
    if !home.exists() {
        fs::create_dir(&home).unwrap();
        std::os::unix::fs::chown(&home, Some(65534), Some(65534)).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "-i"]);
    command
        .arg(format!("HOME={}", home.display()))
        .arg("PATH=/usr/sbin:/usr/bin:/sbin:/bin")
        .arg(lab.path().join("cooper"));
    ran(&command.args(args).current_dir(&home).output().unwrap())
}

#[test]
fn an_ordinary_user_builds_and_runs_the_same_image() {
    let Some(lab) = Lab::new() else { return };
    if !is_root() || !has("setpriv") {
        // The other tests run as an ordinary user then and cover this.
        return missing("this test changes from root to another user");
    }
    fs::set_permissions(lab.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(binary(), lab.path().join("cooper")).unwrap();
    let dockerfile = "FROM busybox AS a\nRUN echo made > /made\nFROM busybox\nCOPY --from=a /made /made\nCOPY f /f\nRUN cat /made /f > /both && rm /bin/ip\n";
    lab.file("f", "file\n");
    let as_root = lab.build(dockerfile).digest();
    let context = lab.context().display().to_string();
    let from = format!("busybox=oci-layout://{}", base().display());
    let built =
        as_nobody(&lab, &["build", "--progress", "plain", "-t", "app", "--build-context", &from, &context]);
    assert_eq!(built.code, 0, "{}", built.err);
    let run = as_nobody(&lab, &["run", "app", "cat", "/both"]);
    assert_eq!((run.code, run.out.as_str()), (0, "made\nfile\n"), "{}", run.err);
    assert_eq!(built.digest(), as_root, "root and rootless give the same image");
    assert_eq!(as_nobody(&lab, &["store", "verify"]).code, 0);
}

#[test]
fn an_ordinary_user_fetches_the_same_files_and_trees() {
    let Some(lab) = Lab::new() else { return };
    if !is_root() || !has("setpriv") {
        // The other tests run as an ordinary user then and cover this.
        return missing("this test changes from root to another user");
    }
    if !testkit::git_is_here() {
        return;
    }
    fs::set_permissions(lab.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(binary(), lab.path().join("cooper")).unwrap();
    let root = lab.path().join("git");
    let repository = testkit::Repository::new(&root.join("r"));
    repository.file("dir/f", "f\n").file("Dockerfile", "FROM busybox\nCOPY . /c\n").commit_at(1_500_000_000);
    let replies = testkit::git_replies(&root);
    let server = testkit::Server::start(move |seen| match seen.path() {
        "/file" => testkit::Reply::ok("hello\n"),
        _ => replies(seen),
    });
    let git = server.url("/r/.git");
    let text = format!(
        "FROM busybox\nADD --chown=app {} /file\nADD --keep-git-dir {git} /r\nRUN cat /file /r/dir/f > /both\n",
        server.url("/file")
    );
    let as_root = lab.build(&text).digest();
    let context = lab.context().display().to_string();
    let from = format!("busybox=oci-layout://{}", base().display());
    let build = |context: &str| {
        let args = ["build", "--progress", "plain", "-t", "app", "--build-context", &from, context];
        let built = as_nobody(&lab, &args);
        assert_eq!(built.code, 0, "{}", built.err);
        built.digest()
    };
    assert_eq!(build(&context), as_root, "root and rootless give the same image");
    let run = as_nobody(&lab, &["run", "app", "cat", "/both"]);
    assert_eq!((run.code, run.out.as_str()), (0, "hello\nf\n"), "{}", run.err);
    build(&git);
    assert_eq!(as_nobody(&lab, &["run", "app", "cat", "/c/dir/f"]).out, "f\n");
    assert_eq!(as_nobody(&lab, &["store", "verify"]).code, 0);
    // Nobody needs rights of others to remove what was fetched.
    assert_eq!(as_nobody(&lab, &["store", "gc", "--all"]).code, 0);
}
