//! The binary form of an index: a header with length and checksum, then entries whose paths share a prefix with
//! the one before, numbers in base 128 (LEB128).

use image::{Digest, Entry, EntryKind};

const MAGIC: &[u8; 8] = b"coopidx1";
const HEADER: usize = 8 + 4 + 8 + 8;

/// Encodes sorted entries.
pub(crate) fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut body = Vec::with_capacity(entries.len() * 80);
    let mut before: &[u8] = &[];
    for entry in entries {
        let shared = before.iter().zip(&entry.path).take_while(|(a, b)| a == b).count();
        number(&mut body, shared as u64);
        bytes(&mut body, &entry.path[shared..]);
        put(&mut body, entry);
        before = &entry.path;
    }
    let mut out = Vec::with_capacity(HEADER + body.len());
    out.extend(MAGIC);
    out.extend(crc32fast::hash(&body).to_le_bytes());
    out.extend((entries.len() as u64).to_le_bytes());
    out.extend((body.len() as u64).to_le_bytes());
    out.extend(body);
    out
}

fn put(out: &mut Vec<u8>, entry: &Entry) {
    let flags = u8::from(entry.digest.is_some()) << 7 | u8::from(entry.undated) << 6;
    out.push(entry.kind as u8 | flags);
    for value in [entry.mode, entry.uid, entry.gid, entry.rdev.0, entry.rdev.1] {
        number(out, u64::from(value));
    }
    // The sign goes to the lowest bit, so that small negative times stay short.
    number(out, (entry.mtime << 1 ^ entry.mtime >> 63).cast_unsigned());
    number(out, entry.size);
    if let Some(digest) = &entry.digest {
        out.extend(digest.as_bytes());
    }
    bytes(out, &entry.link);
    number(out, entry.xattrs.len() as u64);
    for (name, value) in &entry.xattrs {
        bytes(out, name);
        bytes(out, value);
    }
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push(value.to_le_bytes()[0] | 128);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    number(out, value.len() as u64);
    out.extend(value);
}

/// Decodes entries; the error says what is wrong.
pub(crate) fn decode(input: &[u8]) -> Result<Vec<Entry>, &'static str> {
    let mut reader = Reader(input);
    if reader.take(8)? != MAGIC {
        return Err("it does not begin as an index does");
    }
    let sum = u32::from_le_bytes(reader.array()?);
    let count = u64::from_le_bytes(reader.array()?);
    let len = u64::from_le_bytes(reader.array()?);
    if reader.0.len() as u64 != len {
        return Err("its length is wrong");
    }
    if crc32fast::hash(reader.0) != sum {
        return Err("its checksum is wrong");
    }
    // An entry takes at least eleven bytes, which bounds what a forged count can reserve.
    let mut entries: Vec<Entry> = Vec::with_capacity(usize::try_from(count.min(len / 11 + 1)).unwrap_or(0));
    let mut path = Vec::new();
    for _ in 0..count {
        let shared = reader.length()?;
        if shared > path.len() {
            return Err("a path shares more than there is");
        }
        path.truncate(shared);
        path.extend(reader.bytes()?);
        entries.push(reader.entry(path.clone())?);
    }
    if reader.0.is_empty() { Ok(entries) } else { Err("it has more than its entries") }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let (head, tail) = self.0.split_at_checked(count).ok_or("it ends too early")?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        self.take(N)?.try_into().map_err(|_| "it ends too early")
    }

    fn number(&mut self) -> Result<u64, &'static str> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err("a number is too large")
    }

    fn small(&mut self) -> Result<u32, &'static str> {
        u32::try_from(self.number()?).map_err(|_| "a number is too large")
    }

    fn length(&mut self) -> Result<usize, &'static str> {
        usize::try_from(self.number()?).map_err(|_| "a length is too large")
    }

    fn bytes(&mut self) -> Result<&'a [u8], &'static str> {
        let count = self.length()?;
        self.take(count)
    }

    fn entry(&mut self, path: Vec<u8>) -> Result<Entry, &'static str> {
        let [kind] = self.array()?;
        let mut entry = Entry::new(path, EntryKind::from_u8(kind & 63).ok_or("an unknown kind of entry")?, 0);
        entry.undated = kind & 64 != 0;
        entry.mode = self.small()?;
        entry.uid = self.small()?;
        entry.gid = self.small()?;
        entry.rdev = (self.small()?, self.small()?);
        let folded = self.number()?;
        entry.mtime = (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed();
        entry.size = self.number()?;
        if kind & 128 != 0 {
            entry.digest = Some(Digest::from_bytes(self.array()?));
        }
        entry.link = self.bytes()?.to_vec();
        for _ in 0..self.number()? {
            entry.xattrs.push((self.bytes()?.to_vec(), self.bytes()?.to_vec()));
        }
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some_entries() -> Vec<Entry> {
        let mut file = Entry::new(&b"a/b\xff"[..], EntryKind::File, 0o4755);
        (file.uid, file.gid, file.mtime, file.size) = (u32::MAX - 1, 7, -5, 1 << 40);
        file.digest = Some(Digest::of(b"x"));
        file.xattrs = vec![(b"user.x".to_vec(), vec![0, 255])];
        file.undated = true;
        let mut device = Entry::new("dev/null", EntryKind::CharDevice, 0o666);
        device.rdev = (1, 3);
        device.mtime = i64::MAX;
        vec![
            Entry::new("", EntryKind::Dir, 0o755),
            Entry::new("a", EntryKind::OpaqueDir, 0o700),
            file,
            device,
        ]
    }

    #[test]
    fn entries_come_back_as_they_were() {
        assert_eq!(decode(&encode(&some_entries())).unwrap(), some_entries());
        assert_eq!(decode(&encode(&[])).unwrap(), []);
    }

    #[test]
    fn any_flipped_or_missing_byte_is_found() {
        let good = encode(&some_entries());
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(decode(&bad).is_err(), "byte {at}");
            assert!(decode(&good[..at]).is_err(), "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(body in proptest::collection::vec(any::<u8>(), 0..200), count in 0_u64..1000) {
            let mut input = MAGIC.to_vec();
            input.extend(crc32fast::hash(&body).to_le_bytes());
            input.extend(count.to_le_bytes());
            input.extend((body.len() as u64).to_le_bytes());
            input.extend(&body);
            let _ = decode(&input);
        }
    }
}
