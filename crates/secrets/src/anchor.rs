//! Which words every match of a pattern holds, and how far a match can begin before them.

use regex_syntax::hir::{Capture, Class, Hir, HirKind, Repetition};

/// More words than this for one pattern are not worth it.
const MAX_WORDS: usize = 64;
/// Longer words are cut: they are as rare, and the automaton is smaller.
const MAX_LENGTH: usize = 6;
/// Shorter ones are everywhere.
const MIN_LENGTH: usize = 2;
/// From here on words are rare enough.
const RARE: usize = 6;

/// Every match of the pattern holds one of the words of one of its anchors.
#[derive(Debug)]
pub(crate) struct Anchor {
    /// The words, in lower case: they may stand in the text in either.
    pub(crate) words: Vec<Vec<u8>>,
    /// How many bytes of a match can be before the word.
    pub(crate) before: Option<usize>,
    /// What has to match where the word begins; empty where it was not asked for.
    pub(crate) tail: Hir,
}

/// The anchors of a pattern; nothing where it has no words that all matches hold.
pub(crate) fn anchors(hir: &Hir) -> Option<Vec<Anchor>> {
    best(hir, 0, false).map(|(_, anchors)| anchors)
}

/// The tails of the same anchors. They are large, and most rules never need theirs.
pub(crate) fn tails(hir: &Hir) -> Vec<Hir> {
    let anchors = best(hir, 0, true).map(|(_, anchors)| anchors);
    anchors.into_iter().flatten().map(|anchor| anchor.tail).collect()
}

/// The begin of what has to match, of at most so many bytes: where it does not match, all of it does not.
pub(crate) fn lead(tail: &Hir, mut room: usize) -> Hir {
    let (mut items, mut out) = (Vec::new(), Vec::new());
    flatten(tail, &mut items);
    for item in items {
        if let Some(most) = item.properties().maximum_len().filter(|most| *most <= room) {
            room -= most;
            out.push(item.clone());
            continue;
        }
        if let HirKind::Repetition(repetition) = item.kind()
            && let Some(most) = repetition.sub.properties().maximum_len()
            && most.saturating_mul(repetition.min as usize) <= room
        {
            let max = Some(repetition.min);
            out.push(Hir::repetition(Repetition { max, ..repetition.clone() }));
        }
        break;
    }
    Hir::concat(out)
}

/// How good anchors are: the length of the shortest word, then the fewer the better.
type Score = (usize, std::cmp::Reverse<usize>);

fn best(hir: &Hir, depth: usize, with_tails: bool) -> Option<(Score, Vec<Anchor>)> {
    let mut items = Vec::new();
    flatten(hir, &mut items);
    let join = |items: &mut dyn Iterator<Item = &Hir>| {
        if with_tails { Hir::concat(items.cloned().collect()) } else { Hir::empty() }
    };
    let mut found: Option<(Score, Vec<Anchor>)> = None;
    // Whether nothing can be better.
    let mut offer = |anchors: Vec<Anchor>| {
        let words = || anchors.iter().flat_map(|anchor| &anchor.words);
        let (least, count) = (words().map(Vec::len).min().unwrap_or(0), words().count());
        let score = (least.min(RARE), std::cmp::Reverse(count));
        let better = found.as_ref().is_none_or(|(known, _)| score > *known);
        if least >= MIN_LENGTH && count <= MAX_WORDS && better {
            found = Some((score, anchors));
        }
        score == (RARE, std::cmp::Reverse(1))
    };
    for at in 0..items.len() {
        if let Some(words) = run(&items[at..]) {
            let begin = items[..at].iter().rposition(|item| !matches!(item.kind(), HirKind::Look(_)));
            let tail = join(&mut items[begin.map_or(0, |last| last + 1)..].iter().copied());
            if offer(vec![Anchor { words, before: longest(&items[..at]), tail }]) {
                break;
            }
        }
        if let (HirKind::Alternation(branches), true) = (items[at].kind(), depth < 3) {
            let all: Option<Vec<_>> =
                branches.iter().map(|branch| best(branch, depth + 1, with_tails)).collect();
            let all = all.into_iter().flatten().flat_map(|(_, anchors)| anchors);
            let before = longest(&items[..at]);
            let anchors: Vec<Anchor> = all
                .map(|anchor| {
                    let mut rest = std::iter::once(&anchor.tail).chain(items[at + 1..].iter().copied());
                    let tail = join(&mut rest);
                    let before = before.zip(anchor.before).map(|(a, b)| a.saturating_add(b));
                    Anchor { words: anchor.words, before, tail }
                })
                .collect();
            if !anchors.is_empty() && offer(anchors) {
                break;
            }
        }
    }
    found
}

/// What stands one behind the other, without groups.
fn flatten<'h>(hir: &'h Hir, out: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(items) => items.iter().for_each(|item| flatten(item, out)),
        HirKind::Capture(Capture { sub, .. }) => flatten(sub, out),
        _ => out.push(hir),
    }
}

fn longest(items: &[&Hir]) -> Option<usize> {
    items.iter().try_fold(0_usize, |sum, item| sum.checked_add(item.properties().maximum_len()?))
}

/// All that the first items can be, for as long as that is few.
fn run(items: &[&Hir]) -> Option<Vec<Vec<u8>>> {
    let mut words = vec![Vec::new()];
    for item in items {
        let Some(next) = finite(item).and_then(|next| product(&words, &next)) else { break };
        words = next;
        if words.iter().all(|word| word.len() >= MAX_LENGTH) {
            break;
        }
    }
    let shortest = words.iter().map(Vec::len).min()?;
    for word in &mut words {
        word.truncate(MAX_LENGTH);
    }
    words.sort();
    words.dedup();
    (shortest >= MIN_LENGTH).then_some(words)
}

/// All texts that a part can match, in lower case.
fn finite(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut words = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
        HirKind::Literal(literal) => vec![literal.0.to_ascii_lowercase()],
        HirKind::Class(class) => members(class)?,
        HirKind::Capture(Capture { sub, .. }) => finite(sub)?,
        HirKind::Concat(items) => {
            let begin = vec![Vec::new()];
            items.iter().try_fold(begin, |words, item| product(&words, &finite(item)?))?
        }
        HirKind::Alternation(branches) => {
            let all: Option<Vec<_>> = branches.iter().map(finite).collect();
            all?.into_iter().flatten().collect()
        }
        HirKind::Repetition(repetition) if repetition.max == Some(1) => {
            let mut words = finite(&repetition.sub)?;
            words.extend((repetition.min == 0).then(Vec::new));
            words
        }
        HirKind::Repetition(_) => return None,
    };
    words.sort();
    words.dedup();
    (words.len() <= MAX_WORDS).then_some(words)
}

fn members(class: &Class) -> Option<Vec<Vec<u8>>> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        Class::Unicode(class) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
    };
    let count: u32 = ranges.iter().map(|(first, last)| last - first + 1).sum();
    let members = || ranges.iter().flat_map(|(first, last)| *first..=*last);
    let ascii = members().take(MAX_WORDS).all(|member| member < 128);
    // Upper and lower case of four letters at most.
    (count <= 8 && ascii).then(|| {
        members().map(|member| vec![u8::try_from(member).unwrap_or(0).to_ascii_lowercase()]).collect()
    })
}

fn product(words: &[Vec<u8>], next: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    if words.len() * next.len() > MAX_WORDS {
        return None;
    }
    Some(words.iter().flat_map(|word| next.iter().map(|end| [word.as_slice(), end].concat())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;

    fn check(pattern: &str, expect: &[(&str, Option<usize>)]) {
        let pattern = Pattern::parse(pattern).unwrap();
        let found = anchors(pattern.hir()).unwrap_or_default();
        let text = |word: &Vec<u8>| String::from_utf8(word.clone()).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|anchor| (anchor.words.iter().map(text).collect::<Vec<_>>().join(" "), anchor.before))
            .collect();
        let expect: Vec<_> = expect.iter().map(|(words, before)| ((*words).to_owned(), *before)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn the_begin_of_what_has_to_match_is_short() {
        let check = |pattern: &str, room, expect: &str| {
            let pattern = Pattern::parse(pattern).unwrap();
            assert_eq!(
                lead(pattern.hir(), room).to_string(),
                Pattern::parse(expect).unwrap().hir().to_string()
            );
        };
        check("key( {0,9})=[a-z]{10,150}x", 40, "key {0,9}=[a-z]{10}");
        check("key={0,9}[a-z]+", 12, "key={0,9}");
        check(".*key", 40, "");
    }

    #[test]
    fn words_that_all_matches_hold_are_found() {
        check(r"\bghp_[0-9a-z]{36}", &[("ghp_", Some(0))]);
        check(r"(?i)[\w.-]{0,50}?(?:yandex)[ =]{1,5}(YC[a-z]{38})", &[("yandex", Some(50))]);
        check(
            r"\b((?:A3T[A-Z]|AKIA|ASIA)[A-Z]{16})\b",
            &[("a3t", Some(0)), ("akia", Some(0)), ("asia", Some(0))],
        );
        check(r"x*(?:passw(?:or)?d|secret)=", &[("passwd passwo secret", None)]);
        check("[a-f0-9]{40}", &[]);
        check("abc|[a-f0-9]{40}", &[]);
        check("a(?:bc)?d", &[("abcd ad", Some(0))]);
    }
}
