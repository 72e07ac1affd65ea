//! Versions of npm and Cargo (semver.org 2.0.0), read loosely: a `v` before it, fewer or more numbers than three. What is behind a `+` does not count.

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{bytes, common, has, numbers, parting, span};

pub(crate) static SCHEME: Scheme = Scheme { name: "semver", compare };

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    by(bare(a), bare(b), bytes)
}

/// The order of what [`bare`] gives, with one of texts.
pub(crate) fn by(a: &[u8], b: &[u8], texts: fn(&[u8], &[u8]) -> Ordering) -> Ordering {
    if let Some(order) = by_number(a, b) {
        return order;
    }
    let same = common(a, b);
    let known = &a[..same];
    if has(known, b'+') {
        return Ordering::Equal;
    }
    if let Some(dash) = known.iter().position(|byte| *byte == b'-') {
        let from = known.iter().rposition(|byte| *byte == b'.').map_or(dash, |dot| dot.max(dash)) + 1;
        let before = |text| span(text, |byte| byte != b'+').0;
        return identifiers(before(&a[from..]), before(&b[from..]), texts);
    }
    // They differ in the numbers or behind all of them.
    let mut from = same;
    while from > 0 && a[from - 1] != b'.' {
        from -= 1;
    }
    whole(&a[from..], &b[from..], texts)
}

/// The order of versions that part in one of their first numbers, as most do.
#[inline]
pub(crate) fn by_number(a: &[u8], b: &[u8]) -> Option<Ordering> {
    let (order, end_a, end_b) = parting(a, b)?;
    let is_number = |rest: &[u8]| matches!(rest.first(), None | Some(b'.' | b'-' | b'+'));
    (is_number(&a[end_a..]) && is_number(&b[end_b..])).then_some(order)
}

fn whole(a: &[u8], b: &[u8], texts: fn(&[u8], &[u8]) -> Ordering) -> Ordering {
    let ((core_a, before_a), (core_b, before_b)) = (parts(a), parts(b));
    core(core_a, core_b).then_with(|| match (before_a, before_b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => identifiers(a, b, texts),
    })
}

/// Without what may stand before it.
pub(crate) const fn bare(version: &str) -> &[u8] {
    let mut version = version.as_bytes().trim_ascii();
    while let [b'v' | b'V' | b'=', rest @ ..] = version {
        version = rest;
    }
    version
}

fn parts(version: &[u8]) -> (&[u8], Option<&[u8]>) {
    let version = span(version, |byte| byte != b'+').0;
    let (core, rest) = span(version, |byte| byte != b'-');
    (core, rest.get(1..))
}

/// Numbers between dots; one that is missing is 0.
fn core(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a.split(|byte| *byte == b'.'), b.split(|byte| *byte == b'.'));
    loop {
        let (part_a, part_b) = (a.next(), b.next());
        if part_a.is_none() && part_b.is_none() {
            return Ordering::Equal;
        }
        let order = identifier(part_a.unwrap_or(b"0"), part_b.unwrap_or(b"0"), bytes);
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Identifiers between dots; more of them make the greater one.
pub(crate) fn identifiers(a: &[u8], b: &[u8], texts: fn(&[u8], &[u8]) -> Ordering) -> Ordering {
    let (mut a, mut b) = (a.split(|byte| *byte == b'.'), b.split(|byte| *byte == b'.'));
    loop {
        let order = match (a.next(), b.next()) {
            (Some(a), Some(b)) if a == b => continue,
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => identifier(a, b, texts),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Numbers come before texts.
fn identifier(a: &[u8], b: &[u8], texts: fn(&[u8], &[u8]) -> Ordering) -> Ordering {
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    match (is_number(a), is_number(b)) {
        (true, true) => numbers(a, b),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => texts(a, b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::{check, check_whole};

    #[test]
    fn versions_have_semvers_order() {
        check(
            &SCHEME,
            &[
                "1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0 < 2.0.0 < 2.1.0 < 10.0.0",
                "1 = 1.0 = v1.0.0 = 1.0.0+build",
            ],
        );
    }

    #[test]
    fn what_is_the_same_decides_nothing() {
        let parts = ["0", "1", "10", "01", ".", ".", "-", "+", "a", "b1", "rc"];
        check_whole(&SCHEME, |a, b| whole(a, b, bytes), &parts);
    }
}
