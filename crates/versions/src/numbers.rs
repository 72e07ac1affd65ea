//! What schemes share: digits as numbers of any length.

use std::cmp::Ordering;

/// Compares digits as numbers; nothing is 0.
#[inline]
pub(crate) fn numbers(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (significant(a), significant(b));
    if a.len() != b.len() {
        return a.len().cmp(&b.len());
    }
    bytes(a, b)
}

/// As `a.cmp(b)`, without the call that is not worth it for so few bytes.
#[inline]
pub(crate) fn bytes(a: &[u8], b: &[u8]) -> Ordering {
    for (a, b) in a.iter().zip(b) {
        if a != b {
            return a.cmp(b);
        }
    }
    a.len().cmp(&b.len())
}

/// Digits without zeros before them; nothing of zero.
#[inline]
pub(crate) fn significant(digits: &[u8]) -> &[u8] {
    let mut rest = digits;
    while let [b'0', after @ ..] = rest {
        rest = after;
    }
    rest
}

/// The bytes at the beginning for which something holds, and the rest.
#[inline]
pub(crate) fn span(text: &[u8], holds: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let mut end = 0;
    while text.get(end).is_some_and(|byte| holds(*byte)) {
        end += 1;
    }
    text.split_at(end)
}

/// Digits at the beginning, and the rest.
#[inline]
pub(crate) fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    span(text, |byte| byte.is_ascii_digit())
}

/// How many bytes two texts have in common at the beginning. Versions that are compared have mostly much in common, and what is
/// the same need not be understood.
#[inline]
pub(crate) fn common(a: &[u8], b: &[u8]) -> usize {
    let most = a.len().min(b.len());
    let mut at = 0;
    while at + 8 <= most || (most >= 8 && at < most) {
        // The last eight may begin with some that were compared before.
        at = at.min(most - 8);
        let (Some(a), Some(b)) = (eight(a, at), eight(b, at)) else { break };
        if a != b {
            return at + ((a ^ b).trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while at < most && a[at] == b[at] {
        at += 1;
    }
    at
}

#[inline]
fn eight(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// Whether a byte is in a short text; it looks at all of it, as not stopping is faster.
#[inline]
pub(crate) fn has(text: &[u8], byte: u8) -> bool {
    text.iter().fold(0, |found, other| found | u8::from(*other == byte)) != 0
}

/// Where the digits or letters begin that end before a place.
#[inline]
pub(crate) fn run_start(text: &[u8], mut at: usize) -> usize {
    let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_alphabetic());
    let Some(last) = at.checked_sub(1).map(|last| class(text[last])) else { return at };
    if last == (false, false) {
        return at;
    }
    while at > 0 && class(text[at - 1]) == last {
        at -= 1;
    }
    at
}

/// How much of a text is numbers with a dot behind each.
#[inline]
pub(crate) fn dotted(text: &[u8]) -> usize {
    let (mut end, mut is_digit) = (0, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => is_digit = true,
            b'.' if is_digit => (end, is_digit) = (at + 1, false),
            _ => break,
        }
    }
    end
}

/// The order of two numbers in which two texts part, and where each ends.
pub(crate) type Parting = (Ordering, usize, usize);

/// Where two texts part; nothing if it is not in a number between dots, or in one with zeros before it. Most versions that are
/// compared differ so, and all schemes agree on them as far as there is nothing before the numbers; it is found in one go.
#[inline]
pub(crate) fn parting(a: &[u8], b: &[u8]) -> Option<Parting> {
    let most = a.len().min(b.len());
    let (mut at, mut start) = (0, 0);
    while at < most && a[at] == b[at] {
        if a[at] == b'.' {
            if start == at {
                return None;
            }
            start = at + 1;
        } else if !a[at].is_ascii_digit() {
            return None;
        }
        at += 1;
    }
    parting_from(a, b, start, at)
}

/// As [`parting`], for a number from a place on that is the same up to another place.
#[inline]
pub(crate) fn parting_from(a: &[u8], b: &[u8], start: usize, same: usize) -> Option<Parting> {
    let end = |text: &[u8]| {
        let mut end = same;
        while text.get(end).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
        end
    };
    let (end_a, end_b) = (end(a), end(b));
    let is_number = |text: &[u8], end: usize| end > start && (text[start] != b'0' || end == start + 1);
    if (end_a == same && end_b == same) || !is_number(a, end_a) || !is_number(b, end_b) {
        return None;
    }
    let order = if end_a == end_b { a[same].cmp(&b[same]) } else { end_a.cmp(&end_b) };
    Some((order, end_a, end_b))
}

/// The order of two versions of which each is only numbers between dots, where a number that is missing is 0; nothing for
/// others. Most are such versions, and most schemes agree on them.
#[inline]
pub(crate) fn plain(a: &[u8], b: &[u8]) -> Option<Ordering> {
    let (mut rest_a, mut rest_b) = (Some(a), Some(b));
    let mut order = Ordering::Equal;
    while rest_a.is_some() || rest_b.is_some() {
        let (part_a, part_b) = (number(&mut rest_a)?, number(&mut rest_b)?);
        // What follows has to be seen, too: it may be what makes a version another one.
        order = order.then_with(|| part_a.cmp(&part_b));
    }
    Some(order)
}

/// The next number of a plain version.
#[inline]
fn number(rest: &mut Option<&[u8]>) -> Option<u64> {
    let Some(text) = *rest else { return Some(0) };
    let (mut value, mut at) = (0_u64, 0);
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        value = value * 10 + u64::from(digit);
        at += 1;
        if at > 18 {
            return None;
        }
    }
    *rest = match text.get(at) {
        None => None,
        Some(b'.') => Some(&text[at + 1..]),
        Some(_) => return None,
    };
    (at > 0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_versions_are_compared_by_numbers() {
        let check =
            |a: &str, b: &str, expect| assert_eq!(plain(a.as_bytes(), b.as_bytes()), expect, "{a} {b}");
        check("1.2", "1.10", Some(Ordering::Less));
        check("1.0.0", "1", Some(Ordering::Equal));
        check("2", "1.9.9", Some(Ordering::Greater));
        check("1.02", "1.2", Some(Ordering::Equal));
        for other in ["", "1.", ".1", "1..2", "1a", "2-1", "1.1.1111111111111111111"] {
            check(other, "1", None);
            check("1", other, None);
        }
    }

    #[test]
    fn numbers_have_any_length() {
        assert_eq!(numbers(b"0009", b"10"), Ordering::Less);
        assert_eq!(numbers(b"18446744073709551617", b"18446744073709551616"), Ordering::Greater);
        assert_eq!(numbers(b"", b"000"), Ordering::Equal);
    }
}
