//! Local archives that ADD unpacks, found by their content and not by their name.

use std::fs::File;
use std::io::Read;

use image::Entry;

use super::Content;
use crate::BuildError;

/// Enough for every magic number and the first tar header.
const HEAD: u64 = 4096;

/// Whether a file is a tar archive, plain or compressed.
pub(crate) fn is_archive(content: &Content) -> Result<bool, BuildError> {
    let Content::Host(path) = content else { return Ok(false) };
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(store::is_tar(&head))
}

/// Unpacks an archive into the extra directory of `work`; its entries with paths as in the archive.
pub(crate) fn unpack(content: &Content, work: &store::Work) -> Result<Vec<Entry>, BuildError> {
    let Content::Host(path) = content else { return Ok(Vec::new()) };
    let file = File::open(path)?;
    Ok(store::unpack_archive(file, &work.extra())?)
}
