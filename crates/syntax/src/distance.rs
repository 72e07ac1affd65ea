//! Suggestions for misspelt names.

use kit::edit_distance;

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
        let found = edit_distance(word, name);
        if found <= limit && best.is_none_or(|(least, _)| found < least) {
            best = Some((found, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_wins_and_far_ones_never_do() {
        let names = || ["chown", "chmod", "link"].into_iter();
        assert_eq!(closest("chow", names()), Some("chown"));
        assert_eq!(closest("lin", names()), Some("link"));
        assert_eq!(closest("platform", names()), None);
    }
}
