//! Versions of Maven (Maven, "POM Reference", "Version Order Specification"): tokens between dots, dashes and changes from digits to letters,
//! without those at the end of a part that say nothing (`0`, `final`, `ga`, `release`).

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{numbers, significant};

pub(crate) static SCHEME: Scheme = Scheme { name: "maven", compare };

/// Tokens that are looked at; what is behind them counts for nothing.
const MAX_TOKENS: usize = 64;

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
        let names: [&[u8]; 4] = [b"", b"final", b"ga", b"release"];
        if self.is_number() {
            significant(self.text).is_empty()
        } else {
            names.iter().any(|name| name.eq_ignore_ascii_case(self.text))
        }
    }

    /// The place of a qualifier that has one of its own; others are behind them by the alphabet.
    fn rank(&self) -> usize {
        let names: [(&[u8], usize); 9] = [
            (b"alpha", 0),
            (b"beta", 1),
            (b"milestone", 2),
            (b"rc", 3),
            (b"cr", 3),
            (b"snapshot", 4),
            (b"sp", 6),
            (b"release", 5),
            (b"final", 5),
        ];
        let short: [(&[u8], usize); 3] = [(b"a", 0), (b"b", 1), (b"m", 2)];
        let find = |list: &[(&[u8], usize)]| {
            list.iter().find(|(name, _)| name.eq_ignore_ascii_case(self.text)).map(|(_, rank)| *rank)
        };
        if self.is_nothing() {
            return 5;
        }
        find(&names).or_else(|| find(&short).filter(|_| self.before_digit)).unwrap_or(7)
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
                .then_with(|| if rank == 7 { lower(self.text, other.text) } else { Ordering::Equal })
        })
    }
}

fn compare(a: &str, b: &str) -> Ordering {
    let (mut space_a, mut space_b) = ([NOTHING; MAX_TOKENS], [NOTHING; MAX_TOKENS]);
    let (a, b) = (tokens(a.trim().as_bytes(), &mut space_a), tokens(b.trim().as_bytes(), &mut space_b));
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

fn tokens<'a, 's>(version: &'a [u8], space: &'s mut [Token<'a>; MAX_TOKENS]) -> &'s [Token<'a>] {
    let mut len = 0;
    let (mut at, mut dash) = (0, false);
    while at <= version.len() && len < MAX_TOKENS {
        let is_digit = |at: usize| version.get(at).is_some_and(u8::is_ascii_digit);
        let is_end = |at: usize| version.get(at).is_none_or(|byte| matches!(byte, b'.' | b'-'));
        let mut end = at;
        while !is_end(end) && (end == at || is_digit(end) == is_digit(at)) {
            end += 1;
        }
        // An empty token is 0.
        let text = if end == at { b"0" } else { &version[at..end] };
        let changes = !is_end(end);
        space[len] = Token { dash, text, before_digit: changes && is_digit(end) };
        len += 1;
        // A change from digits to letters or back is a dash.
        dash = changes || version.get(end) != Some(&b'.');
        at = if changes { end } else { end + 1 };
    }
    trim(&mut space[..], len)
}

/// Without the tokens that say nothing, at the end and before each dash.
fn trim<'a, 's>(space: &'s mut [Token<'a>], mut len: usize) -> &'s [Token<'a>] {
    let mut end = len;
    while end > 0 {
        let mut begin = end;
        while begin > 0 && space[begin - 1].is_nothing() {
            begin -= 1;
        }
        space.copy_within(end..len, begin);
        len -= end - begin;
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
    use crate::schemes::tests::check;

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
}
