//! Versions of Maven (Maven, "POM Reference", "Version Order Specification"): tokens between dots, dashes and changes from digits to letters,
//! without those at the end of a part that say nothing (`0`, `final`, `ga`, `release`).

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{common, digits, numbers, parting, run_start, significant, span};

pub(crate) static SCHEME: Scheme = Scheme { name: "maven", compare };

/// Tokens that are looked at; what is behind them counts for nothing.
const MAX_TOKENS: usize = 64;

/// The rank of a version without a qualifier.
const NO_QUALIFIER: u8 = 5;
/// Of a qualifier that has no place of its own.
const OTHER: u8 = 7;

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    dash: bool,
    text: &'a [u8],
    /// Whether digits follow without anything between: `a1` is `alpha-1`.
    before_digit: bool,
}

const NOTHING: Token<'static> = Token { dash: true, text: b"", before_digit: false };

impl Token<'_> {
    fn is_number(&self) -> bool {
        self.text.first().is_some_and(u8::is_ascii_digit)
    }

    fn is_nothing(&self) -> bool {
        if self.is_number() { significant(self.text).is_empty() } else { self.rank() == NO_QUALIFIER }
    }

    fn rank(&self) -> u8 {
        rank(self.text, self.before_digit)
    }

    /// `.qualifier`, then `-qualifier`, `-number`, and `.number`.
    fn class(&self) -> u8 {
        match (self.is_number(), self.dash) {
            (false, false) => 0,
            (false, true) => 1,
            (true, true) => 2,
            (true, false) => 3,
        }
    }

    fn compare(&self, other: &Token<'_>) -> Ordering {
        self.class().cmp(&other.class()).then_with(|| {
            if self.is_number() {
                return numbers(self.text, other.text);
            }
            let lower = |text: &[u8], other: &[u8]| {
                let lower = |byte: &u8| byte.to_ascii_lowercase();
                text.iter().map(lower).cmp(other.iter().map(lower))
            };
            let (rank, other_rank) = (self.rank(), other.rank());
            rank.cmp(&other_rank)
                .then_with(|| if rank == OTHER { lower(self.text, other.text) } else { Ordering::Equal })
        })
    }
}

/// The place of a qualifier that has one of its own; others are behind them by the alphabet.
#[inline]
fn rank(text: &[u8], before_digit: bool) -> u8 {
    let is = |name: &[u8]| text.eq_ignore_ascii_case(name);
    match text.len() {
        0 => NO_QUALIFIER,
        1 if before_digit => match text[0] {
            b'a' | b'A' => 0,
            b'b' | b'B' => 1,
            b'm' | b'M' => 2,
            _ => OTHER,
        },
        2 if is(b"rc") || is(b"cr") => 3,
        2 if is(b"ga") => NO_QUALIFIER,
        2 if is(b"sp") => 6,
        4 if is(b"beta") => 1,
        5 if is(b"final") => NO_QUALIFIER,
        5 if is(b"alpha") => 0,
        7 if is(b"release") => NO_QUALIFIER,
        8 if is(b"snapshot") => 4,
        9 if is(b"milestone") => 2,
        _ => OTHER,
    }
}

fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes().trim_ascii(), b.as_bytes().trim_ascii());
    if let Some((order, ..)) = parting(a, b) {
        return order;
    }
    let from = decisive(a, common(a, b));
    // What is before it says how the first token that is left begins.
    let dash = from > 0 && a[from - 1] != b'.';
    let (a, b) = (&a[from..], &b[from..]);
    if let Some(order) = by_number(a, b, dash).or_else(|| lockstep(a, b, dash)) {
        return order;
    }
    // A text has at most one token more than bytes.
    match a.len().max(b.len()) {
        0..8 => within::<8>(a, b, dash),
        8..24 => within::<24>(a, b, dash),
        _ => within::<MAX_TOKENS>(a, b, dash),
    }
}

/// The order of what begins with different numbers, which count whatever follows. A zero may count for nothing, and what follows it
/// is before a number with a dot then.
fn by_number(a: &[u8], b: &[u8], dash: bool) -> Option<Ordering> {
    let (a, b) = (digits(a).0, digits(b).0);
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (a, b) = (significant(a), significant(b));
    let is_sure = a != b && (!dash || !(a.is_empty() || b.is_empty()));
    is_sure.then(|| numbers(a, b))
}

/// From where on two versions have to be compared that have as many bytes in common: from the token in which they differ, and from
/// tokens before it that may say nothing, as that depends on what follows.
fn decisive(version: &[u8], same: usize) -> usize {
    let mut from = run_start(version, same);
    while from > 0 {
        let end = if matches!(version[from - 1], b'.' | b'-') { from - 1 } else { from };
        let begin = run_start(version, end);
        if begin < end && matches!(version[begin], b'1'..=b'9') {
            break;
        }
        from = if begin < from { begin } else { from - 1 };
    }
    from
}

/// The order by tokens from the first on, as long as none has to be taken away from one version alone; nothing if one has.
fn lockstep(a: &[u8], b: &[u8], dash: bool) -> Option<Ordering> {
    let (mut a, mut b) = (Tokens { rest: Some(a), dash }, Tokens { rest: Some(b), dash });
    let mut zeros = false;
    loop {
        let (token_a, token_b) = (a.next(), b.next());
        // Zeros are taken away before a dash and at the end.
        let away = |token: Option<Token<'_>>| token.is_none_or(|token| token.dash);
        if zeros && away(token_a) != away(token_b) {
            return None;
        }
        let is_nothing = |token: Option<Token<'_>>| token.is_some_and(|token| token.is_nothing());
        let order = match (token_a, token_b) {
            (None, None) => return Some(Ordering::Equal),
            (a, b) if is_nothing(a) || is_nothing(b) => {
                let (a, b) = a.zip(b)?;
                if a.compare(&b) != Ordering::Equal || (zeros && a.dash) {
                    return None;
                }
                zeros = true;
                continue;
            }
            (Some(a), Some(b)) => a.compare(&b),
            (Some(a), None) => a.compare(&padding(&a)),
            (None, Some(b)) => padding(&b).compare(&b),
        };
        if order != Ordering::Equal {
            return Some(order);
        }
        zeros = false;
    }
}

fn within<const N: usize>(a: &[u8], b: &[u8], dash: bool) -> Ordering {
    let (mut space_a, mut space_b) = ([NOTHING; N], [NOTHING; N]);
    let (a, b) = (tokens(a, dash, &mut space_a), tokens(b, dash, &mut space_b));
    for at in 0..a.len().max(b.len()) {
        let order = match (a.get(at), b.get(at)) {
            (Some(a), Some(b)) => a.compare(b),
            (Some(a), None) => a.compare(&padding(a)),
            (None, Some(b)) => padding(b).compare(b),
            (None, None) => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// What stands in the place of a token that the other version has.
fn padding(token: &Token<'_>) -> Token<'static> {
    Token { dash: token.dash, text: if token.is_number() { b"0" } else { b"" }, before_digit: false }
}

fn tokens<'a, 's>(version: &'a [u8], dash: bool, space: &'s mut [Token<'a>]) -> &'s [Token<'a>] {
    let mut len = 0;
    for (place, token) in space.iter_mut().zip(Tokens { rest: Some(version), dash }) {
        *place = token;
        len += 1;
    }
    trim(space, len)
}

/// The tokens of a version, or of what is behind some of them.
struct Tokens<'a> {
    rest: Option<&'a [u8]>,
    /// Whether the next one is behind a dash.
    dash: bool,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    #[inline]
    fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.rest?;
        let (text, after) = match rest.first() {
            Some(byte) if byte.is_ascii_digit() => digits(rest),
            _ => span(rest, |byte| !byte.is_ascii_digit() && byte != b'.' && byte != b'-'),
        };
        let is_end = matches!(after.first(), None | Some(b'.' | b'-'));
        let token = Token {
            dash: self.dash,
            // An empty token is 0.
            text: if text.is_empty() { b"0" } else { text },
            before_digit: !is_end && after[0].is_ascii_digit(),
        };
        // A change from digits to letters or back is a dash.
        self.dash = after.first() != Some(&b'.');
        self.rest = if is_end { after.get(1..) } else { Some(after) };
        Some(token)
    }
}

/// Without the tokens that say nothing, at the end and before each dash.
fn trim<'a, 's>(space: &'s mut [Token<'a>], mut len: usize) -> &'s [Token<'a>] {
    let mut end = len;
    while end > 0 {
        let mut begin = end;
        while begin > 0 && space[begin - 1].is_nothing() {
            begin -= 1;
        }
        if begin < end {
            space.copy_within(end..len, begin);
            len -= end - begin;
        }
        // To the dash before.
        end = begin;
        while end > 0 && !space[end - 1].dash {
            end -= 1;
        }
        end = end.saturating_sub(1);
    }
    &space[..len]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::{check, check_whole};

    #[test]
    fn versions_have_mavens_order() {
        check(
            &SCHEME,
            &[
                "1-alpha-1 = 1-a1 = 1alpha1",
                "1-alpha < 1-beta < 1-milestone < 1-rc = 1-cr < 1-snapshot < 1 = 1-ga = 1.0.0 = 1-final < 1-sp < 1-abc < 1-xyz < 1-1 < 1.1",
                "1.0-rc1 < 1.0-SNAPSHOT < 1.0 < 1.0.1 < 1.0.1-x",
                "2.0.0.v200706041905-7C78EK9E_EkMNfNOd2d8qq < 2.0.0.v200706041906",
            ],
        );
    }

    #[test]
    fn what_is_the_same_decides_nothing() {
        let parts = ["0", "1", "10", "00", ".", ".", "-", "a", "b1", "rc", "ga", "sp", "final", "x"];
        check_whole(&SCHEME, |a, b| within::<MAX_TOKENS>(a, b, false), &parts);
    }
}
