//! Archives as trees, and what comes by standard input.

use std::fs::{self, File};
use std::io::{self, Read, Write};

use image::Digest;
use store::Work;

use super::{LIMIT, Remotes};
use crate::BuildError;

/// Longer texts than this are refused.
const MAX_TEXT: u64 = 16 << 20;

/// What came by a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// An archive, which is now a layer.
    Tree(Digest),
    /// Something else.
    Text(Vec<u8>),
}

impl Remotes<'_> {
    /// Takes in a stream whose content says what it is.
    pub fn receive(&self, input: &mut dyn Read) -> Result<Received, BuildError> {
        let work = self.store.work()?;
        fs::create_dir_all(work.extra())?;
        let path = work.extra().join("input");
        let size = spool(input, &mut File::create(&path)?)?;
        if store::is_tar_file(&path)? {
            return Ok(Received::Tree(self.unpacked(work, File::open(&path)?)?));
        }
        if size > MAX_TEXT {
            return Err(BuildError::new(format!(
                "standard input is no tar archive, and too long for a Dockerfile ({size} bytes)"
            )));
        }
        Ok(Received::Text(fs::read(&path)?))
    }

    /// The layer of an archive's tree.
    pub(super) fn unpacked(&self, work: Work, archive: File) -> Result<Digest, BuildError> {
        let mut entries = store::unpack_archive(archive, &work.fs())?;
        let now = self.seconds();
        for entry in entries.iter_mut().filter(|entry| entry.undated) {
            entry.mtime = now;
        }
        self.commit(work, entries)
    }
}

/// Copies no more than is allowed.
fn spool(input: &mut dyn Read, file: &mut File) -> Result<u64, BuildError> {
    let size = io::copy(&mut input.take(LIMIT + 1), file)?;
    file.flush()?;
    if size > LIMIT {
        return Err(BuildError::environment(format!("standard input has more than {LIMIT} bytes")));
    }
    Ok(size)
}
