//! Archives that ADD unpacks, found by their content and not by their name.

use std::fs::File;
use std::path::Path;

use image::Entry;

use super::Content;
use crate::BuildError;

/// Whether a file is a tar archive, plain or compressed.
pub(crate) fn is_archive(content: &Content) -> Result<bool, BuildError> {
    match content {
        Content::Host(path) | Content::Layer(path) => Ok(store::is_tar_file(path)?),
        _ => Ok(false),
    }
}

/// Unpacks an archive into `target`, a new directory; its entries with paths as in the archive.
pub(crate) fn unpack(content: &Content, target: &Path) -> Result<Vec<Entry>, BuildError> {
    let (Content::Host(path) | Content::Layer(path)) = content else { return Ok(Vec::new()) };
    let file = File::open(path)?;
    Ok(store::unpack_archive(file, target)?)
}
