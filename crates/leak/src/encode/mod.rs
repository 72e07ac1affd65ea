//! The forms in which programs write a value.

mod radix;
mod text;

use std::collections::BTreeSet;

use crate::value::Kind;

/// Shorter texts would be found by chance.
const MIN_PATTERN: usize = 7;
/// Longer values are not looked for in forms that take a multiple of their length.
const MAX_WIDE: usize = 512;

/// A form of a needle: its name, and its bytes.
pub(crate) type Encoded = (&'static str, Vec<u8>);

/// All forms of a needle, the value itself first, none twice.
pub(crate) fn encodings(bytes: &[u8], kind: Kind) -> Vec<Encoded> {
    let mut all = vec![("plain", bytes.to_vec())];
    hex(bytes, &mut all);
    swapped(bytes, &mut all);
    if kind != Kind::Piece {
        radix::base64(bytes, "base64", &mut all);
        text::escapes(bytes, &mut all);
        utf16(bytes, &mut all);
    }
    if kind == Kind::Whole && bytes.len() <= MAX_WIDE {
        rare(bytes, &mut all);
    }
    let mut seen = BTreeSet::new();
    all.retain(|(name, text)| (*name == "plain" || text.len() >= MIN_PATTERN) && seen.insert(text.clone()));
    all
}

fn hex(bytes: &[u8], all: &mut Vec<Encoded>) {
    all.push(("hex", joined(bytes, "", |byte| format!("{byte:02x}"))));
    all.push(("hex", joined(bytes, "", |byte| format!("{byte:02X}"))));
}

/// What is seen once in a while, and what hides a value from a simple search.
fn rare(bytes: &[u8], all: &mut Vec<Encoded>) {
    lists(bytes, all);
    radix::base32(bytes, all);
    radix::base85(bytes, all);
    radix::uuencode(bytes, all);
    all.extend(radix::base58(bytes).map(|text| ("base58", text)));
    all.push(("reversed", bytes.iter().rev().copied().collect()));
    all.push(("rot13", bytes.iter().map(|byte| rot13(*byte)).collect()));
    all.push(("upper case", bytes.to_ascii_uppercase()));
    all.push(("lower case", bytes.to_ascii_lowercase()));
    all.push(("changed case", bytes.iter().map(|byte| other_case(*byte)).collect()));
    twice(bytes, all);
}

/// Numbers of bytes with something between them, as sources and dumps have it.
fn lists(bytes: &[u8], all: &mut Vec<Encoded>) {
    for separator in [":", "-", ",", "\\x", ",0x", ",0X", "%", "=", "\\u00", "}\\u{", ";&#x"] {
        let name = if separator == "%" { "URL" } else { "hex" };
        all.push((name, joined(bytes, separator, |byte| format!("{byte:02x}"))));
        all.push((name, joined(bytes, separator, |byte| format!("{byte:02X}"))));
    }
    for separator in ["", ",", ";&#"] {
        all.push(("decimal", joined(bytes, separator, |byte| byte.to_string())));
    }
    for separator in ["", "\\", ","] {
        all.push(("octal", joined(bytes, separator, |byte| format!("{byte:03o}"))));
    }
    all.push(("binary", joined(bytes, "", |byte| format!("{byte:08b}"))));
    for separator in [",", "-", ".", "\",\"", "','", "|", "_", "\"+\"", "'+'", " ", "\n", "\0"] {
        all.push(("spread", spread(bytes, separator)));
    }
}

/// Numbers of two bytes, the lower one first, as dumps of little machines have them.
fn swapped(bytes: &[u8], all: &mut Vec<Encoded>) {
    for skip in [0, 1] {
        let pairs = bytes.get(skip..).unwrap_or_default().chunks_exact(2);
        let turned: Vec<u8> = pairs.flat_map(|pair| [pair[1], pair[0]]).collect();
        all.push(("hex", joined(&turned, "", |byte| format!("{byte:02x}"))));
    }
}

fn joined(bytes: &[u8], separator: &str, one: impl Fn(u8) -> String) -> Vec<u8> {
    bytes.iter().map(|byte| one(*byte)).collect::<Vec<_>>().join(separator).into_bytes()
}

fn spread(bytes: &[u8], separator: &str) -> Vec<u8> {
    bytes.iter().map(|byte| vec![*byte]).collect::<Vec<_>>().join(separator.as_bytes())
}

fn rot13(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
        other => other,
    }
}

const fn other_case(byte: u8) -> u8 {
    if byte.is_ascii_uppercase() { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() }
}

fn utf16(bytes: &[u8], all: &mut Vec<Encoded>) {
    let text = String::from_utf8_lossy(bytes);
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    all.push(("UTF-16", little));
    all.push(("UTF-16", big));
    all.push(("UTF-32", text.chars().flat_map(|ch| u32::from(ch).to_le_bytes()).collect()));
    all.push(("UTF-32", text.chars().flat_map(|ch| u32::from(ch).to_be_bytes()).collect()));
}

/// Encodings of encodings: base64 and hex of each other and of themselves, three deep for base64.
fn twice(bytes: &[u8], all: &mut Vec<Encoded>) {
    let inner: Vec<Encoded> = all
        .iter()
        .filter(|(name, text)| {
            matches!(*name, "base64" | "hex" | "UTF-16" | "JSON" | "URL" | "reversed")
                && text.len() <= 2 * MAX_WIDE
        })
        .filter(|(_, text)| !text.contains(&b','))
        .cloned()
        .collect();
    let mut wrapped = Vec::new();
    radix::wrapped_base64(bytes, &mut wrapped);
    for (name, text) in inner.into_iter().chain(wrapped) {
        let label = if name == "base64" { "base64 of base64" } else { "base64 of another encoding" };
        let mut outer = Vec::new();
        radix::base64(&text, label, &mut outer);
        if name == "base64" {
            for (_, second) in outer.clone() {
                radix::base64(&second, "base64 of base64 of base64", &mut outer);
            }
            outer.push(("hex of base64", joined(&text, "", |byte| format!("{byte:02x}"))));
            outer.push(("reversed base64", text.iter().rev().copied().collect()));
            outer.push(("rot13 of base64", text.iter().map(|byte| rot13(*byte)).collect()));
            text::escapes(&text, &mut outer);
        }
        if name == "hex" {
            outer.push(("hex of hex", joined(&text, "", |byte| format!("{byte:02x}"))));
        }
        all.extend(outer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(value: &str, encoded: &str) {
        let all = encodings(value.as_bytes(), Kind::Whole);
        let inside = |text: &[u8]| encoded.as_bytes().windows(text.len().max(1)).any(|part| part == text);
        assert!(all.iter().any(|(name, text)| *name != "plain" && inside(text)), "{encoded}");
    }

    #[test]
    fn common_forms_are_among_them() {
        // Made with coreutils, xxd, python and openssl.
        let value = "p@ss/w0rd+1\"x";
        has(value, "cEBzcy93MHJkKzEieA==");
        has(value, "eHBAc3MvdzByZCsxIng=");
        has(value, "eHhwQHNzL3cwcmQrMSJ4");
        has(value, "cEBzcy93MHJkKzEieA");
        has(value, "704073732f773072642b312278");
        has(value, "704073732F773072642B312278");
        has(value, "p%40ss%2Fw0rd%2B1%22x");
        has(value, "p%40ss/w0rd%2B1%22x");
        has(value, "p@ss\\/w0rd+1\\\"x");
        has(value, "p@ss/w0rd+1&quot;x");
        has(value, "p@ss/w0rd\\u002b1\\u0022x");
        has(value, "OBAHG4ZPO4YHEZBLGERHQ===");
        has(value, "x\"1+dr0w/ss@p");
        has("correct horse", "correct+horse");
        has("correct horse", "correct%20horse");
    }
}
