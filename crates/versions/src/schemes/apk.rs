//! Versions of Alpine (apk-tools, `version.c`): numbers, a letter, suffixes such as `_rc1` and `_p1`, a commit, a revision `-r1`. Of two
//! that are the same as far as one goes the longer one is greater, unless what follows says that it comes before a release.

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{bytes, digits, numbers, parting_from, span};

pub(crate) static SCHEME: Scheme = Scheme { name: "apk", compare };

/// Before a release, and after it.
const SUFFIXES: &[&[u8]] = &[b"alpha", b"beta", b"pre", b"rc", b"", b"cvs", b"svn", b"git", b"hg", b"p"];
const NONE: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    First,
    Digits,
    Letter,
    Suffix,
    SuffixNumber,
    Commit,
    Revision,
    End,
    Invalid,
}

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a [u8],
    suffix: usize,
}

fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes().trim_ascii(), b.as_bytes().trim_ascii());
    by_number(a, b).unwrap_or_else(|| whole(a, b))
}

fn whole(mut rest_a: &[u8], mut rest_b: &[u8]) -> Ordering {
    let (mut last_a, mut last_b) = (None, None);
    loop {
        let (token_a, token_b) = (next(&mut rest_a, last_a), next(&mut rest_b, last_b));
        if token_a.kind != token_b.kind {
            return unequal(token_a, token_b);
        }
        let order = match token_a.kind {
            Kind::End => return Ordering::Equal,
            // What comes in the place of a revision and is none says nothing.
            Kind::Invalid if rest_a.starts_with(b"-") && rest_b.starts_with(b"-") => return Ordering::Equal,
            Kind::Invalid => return rest_a.cmp(rest_b),
            // A zero before a number makes it a fraction.
            Kind::Digits if token_a.text.starts_with(b"0") || token_b.text.starts_with(b"0") => {
                bytes(token_a.text, token_b.text)
            }
            Kind::First | Kind::Digits | Kind::SuffixNumber | Kind::Revision => {
                numbers(token_a.text, token_b.text)
            }
            Kind::Suffix => token_a.suffix.cmp(&token_b.suffix),
            Kind::Letter | Kind::Commit => bytes(token_a.text, token_b.text),
        };
        if order != Ordering::Equal {
            return order;
        }
        (last_a, last_b) = (Some(token_a.kind), Some(token_b.kind));
    }
}

/// The order of versions that differ in one of their first numbers or in their revisions, as nearly all do.
#[inline]
fn by_number(a: &[u8], b: &[u8]) -> Option<Ordering> {
    let most = a.len().min(b.len());
    let (mut at, mut start, mut is_revision) = (0, 0, false);
    while at < most && a[at] == b[at] {
        match a[at] {
            b'0'..=b'9' => {}
            b'.' if start < at && !is_revision => start = at + 1,
            b'-' if start < at && !is_revision => {
                is_revision = true;
                start = at + 2;
            }
            b'r' if is_revision && start == at + 1 => {}
            _ => return None,
        }
        at += 1;
    }
    parting_from(a, b, start, at).map(|parting| parting.0)
}

fn unequal(a: Token<'_>, b: Token<'_>) -> Ordering {
    let before = |token: Token<'_>| token.kind == Kind::Suffix && token.suffix < NONE;
    if before(a) {
        return Ordering::Less;
    }
    if before(b) {
        return Ordering::Greater;
    }
    b.kind.cmp(&a.kind)
}

#[inline]
fn next<'a>(rest: &mut &'a [u8], last: Option<Kind>) -> Token<'a> {
    let token = |kind, text| Token { kind, text, suffix: 0 };
    let text = *rest;
    let Some((first, after)) = text.split_first() else { return token(Kind::End, text) };
    let mut number = |kind, from: &'a [u8]| {
        let (number, after) = digits(from);
        *rest = after;
        token(kind, number)
    };
    match (last, first) {
        (None, b'0'..=b'9') => number(Kind::First, text),
        (Some(Kind::First | Kind::Digits), b'.') if after.first().is_some_and(u8::is_ascii_digit) => {
            number(Kind::Digits, after)
        }
        (Some(Kind::First | Kind::Digits), b'a'..=b'z') => {
            *rest = after;
            token(Kind::Letter, &text[..1])
        }
        (Some(Kind::Suffix), b'0'..=b'9') => number(Kind::SuffixNumber, text),
        (Some(Kind::First | Kind::Digits | Kind::Letter | Kind::Suffix | Kind::SuffixNumber), b'_') => {
            let (name, after) = span(after, |byte| byte.is_ascii_lowercase());
            match SUFFIXES.iter().position(|known| *known == name).filter(|suffix| *suffix != NONE) {
                Some(suffix) => {
                    *rest = after;
                    Token { kind: Kind::Suffix, text: name, suffix }
                }
                None => token(Kind::Invalid, text),
            }
        }
        (Some(_), b'~') => {
            let (commit, after) = span(after, |byte| byte.is_ascii_hexdigit());
            *rest = after;
            token(Kind::Commit, commit)
        }
        (Some(_), b'-') if is_revision(after) && last != Some(Kind::Revision) => {
            number(Kind::Revision, &after[1..])
        }
        _ => token(Kind::Invalid, text),
    }
}

/// `r` with a number, which may be missing at the end.
fn is_revision(text: &[u8]) -> bool {
    text.strip_prefix(b"r")
        .is_some_and(|rest| rest.first().is_none_or(|byte| byte.is_ascii_digit() || *byte == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::{check, check_whole};

    #[test]
    fn versions_have_alpines_order() {
        check(
            &SCHEME,
            &[
                "1.0_alpha < 1.0_beta < 1.0_pre1 < 1.0_rc1 < 1.0_rc2 < 1.0 < 1.0-r1 < 1.0_git1 < 1.0_p1 < 1.0a < 1.0.1 < 1.1",
                "1.9.5p1-r1 = 1.9.5p1-r1",
                "1.2.3-r1 < 1.2.3-r2 < 1.2.3-r10",
                "1.05 < 1.1 < 1.5",
            ],
        );
    }

    #[test]
    fn what_is_the_same_decides_nothing() {
        check_whole(&SCHEME, whole, &["0", "1", "10", "01", ".", ".", "-r", "_p", "_rc", "a", "~", "-r1"]);
    }
}
