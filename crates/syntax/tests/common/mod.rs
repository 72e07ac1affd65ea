//! Finds and unpacks the material that the tests read and the project does not hold.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what fails here fails the test, and what is skipped is told"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Material unpacked into a directory of its own, which goes away with the value.
pub(crate) struct Material(PathBuf);

impl Material {
    /// Unpacks `archive` of the directory that `COOPER_SHARED` names, or of `../shared` beside the workspace.
    /// `None` when there is no such archive; the reason is printed.
    pub(crate) fn open(archive: &str, test: &str) -> Option<Self> {
        let path = shared().join(archive);
        if !path.is_file() {
            println!("{test}: skipped, there is no `{}`; set COOPER_SHARED", path.display());
            return None;
        }
        let target = std::env::temp_dir().join(format!("cooper-syntax-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&target).unwrap();
        let status = Command::new("tar").arg("-xJf").arg(&path).arg("-C").arg(&target).status().unwrap();
        assert!(status.success(), "tar could not unpack `{}`", path.display());
        Some(Self(target))
    }

    /// Where it was unpacked.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Material {
    fn drop(&mut self) {
        // What is left of a temporary directory is no reason to fail.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests are told by the environment where their material is"
)]
fn shared() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var_os("COOPER_SHARED").map_or_else(|| workspace.join("../shared"), PathBuf::from)
}

/// The files below `dir`, sorted.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
