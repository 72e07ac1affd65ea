//! Programs and libraries: sections and segments of ELF, PE and Mach-O files, as much as is needed to find a section by its name
//! and bytes by their address. All numbers come from outside; each use of one is bounded.

mod elf;
mod macho;
mod pe;

use std::io;

use crate::content::Content;

/// More sections or segments are no program.
const MAX_PARTS: u64 = 10_000;

/// Larger parts are not read.
const MAX_PART: u64 = 8 << 20;

/// A program.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    content: &'a Content,
    /// Whether addresses have eight bytes, else four.
    pub(crate) wide: bool,
    big: bool,
    sections: Vec<Part>,
    /// What is loaded.
    segments: Vec<Part>,
}

/// A section, or a segment that is loaded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    pub(crate) name: Vec<u8>,
    /// Where its name is in the table of names.
    name_at: usize,
    address: u64,
    offset: u64,
    pub(crate) size: u64,
    writable: bool,
}

impl<'a> Program<'a> {
    /// Reads the tables of a file; nothing when it is no program.
    pub(crate) fn open(content: &'a Content) -> io::Result<Option<Self>> {
        let mut head = [0; 4];
        if content.read_at(0, &mut head)? < 4 {
            return Ok(None);
        }
        match head {
            [0x7f, b'E', b'L', b'F'] => elf::open(content),
            [b'M', b'Z', ..] => pe::open(content),
            _ => macho::open(content),
        }
    }

    /// The section that has one of the names.
    pub(crate) fn find(&self, names: &[&str]) -> Option<&Part> {
        self.sections.iter().find(|part| names.iter().any(|name| part.name == name.as_bytes()))
    }

    /// Segments that are loaded and can be written to: where data is.
    pub(crate) fn data(&self) -> impl Iterator<Item = &Part> {
        self.segments.iter().filter(|part| part.writable)
    }

    /// The bytes of a part, `most` of them at most.
    pub(crate) fn bytes(&self, part: &Part, most: u64) -> io::Result<Vec<u8>> {
        self.content.range(part.offset, part.size.min(most), MAX_PART)
    }

    /// Bytes of a part at a place in it.
    pub(crate) fn within(&self, part: &Part, at: u64, len: u64) -> io::Result<Vec<u8>> {
        if at.checked_add(len).is_none_or(|end| end > part.size) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.content.range(part.offset.saturating_add(at), len, MAX_PART)
    }

    /// Bytes by their address.
    pub(crate) fn at_address(&self, address: u64, len: u64) -> io::Result<Vec<u8>> {
        let has = |part: &&Part| part.address <= address && address - part.address < part.size;
        let part = self.segments.iter().find(has).ok_or(io::ErrorKind::InvalidData)?;
        self.content.range(part.offset.saturating_add(address - part.address), len, MAX_PART)
    }

    /// A number in the order of the file.
    pub(crate) fn number(&self, bytes: &[u8]) -> u64 {
        number(bytes, self.big)
    }
}

/// The programs in a file of several, one for each architecture (Mach-O, "universal binary").
pub(crate) fn parts_of(content: &Content) -> Vec<Content> {
    macho::parts_of(content)
}

fn number(bytes: &[u8], big: bool) -> u64 {
    let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if big { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) }
}

/// A number of `len` bytes at a place; 0 where there is none.
fn at(bytes: &[u8], place: usize, len: usize, big: bool) -> u64 {
    place.checked_add(len).and_then(|end| bytes.get(place..end)).map_or(0, |bytes| number(bytes, big))
}

/// A name that is padded with zeros.
fn padded(bytes: &[u8]) -> Vec<u8> {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn put(out: &mut [u8], place: usize, value: u64, len: usize) {
        out[place..place + len].copy_from_slice(&value.to_le_bytes()[..len]);
    }

    /// A PE file of 64 bits whose data is one section, at this address.
    pub(crate) fn pe(name: &str, address: u64, content: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 0x200];
        out[..2].copy_from_slice(b"MZ");
        put(&mut out, 0x3c, 0x40, 4);
        out[0x40..0x44].copy_from_slice(b"PE\0\0");
        put(&mut out, 0x46, 1, 2);
        put(&mut out, 0x54, 0x70, 2);
        put(&mut out, 0x58, 0x20b, 2);
        put(&mut out, 0x70, 0x40_0000, 8);
        let row = 0x58 + 0x70;
        out[row..row + name.len()].copy_from_slice(name.as_bytes());
        let len = content.len() as u64;
        for (place, value) in [(8, len), (12, address - 0x40_0000), (16, len), (20, 0x200), (36, 0xc000_0040)]
        {
            put(&mut out, row + place, value, 4);
        }
        out.extend(content);
        out
    }

    /// A Mach-O file of 64 bits with one section in one segment.
    pub(crate) fn macho(name: &str, address: u64, content: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 0x200];
        put(&mut out, 0, 0xfeed_facf, 4);
        put(&mut out, 16, 1, 4);
        put(&mut out, 20, 152, 4);
        let len = content.len() as u64;
        for (place, value, width) in [
            (0, 0x19, 4),
            (4, 152, 4),
            (24, address, 8),
            (32, len, 8),
            (40, 0x200, 8),
            (48, len, 8),
            (60, 3, 4),
            (64, 1, 4),
        ] {
            put(&mut out, 32 + place, value, width);
        }
        let row = 32 + 72;
        out[row..row + name.len()].copy_from_slice(name.as_bytes());
        for (place, value, width) in [(32, address, 8), (40, len, 8), (48, 0x200, 4)] {
            put(&mut out, row + place, value, width);
        }
        out.extend(content);
        out
    }

    #[test]
    fn parts_are_found_by_name_and_by_address() {
        for bytes in [pe(".data", 0x40_1000, b"0123456789"), macho(".data", 0x40_1000, b"0123456789")] {
            let content = Content::of(bytes.clone());
            let program = Program::open(&content).unwrap().unwrap();
            let part = program.find(&["no", ".data"]).unwrap();
            assert_eq!(program.bytes(part, 4).unwrap(), b"0123");
            assert_eq!(program.at_address(0x40_1004, 3).unwrap(), b"456");
            assert!(program.at_address(0x40_100a, 1).is_err() && program.data().count() == 1);
            for len in 0..bytes.len() {
                let content = Content::of(bytes[..len].to_vec());
                if let Ok(Some(program)) = Program::open(&content) {
                    program.find(&[".data"]).map(|part| program.bytes(part, 9));
                }
            }
        }
    }

    #[test]
    fn files_of_several_architectures_are_taken_apart() {
        let one = macho("x", 0x1000, b"abc");
        let mut fat = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 1];
        fat.extend(
            [[0; 4], [0; 4], [0, 0, 0, 28], u32::try_from(one.len()).unwrap().to_be_bytes(), [0; 4]].concat(),
        );
        fat.extend(&one);
        let parts = parts_of(&Content::of(fat));
        assert_eq!(*parts[0].all(9999).unwrap(), one);
        assert!(parts_of(&Content::of(b"\xca\xfe\xba\xbe\0\0\0\x34 a class of Java".to_vec())).is_empty());
    }
}
