//! Versions of Debian (deb-version(7)): `epoch:upstream-revision`. `~` sorts before everything, even the end.

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{common, digits, numbers, parting_from, run_start};

pub(crate) static SCHEME: Scheme = Scheme { name: "dpkg", compare };

fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes().trim_ascii(), b.as_bytes().trim_ascii());
    if let Some(order) = by_number(a, b) {
        return order;
    }
    let same = common(a, b);
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    let ((has_a, epoch_a), (has_b, epoch_b)) = (signs(rest_a), signs(rest_b));
    if has_a != has_b || epoch_a || epoch_b {
        return whole(a, b);
    }
    // They differ in the same part: in what is before the last dash, or behind it.
    let from = run_start(a, same);
    let end = |text: &[u8]| if has_a { last_dash(text) } else { text.len() };
    let order = part(&a[from..end(a)], &b[from..end(b)]);
    if order == Ordering::Equal && has_a { whole(a, b) } else { order }
}

/// The order of versions that part in a number of the same part, as most do.
#[inline]
fn by_number(a: &[u8], b: &[u8]) -> Option<Ordering> {
    let most = a.len().min(b.len());
    let (mut at, mut start, mut dash) = (0, 0, false);
    while at < most && a[at] == b[at] {
        if !a[at].is_ascii_digit() {
            start = at + 1;
        }
        dash |= a[at] == b'-';
        at += 1;
    }
    let (order, end_a, end_b) = parting_from(a, b, start, at)?;
    // What follows may say that it was the epoch, or that one is in the revision and one before it.
    let parts = |rest: &[u8]| rest.iter().any(|byte| *byte == b':' || (dash && *byte == b'-'));
    (!parts(&a[end_a..]) && !parts(&b[end_b..])).then_some(order)
}

/// Whether there are a dash and a colon.
#[inline]
fn signs(text: &[u8]) -> (bool, bool) {
    let is = |byte: u8, sign: u8| u8::from(byte == sign);
    let (dash, colon) =
        text.iter().fold((0, 0), |(dash, colon), byte| (dash | is(*byte, b'-'), colon | is(*byte, b':')));
    (dash != 0, colon != 0)
}

/// Where the last dash is.
fn last_dash(text: &[u8]) -> usize {
    text.iter().rposition(|byte| *byte == b'-').unwrap_or(text.len())
}

fn whole(a: &[u8], b: &[u8]) -> Ordering {
    let ((epoch_a, upstream_a, revision_a), (epoch_b, upstream_b, revision_b)) = (parts(a), parts(b));
    numbers(epoch_a, epoch_b)
        .then_with(|| part(upstream_a, upstream_b))
        .then_with(|| part(revision_a, revision_b))
}

fn parts(version: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (mut begin, mut end) = (None, None);
    for (at, byte) in version.iter().enumerate() {
        match byte {
            b':' if begin.is_none() => (begin, end) = (Some(at), None),
            b'-' => end = Some(at),
            _ => {}
        }
    }
    let (epoch, rest) = begin.map_or((&b""[..], 0), |at| (&version[..at], at + 1));
    match end {
        Some(end) => (epoch, &version[rest..end], &version[end + 1..]),
        None => (epoch, &version[rest..], b""),
    }
}

/// Compares by turns what is no digit, byte by byte, and digits as numbers.
fn part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        while is_text(a) || is_text(b) {
            let order = weight(a.first()).cmp(&weight(b.first()));
            if order != Ordering::Equal {
                return order;
            }
            a = a.get(1..).unwrap_or_default();
            b = b.get(1..).unwrap_or_default();
        }
        let (digits_a, digits_b) = (digits(a).0, digits(b).0);
        let order = numbers(digits_a, digits_b);
        if order != Ordering::Equal {
            return order;
        }
        a = &a[digits_a.len()..];
        b = &b[digits_b.len()..];
    }
    Ordering::Equal
}

fn is_text(rest: &[u8]) -> bool {
    rest.first().is_some_and(|byte| !byte.is_ascii_digit())
}

/// `~` before the end, the end and digits before letters, letters before all else.
fn weight(byte: Option<&u8>) -> i32 {
    match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::{check, check_whole};

    #[test]
    fn versions_have_debians_order() {
        check(
            &SCHEME,
            &[
                "1~~ < 1~~a < 1~ < 1 < 1a < 1+ < 1.0 < 1:0",
                "1 = 0:1 = 01 = 1-0 < 1-0+b1 < 1-1 < 1-1+deb12u1 < 1-1.1 < 1-2 < 1-10",
                "0 < 18446744073709551616 < 18446744073709551617",
                "1.2-a-1 < 1.2-a-2 < 1.2-b-0",
            ],
        );
    }

    #[test]
    fn what_is_the_same_decides_nothing() {
        let parts = ["0", "1", "10", "01", ".", "-", ":", "a", "b1", "+", "~"];
        check_whole(&SCHEME, whole, &parts);
    }
}
