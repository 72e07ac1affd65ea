//! Versions of Python (PEP 440): `epoch!release` with pre-, post- and development releases and a local version. What does not have this form
//! is before all that has, in the order that setuptools once gave it.

use std::cmp::Ordering;

use crate::Scheme;
use crate::numbers::{common, digits, dotted, numbers, parting, significant, span};

pub(crate) static SCHEME: Scheme = Scheme { name: "pep440", compare };

fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes().trim_ascii(), b.as_bytes().trim_ascii());
    usual(a, b).unwrap_or_else(|| whole(a, b))
}

fn whole(a: &[u8], b: &[u8]) -> Ordering {
    match (Version::parse(a), Version::parse(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => legacy(a, b),
    }
}

/// The order of two versions without epochs and local versions, whose numbers are not very long; nothing for others.
#[inline]
fn usual(a: &[u8], b: &[u8]) -> Option<Ordering> {
    let (order, rest_a, rest_b) = if let Some((order, end_a, end_b)) = parting(a, b) {
        (order, numbers_after(&a[end_a..]), numbers_after(&b[end_b..]))
    } else {
        // Numbers that are the same decide nothing.
        let from = dotted(&a[..common(a, b)]);
        releases(&a[from..], &b[from..])?
    };
    let (tail_a, tail_b) = (tail(rest_a)?, tail(rest_b)?);
    Some(order.then_with(|| tail_a.cmp(&tail_b)))
}

/// What is behind more numbers of a release.
#[inline]
fn numbers_after(mut rest: &[u8]) -> &[u8] {
    while let [b'.', number @ ..] = rest
        && number.first().is_some_and(u8::is_ascii_digit)
    {
        rest = digits(number).1;
    }
    rest
}

/// The order of two releases, and what is behind each.
#[inline]
fn releases<'a>(a: &'a [u8], b: &'a [u8]) -> Option<(Ordering, &'a [u8], &'a [u8])> {
    let (mut rest_a, mut rest_b) = (Some(a), Some(b));
    let (mut after_a, mut after_b) = (a, b);
    let mut order = Ordering::Equal;
    while rest_a.is_some() || rest_b.is_some() {
        let (part_a, part_b) =
            (release_number(&mut rest_a, &mut after_a)?, release_number(&mut rest_b, &mut after_b)?);
        order = order.then_with(|| part_a.cmp(&part_b));
    }
    Some((order, after_a, after_b))
}

/// The next number of a release; one that is missing is 0.
#[inline]
fn release_number<'a>(rest: &mut Option<&'a [u8]>, after: &mut &'a [u8]) -> Option<u64> {
    let Some(text) = *rest else { return Some(0) };
    let (number, behind) = short(text)?;
    *after = behind;
    *rest = match behind {
        [b'.', next @ ..] if next.first().is_some_and(u8::is_ascii_digit) => Some(next),
        _ => None,
    };
    (behind.len() < text.len()).then_some(number)
}

/// What follows a release, in its order: the kind and number of a pre-release, the number of a post-release, and that of a
/// development release.
type Tail = (u64, u64, u64);

/// The marks, in the order in which they may follow each other.
const ALPHA: u64 = 1;
const BETA: u64 = 2;
const CANDIDATE: u64 = 3;
const POST: u64 = 4;
const DEV: u64 = 5;

#[inline]
fn tail(mut rest: &[u8]) -> Option<Tail> {
    let (mut pre, mut post, mut dev) = (u64::MAX, 0, u64::MAX);
    let mut last = 0;
    while !rest.is_empty() {
        let is_bare = last < POST && rest[0] == b'-' && rest.get(1).is_some_and(u8::is_ascii_digit);
        let (mark, number) = if is_bare { (POST, &rest[1..]) } else { marked_short(rest)? };
        let (number, after) = short(number)?;
        match mark {
            _ if mark <= last => return None,
            DEV => dev = number,
            POST => post = number + 1,
            kind => pre = kind << 60 | number,
        }
        // There is one pre-release at most.
        last = mark.max(CANDIDATE);
        rest = after;
    }
    // A development release alone is before all pre-releases.
    if dev < u64::MAX && post == 0 && pre == u64::MAX {
        pre = 0;
    }
    Some((pre, post, dev))
}

/// The mark at the beginning, and the number behind it.
#[inline]
fn marked_short(rest: &[u8]) -> Option<(u64, &[u8])> {
    let (name, after) = span(&rest[usize::from(is_separator(rest[0]))..], |byte| byte.is_ascii_alphabetic());
    let is = |mark: &[u8]| name.eq_ignore_ascii_case(mark);
    let mark = match name.len() {
        1 => match name[0].to_ascii_lowercase() {
            b'a' => ALPHA,
            b'b' => BETA,
            b'c' => CANDIDATE,
            b'r' => POST,
            _ => return None,
        },
        2 if is(b"rc") => CANDIDATE,
        3 if is(b"dev") => DEV,
        3 if is(b"pre") => CANDIDATE,
        3 if is(b"rev") => POST,
        4 if is(b"post") => POST,
        4 if is(b"beta") => BETA,
        5 if is(b"alpha") => ALPHA,
        7 if is(b"preview") => CANDIDATE,
        _ => return None,
    };
    let parted =
        after.first().is_some_and(|byte| is_separator(*byte)) && after.get(1).is_some_and(u8::is_ascii_digit);
    Some((mark, &after[usize::from(parted)..]))
}

/// The number at the beginning, or 0, and the rest; nothing for numbers that are very long.
#[inline]
fn short(text: &[u8]) -> Option<(u64, &[u8])> {
    let (mut value, mut at) = (0_u64, 0);
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        value = value * 10 + u64::from(digit);
        at += 1;
        if at > 17 {
            return None;
        }
    }
    Some((value, &text[at..]))
}

#[derive(Debug, Default)]
struct Version<'a> {
    epoch: &'a [u8],
    release: &'a [u8],
    /// `a`, `b` or `c`, and its number.
    pre: Option<(u8, &'a [u8])>,
    post: Option<&'a [u8]>,
    dev: Option<&'a [u8]>,
    local: Option<&'a [u8]>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a [u8]) -> Option<Self> {
        let mut rest = match text {
            [b'v' | b'V', rest @ ..] => rest,
            _ => text,
        };
        let mut version = Self::default();
        let (epoch, after) = digits(rest);
        if !epoch.is_empty() && after.starts_with(b"!") {
            (version.epoch, rest) = (epoch, &after[1..]);
        }
        let begin = rest;
        loop {
            let (number, after) = digits(rest);
            if number.is_empty() {
                return None;
            }
            rest = after;
            if !(rest.starts_with(b".") && rest.get(1).is_some_and(u8::is_ascii_digit)) {
                break;
            }
            rest = &rest[1..];
        }
        version.release = &begin[..begin.len() - rest.len()];
        if rest.is_empty() {
            return Some(version);
        }
        if let Some((kind, number, after)) = marked(rest, pre) {
            (version.pre, rest) = (Some((kind, number)), after);
        }
        if let Some((_, number, after)) = marked(rest, post) {
            (version.post, rest) = (Some(number), after);
        } else if rest.starts_with(b"-") && rest.get(1).is_some_and(u8::is_ascii_digit) {
            let (number, after) = digits(&rest[1..]);
            (version.post, rest) = (Some(number), after);
        }
        if let Some((_, number, after)) = marked(rest, dev) {
            (version.dev, rest) = (Some(number), after);
        }
        if let Some(local) = rest.strip_prefix(b"+") {
            let is_local = local
                .split(|byte| is_separator(*byte))
                .all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric));
            (version.local, rest) = (Some(local).filter(|_| is_local), if is_local { b"" } else { rest });
        }
        rest.is_empty().then_some(version)
    }

    fn compare(&self, other: &Self) -> Ordering {
        numbers(self.epoch, other.epoch)
            .then_with(|| release(self.release, other.release))
            .then_with(|| self.rank().cmp(&other.rank()))
            .then_with(|| numbers(self.pre.map_or(b"", |pre| pre.1), other.pre.map_or(b"", |pre| pre.1)))
            .then_with(|| self.post.is_some().cmp(&other.post.is_some()))
            .then_with(|| numbers(self.post.unwrap_or_default(), other.post.unwrap_or_default()))
            .then_with(|| self.dev.is_none().cmp(&other.dev.is_none()))
            .then_with(|| numbers(self.dev.unwrap_or_default(), other.dev.unwrap_or_default()))
            .then_with(|| local(self.local, other.local))
    }

    /// A development release alone is before all pre-releases, a release after them.
    fn rank(&self) -> u8 {
        match self.pre {
            Some((kind, _)) => kind,
            None if self.post.is_none() && self.dev.is_some() => 0,
            None => u8::MAX,
        }
    }
}

/// What marks are, in lower case.
type Marks = fn(&[u8]) -> Option<u8>;

fn pre(name: &[u8]) -> Option<u8> {
    match name {
        b"alpha" | b"a" => Some(b'a'),
        b"beta" | b"b" => Some(b'b'),
        b"preview" | b"pre" | b"rc" | b"c" => Some(b'c'),
        _ => None,
    }
}

fn post(name: &[u8]) -> Option<u8> {
    matches!(name, b"post" | b"rev" | b"r").then_some(0)
}

fn dev(name: &[u8]) -> Option<u8> {
    (name == b"dev").then_some(0)
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'-' | b'_')
}

/// A mark with its number, which may be parted from it and left out.
fn marked(text: &[u8], marks: Marks) -> Option<(u8, &[u8], &[u8])> {
    let parted = text.first().is_some_and(|byte| is_separator(*byte));
    let (name, after) = span(&text[usize::from(parted)..], |byte| byte.is_ascii_alphabetic());
    // The longest mark has seven letters.
    let mut lower = [0; 7];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let kind = marks(lower)?;
    let parted =
        after.first().is_some_and(|byte| is_separator(*byte)) && after.get(1).is_some_and(u8::is_ascii_digit);
    let (number, after) = digits(if parted { &after[1..] } else { after });
    Some((kind, number, after))
}

fn release(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a.split(|byte| *byte == b'.'), b.split(|byte| *byte == b'.'));
    loop {
        let (part_a, part_b) = (a.next(), b.next());
        if part_a.is_none() && part_b.is_none() {
            return Ordering::Equal;
        }
        let order = numbers(part_a.unwrap_or_default(), part_b.unwrap_or_default());
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// No local version is before any; numbers come after texts.
fn local(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return a.is_some().cmp(&b.is_some()) };
    let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let (mut a, mut b) = (a.split(|byte| is_separator(*byte)), b.split(|byte| is_separator(*byte)));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match (is_number(a), is_number(b)) {
                (true, true) => numbers(a, b),
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => lower(a).cmp(lower(b)),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn lower(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().map(u8::to_ascii_lowercase)
}

/// Parts of a text that is no version that are looked at; what is behind them counts for nothing.
const MAX_PARTS: usize = 32;

/// A part of a text that is no version.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    is_number: bool,
    text: &'a [u8],
}

const FINAL: &[u8] = b"final";
/// What a dash is.
const DASH: &[u8] = b"final-";

impl Part<'_> {
    /// As texts in lower case, of which numbers have eight digits at least; they are behind all others.
    fn compare(&self, other: &Self) -> Ordering {
        let eight = |text: &'_ [u8]| 8_usize.saturating_sub(text.len());
        self.is_number.cmp(&other.is_number).then_with(|| {
            let zeros = |part: &Self| if part.is_number { eight(part.text) } else { 0 };
            let text = |part: &'_ Self| std::iter::repeat_n(b'0', zeros(part));
            text(self).chain(lower(self.text)).cmp(text(other).chain(lower(other.text)))
        })
    }
}

/// Texts that are no versions, part by part, as `parse_version` of setuptools had them: numbers before what is final, and before that
/// what marks a pre-release.
fn legacy(a: &[u8], b: &[u8]) -> Ordering {
    let none = Part { is_number: false, text: b"" };
    let (mut space_a, mut space_b) = ([none; MAX_PARTS], [none; MAX_PARTS]);
    let (a, b) = (legacy_parts(a, &mut space_a), legacy_parts(b, &mut space_b));
    let order = a.iter().zip(b).map(|(a, b)| a.compare(b)).find(|order| order.is_ne());
    order.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn legacy_parts<'a, 's>(mut rest: &'a [u8], space: &'s mut [Part<'a>]) -> &'s [Part<'a>] {
    let mut len = 0;
    while let Some(first) = rest.first()
        && len + 1 < space.len()
    {
        let class =
            |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_alphabetic(), byte == b'.', byte == b'-');
        let single = matches!(first, b'.' | b'-');
        let (part, after) =
            if single { rest.split_at(1) } else { span(rest, |byte| class(byte) == class(*first)) };
        rest = after;
        if part == b"." {
            continue;
        }
        let is = |names: &[&[u8]]| names.iter().any(|name| name.eq_ignore_ascii_case(part));
        let text = match part {
            b"-" => DASH,
            _ if is(&[b"pre", b"preview", b"rc"]) => b"c",
            _ if is(&[b"dev"]) => b"@",
            part => part,
        };
        len = push(space, len, Part { is_number: first.is_ascii_digit(), text });
    }
    len = push(space, len, Part { is_number: false, text: FINAL });
    &space[..len]
}

/// Adds a part. A text takes away the zeros before it, and one that marks a pre-release the dash as well.
fn push<'a>(space: &mut [Part<'a>], mut len: usize, part: Part<'a>) -> usize {
    if !part.is_number {
        if lower(part.text).lt(FINAL.iter().copied()) {
            while len > 0 && !space[len - 1].is_number && space[len - 1].text == DASH {
                len -= 1;
            }
        }
        while len > 0 && space[len - 1].is_number && significant(space[len - 1].text).is_empty() {
            len -= 1;
        }
    }
    space[len] = part;
    len + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::{check, check_whole};

    #[test]
    fn versions_have_pythons_order() {
        check(
            &SCHEME,
            &[
                "foo < 1.dev1 < 1.0a1.dev1 < 1.0a1 < 1.0a1.post1 < 1.0b2 < 1.0rc1 < 1.0 < 1.0+a < 1.0+a.1 < 1.0+1 < 1.0.post1.dev1 < 1.0.post1 < 1.0.1 < 1!0",
                "1.0 = 1 = v1.0.0 = 1.0.0",
                "1.0alpha1 = 1.0-a.1 = 1.0_A1",
                "1.0-1 = 1.0.post1 = 1.0r1",
                "1.0c1 = 1.0rc1 = 1.0-preview_1",
            ],
        );
    }

    #[test]
    fn usual_versions_are_in_the_order_of_all() {
        let parts =
            ["0", "1", "10", "01", ".", ".", "-", "a", "b1", "rc", ".dev", "post", "!", "+", "v", "1.2"];
        check_whole(&SCHEME, whole, &parts);
    }
}
