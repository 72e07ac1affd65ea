//! What a process uses, so that a collection by another process leaves it alone.
//!
//! Before a process looks whether a layer or blob is there, it writes its digest into `tmp/<process>/pins`, under a
//! shared lock on `gc.lock`. A collection holds that lock alone while it decides and takes things out of sight, and
//! counts the pins of every living process as needed.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use image::Digest;
use rustix::fs::{FlockOperation, flock};

use crate::lock::FileLock;
use crate::usage::files;
use crate::{Store, StoreError, locked};

/// The name of the file within the directory of a process.
const FILE: &str = "pins";

/// The pins of a process.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    open: Option<(File, File)>,
    seen: BTreeSet<Digest>,
    /// Set while this process collects: what it looks at it does not use.
    paused: bool,
}

impl Pins {
    fn add(&mut self, store: &Store, digest: &Digest) -> Result<(), StoreError> {
        if self.open.is_none() {
            let lock = store.root().join("gc.lock");
            let open = |path: &Path| OpenOptions::new().create(true).append(true).open(path);
            let lock = open(&lock).map_err(StoreError::io("open", &lock))?;
            let path = store.session()?.dir().join(FILE);
            let file = open(&path).map_err(StoreError::io("open", &path))?;
            self.open = Some((lock, file));
        }
        let Some((lock, file)) = &mut self.open else { return Ok(()) };
        let path = store.root().join("gc.lock");
        while let Err(error) = flock(&*lock, FlockOperation::LockShared) {
            if error != rustix::io::Errno::INTR {
                return Err(StoreError::os("lock", &path)(error));
            }
        }
        // When the pin cannot be written (the disk is full), the lock stays: nothing is collected as long as this
        // process lives.
        file.write_all(format!("{}\n", digest.hex()).as_bytes()).map_err(StoreError::io("write", &path))?;
        flock(&*lock, FlockOperation::Unlock).map_err(StoreError::os("unlock", &path))
    }
}

impl Store {
    /// Keeps a layer or blob from being collected as long as this store is open, whether it is there yet or not.
    pub(crate) fn pin(&self, digest: &Digest) {
        let mut pins = locked(&self.inner.pins);
        if !pins.paused && pins.seen.insert(*digest) {
            // A store that cannot be written is not collected either.
            let _ = pins.add(self, digest);
        }
    }

    /// Whether this process looks at things without using them.
    pub(crate) fn pause_pins(&self, paused: bool) {
        locked(&self.inner.pins).paused = paused;
    }

    /// Holds off everybody who begins to use something.
    pub(crate) fn lock_pins(&self) -> Result<FileLock, StoreError> {
        FileLock::wait(&self.root().join("gc.lock"), false)
    }

    /// What other living processes use. Those that are dead must have been swept before.
    pub(crate) fn pinned(&self) -> BTreeSet<Digest> {
        let own = self.inner.session.get().map(|session| session.dir().to_owned());
        let dirs = files(&self.root().join("tmp")).into_iter().filter(|dir| Some(dir) != own.as_ref());
        let texts = dirs.filter_map(|dir| fs::read_to_string(dir.join(FILE)).ok());
        let all: Vec<String> = texts.collect();
        all.iter().flat_map(|text| text.lines()).filter_map(|line| Digest::from_hex(line).ok()).collect()
    }
}
