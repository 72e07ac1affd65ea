//! Suggestions for misspelt names.

/// Texts longer than this are no misspelt names.
const LONGEST: usize = 32;

/// The first of the `names` that are nearest to `word`, when it is near enough to be meant.
pub(crate) fn closest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let limit = (length / 2).min(2);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let found = distance(word, name);
        if found <= limit && best.is_none_or(|(least, _)| found < least) {
            best = Some((found, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Levenshtein's edit distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (to, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[to + 1];
            row[to + 1] = replaced.min(row[to] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (a, b, expect) in [("", "", 0), ("abc", "abc", 0), ("FORM", "FROM", 2), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), expect, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_name_wins_and_far_ones_never_do() {
        let names = || ["chown", "chmod", "link"].into_iter();
        assert_eq!(closest("chow", names()), Some("chown"));
        assert_eq!(closest("lin", names()), Some("link"));
        assert_eq!(closest("platform", names()), None);
    }
}
