//! Which name was meant.

use kit::edit_distance;

/// Longer texts than this are no misspelt names.
const LONGEST: usize = 64;

/// The one of `names` that is nearest to `word`, when it is near enough to be meant: at most a third of its
/// letters differ.
pub fn closest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    let limit = (length / 3).max(1);
    let near = names
        .into_iter()
        .filter(|name| name.len() <= 4 * LONGEST)
        .map(|name| (edit_distance(word, name), name));
    near.filter(|(found, name)| *found <= limit && *found < name.len()).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found() {
        let check = |word: &str, expect: Option<&str>| {
            assert_eq!(closest(word, ["builder", "test", "final"]), expect, "{word}");
        };
        check("bulider", Some("builder"));
        check("finl", Some("final"));
        check("release", None);
        check("", None);
    }
}
