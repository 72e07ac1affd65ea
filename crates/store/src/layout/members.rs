//! The files of a tar archive: read in their place, or, where the archive is compressed, in one that is expanded when
//! somebody asks for more than what was noted of it the last time.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use image::{Digest, path_to_string};
use kit::Bytes;
use serde::{Deserialize, Serialize};

use crate::growth::growing;
use crate::unpack::{Format, MAX_ENTRIES, MAX_UNPACKED, Section, TarKind, TarReader, decompress, sniff};
use crate::{Store, StoreError, locked};

/// So much of an archive that is decompressed stays in memory.
const MAX_IN_MEMORY: usize = 16 << 20;

/// The kind of the notes about compressed archives, and their form.
const NOTES: &str = "archive";
const FORM: u32 = 1;

/// Most entries of an archive that notes are kept of, the largest document in them, and the most of all documents.
const MAX_NOTED: usize = 4_096;
const MAX_DOCUMENT: u64 = 64 << 10;
const MAX_DOCUMENTS: u64 = 1 << 20;

/// The files of an archive.
pub(super) struct Members {
    pub(super) path: PathBuf,
    /// What changes when the archive does.
    stamp: String,
    listing: Listing,
    archive: Archive,
}

/// What is in an archive.
#[derive(Default, Serialize, Deserialize)]
struct Listing {
    /// Offset and size by clean path.
    files: BTreeMap<String, (u64, u64)>,
    /// Links by clean path to clean path.
    links: BTreeMap<String, String>,
    /// The content of small documents by their offset.
    documents: BTreeMap<u64, String>,
}

enum Archive {
    Plain(Arc<Bytes>),
    Packed(Packed),
}

/// A compressed archive.
struct Packed {
    store: Store,
    file: File,
    /// What it unpacks to, once somebody has asked for it.
    plain: Mutex<Option<Arc<Bytes>>>,
}

impl Members {
    pub(super) fn open(store: &Store, path: &Path) -> Result<Self, StoreError> {
        let bad = |error: io::Error| StoreError::refused(format!("`{}`", path.display()), error);
        let file = File::open(path).map_err(StoreError::io("open", path))?;
        let mut head = [0; 8];
        let count = file.read_at(&mut head, 0).map_err(StoreError::io("read", path))?;
        let stamp = stamp(&file.metadata().map_err(StoreError::io("read", path))?);
        let (listing, archive) = if sniff(&head[..count]) == Format::Plain {
            let file = Arc::new(Bytes::from(file));
            (Listing::of(&file).map_err(bad)?, Archive::Plain(file))
        } else {
            let packed = Packed { store: store.clone(), file, plain: Mutex::default() };
            (packed.listing(path, &stamp)?, Archive::Packed(packed))
        };
        Ok(Self { path: path.to_owned(), stamp, listing, archive })
    }

    /// The file that has the bytes of a name, where they begin and how many there are; `None` when it is not there.
    pub(super) fn place(&self, name: &str) -> Result<Option<(Arc<Bytes>, u64, u64)>, StoreError> {
        let Some((offset, size)) = self.listing.find(name) else { return Ok(None) };
        let file = match &self.archive {
            Archive::Plain(file) => file.clone(),
            Archive::Packed(packed) => packed.plain(&self.path)?,
        };
        Ok(Some((file, offset, size)))
    }

    /// The content of a document that was noted.
    pub(super) fn noted(&self, name: &str) -> Option<&str> {
        let (offset, _) = self.listing.find(name)?;
        self.listing.documents.get(&offset).map(String::as_str)
    }

    /// What changes when the bytes of a name do.
    pub(super) fn stamp(&self, name: &str) -> Option<String> {
        let (offset, size) = self.listing.find(name)?;
        Some(format!("{}:{offset}:{size}", self.stamp))
    }
}

/// What changes when a file does, as far as the file system can tell.
pub(super) fn stamp(meta: &Metadata) -> String {
    format!(
        "{}:{}:{}:{}.{}:{}.{}",
        meta.dev(),
        meta.ino(),
        meta.size(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec()
    )
}

impl Packed {
    /// What was noted of the archive, or is now.
    fn listing(&self, path: &Path, stamp: &str) -> Result<Listing, StoreError> {
        let key = Digest::of(format!("{FORM}\n{stamp}").as_bytes());
        let noted = self.store.cache_get(NOTES, &key)?;
        if let Some(listing) = noted.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            return Ok(listing);
        }
        let bad = |error: io::Error| StoreError::refused(format!("`{}`", path.display()), error);
        let plain = self.plain(path)?;
        let mut listing = Listing::of(&plain).map_err(bad)?;
        if listing.files.len() + listing.links.len() <= MAX_NOTED {
            listing.documents = documents(&plain, &listing.files).map_err(bad)?;
            let bytes = serde_json::to_vec(&listing).map_err(|error| bad(error.into()))?;
            self.store.cache_put(NOTES, &key, &bytes)?;
        }
        Ok(listing)
    }

    /// What it unpacks to.
    fn plain(&self, path: &Path) -> Result<Arc<Bytes>, StoreError> {
        let mut plain = locked(&self.plain);
        if let Some(file) = &*plain {
            return Ok(file.clone());
        }
        let packed = self.file.try_clone().map_err(StoreError::io("open", path))?;
        let file = Arc::new(expand(&self.store, packed, path)?);
        *plain = Some(file.clone());
        Ok(file)
    }
}

/// The contents of files that are small and begin as JSON does.
fn documents(file: &Bytes, files: &BTreeMap<String, (u64, u64)>) -> io::Result<BTreeMap<u64, String>> {
    let (mut out, mut left) = (BTreeMap::new(), MAX_DOCUMENTS);
    for (offset, size) in files.values().filter(|(_, size)| (1..=MAX_DOCUMENT).contains(size)) {
        let mut first = [0];
        file.read_exact_at(&mut first, *offset)?;
        if matches!(first, [b'{' | b'[']) && *size <= left {
            left -= size;
            let mut bytes = vec![0; usize::try_from(*size).map_err(io::Error::other)?];
            file.read_exact_at(&mut bytes, *offset)?;
            if let Ok(text) = String::from_utf8(bytes) {
                out.insert(*offset, text);
            }
        }
    }
    Ok(out)
}

/// Decompresses an archive: into memory where it is small, which takes a third of the time, else into a file without a name.
fn expand(store: &Store, file: File, path: &Path) -> Result<Bytes, StoreError> {
    let bad = |error: io::Error| StoreError::refused(format!("`{}`", path.display()), error);
    let mut plain = kit::LimitReader::new(growing(file, decompress).map_err(bad)?, MAX_UNPACKED);
    let mut memory = kit::large_memory(MAX_IN_MEMORY);
    if pour(&mut plain, &mut memory, MAX_IN_MEMORY).map_err(bad)? {
        return Ok(Bytes::Memory(memory));
    }
    let mut scratch = store.scratch_file()?;
    scratch.write_all(&memory).map_err(bad)?;
    drop(memory);
    pour(&mut plain, &mut scratch, usize::MAX).map_err(bad)?;
    Ok(scratch.into())
}

/// Copies at most `most` bytes; whether that was all.
fn pour(from: &mut impl BufRead, to: &mut impl Write, most: usize) -> io::Result<bool> {
    let mut left = most;
    while left > 0 {
        let piece = from.fill_buf()?;
        if piece.is_empty() {
            return Ok(true);
        }
        let count = piece.len().min(left);
        to.write_all(&piece[..count])?;
        from.consume(count);
        left -= count;
    }
    Ok(false)
}

impl Listing {
    fn of(file: &Arc<Bytes>) -> io::Result<Self> {
        let (mut files, mut links) = (BTreeMap::new(), BTreeMap::new());
        let mut tar = TarReader::new(Section::new(file.clone(), 0, file.size()?));
        while let Some(header) = tar.next()? {
            if files.len() + links.len() > MAX_ENTRIES {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    "it has more than 2,000,000 entries",
                ));
            }
            let name = kit::path_below_root(&path_to_string(&header.path));
            let link = path_to_string(&header.link);
            match header.kind {
                TarKind::File => {
                    files.insert(name, (tar.offset(), header.size));
                }
                TarKind::Hardlink => drop(links.insert(name, kit::path_below_root(&link))),
                // Docker of old links equal layers, relative to the link.
                TarKind::Symlink => {
                    let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
                    let target = kit::path_below_root(&format!("{parent}/{link}"));
                    links.insert(name, target);
                }
                _ => {}
            }
        }
        Ok(Self { files, links, documents: BTreeMap::new() })
    }

    fn find(&self, name: &str) -> Option<(u64, u64)> {
        let mut name = kit::path_below_root(name);
        for _ in 0..8 {
            if let Some(found) = self.files.get(&name) {
                return Some(*found);
            }
            name.clone_from(self.links.get(&name)?);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::test_support::store;

    #[test]
    fn an_archive_is_expanded_whole_whether_it_fits_in_memory_or_not() {
        let (dir, store) = store();
        let check = |size: usize| {
            let plain: Vec<u8> = (0..size).map(|at| (at / 3).to_le_bytes()[1]).collect();
            let path = dir.path().join("archive");
            fs::write(&path, zstd::bulk::compress(&plain, 1).unwrap()).unwrap();
            let bytes = expand(&store, File::open(&path).unwrap(), &path).unwrap();
            assert_eq!(bytes.size().unwrap(), size as u64);
            let mut found = vec![0; size];
            bytes.read_exact_at(&mut found, 0).unwrap();
            assert!(found == plain, "{size}");
        };
        [0, 1_000, MAX_IN_MEMORY, MAX_IN_MEMORY + 200_000].into_iter().for_each(check);
    }

    /// Writes a compressed archive of a document and some bytes.
    fn archive(path: &Path, document: &str) {
        let mut tar = Vec::new();
        let mut writer = crate::tar_write::TarWriter::new(&mut tar, Some(0));
        writer.bytes("manifest.json", document.as_bytes()).unwrap();
        writer.bytes("a/layer.tar", &[1, 2, 3]).unwrap();
        writer.finish().unwrap();
        fs::write(path, zstd::bulk::compress(&tar, 1).unwrap()).unwrap();
    }

    #[test]
    fn what_was_noted_of_an_archive_is_not_read_again_until_it_changes() {
        let (dir, store) = store();
        let path = dir.path().join("archive");
        archive(&path, "[1]");
        let is_expanded = |members: &Members| match &members.archive {
            Archive::Plain(_) => false,
            Archive::Packed(packed) => locked(&packed.plain).is_some(),
        };
        let first = Members::open(&store, &path).unwrap();
        assert!(is_expanded(&first));
        let second = Members::open(&store, &path).unwrap();
        assert_eq!((second.noted("manifest.json"), is_expanded(&second)), (Some("[1]"), false));
        assert_eq!(second.stamp("a/layer.tar"), first.stamp("a/layer.tar"));
        assert_eq!(second.noted("a/layer.tar"), None);
        let (file, offset, size) = second.place("a/layer.tar").unwrap().unwrap();
        let mut bytes = [0; 3];
        file.read_exact_at(&mut bytes, offset).unwrap();
        assert_eq!((bytes, size), ([1, 2, 3], 3));
        archive(&path, "[1, 2]");
        let other = Members::open(&store, &path).unwrap();
        assert_eq!(other.noted("manifest.json"), Some("[1, 2]"));
        assert_ne!(other.stamp("a/layer.tar"), first.stamp("a/layer.tar"));
    }
}
