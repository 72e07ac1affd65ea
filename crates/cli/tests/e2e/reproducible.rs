//! The Dockerfiles of `tests/reproducible`, each built in two ways that must not matter. `scripts/reproducible.py` has more
//! ways.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use testkit::{Reply, Repository, Server, git_is_here, git_replies};

use crate::lab::{Lab, base, binary, has, is_root, ran};

/// How one image is built.
struct Way {
    context: PathBuf,
    home: PathBuf,
    /// What the program is started by.
    before: Vec<String>,
    env: &'static [(&'static str, &'static str)],
}

#[test]
fn neither_user_nor_place_nor_processors_matter() {
    let Some(lab) = Lab::new() else { return };
    if !git_is_here() {
        return;
    }
    let server = serve(&lab.path().join("served"));
    let secret = lab.path().join("token");
    fs::write(&secret, "not-in-the-image-73").unwrap();
    let [one, other, mine] = ways(&lab);
    let (mut built, mut wrong) = (0, Vec::new());
    for (name, text) in dockerfiles() {
        let first = text.lines().next().unwrap();
        let own = first.strip_prefix("# args: ").unwrap_or_default();
        let own = own.replace("@SECRET@", &secret.display().to_string());
        let mut args =
            vec!["--build-arg".to_owned(), format!("HTTP={}", server.url("").trim_end_matches('/'))];
        args.extend(own.split_whitespace().map(str::to_owned));
        // With one user number no process can give a file to another user.
        let other = if first == "# needs: owners" { &mine } else { &other };
        let digests = [&one, other].map(|way| way.build(&lab, &text, &args));
        built += 1;
        if digests[0] != digests[1] {
            wrong.push(format!("{name}: {digests:?}"));
        }
    }
    assert!(wrong.is_empty() && built >= 30, "of {built}: {wrong:#?}");
}

#[test]
fn a_step_does_not_see_that_a_file_was_copied_before() {
    let Some(lab) = Lab::new() else { return };
    let text = "FROM busybox AS made\nRUN echo x > /f\n";
    lab.build(&format!("{text}FROM busybox\nCOPY --from=made /f /f\n"));
    lab.build(&format!("{text}RUN stat -c %h /f > /links\nFROM busybox\nCOPY --from=made /f /links /\n"));
    assert_eq!(lab.sh("cat /links"), "1\n");
}

fn dockerfiles() -> Vec<(String, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reproducible");
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &PathBuf| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
    };
    files.iter().map(read).collect()
}

/// As it is; otherwise, as root's nobody where this is root; and otherwise with this user.
fn ways(lab: &Lab) -> [Way; 3] {
    fs::set_permissions(lab.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(binary(), lab.path().join("cooper")).unwrap();
    let way = |name: &str, shift: u64, before: &[&str], env: &'static [(&'static str, &'static str)]| {
        let root = lab.path().join(name);
        let (context, home) = (root.join("context"), root.join("home"));
        make_context(&context, shift);
        fs::create_dir_all(&home).unwrap();
        Way { context, home, before: before.iter().map(|&word| word.to_owned()).collect(), env }
    };
    let env =
        &[("LANG", "de_DE.UTF-8"), ("TZ", "Pacific/Auckland"), ("USER", "somebody"), ("TMPDIR", "/var/tmp")];
    let mut otherwise = vec!["sh", "-c", "umask 077; exec \"$@\"", "-"];
    if has("taskset") {
        otherwise.extend(["taskset", "-c", "0"]);
    }
    let mine = way("mine/and/deeper", 99, &otherwise, env);
    let becomes_nobody = is_root() && has("setpriv");
    if becomes_nobody {
        otherwise.extend(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]);
    }
    let other = way("other", 12345, &otherwise, env);
    if becomes_nobody {
        std::os::unix::fs::chown(&other.home, Some(65534), Some(65534)).unwrap();
    }
    [way("one", 0, &["env"], &[]), other, mine]
}

impl Way {
    /// The digest, or what went wrong.
    fn build(&self, lab: &Lab, text: &str, args: &[String]) -> String {
        fs::write(self.context.join("Dockerfile"), text).unwrap();
        let mut command = Command::new(&self.before[0]);
        command
            .args(&self.before[1..])
            .arg(lab.path().join("cooper"))
            .arg("--store")
            .arg(self.home.join("store"));
        command.args(["build", "--progress", "plain", "-t", "built", "--build-context"]);
        command.arg(format!("busybox=oci-layout://{}", base().display())).args(args).arg(&self.context);
        command.current_dir(&self.home).env_remove("SOURCE_DATE_EPOCH").env("HOME", &self.home);
        let ran = ran(&command.envs(self.env.iter().copied()).output().unwrap());
        if ran.code == 0 { ran.digest() } else { format!("exit code {}: {}", ran.code, ran.err) }
    }
}

/// The context; `shift` moves its times and the order in which files come to be.
fn make_context(root: &Path, shift: u64) {
    let mut files = [
        ("tree/a.txt", "a\n", 0o644),
        ("tree/sub/b.txt", "b\n", 0o644),
        ("tree/sub/c.md", "c\n", 0o644),
        ("tree/run.sh", "#!/bin/sh\necho run\n", 0o755),
        ("with space.txt", "space\n", 0o644),
        ("links/file", "linked\n", 0o644),
        (".dockerignore", "*.skip\nDockerfile\n", 0o644),
    ];
    if shift > 0 {
        files.reverse();
    }
    fs::create_dir_all(root).unwrap();
    archive(&root.join("files.tar.gz"));
    for (name, content, mode) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_400_000_000 + shift);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }
    symlink("file", root.join("links/soft")).unwrap();
    fs::hard_link(root.join("links/file"), root.join("links/hard")).unwrap();
    fs::write(root.join("x.skip"), shift.to_string()).unwrap();
}

/// An archive that is the same each time.
fn archive(target: &Path) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("dir")).unwrap();
    fs::write(dir.path().join("dir/one"), "1\n").unwrap();
    fs::write(dir.path().join("two"), "2\n").unwrap();
    let options =
        ["--sort=name", "--numeric-owner", "--owner=12", "--group=0", "--mtime=@1400000000", "--mode=640"];
    let mut tar = Command::new("tar");
    tar.args(options).args(["--use-compress-program=gzip -n", "-cf"]).arg(target).args(["dir/one", "two"]);
    assert!(tar.current_dir(dir.path()).status().unwrap().success());
}

/// A server with two files and a repository.
fn serve(root: &Path) -> Server {
    let repository = Repository::new(&root.join("repository"));
    repository.file("file", "in git\n").file("dir/deep", "deep\n").commit_at(1_400_000_000);
    archive(&root.join("files.tar.gz"));
    let packed = fs::read(root.join("files.tar.gz")).unwrap();
    let replies = git_replies(root);
    Server::start(move |seen| match seen.path() {
        "/fetched.txt" => Reply::ok("fetched\n").header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT"),
        "/files.tar.gz" => Reply::ok(packed.clone()),
        _ => replies(seen),
    })
}
