//! Encodings that write bits with an alphabet.

use super::Encoded;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE32_HEX: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE85: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
const Z85: &[u8; 85] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// The letters that bytes alone decide when `before` other bytes stand before them in their group (RFC 4648).
fn core(bytes: &[u8], before: usize, bits: usize, alphabet: impl Fn(u8) -> u8) -> Vec<u8> {
    let first = (before * 8).div_ceil(bits);
    let end = (before + bytes.len()) * 8 / bits;
    let bit = |at: usize| bytes[at / 8 - before] >> (7 - at % 8) & 1;
    let letter = |at: usize| (at * bits..(at + 1) * bits).fold(0, |value, at| value << 1 | bit(at));
    (first..end).map(|at| alphabet(letter(at))).collect()
}

/// In its three alignments, both alphabets.
pub(super) fn base64(bytes: &[u8], name: &'static str, all: &mut Vec<Encoded>) {
    for before in 0..3 {
        for alphabet in [STANDARD, URL] {
            all.push((name, core(bytes, before, 6, |value| alphabet[usize::from(value)])));
        }
    }
}

/// Whole, in lines of 76 letters, as an inner text of another encoding.
pub(super) fn wrapped_base64(bytes: &[u8], all: &mut Vec<Encoded>) {
    let text = core(bytes, 0, 6, |value| STANDARD[usize::from(value)]);
    if text.len() > 76 {
        all.push(("base64", text.chunks(76).collect::<Vec<_>>().join(&b'\n')));
    }
}

pub(super) fn base32(bytes: &[u8], all: &mut Vec<Encoded>) {
    for before in 0..5 {
        for alphabet in [BASE32, BASE32_HEX] {
            let text = core(bytes, before, 5, |value| alphabet[usize::from(value)]);
            all.push(("base32", text.to_ascii_lowercase()));
            all.push(("base32", text));
        }
    }
}

/// Lines of 45 bytes, with a grave accent for nothing.
pub(super) fn uuencode(bytes: &[u8], all: &mut Vec<Encoded>) {
    for before in 0..3 {
        let letter = |value: u8| if value == 0 { b'`' } else { value + 32 };
        all.push(("uuencode", core(&bytes[..bytes.len().min(45)], before, 6, letter)));
    }
}

/// The whole groups of four bytes, in the four alignments.
pub(super) fn base85(bytes: &[u8], all: &mut Vec<Encoded>) {
    for skip in 0..4 {
        let groups = bytes.get(skip..).unwrap_or_default().chunks_exact(4);
        let values: Vec<u8> = groups.flat_map(digits85).collect();
        if values.len() >= 10 {
            all.push(("base85", values.iter().map(|value| value + 33).collect()));
            for alphabet in [BASE85, Z85] {
                all.push(("base85", values.iter().map(|value| alphabet[usize::from(*value)]).collect()));
            }
        }
    }
}

fn digits85(group: &[u8]) -> [u8; 5] {
    let mut value = group.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    let mut out = [0; 5];
    for digit in out.iter_mut().rev() {
        *digit = u8::try_from(value % 85).unwrap_or_default();
        value /= 85;
    }
    out
}

/// The whole value as one number.
pub(super) fn base58(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > 128 {
        return None;
    }
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let letter = |digit: &u32| BASE58[usize::try_from(*digit).unwrap_or_default()];
    Some(digits.iter().rev().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_others_decide_are_left_out() {
        let letter = |value: u8| STANDARD[usize::from(value)];
        assert_eq!(core(b"hunter2", 0, 6, letter), b"aHVudGVyM");
        assert_eq!(core(b"hunter2", 1, 6, letter), b"h1bnRlcj");
        assert_eq!(core(b"hunter2", 2, 6, letter), b"odW50ZXIy");
        assert_eq!(core(b"foobar", 0, 5, |value| BASE32[usize::from(value)]), b"MZXW6YTBO");
        assert_eq!(base58(b"hello world").unwrap(), b"StV1DL6CwTryKyV");
    }
}
