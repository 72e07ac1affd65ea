//! Versions of PHP packages (PHP, `version_compare`): numbers and words, wherever they are parted. `dev`, `alpha`, `beta` and `rc` are before a
//! number, `p` is behind it, and other words are before all.

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{common, digits, numbers, run_start, span};

pub(crate) static SCHEME: Scheme = Scheme { name: "packagist", compare };

/// The place of a number among the words.
const NUMBER: u8 = 5;

fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (bare(a), bare(b));
    let from = run_start(a, common(a, b));
    let (mut a, mut b) = (&a[from..], &b[from..]);
    loop {
        let order = match (next(&mut a), next(&mut b)) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => part(a, b),
            // A number more makes a version greater, a word what the word says.
            (Some(a), None) => beside_nothing(a),
            (None, Some(b)) => beside_nothing(b).reverse(),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn bare(version: &str) -> &[u8] {
    let version = version.as_bytes().trim_ascii();
    version.strip_prefix(b"v").or_else(|| version.strip_prefix(b"V")).unwrap_or(version)
}

fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let text = span(rest, |byte| !byte.is_ascii_alphanumeric() && byte != b'#').1;
    let (part, after) = match text.first()? {
        b'0'..=b'9' => digits(text),
        b'#' => text.split_at(1),
        _ => span(text, |byte| byte.is_ascii_alphabetic()),
    };
    *rest = after;
    Some(part)
}

fn is_number(part: &[u8]) -> bool {
    part.first().is_some_and(u8::is_ascii_digit)
}

fn part(a: &[u8], b: &[u8]) -> Ordering {
    if is_number(a) && is_number(b) {
        return numbers(a, b);
    }
    rank(a).cmp(&rank(b))
}

fn beside_nothing(part: &[u8]) -> Ordering {
    if is_number(part) { Ordering::Greater } else { rank(part).cmp(&NUMBER) }
}

fn rank(part: &[u8]) -> u8 {
    let begins = |word: &[u8]| part.starts_with(word);
    match part.first() {
        // This sign stands for any number.
        Some(first) if first.is_ascii_digit() || *first == b'#' => NUMBER,
        _ if begins(b"dev") => 1,
        Some(b'a') => 2,
        Some(b'b') => 3,
        _ if begins(b"rc") || begins(b"RC") => 4,
        Some(b'p') => 6,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::check;

    #[test]
    fn versions_have_phps_order() {
        check(
            &SCHEME,
            &[
                "1.0x < 1.0-dev < 1.0a1 = 1.0alpha1 < 1.0b1 < 1.0RC1 = 1.0rc1 < 1.0 = v1.0 < 1.0.1 < 1.0pl1 < 1.1",
                "1 < 1.0 < 1.0.0",
            ],
        );
    }
}
