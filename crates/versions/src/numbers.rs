//! What schemes share: digits as numbers of any length.

use std::cmp::Ordering;

/// Compares digits as numbers; nothing is 0.
pub(crate) fn numbers(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (significant(a), significant(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Digits without zeros before them; nothing of zero.
pub(crate) fn significant(digits: &[u8]) -> &[u8] {
    let begin = digits.iter().position(|byte| *byte != b'0').unwrap_or(digits.len());
    &digits[begin..]
}

/// The bytes at the beginning for which something holds, and the rest.
pub(crate) fn span(text: &[u8], holds: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !holds(*byte)).unwrap_or(text.len());
    text.split_at(end)
}

/// Digits at the beginning, and the rest.
pub(crate) fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    span(text, |byte| byte.is_ascii_digit())
}
