//! A place to work in: a store, a context, a base image.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Applets that the tests' base image offers.
const APPLETS: &[&str] = &[
    "sh",
    "ash",
    "cat",
    "cp",
    "mv",
    "rm",
    "ls",
    "mkdir",
    "touch",
    "echo",
    "sleep",
    "true",
    "false",
    "env",
    "id",
    "dd",
    "head",
    "tail",
    "grep",
    "sed",
    "test",
    "[",
    "chmod",
    "chown",
    "ln",
    "stat",
    "mount",
    "hostname",
    "wc",
    "sha256sum",
    "sync",
    "date",
    "find",
    "seq",
    "unshare",
    "ps",
    "printf",
    "readlink",
    "tar",
    "gzip",
    "ip",
    "adduser",
    "kill",
    "base64",
    "bzip2",
    "cut",
    "fold",
    "hexdump",
    "od",
    "rev",
    "tr",
    "uuencode",
    "xxd",
    "yes",
];

/// A store, a context and the binary.
pub(crate) struct Lab {
    dir: TempDir,
}

/// What a command gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Lab {
    /// An empty lab; `None`, with the reason printed, where the machine cannot run steps.
    pub(crate) fn new() -> Option<Self> {
        let lab = Self { dir: tempfile::tempdir().unwrap() };
        if let Err(reason) = can_run_steps() {
            missing(&reason);
            return None;
        }
        fs::create_dir(lab.context()).unwrap();
        Some(lab)
    }

    /// An empty lab for commands that run nothing.
    pub(crate) fn without_steps() -> Self {
        let lab = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(lab.context()).unwrap();
        lab
    }

    /// Directory of everything.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Directory of the build context.
    pub(crate) fn context(&self) -> PathBuf {
        self.dir.path().join("context")
    }

    /// Writes a file of the context.
    pub(crate) fn file(&self, path: &str, content: &str) {
        let path = self.context().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The binary with the lab's store.
    pub(crate) fn cooper(&self) -> Command {
        let mut command = Command::new(binary());
        command.arg("--store").arg(self.dir.path().join("store"));
        command.current_dir(self.dir.path()).env_remove("SOURCE_DATE_EPOCH");
        command
    }

    /// Runs the binary.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(&self.cooper().args(args).output().unwrap())
    }

    /// Builds a Dockerfile as `app:latest` on the lab's base, with more arguments.
    pub(crate) fn build_with(&self, dockerfile: &str, args: &[&str]) -> Ran {
        self.file("Dockerfile", dockerfile);
        let base = format!("busybox=oci-layout://{}", base().display());
        let mut all = vec!["build", "--progress", "plain", "-t", "app", "--build-context", &base];
        all.extend(args);
        all.push("context");
        self.run(&all)
    }

    /// Builds a Dockerfile that must succeed.
    pub(crate) fn build(&self, dockerfile: &str) -> Ran {
        let ran = self.build_with(dockerfile, &[]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        ran
    }

    /// Runs a shell command in the built image; its output.
    pub(crate) fn sh(&self, script: &str) -> String {
        let ran = self.run(&["run", "--entrypoint", "/bin/sh", "app", "-c", script]);
        assert_eq!(ran.code, 0, "{script}: {}{}", ran.out, ran.err);
        ran.out
    }
}

impl Ran {
    /// The digest that a build printed.
    pub(crate) fn digest(&self) -> String {
        let line = self.out.lines().find_map(|line| line.trim().strip_prefix("digest"));
        line.unwrap_or_else(|| panic!("no digest in:\n{}{}", self.out, self.err)).trim().to_owned()
    }

    /// How many steps came from the cache.
    pub(crate) fn cached(&self) -> usize {
        self.err.lines().filter(|line| line.ends_with(" CACHED")).count()
    }

    /// How many steps ran.
    pub(crate) fn done(&self) -> usize {
        self.err.lines().filter(|line| line.contains(" DONE ")).count()
    }
}

pub(crate) fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Says why a test does not run. On a CI machine everything has to be there.
pub(crate) fn missing(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "on CI this has to work: {reason}");
    println!("NOT RUN: {reason}");
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether steps can have files of several owners.
pub(crate) fn has_several_ids() -> bool {
    let user = Command::new("id").arg("-un").output().map(|out| out.stdout).unwrap_or_default();
    let user = String::from_utf8_lossy(&user).trim().to_owned();
    let uid = rustix::process::geteuid().as_raw().to_string();
    let is_listed = |path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().any(|line| line.split(':').next().is_some_and(|name| name == user || name == uid))
    };
    is_root() || (has("newuidmap") && is_listed("/etc/subuid") && is_listed("/etc/subgid"))
}

/// Whether a program is there.
pub(crate) fn has(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .is_ok_and(|out| out.status.success())
}

pub(crate) fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_cooper")
}

fn can_run_steps() -> Result<(), String> {
    if !Path::new("/bin/busybox").exists() {
        return Err("there is no static `/bin/busybox` (Debian package busybox-static)".to_owned());
    }
    base();
    Ok(())
}

/// A directory of this test run, for what all tests share.
fn shared() -> &'static Path {
    static DIR: OnceLock<TempDir> = OnceLock::new();
    DIR.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        dir
    })
    .path()
}

/// The base image as an OCI layout, made by the binary itself: `FROM scratch` and ADD of an archive.
pub(crate) fn base() -> &'static Path {
    static BASE: OnceLock<PathBuf> = OnceLock::new();
    BASE.get_or_init(|| {
        let dir = shared();
        make_rootfs(&dir.join("rootfs"));
        let tar = Command::new("tar")
            .args([
                "--sort=name",
                "--numeric-owner",
                "--owner=0",
                "--group=0",
                "--mtime=@1700000000",
                "-cf",
                "rootfs.tar",
            ])
            .args(["-C", "rootfs", "."])
            .current_dir(dir)
            .status()
            .unwrap();
        assert!(tar.success());
        let dockerfile = "FROM scratch\nADD rootfs.tar /\nCMD [\"/bin/sh\"]\n";
        fs::write(dir.join("Dockerfile"), dockerfile).unwrap();
        fs::write(dir.join(".dockerignore"), "rootfs\nstore\nbase\n").unwrap();
        let output = Command::new(binary())
            .args([
                "--store",
                "store",
                "build",
                "-q",
                "-t",
                "busybox",
                "-o",
                "type=oci,dest=base,tar=false",
                ".",
            ])
            .current_dir(dir)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        dir.join("base")
    })
}

fn make_rootfs(root: &Path) {
    for dir in ["bin", "dev", "etc", "proc", "sys", "tmp", "root", "home/app"] {
        fs::create_dir_all(root.join(dir)).unwrap();
    }
    fs::copy("/bin/busybox", root.join("bin/busybox")).unwrap();
    for applet in APPLETS {
        symlink("busybox", root.join("bin").join(applet)).unwrap();
    }
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777)).unwrap();
    fs::write(root.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n")
        .unwrap();
    fs::write(root.join("etc/group"), "root:x:0:\napp:x:1000:\nwheel:x:10:app\n").unwrap();
}

/// Mount points of this machine below a directory.
pub(crate) fn mounts_below(dir: &Path) -> String {
    let all = fs::read_to_string("/proc/self/mounts").unwrap();
    let mut found = String::new();
    for line in all.lines().filter(|line| line.contains(&*dir.to_string_lossy())) {
        let _ = writeln!(found, "{line}");
    }
    found
}
