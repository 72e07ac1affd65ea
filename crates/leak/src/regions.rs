//! The members of an uncompressed archive, so that a find can be named. Their bytes are searched as part of the archive.

use crate::headers::shown;

const BLOCK: u64 = 512;
/// Longer names are cut.
const MAX_NAME: usize = 8192;

/// Which member of an archive is where.
#[derive(Default)]
pub(crate) struct Regions {
    known: Vec<Region>,
    tar: Option<Tar>,
}

struct Region {
    begin: u64,
    end: u64,
    name: String,
}

/// A tar archive that is being read.
#[derive(Default)]
struct Tar {
    /// Where the next header, or the data that is being read, begins.
    next: u64,
    head: Vec<u8>,
    /// Bytes of a long name that are still to come.
    naming: usize,
    /// Whether they are records (pax) and not the name itself.
    records: bool,
    long: Option<String>,
}

/// What a header says.
enum Next {
    Member(Region),
    /// Something about the next member.
    More,
    /// The archive is over, or no archive.
    Over,
}

impl Regions {
    /// Whether the first bytes of a stream begin a tar archive.
    pub(crate) fn sniff(&mut self, head: &[u8]) {
        if head.get(257..262) == Some(b"ustar") {
            self.tar = Some(Tar::default());
        }
    }

    pub(crate) fn add(&mut self, begin: u64, size: u64, name: String) {
        self.known.push(Region { begin, end: begin.saturating_add(size), name });
    }

    /// Takes the next bytes, which begin at `base`. What lies before `oldest` is forgotten.
    pub(crate) fn update(&mut self, base: u64, bytes: &[u8], oldest: u64) {
        self.known.retain(|region| region.end > oldest);
        let Some(mut tar) = self.tar.take() else { return };
        let end = base + bytes.len() as u64;
        while tar.next < end {
            let from = usize::try_from(tar.next.saturating_sub(base)).unwrap_or(usize::MAX);
            let wanted = if tar.naming > 0 { tar.naming } else { 512 };
            let part = &bytes[from..bytes.len().min(from + wanted - tar.head.len())];
            tar.head.extend(part);
            tar.next += part.len() as u64;
            if tar.head.len() < wanted {
                break;
            }
            let head = std::mem::take(&mut tar.head);
            if tar.naming > 0 {
                tar.name(&head);
            } else {
                match tar.header(&head) {
                    Next::Member(region) => self.known.push(region),
                    Next::More => {}
                    Next::Over => return,
                }
            }
        }
        self.tar = Some(tar);
    }

    /// The member that holds a place: its name and where it begins.
    pub(crate) fn at(&self, offset: u64) -> Option<(&str, u64)> {
        let found = self.known.iter().rev().find(|region| (region.begin..region.end).contains(&offset))?;
        Some((&found.name, found.begin))
    }
}

impl Tar {
    /// Reads a header.
    fn header(&mut self, head: &[u8]) -> Next {
        let begin = self.next;
        let sizes = number(&head[124..136]).and_then(|size| {
            let padded = size.checked_next_multiple_of(BLOCK)?;
            Some((size, padded, begin.checked_add(padded)?))
        });
        let Some((size, padded, next)) = sizes else { return Next::Over };
        if matches!(head[156], b'L' | b'x') {
            self.records = head[156] == b'x';
            self.naming = usize::try_from(padded).unwrap_or(usize::MAX).min(MAX_NAME);
            if padded > self.naming as u64 {
                self.naming = 0;
                self.next = next;
            }
            return Next::More;
        }
        let text = |field: &[u8]| shown(field.split(|byte| *byte == 0).next().unwrap_or_default());
        let (name, prefix) = (text(&head[..100]), text(&head[345..500]));
        if name.is_empty() && size == 0 {
            return if head.iter().any(|byte| *byte != 0) { Next::More } else { Next::Over };
        }
        let own = if prefix.is_empty() || head[257..263] != *b"ustar\0" {
            name
        } else {
            format!("{prefix}/{name}")
        };
        let name = self.long.take().unwrap_or(own);
        self.next = next;
        Next::Member(Region { begin, end: begin + size, name })
    }

    fn name(&mut self, bytes: &[u8]) {
        self.naming = 0;
        self.long = if self.records {
            let text = String::from_utf8_lossy(bytes);
            text.lines().find_map(|line| line.split_once(" path=")).map(|(_, name)| shown(name.as_bytes()))
        } else {
            Some(shown(bytes.split(|byte| *byte == 0).next().unwrap_or_default()))
        };
    }
}

/// An octal number, or a binary one.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        return Some(field[4..].iter().fold(0, |value, byte| value << 8 | u64::from(*byte)));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}
