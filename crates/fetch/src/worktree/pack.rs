//! Packs: finding an object by the index, and putting one together from its base and its changes (gitformat-pack(5)).

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::object::{MAX_COMMIT, inflate};

const MAGIC: [u8; 8] = [0xff, b't', b'O', b'c', 0, 0, 0, 2];
/// Header and the 256 counts behind it.
const NAMES: u64 = 8 + 4 * 256;
/// Objects that are changes of changes.
const MAX_CHAIN: usize = 256;

/// The content of a commit in the pack of an index; `None` when it is not there.
pub(super) fn commit(index: &Path, name: &[u8]) -> Option<Vec<u8>> {
    let mut index_file = File::open(index).ok()?;
    let offset = find(&mut index_file, name)?;
    let mut pack = Pack { file: File::open(index.with_extension("pack")).ok()?, index: index_file };
    let (kind, content) = pack.object(offset, name.len(), MAX_CHAIN)?;
    (kind == 1).then_some(content)
}

/// Where an object begins in the pack: a binary search over the sorted names of the index.
fn find(index: &mut File, name: &[u8]) -> Option<u64> {
    if at::<8>(index, 0)? != MAGIC {
        return None;
    }
    let number = |index: &mut File, place: u64| Some(u64::from(u32::from_be_bytes(at(index, place)?)));
    let first = u64::from(*name.first()?);
    let low = if first == 0 { 0 } else { number(index, 8 + 4 * (first - 1))? };
    let (mut low, mut high, count) = (low, number(index, 8 + 4 * first)?, number(index, 8 + 4 * 255)?);
    let width = name.len() as u64;
    while low < high {
        let middle = low.midpoint(high);
        let mut found = vec![0; name.len()];
        read_at(index, NAMES + middle * width, &mut found)?;
        match found.as_slice().cmp(name) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => {
                // Behind the names stand a checksum and then a place for each.
                let places = NAMES + count * (width + 4);
                let place = number(index, places + middle * 4)?;
                if place & 1 << 31 == 0 {
                    return Some(place);
                }
                let large = places + count * 4 + (place & !(1 << 31)) * 8;
                return Some(u64::from_be_bytes(at(index, large)?));
            }
        }
    }
    None
}

fn at<const N: usize>(file: &mut File, place: u64) -> Option<[u8; N]> {
    let mut out = [0; N];
    read_at(file, place, &mut out)?;
    Some(out)
}

fn read_at(file: &mut File, place: u64, out: &mut [u8]) -> Option<()> {
    file.seek(SeekFrom::Start(place)).ok()?;
    file.read_exact(out).ok()
}

struct Pack {
    file: File,
    index: File,
}

impl Pack {
    /// Kind and content of the object that begins at `offset`.
    fn object(&mut self, offset: u64, width: usize, left: usize) -> Option<(u8, Vec<u8>)> {
        self.file.seek(SeekFrom::Start(offset)).ok()?;
        let mut reader = BufReader::new(&mut self.file);
        let first = byte(&mut reader)?;
        let (kind, mut size, mut shift) = (first >> 4 & 7, u64::from(first & 15), 4);
        let mut more = first & 128 != 0;
        while more {
            let next = byte(&mut reader)?;
            size |= u64::from(next & 127).checked_shl(shift)?;
            shift += 7;
            more = next & 128 != 0 && shift < 64;
        }
        if size > MAX_COMMIT {
            return None;
        }
        let base = match kind {
            1..=4 => None,
            6 => Some(offset.checked_sub(distance(&mut reader)?)?),
            7 => {
                let mut name = vec![0; width];
                reader.read_exact(&mut name).ok()?;
                Some(find(&mut self.index, &name)?)
            }
            _ => return None,
        };
        let content = inflate(reader)?;
        if content.len() as u64 != size {
            return None;
        }
        let Some(base) = base else { return Some((kind, content)) };
        let (kind, base) = self.object(base, width, left.checked_sub(1)?)?;
        Some((kind, apply(&base, &content)?))
    }
}

fn byte(reader: &mut impl Read) -> Option<u8> {
    let mut out = [0];
    reader.read_exact(&mut out).ok()?;
    Some(out[0])
}

/// How far back the base of a change begins.
fn distance(reader: &mut impl Read) -> Option<u64> {
    let mut next = byte(reader)?;
    let mut value = u64::from(next & 127);
    while next & 128 != 0 {
        next = byte(reader)?;
        value = value.checked_add(1)?.checked_mul(128)? | u64::from(next & 127);
    }
    Some(value)
}

/// Applies changes: copies of parts of the base, and new bytes.
fn apply(base: &[u8], changes: &[u8]) -> Option<Vec<u8>> {
    let mut changes = changes.iter().copied();
    let number = |changes: &mut dyn Iterator<Item = u8>| {
        let (mut value, mut shift) = (0_usize, 0);
        loop {
            let next = changes.next()?;
            value |= usize::from(next & 127).checked_shl(shift)?;
            shift += 7;
            if next & 128 == 0 {
                return Some(value);
            }
        }
    };
    if number(&mut changes)? != base.len() {
        return None;
    }
    let size = number(&mut changes).filter(|size| *size as u64 <= MAX_COMMIT)?;
    let mut out = Vec::with_capacity(size);
    while let Some(op) = changes.next() {
        if op & 128 == 0 {
            for _ in 0..op {
                out.push(changes.next()?);
            }
        } else {
            let mut part = |bits: std::ops::Range<u32>| {
                let start = bits.start;
                let mut value = 0_usize;
                for bit in bits.filter(|bit| op >> bit & 1 == 1) {
                    value |= usize::from(changes.next()?) << (8 * (bit - start));
                }
                Some(value)
            };
            let from = part(0..4)?;
            let count = part(4..7).map(|count| if count == 0 { 0x10000 } else { count })?;
            out.extend_from_slice(base.get(from..from.checked_add(count)?)?);
        }
        if out.len() > size {
            return None;
        }
    }
    (out.len() == size).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn changes_copy_and_insert() {
        // Base of 6 bytes, result of 7: copy 4 from 1, insert 3.
        let changes = [6, 7, 0b1001_0001, 1, 4, 3, b'x', b'y', b'z'];
        assert_eq!(apply(b"abcdef", &changes).unwrap(), b"bcdexyz");
        for bad in
            [&changes[..8], &[5, 7], &[6, 1, 0b1001_0001, 5, 4], &[6, 2, 1, b'x'], &[6, 0, 1, b'x'], &[]]
        {
            assert_eq!(apply(b"abcdef", bad), None, "{bad:?}");
        }
    }
}
