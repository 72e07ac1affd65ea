//! Files that hold no text, and texts that hold nothing secret.

use std::ops::Range;

use memchr::memchr2;
use memchr::memmem::find;

/// What files begin with that are programs, archives, compressed, pictures, sound or fonts.
const BINARY: &[&[u8]] = &[
    b"\x7fELF",
    b"MZ\x90\0",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
    b"\xca\xfe\xba\xbe",
    b"\0asm",
    b"!<arch>\n",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"\xff\xd8\xff",
    b"II*\0",
    b"MM\0*",
    b"\0\0\x01\0",
    b"wOFF",
    b"wOF2",
    b"\0\x01\0\0\0",
    b"OTTO",
    b"%PDF-",
    b"OggS",
    b"ID3",
    b"fLaC",
    b"\x1a\x45\xdf\xa3",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xde\x12\x04\x95",
];

/// Whether a file that begins so holds no text. Other bytes that are no text are searched: what databases and caches hold
/// is written as it is.
pub fn is_binary(head: &[u8]) -> bool {
    BINARY.iter().any(|magic| head.starts_with(magic))
        || (head.starts_with(b"RIFF") && head.get(8..12).is_some_and(|kind| kind != b"TEXT"))
        || head.get(4..8) == Some(b"ftyp")
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

/// A text without what is within certificates (RFC 7468), which are public: every image has some hundred in one file. Nothing else than
/// lines of base64 of one length is passed over.
pub(crate) fn outside_certificates(text: &[u8], range: Range<usize>) -> Vec<Range<usize>> {
    let (mut parts, mut from, mut at) = (Vec::new(), range.start, range.start);
    while let Some(begin) = find(&text[at..range.end], BEGIN) {
        let inner = at + begin + BEGIN.len();
        let Some(length) = memchr2(b'-', b'_', &text[inner..range.end]) else { break };
        at = inner + length;
        if text[at..range.end].starts_with(END) && is_base64(&text[inner..at]) {
            parts.push(from..inner);
            from = at;
        }
    }
    parts.push(from..range.end);
    parts
}

/// Whether it is lines of base64 of one length, the last of which may be shorter, and padded.
fn is_base64(text: &[u8]) -> bool {
    let mut lines = text.trim_ascii().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).peekable();
    let length = lines.peek().map_or(0, |line| line.len());
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        let padding =
            if is_last { line.iter().rev().take(2).take_while(|byte| **byte == b'=').count() } else { 0 };
        let digits = &line[..line.len() - padding];
        let fits = if is_last { line.len() <= length } else { line.len() == length };
        // Looked at without a way out, which takes a fraction of the time.
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() | matches!(byte, b'+' | b'/');
        if !fits || !digits.iter().fold(true, |all, byte| all & is_digit(byte)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_texts() {
        assert!(is_binary(b"\x7fELF\x02\x01\x01\0") && is_binary(b"\x1f\x8b\x08\0"));
        assert!(!is_binary(b"") && !is_binary(b"MZ is a text") && !is_binary(b"a = 1\0"));
    }

    #[test]
    fn only_what_is_within_certificates_is_passed_over() {
        let check = |text: &str, expect: &str| {
            let text = text
                .replace("BEGIN", "-----BEGIN CERTIFICATE-----")
                .replace("END", "-----END CERTIFICATE-----");
            let parts = outside_certificates(text.as_bytes(), 1..text.len());
            let left: Vec<_> = parts.into_iter().map(|part| &text[part]).collect();
            let left = left.join("|").replace("-----BEGIN CERTIFICATE-----", "B");
            assert_eq!(left.replace("-----END CERTIFICATE-----", "E"), expect, "{text}");
        };
        check("a key = 1", " key = 1");
        check("aBEGIN\r\nMIIx/+==\r\nENDbBEGIN\nMII\nENDc", "B|EbB|Ec");
        check("aBEGIN\nkey=1234\nEND", "B\nkey=1234\nE");
        check("aBEGIN\nMII a_key = 1\nENDb", "B\nMII a_key = 1\nEb");
        check("aBEGIN\nMII\n-----A PRIVATE KEY-----", "B\nMII\n-----A PRIVATE KEY-----");
        check("aBEGIN\nMIIx", "B\nMIIx");
        check("aBEGIN\nMIIx\nMII\nMIIx\nENDb", "B\nMIIx\nMII\nMIIx\nEb");
        check("aBEGIN\nMIIx\nMIIx\nMI=\nENDb", "B|Eb");
        check("aBEGIN\nMIIx\nMI+/xx\nENDb", "B\nMIIx\nMI+/xx\nEb");
        check("aBEGINBEGINEND", "BB|E");
    }
}
