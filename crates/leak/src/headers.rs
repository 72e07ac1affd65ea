//! The headers of gzip members (RFC 1952) and of zip entries (APPNOTE 4.3.7).

/// What is known of a header whose first bytes are there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Header<T> {
    /// More bytes are needed.
    More,
    /// It is none.
    Bad,
    /// It is this long.
    Ready(usize, T),
}

/// A header of gzip; the name of the file within.
pub(crate) fn gzip(head: &[u8]) -> Header<Option<String>> {
    if head.len() < 10 {
        return Header::More;
    }
    let flags = head[3];
    if head[..3] != [0x1f, 0x8b, 8] || flags & 0xe0 != 0 {
        return Header::Bad;
    }
    let mut at = 10;
    if flags & 4 != 0 {
        let Some(len) = u16_at(head, at) else { return Header::More };
        at += 2 + usize::from(len);
    }
    let mut name = None;
    for flag in [8, 16] {
        if flags & flag != 0 {
            let rest = head.get(at..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == 0) else { return Header::More };
            if flag == 8 {
                name = Some(shown(&rest[..end]));
            }
            at += end + 1;
        }
    }
    at += if flags & 2 != 0 { 2 } else { 0 };
    if head.len() < at { Header::More } else { Header::Ready(at, name) }
}

/// An entry of a zip archive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ZipEntry {
    pub(crate) name: String,
    pub(crate) method: u16,
    pub(crate) encrypted: bool,
    /// Compressed size; nothing when it follows the data.
    pub(crate) size: Option<u64>,
}

pub(crate) fn zip(head: &[u8]) -> Header<ZipEntry> {
    const FIXED: usize = 30;
    if head.len() < FIXED {
        return Header::More;
    }
    let field = |at| u16_at(head, at).unwrap_or_default();
    let (version, flags, method) = (field(4), field(6), field(8));
    let (name, extra) = (usize::from(field(26)), usize::from(field(28)));
    if head[..4] != *b"PK\x03\x04" || version & 0xff > 63 || name == 0 {
        return Header::Bad;
    }
    if name > 4096 || !matches!(method, 0..=20 | 93..=99) {
        return Header::Bad;
    }
    let end = FIXED + name + extra;
    if head.len() < end {
        return Header::More;
    }
    if std::str::from_utf8(&head[FIXED..FIXED + name]).is_ok_and(|name| name.contains(char::is_control)) {
        return Header::Bad;
    }
    let size = u64::from(field(18)) | u64::from(field(20)) << 16;
    let known = flags & 8 == 0 && size != 0xffff_ffff;
    Header::Ready(
        end,
        ZipEntry {
            name: shown(&head[FIXED..FIXED + name]),
            method,
            encrypted: flags & 1 != 0,
            size: known.then_some(size),
        },
    )
}

/// A name from outside as it can be shown.
pub(crate) fn shown(name: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(name).chars().filter(|ch| !ch.is_control()).collect();
    text.trim_start_matches("./").to_owned()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_whole_and_not_before() {
        let plain = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        assert_eq!(gzip(&plain), Header::Ready(10, None));
        let named = [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3][..], b"a.txt\0"].concat();
        assert_eq!(gzip(&named), Header::Ready(16, Some("a.txt".to_owned())));
        assert_eq!(gzip(&named[..15]), Header::More);
        assert_eq!(gzip(&[0x1f, 0x8b, 8, 0xff, 0, 0, 0, 0, 0, 3]), Header::Bad);
        let mut entry = [&b"PK\x03\x04\x14\0\x08\0\x08\0"[..], &[0; 16], &[1, 0, 0, 0], b"x"].concat();
        let expect = ZipEntry { name: "x".to_owned(), method: 8, encrypted: false, size: None };
        assert_eq!(zip(&entry), Header::Ready(31, expect));
        assert_eq!(zip(&entry[..30]), Header::More);
        entry[4] = 200;
        assert_eq!(zip(&entry), Header::Bad);
    }
}
