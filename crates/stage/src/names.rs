//! Which name was meant.

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
    let near = names.into_iter().map(|name| (distance(word, name), name));
    near.filter(|(found, name)| *found <= limit && *found < name.len()).min().map(|(_, name)| name)
}

/// Levenshtein's edit distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(2 * LONGEST).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, left) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
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
