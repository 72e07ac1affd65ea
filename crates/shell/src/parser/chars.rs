//! Classes of bytes.

/// Ends a word: blanks, line ends, and the characters of operators.
pub(super) const DELIMITER: u8 = 1;
/// Means something within a word.
pub(super) const SPECIAL: u8 = 2;
/// Means something within double quotes.
pub(super) const QUOTED: u8 = 4;
/// Means something within a brace expansion.
pub(super) const BRACE: u8 = 8;
/// Can begin a name.
pub(super) const NAME_START: u8 = 16;
/// A digit.
pub(super) const DIGIT: u8 = 32;
/// Can begin a reserved word.
pub(super) const KEYWORD: u8 = 64;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    mark(&mut classes, b" \t\n;&|()<>", DELIMITER);
    mark(&mut classes, b"'\"\\$`*?[{", SPECIAL);
    mark(&mut classes, b"\"\\$`", QUOTED);
    mark(&mut classes, b"{,}", BRACE);
    mark(&mut classes, b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", NAME_START);
    mark(&mut classes, b"0123456789", DIGIT);
    mark(&mut classes, b"cdefistuw{}![]", KEYWORD);
    classes
};

const fn mark(classes: &mut [u8; 256], bytes: &[u8], class: u8) {
    let mut at = 0;
    while at < bytes.len() {
        classes[bytes[at] as usize] |= class;
        at += 1;
    }
}

/// Whether a byte is of one of the classes.
#[inline]
pub(super) const fn is(byte: u8, classes: u8) -> bool {
    CLASSES[byte as usize] & classes != 0
}

/// Whether a byte can be part of a name.
#[inline]
pub(super) const fn is_name(byte: u8) -> bool {
    is(byte, NAME_START | DIGIT)
}

/// Whether a byte is the name of a special parameter.
pub(super) const fn is_special_parameter(byte: u8) -> bool {
    matches!(byte, b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')
}

/// Length of the character that begins with a byte.
pub(super) const fn char_len(byte: u8) -> u32 {
    match byte {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}
