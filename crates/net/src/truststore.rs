//! Certificates as a key store of Java, whose programs read no PEM file.

use std::path::Path;

use sha1::{Digest, Sha1};

use crate::{Result, roots};

/// The password of the store. It keeps nothing secret: all that is in the store is public, and every Java comes with this one.
const PASSWORD: &str = "changeit";
/// What Java puts between the password and the content before it makes their digest.
const SALT: &[u8] = b"Mighty Aphrodite";
const MAGIC: u32 = 0xfeed_feed;
const VERSION: u32 = 2;
/// An entry that holds a trusted certificate.
const TRUSTED: u32 = 2;

/// The certificates of a PEM file as a store in the form `JKS`, which every version of Java reads.
///
/// # Errors
///
/// The file cannot be read, is malformed or holds no certificate.
pub fn java_trust_store(bundle: &Path) -> Result<Vec<u8>> {
    let certificates = roots::bundle(bundle)?;
    Ok(encode(certificates.iter().map(ureq::tls::Certificate::der)))
}

/// Java's form `JKS`: numbers are big-endian, texts have a length of two bytes, and all ends with a digest.
fn encode<'a>(certificates: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    let mut out = [MAGIC.to_be_bytes(), VERSION.to_be_bytes(), number(certificates.len())].concat();
    for (index, der) in certificates.enumerate() {
        out.extend(TRUSTED.to_be_bytes());
        text(&mut out, &format!("lent-{index}"));
        // When it was added: at no time, so that the same bundle gives the same store.
        out.extend([0; 8]);
        text(&mut out, "X.509");
        out.extend(number(der.len()));
        out.extend(der);
    }
    let digest = Sha1::new().chain_update(wide(PASSWORD)).chain_update(SALT).chain_update(&out).finalize();
    out.extend(digest);
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend(length.to_be_bytes());
    out.extend(text.as_bytes());
}

/// A text as Java's characters of two bytes.
fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_has_each_certificate_and_a_digest() {
        let store = encode([&b"one"[..], b"second"].into_iter());
        assert_eq!(store[..12], [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 2]);
        assert_eq!(store[12..16], [0, 0, 0, 2]);
        assert_eq!(store[16..24], *b"\0\x06lent-0");
        assert_eq!(store[32..46], *b"\0\x05X.509\0\0\0\x03one");
        assert_eq!(store.len(), 12 + (31 + 3) + (31 + 6) + 20);
    }

    #[test]
    fn what_is_no_bundle_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        assert!(java_trust_store(&path).is_err());
        std::fs::write(&path, "nothing").unwrap();
        assert!(java_trust_store(&path).is_err());
    }
}
