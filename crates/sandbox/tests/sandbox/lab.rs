//! A root file system made of busybox, and short ways to run something in it.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use cooper_sandbox::{Cancel, Exit, IdMap, Rootfs, SandboxError, Spec, Stream, spawn};
use tempfile::TempDir;

const BUSYBOX: [&str; 3] = ["/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static"];

pub(crate) struct Lab {
    directory: TempDir,
    pub(crate) map: IdMap,
    count: Cell<u32>,
}

/// What a step left behind.
pub(crate) struct Ran {
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
    /// Directory of the changes.
    pub(crate) upper: PathBuf,
}

impl Lab {
    pub(crate) fn new(map: IdMap) -> Result<Self, String> {
        let busybox = BUSYBOX.into_iter().find(|path| Path::new(path).exists());
        let busybox = busybox.ok_or("there is no busybox (package `busybox-static`)")?;
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let lab = Self { directory, map, count: Cell::new(0) };
        lab.install(Path::new(busybox)).map_err(|error| format!("busybox cannot be installed: {error}"))?;
        Ok(lab)
    }

    fn install(&self, busybox: &Path) -> std::io::Result<()> {
        let base = self.base();
        for name in ["bin", "etc", "proc", "dev", "sys", "tmp", "run", "root"] {
            fs::create_dir_all(base.join(name))?;
        }
        fs::set_permissions(self.path(""), fs::Permissions::from_mode(0o755))?;
        fs::copy(busybox, base.join("bin/busybox"))?;
        let list = Command::new(busybox).arg("--list").output()?;
        for name in String::from_utf8_lossy(&list.stdout).lines().filter(|name| *name != "busybox") {
            symlink("busybox", base.join("bin").join(name))?;
        }
        fs::write(base.join("etc/passwd"), "root:x:0:0::/root:/bin/sh\n")
    }

    pub(crate) fn base(&self) -> PathBuf {
        self.path("base")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A new empty directory.
    pub(crate) fn fresh(&self) -> PathBuf {
        self.count.set(self.count.get() + 1);
        let path = self.path(&format!("d{}", self.count.get()));
        fs::create_dir(&path).unwrap();
        path
    }

    /// An overlay of these layers, base first, above busybox.
    pub(crate) fn rootfs(&self, layers: &[PathBuf]) -> Rootfs {
        let lowers = [vec![self.base()], layers.to_vec()].concat();
        Rootfs { lowers, upper: self.fresh(), work: self.fresh() }
    }

    /// A step that runs a shell script on busybox.
    pub(crate) fn script(&self, text: &str) -> Spec {
        let mut spec = Spec::new(self.rootfs(&[]), ["/bin/sh", "-c", text]);
        spec.env.push(("PATH".to_owned(), "/bin".to_owned()));
        spec
    }

    /// Runs a script with everything else at its default; its standard output.
    pub(crate) fn output(&self, text: &str) -> String {
        let ran = run(&self.script(text));
        assert_eq!((ran.exit.code, ran.err.as_str()), (0, ""), "{text}: {}", ran.out);
        ran.out
    }

    /// Whether ids other than 0 exist inside.
    pub(crate) fn has_ids(&self) -> bool {
        let single = matches!(self.map, IdMap::Single { .. });
        if single {
            println!("  (needs more than one user id, which this user does not have)");
        }
        !single
    }
}

pub(crate) fn try_run(spec: &Spec) -> Result<Ran, SandboxError> {
    let (mut out, mut err) = (String::new(), String::new());
    let mut sink = |stream, line: &[u8]| {
        let text = if stream == Stream::Stdout { &mut out } else { &mut err };
        text.push_str(&String::from_utf8_lossy(line));
    };
    let exit = spawn(spec, &mut sink, &Cancel::new())?;
    Ok(Ran { exit, out, err, upper: spec.rootfs.upper.clone() })
}

pub(crate) fn run(spec: &Spec) -> Ran {
    try_run(spec).unwrap_or_else(|error| panic!("{error}"))
}

/// All paths below a directory, sorted.
pub(crate) fn tree(directory: &Path) -> Vec<String> {
    fn walk(directory: &Path, root: &Path, all: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            all.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
            if path.symlink_metadata().unwrap().is_dir() {
                walk(&path, root, all);
            }
        }
    }
    let mut all = Vec::new();
    walk(directory, directory, &mut all);
    all.sort();
    all
}
