//! What the tests of this crate share.

use std::path::Path;

use image::{Descriptor, Digest, media_type};
use tempfile::TempDir;

use crate::{Flavor, Layer, Store};

/// Says that a test could not run.
pub(crate) fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// Whether the tests run as root; says so when not.
pub(crate) fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip("it makes device nodes and files of other owners, which needs root");
    }
    root
}

/// A store that goes with the returned directory.
pub(crate) fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store"), Flavor::Root).unwrap();
    (dir, store)
}

/// Unpacks an archive into a layer.
pub(crate) fn unpack(store: &Store, tar: &[u8]) -> Result<Layer, crate::StoreError> {
    let digest = store.put_blob(tar).unwrap();
    let blob = Descriptor::new(media_type::LAYER, digest, tar.len() as u64);
    store.unpack(&blob, &Digest::of(tar))
}

/// The output of a program that reads `input`; `None`, with the reason printed, when it is not installed.
pub(crate) fn run(program: &str, args: &[&str], dir: &Path) -> Option<std::process::Output> {
    let output = std::process::Command::new(program).args(args).current_dir(dir).output();
    if output.is_err() {
        skip(&format!("{program} is not installed"));
    }
    output.ok()
}
