//! Objects of a repository that are commits: loose ones and those in packs, also of repositories that it borrows from.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::ZlibDecoder;
use kit::read_bounded;

use super::{MAX_SMALL, pack};

/// Larger commits are refused.
pub(super) const MAX_COMMIT: u64 = 16 << 20;
/// Directories of objects that borrow from each other.
const MAX_ALTERNATES: usize = 16;

/// The content of a commit, without its header.
pub(super) fn read(objects: &Path, id: &str) -> Option<Vec<u8>> {
    let dirs = borrowed(objects);
    dirs.iter().find_map(|dir| loose(dir, id)).or_else(|| dirs.iter().find_map(|dir| packed(dir, id)))
}

/// The directory, and those it borrows from (gitrepository-layout(5), `objects/info/alternates`).
fn borrowed(objects: &Path) -> Vec<PathBuf> {
    let mut dirs = vec![objects.to_owned()];
    let mut at = 0;
    while at < dirs.len() && dirs.len() < MAX_ALTERNATES {
        let list = File::open(dirs[at].join("info/alternates")).ok();
        let text = list.and_then(|file| read_bounded(file, MAX_SMALL).ok()).unwrap_or_default();
        for line in
            String::from_utf8_lossy(&text).lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let dir = dirs[at].join(line);
            if !dirs.contains(&dir) {
                dirs.push(dir);
            }
        }
        at += 1;
    }
    dirs
}

fn loose(objects: &Path, id: &str) -> Option<Vec<u8>> {
    let file = File::open(objects.join(id.get(..2)?).join(id.get(2..)?)).ok()?;
    let bytes = read_bounded(ZlibDecoder::new(BufReader::new(file)), MAX_COMMIT).ok()?;
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let size: usize = std::str::from_utf8(&bytes[..end]).ok()?.strip_prefix("commit ")?.parse().ok()?;
    let content = &bytes[end + 1..];
    (content.len() == size).then(|| content.to_vec())
}

fn packed(objects: &Path, id: &str) -> Option<Vec<u8>> {
    let name = bytes_of(id)?;
    let mut indexes: Vec<PathBuf> =
        fs::read_dir(objects.join("pack")).ok()?.flatten().map(|item| item.path()).collect();
    indexes.retain(|path| path.extension().is_some_and(|extension| extension == "idx"));
    indexes.sort();
    indexes.iter().find_map(|index| pack::commit(index, &name))
}

/// The bytes of hex digits.
fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = hex.as_bytes().chunks_exact(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// Inflates at most what a commit may have.
pub(super) fn inflate(source: impl Read) -> Option<Vec<u8>> {
    read_bounded(ZlibDecoder::new(source), MAX_COMMIT).ok()
}
