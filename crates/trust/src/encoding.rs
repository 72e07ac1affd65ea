//! Base64 and hexadecimal texts, strictly: one text for one value. In the JSON of protocol buffers base64 has more forms.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use sha2::Digest as _;

use crate::{Result, TrustError};

/// The bytes of standard base64 with padding.
pub(crate) fn base64(text: &str, what: &str) -> Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|error| TrustError::malformed(format!("{what} is no base64: {error}")))
}

/// Padding may be there or not.
const PADDED_OR_NOT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const OF_JSON: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDED_OR_NOT);
const OF_JSON_FOR_ADDRESSES: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDED_OR_NOT);

/// The bytes of base64 as the JSON of protocol buffers may have it: of either alphabet, with or without padding, and broken
/// into lines, which its readers pass over and some bundles are. Nothing rests on the text: what is signed are the bytes.
pub(crate) fn json_base64(text: &str, what: &str) -> Result<Vec<u8>> {
    let line: Cow<'_, str> =
        if text.contains(['\r', '\n']) { text.replace(['\r', '\n'], "").into() } else { text.into() };
    let engine = if line.contains(['-', '_']) { OF_JSON_FOR_ADDRESSES } else { OF_JSON };
    engine.decode(&*line).map_err(|error| TrustError::malformed(format!("{what} is no base64: {error}")))
}

/// The base64 of bytes.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Lowercase hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of lowercase hexadecimal.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase());
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(byte).collect()
}

/// The SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}
