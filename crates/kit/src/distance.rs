//! How much two names differ.

/// Levenshtein's edit distance in characters: how many to add, remove or replace.
pub fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
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
    fn distances_are_those_of_levenshtein() {
        for (a, b, expect) in [("", "", 0), ("abc", "abc", 0), ("FORM", "FROM", 2), ("kitten", "sitting", 3)]
        {
            assert_eq!(edit_distance(a, b), expect, "{a} {b}");
        }
    }
}
