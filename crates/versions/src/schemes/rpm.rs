//! Versions of rpm (`rpm-version(7)`): `epoch:version-release`. `~` sorts before everything, `^` after the end and before what else
//! could follow.

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{bytes, common, has, numbers, run_start, span};

pub(crate) static SCHEME: Scheme = Scheme { name: "rpm", compare };

fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes().trim_ascii(), b.as_bytes().trim_ascii());
    let same = common(a, b);
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    let parted = |rest: &[u8]| has(rest, b'-') || has(rest, b':');
    if same == 0 || parted(rest_a) || parted(rest_b) {
        return whole(a, b);
    }
    // Only what is the same has parts, so they differ in the last one.
    let from = run_start(a, same);
    part(&a[from..], &b[from..])
}

fn whole(a: &[u8], b: &[u8]) -> Ordering {
    let ((epoch_a, version_a, release_a), (epoch_b, version_b, release_b)) = (parts(a), parts(b));
    part(epoch_a, epoch_b).then_with(|| part(version_a, version_b)).then_with(|| {
        match (release_a, release_b) {
            (Some(a), Some(b)) => part(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    })
}

fn parts(version: &[u8]) -> (&[u8], &[u8], Option<&[u8]>) {
    let (epoch, rest) = match span(version, |byte| byte != b':') {
        (epoch, [_, rest @ ..]) if !epoch.is_empty() => (epoch, rest),
        _ => (&b"0"[..], version),
    };
    let (version, release) = span(rest, |byte| byte != b'-');
    (epoch, version, release.get(1..))
}

/// `rpmvercmp`: parts of digits or letters, whatever is between them.
fn part<'a>(mut a: &'a [u8], mut b: &'a [u8]) -> Ordering {
    loop {
        a = span(a, is_separator).1;
        b = span(b, is_separator).1;
        let (rank_a, rank_b) = (rank(a), rank(b));
        if rank_a != rank_b {
            return rank_a.cmp(&rank_b);
        }
        let order = match a.first() {
            None => return Ordering::Equal,
            Some(b'~' | b'^') => {
                (a, b) = (&a[1..], &b[1..]);
                Ordering::Equal
            }
            Some(_) => segment(&mut a, &mut b),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn is_separator(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^'
}

/// `~` before the end, the end before `^`, and that before all else.
fn rank(rest: &[u8]) -> u8 {
    match rest.first() {
        Some(b'~') => 0,
        None => 1,
        Some(b'^') => 2,
        Some(_) => 3,
    }
}

/// Takes digits or letters from both. A number is newer than letters.
fn segment(a: &mut &[u8], b: &mut &[u8]) -> Ordering {
    let is_number = |text: &[u8]| text.first().is_some_and(u8::is_ascii_digit);
    let (number_a, number_b) = (is_number(a), is_number(b));
    if number_a != number_b {
        return number_a.cmp(&number_b);
    }
    let holds = |byte: u8| if number_a { byte.is_ascii_digit() } else { byte.is_ascii_alphabetic() };
    let ((text_a, rest_a), (text_b, rest_b)) = (span(a, holds), span(b, holds));
    (*a, *b) = (rest_a, rest_b);
    if number_a { numbers(text_a, text_b) } else { bytes(text_a, text_b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::{check, check_whole};

    #[test]
    fn versions_have_rpms_order() {
        check(
            &SCHEME,
            &[
                "1.0~rc1 < 1.0~rc1^git1 < 1.0 < 1.0^ < 1.0^git1~pre < 1.0^git1 < 1.0.1 < 1.1 < 1:0.1",
                "1.0a < 1.0.1",
                "1-1.el8 < 1-1.el8_3 < 1-2.el8 < 1-10.el8",
                "1..2 = 1_2 = 1.02",
            ],
        );
    }

    #[test]
    fn what_is_the_same_decides_nothing() {
        let parts = ["0", "1", "10", "01", ".", "_", "-", ":", "a", "b1", "^", "~"];
        check_whole(&SCHEME, whole, &parts);
    }
}
