//! Files that hold no text.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_texts() {
        assert!(is_binary(b"\x7fELF\x02\x01\x01\0") && is_binary(b"\x1f\x8b\x08\0"));
        assert!(!is_binary(b"") && !is_binary(b"MZ is a text") && !is_binary(b"a = 1\0"));
    }
}
