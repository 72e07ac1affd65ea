//! Archives that ADD unpacks.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use image::Entry;

use crate::StoreError;
use crate::unpack::{Format, decompress, extract, is_header, sniff};

/// A tar header.
const BLOCK: u64 = 512;

/// Whether bytes begin a tar archive, plain or compressed. A compressed head that is too short to say is taken
/// for one; [`is_tar_file`] is exact.
pub fn is_tar(head: &[u8]) -> bool {
    if sniff(head) == Format::Plain {
        return is_header(head);
    }
    let mut block = Vec::new();
    let read = decompress(head).and_then(|reader| reader.take(BLOCK).read_to_end(&mut block));
    let cut = block.len() < 512 && read.is_err() && head.len() as u64 >= BLOCK;
    cut || is_header(&block)
}

/// Whether a file is a tar archive, plain or compressed.
pub fn is_tar_file(path: &Path) -> io::Result<bool> {
    let mut block = Vec::new();
    let read = decompress(File::open(path)?).and_then(|reader| reader.take(BLOCK).read_to_end(&mut block));
    // What cannot be decompressed is no archive, whatever its first bytes.
    Ok(read.is_ok() && is_header(&block))
}

/// Unpacks an archive of any compression into `target`, which is made when it is missing and has to be empty;
/// its entries with paths below it, sorted. Whiteouts have no meaning here.
pub fn unpack_archive(file: File, target: &Path) -> Result<Vec<Entry>, StoreError> {
    fs::create_dir_all(target).map_err(StoreError::io("create", target))?;
    let (unpacked, _) = extract(file, target, None, "the archive")?;
    Ok(unpacked.entries)
}
