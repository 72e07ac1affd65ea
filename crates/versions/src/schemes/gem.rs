//! Versions of Ruby gems (Rubygems, `Gem::Version`): numbers and letters, wherever they are parted. A letter comes before every
//! number, so `1.0.a` is before `1.0`; zeros at the end, and before the first letter, count for nothing.

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{common, digits, numbers, run_start, significant, span};

pub(crate) static SCHEME: Scheme = Scheme { name: "gem", compare };

fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes().trim_ascii(), b.as_bytes().trim_ascii());
    // Zeros at the end of what is the same count for nothing or for the same in both: a letter is before every number.
    let from = run_start(a, common(a, b));
    whole(&a[from..], &b[from..])
}

fn whole(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (Segments::new(a), Segments::new(b));
    loop {
        let (part_a, part_b) = (a.next(), b.next());
        let order = match (part_a, part_b) {
            (None, None) => return Ordering::Equal,
            (a, b) => segment(a.unwrap_or(b"0"), b.unwrap_or(b"0")),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn segment(a: &[u8], b: &[u8]) -> Ordering {
    let is_number = |text: &[u8]| text.first().is_some_and(u8::is_ascii_digit);
    match (is_number(a), is_number(b)) {
        (true, true) => numbers(a, b),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => a.cmp(b),
    }
}

/// The segments without zeros that count for nothing.
struct Segments<'a> {
    rest: &'a [u8],
    /// A dash stands for `pre`.
    dash: bool,
    /// Zeros that were passed over and are still to be given, as something counts after them.
    zeros: usize,
    held: Option<&'a [u8]>,
}

impl<'a> Segments<'a> {
    const fn new(version: &'a [u8]) -> Self {
        Self { rest: version, dash: false, zeros: 0, held: None }
    }

    fn raw(&mut self) -> Option<&'a [u8]> {
        loop {
            if std::mem::take(&mut self.dash) {
                return Some(b"pre");
            }
            let (first, after) = self.rest.split_first()?;
            let (segment, after) = match first {
                b'0'..=b'9' => digits(self.rest),
                first if first.is_ascii_alphabetic() => span(self.rest, |byte| byte.is_ascii_alphabetic()),
                first => {
                    self.dash = *first == b'-';
                    self.rest = after;
                    continue;
                }
            };
            self.rest = after;
            return Some(segment);
        }
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.zeros == 0
            && let Some(held) = self.held.take()
        {
            return Some(held);
        }
        if self.zeros > 0 && self.held.is_some() {
            self.zeros -= 1;
            return Some(b"0");
        }
        let mut zeros = 0;
        loop {
            let segment = self.raw()?;
            if segment[0].is_ascii_digit() && significant(segment).is_empty() {
                zeros += 1;
                continue;
            }
            // Zeros before a letter are at the end of the numbers.
            if zeros == 0 || !segment[0].is_ascii_digit() {
                return Some(segment);
            }
            (self.zeros, self.held) = (zeros - 1, Some(segment));
            return Some(b"0");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::{check, check_whole};

    #[test]
    fn versions_have_rubygems_order() {
        check(
            &SCHEME,
            &[
                "1.0.a < 1.0.b1 < 1.0.b2 < 1.0.rc1 < 1.0 = 1 = 1.0.0 < 1.0.1 < 1.1 < 1.10",
                "1.0.0.a = 1.a",
                "1-1 < 1",
                "1.0.0.0.1 < 1.0.0.1",
            ],
        );
    }

    #[test]
    fn what_is_the_same_decides_nothing() {
        let parts = ["0", "1", "10", "00", ".", ".", "-", "a", "b1", "rc"];
        check_whole(&SCHEME, whole, &parts);
    }
}
