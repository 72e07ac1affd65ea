//! Remembers the digest of each file by what `stat` says of it, as git's index does.
//!
//! A record is trusted when size, times, inode and device are the same and the file had not changed in the
//! moments before it was hashed, in which a second change could hide behind the same time.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use image::Digest;

/// Extended attributes of a file.
pub(crate) type Xattrs = Vec<(Vec<u8>, Vec<u8>)>;

/// Records by path: the digest of what `stat` said, and what is known.
type Records = BTreeMap<Vec<u8>, ([u8; 48], Known)>;

const MAGIC: &[u8; 8] = b"cpstat1\n";
/// Times of files advance with the kernel's tick; two changes within one look alike.
const GRANULARITY: i128 = 20_000_000;

/// What `stat` says of a file, as far as a change shows in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StatKey {
    pub(crate) size: u64,
    pub(crate) mtime: i128,
    pub(crate) ctime: i128,
    pub(crate) inode: u64,
    pub(crate) device: u64,
    /// Number of names; not compared, as another name changes no content.
    pub(crate) links: u64,
}

impl StatKey {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let time = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            size: metadata.len(),
            mtime: time(metadata.mtime(), metadata.mtime_nsec()),
            ctime: time(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
            device: metadata.dev(),
            links: metadata.nlink(),
        }
    }

    fn digest(&self) -> [u8; 48] {
        let mut out = [0; 48];
        out[..8].copy_from_slice(&self.size.to_le_bytes());
        out[8..24].copy_from_slice(&self.mtime.to_le_bytes());
        out[24..40].copy_from_slice(&self.ctime.to_le_bytes());
        out[40..].copy_from_slice(&(self.inode ^ self.device.rotate_left(32)).to_le_bytes());
        out
    }
}

/// What is remembered of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) digest: Digest,
    pub(crate) xattrs: Xattrs,
}

/// The records of one context.
#[derive(Debug, Default)]
pub struct StatCache {
    file: PathBuf,
    records: Records,
}

impl StatCache {
    /// Reads the records from `file`; what is missing, torn or of another version counts as empty.
    pub fn load(file: PathBuf) -> Self {
        let records = std::fs::read(&file).ok().and_then(|bytes| decode(&bytes)).unwrap_or_default();
        Self { file, records }
    }

    pub(super) fn get(&self, path: &[u8], stat: &StatKey) -> Option<Known> {
        let (key, known) = self.records.get(path)?;
        (*key == stat.digest()).then(|| known.clone())
    }

    pub(super) fn add(&mut self, learnt: impl Iterator<Item = (Vec<u8>, StatKey, Known)>, now: i128) {
        for (path, stat, known) in learnt {
            if stat.ctime.max(stat.mtime) + GRANULARITY < now {
                self.records.insert(path, (stat.digest(), known));
            } else {
                self.records.remove(&path);
            }
        }
    }

    /// Writes the records, whole or not at all. They are not synced: what a crash tears reads as empty.
    pub(super) fn save(&self) -> io::Result<()> {
        if let Some(parent) = self.file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let temporary = self.file.with_extension(format!("{}.tmp", std::process::id()));
        std::fs::write(&temporary, encode(&self.records))?;
        std::fs::rename(&temporary, &self.file)
    }
}

fn encode(records: &Records) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for (path, (stat, known)) in records {
        put(&mut out, path);
        out.extend_from_slice(stat);
        out.extend_from_slice(known.digest.as_bytes());
        out.extend_from_slice(&u32::try_from(known.xattrs.len()).unwrap_or(0).to_le_bytes());
        for (name, value) in &known.xattrs {
            put(&mut out, name);
            put(&mut out, value);
        }
    }
    let check = Digest::of(&out);
    out.extend_from_slice(&check.as_bytes()[..8]);
    out
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn decode(bytes: &[u8]) -> Option<Records> {
    let (body, check) = bytes.split_at_checked(bytes.len().checked_sub(8)?)?;
    if Digest::of(body).as_bytes()[..8] != *check {
        return None;
    }
    let mut rest = body.strip_prefix(MAGIC)?;
    let mut records = BTreeMap::new();
    while !rest.is_empty() {
        let path = take_field(&mut rest)?.to_vec();
        let stat: [u8; 48] = take(&mut rest, 48)?.try_into().ok()?;
        let digest = Digest::from_bytes(take(&mut rest, 32)?.try_into().ok()?);
        let count = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?);
        let mut xattrs = Vec::new();
        for _ in 0..count {
            xattrs.push((take_field(&mut rest)?.to_vec(), take_field(&mut rest)?.to_vec()));
        }
        records.insert(path, (stat, Known { digest, xattrs }));
    }
    Some(records)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(head)
}

fn take_field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let count = u32::from_le_bytes(take(rest, 4)?.try_into().ok()?);
    take(rest, count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(time: i128) -> StatKey {
        StatKey { size: 1, mtime: time, ctime: time, inode: 5, device: 6, links: 1 }
    }

    #[test]
    fn records_survive_and_a_torn_file_reads_as_empty() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("s");
        let known = Known { digest: Digest::of(b"x"), xattrs: vec![(b"user.a".to_vec(), b"1".to_vec())] };
        let mut cache = StatCache::load(file.clone());
        cache.add([(b"a".to_vec(), stat(0), known.clone())].into_iter(), 1 << 60);
        cache.save().unwrap();
        assert_eq!(StatCache::load(file.clone()).get(b"a", &stat(0)), Some(known));
        assert_eq!(StatCache::load(file.clone()).get(b"a", &stat(1)), None, "another time");
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(StatCache::load(file).get(b"a", &stat(0)), None, "torn");
    }

    #[test]
    fn a_file_that_has_just_changed_is_not_trusted() {
        let mut cache = StatCache::default();
        let known = Known { digest: Digest::of(b"x"), xattrs: Vec::new() };
        let now = 1_000_000_000;
        cache.add([(b"a".to_vec(), stat(now - GRANULARITY), known)].into_iter(), now);
        assert_eq!(cache.get(b"a", &stat(now - GRANULARITY)), None);
    }
}
