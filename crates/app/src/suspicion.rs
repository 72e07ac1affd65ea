//! What a difference of two builds looks like: a hint, and never more than that.

use std::collections::BTreeMap;

use compare::{BytesDiffer, Change, Field};
use lineage::encode;

/// Paths that only one build made, with the one that the other made in its place.
pub(crate) type Renamed = BTreeMap<Vec<u8>, Vec<u8>>;

/// Pairs what only one build made with what only the other made beside it, where both are of one kind and size.
pub(crate) fn renamed(changes: &[Change]) -> Renamed {
    let key = |change: &Change| {
        let entry = change.before.as_ref().or(change.after.as_ref())?;
        Some((entry.parent().map(<[u8]>::to_vec), entry.kind, entry.mode))
    };
    let gone = changes.iter().filter(|change| change.after.is_none());
    let mut made: Vec<&Change> = changes.iter().filter(|change| change.before.is_none()).collect();
    let mut pairs = Renamed::new();
    for one in gone {
        if let Some(at) = made.iter().position(|other| key(other) == key(one)) {
            let other = made.remove(at);
            pairs.insert(one.path.clone(), other.path.clone());
            pairs.insert(other.path.clone(), one.path.clone());
        }
    }
    pairs
}

/// What a difference may come from.
pub(crate) fn cause(change: &Change, bytes: Option<&BytesDiffer>, renamed: &Renamed) -> Option<String> {
    if let Some(other) = renamed.get(&change.path) {
        return Some(format!("a name that differs: `/{}` in the other build", encode(other)));
    }
    if let Some(bytes) = bytes {
        return bytes
            .what
            .map(str::to_owned)
            .or_else(|| of_text(&bytes.before, &bytes.after).map(str::to_owned));
    }
    (change.fields == [Field::Time]).then(|| "a time that the step has set itself".to_owned())
}

/// What two texts look like, of which something else stands in the place of the other.
fn of_text(before: &[u8], after: &[u8]) -> Option<&'static str> {
    let (before, after) = (std::str::from_utf8(before).ok()?, std::str::from_utf8(after).ok()?);
    let both = |test: fn(&str) -> bool| test(before) && test(after);
    if after.contains("verify") && !before.contains("verify") {
        return Some("the host name");
    }
    if both(has_uuid) {
        return Some("a random UUID");
    }
    if both(has_time) {
        return Some("the time");
    }
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match number(before).zip(number(after)) {
        Some((before, after)) if before == after + 1 && before <= 4096 => Some("the number of processors"),
        Some(_) => Some("a number: random, of a process, or a measurement"),
        None => None,
    }
}

fn has_uuid(text: &str) -> bool {
    let parts = [8, 4, 4, 4, 12];
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    words.into_iter().any(|word| {
        let lengths: Vec<usize> = word.split('-').map(str::len).collect();
        lengths.windows(5).any(|window| window == parts)
    })
}

/// Whether there is a clock's time, or seconds since 1970 of this age.
fn has_time(text: &str) -> bool {
    let words = || text.split(|c: char| !c.is_ascii_digit() && c != ':' && c != '.');
    let is_clock = |word: &str| {
        let parts: Vec<&str> = word.split(':').collect();
        parts.len() >= 2 && parts.iter().all(|part| (1..=6).contains(&part.len()))
    };
    let is_epoch = |word: &str| {
        let whole = word.split('.').next().unwrap_or_default();
        matches!(whole.len(), 10 | 13 | 16 | 19) && ("15".."25").contains(&&whole[..2])
    };
    words().any(|word| is_clock(word) || is_epoch(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_by_their_form() {
        let check = |before: &str, after: &str, expect: Option<&str>| {
            assert_eq!(of_text(before.as_bytes(), after.as_bytes()), expect, "{before} {after}");
        };
        check("Sun Nov 29 18:40:18 UTC 2026", "Sun Nov 29 18:40:20 UTC 2026", Some("the time"));
        check("built=1795000000", "built=1795000009", Some("the time"));
        check("1795000000.123", "1795000009.4", Some("the time"));
        check(
            "id 0f8fad5b-d9cb-469f-a165-70867728950e",
            "id 7c9e6679-7425-40de-944b-e07fc1f90ae7",
            Some("a random UUID"),
        );
        check("buildkitsandbox", "verify", Some("the host name"));
        check("2\n", "1\n", Some("the number of processors"));
        check("812", "30771", Some("a number: random, of a process, or a measurement"));
        check("abc", "def", None);
    }
}
