//! Versions of npm and Cargo (semver.org 2.0.0), read loosely: a `v` before it, fewer or more numbers than three. What is behind a `+` does not count.

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::numbers;

pub(crate) static SCHEME: Scheme = Scheme { name: "semver", compare };

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let ((core_a, before_a), (core_b, before_b)) = (parts(a), parts(b));
    core(core_a, core_b).then_with(|| match (before_a, before_b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => prerelease(a, b),
    })
}

fn parts(version: &str) -> (&str, Option<&str>) {
    let version = version.trim().trim_start_matches(['v', 'V', '=']);
    let version = version.split('+').next().unwrap_or_default();
    match version.split_once('-') {
        Some((core, before)) => (core, Some(before)),
        None => (version, None),
    }
}

/// Numbers between dots; one that is missing is 0.
fn core(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (part_a, part_b) = (a.next(), b.next());
        if part_a.is_none() && part_b.is_none() {
            return Ordering::Equal;
        }
        let order = identifier(part_a.unwrap_or("0"), part_b.unwrap_or("0"));
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn prerelease(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => identifier(a, b),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Numbers come before texts.
fn identifier(a: &str, b: &str) -> Ordering {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(a), is_number(b)) {
        (true, true) => numbers(a.as_bytes(), b.as_bytes()),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::check;

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
}
