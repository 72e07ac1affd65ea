//! Versions of Haskell packages (`Data.Version`): numbers between dots; of two that are the same as far as one goes the longer one is greater.

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{bytes, common, numbers};

pub(crate) static SCHEME: Scheme = Scheme { name: "hackage", compare };

fn compare(a: &str, b: &str) -> Ordering {
    lists(a, b, |byte| byte == b'.')
}

/// Compares what is between separators, one after the other.
pub(crate) fn lists(a: &str, b: &str, is_separator: fn(u8) -> bool) -> Ordering {
    let (a, b) = (a.as_bytes().trim_ascii(), b.as_bytes().trim_ascii());
    let mut from = common(a, b);
    while from > 0 && !is_separator(a[from - 1]) {
        from -= 1;
    }
    let (a, b) = (&a[from..], &b[from..]);
    let (mut a, mut b) = (a.split(|byte| is_separator(*byte)), b.split(|byte| is_separator(*byte)));
    loop {
        let order = match (a.next(), b.next()) {
            (Some(a), Some(b)) => part(a, b),
            (a, b) => return a.is_some().cmp(&b.is_some()),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// What is no number, which is not allowed, is before all numbers.
fn part(a: &[u8], b: &[u8]) -> Ordering {
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    match (is_number(a), is_number(b)) {
        (true, true) => numbers(a, b),
        (false, false) => bytes(a, b),
        (is_number, _) => is_number.cmp(&!is_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::check;

    #[test]
    fn versions_have_haskells_order() {
        check(&SCHEME, &["0.9 < 0.11 < 1 < 1.0 < 1.0.0 < 1.1 = 1.01", "1.x < 1.0"]);
    }
}
