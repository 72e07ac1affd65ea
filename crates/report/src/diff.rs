//! The difference of two texts as `diff -u` shows it.

use std::ops::Range;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;
/// With more differing lines than this, the whole part between the first and the last is shown as changed: to find
/// the least difference takes time and memory by the square of it.
const MOST_EDITS: usize = 2000;

/// The unified difference of two texts of a file; empty when they are the same.
pub fn unified_diff(name: &str, old: &str, new: &str) -> String {
    let (old, new) = (lines(old), lines(new));
    let changes = changes(&old, &new);
    if changes.is_empty() {
        return String::new();
    }
    let mut out = format!("--- {name}\n+++ {name}\n");
    for hunk in hunks(&changes) {
        render(&mut out, &old, &new, hunk);
    }
    out
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Lines of the old text, and the lines of the new one in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    old: Range<usize>,
    new: Range<usize>,
}

/// The changes in order; between two of them there is at least one line that stays.
fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old_rest[..old_rest.len() - end], &new_rest[..new_rest.len() - end]);
    if old_rest.is_empty() && new_rest.is_empty() {
        return Vec::new();
    }
    let kept = kept(old_rest, new_rest).unwrap_or_default();
    let mut changes = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    for (keep_old, keep_new) in kept.into_iter().chain([(old_rest.len(), new_rest.len())]) {
        if at_old < keep_old || at_new < keep_new {
            let (old, new) = (at_old + start..keep_old + start, at_new + start..keep_new + start);
            changes.push(Change { old, new });
        }
        (at_old, at_new) = (keep_old + 1, keep_new + 1);
    }
    changes
}

/// The lines that stay, by their numbers in both texts (Myers, "An O(ND) Difference Algorithm and Its Variations").
/// `None` when the texts differ too much.
fn kept(old: &[&str], new: &[&str]) -> Option<Vec<(usize, usize)>> {
    // How far one comes in `old` with so many edits, for the diagonals `-edits, -edits + 2, …, edits`.
    let mut reached: Vec<Vec<usize>> = Vec::new();
    for edits in 0..=(old.len() + new.len()).min(MOST_EDITS) {
        let mut row = Vec::with_capacity(edits + 1);
        for index in 0..=edits {
            let mut x = step(reached.last(), index, edits).0;
            while let Some(y) = row_of(x, index, edits) {
                if x >= old.len() || y >= new.len() || old[x] != new[y] {
                    break;
                }
                x += 1;
            }
            row.push(x);
            if x >= old.len() && row_of(x, index, edits).is_some_and(|y| y >= new.len()) {
                reached.push(row);
                return Some(walk_back(&reached, index, old.len()));
            }
        }
        reached.push(row);
    }
    None
}

/// The line of the new text on a diagonal, beside line `x` of the old one.
fn row_of(x: usize, index: usize, edits: usize) -> Option<usize> {
    (x + edits).checked_sub(2 * index)
}

/// Where one begins on a diagonal: one edit behind the furthest neighbour. With it the index of that neighbour in
/// the row before.
fn step(before: Option<&Vec<usize>>, index: usize, edits: usize) -> (usize, usize) {
    let Some(before) = before else { return (0, 0) };
    let inserted = before.get(index).copied();
    let deleted = index.checked_sub(1).and_then(|index| before.get(index)).map(|x| x + 1);
    debug_assert!(edits > 0, "the first row has no row before it");
    match (deleted, inserted) {
        (Some(deleted), Some(inserted)) if inserted > deleted - 1 => (inserted, index),
        (Some(deleted), _) => (deleted, index - 1),
        (None, Some(inserted)) => (inserted, index),
        (None, None) => (0, 0),
    }
}

/// The lines that stay on the way that led to `x` on the last row.
fn walk_back(reached: &[Vec<usize>], mut index: usize, mut x: usize) -> Vec<(usize, usize)> {
    let mut kept = Vec::new();
    for edits in (0..reached.len()).rev() {
        let before = edits.checked_sub(1).and_then(|edits| reached.get(edits));
        let (start, next) = step(before, index, edits);
        for x in (start..x).rev() {
            kept.extend(row_of(x, index, edits).map(|y| (x, y)));
        }
        let deleted = next != index;
        x = start - usize::from(deleted && edits > 0);
        index = next;
    }
    kept.reverse();
    kept
}

/// Changes that are so near to each other that they share their context.
fn hunks(changes: &[Change]) -> Vec<&[Change]> {
    changes.chunk_by(|a, b| b.old.start - a.old.end <= 2 * CONTEXT).collect()
}

fn render(out: &mut String, old: &[&str], new: &[&str], changes: &[Change]) {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return };
    let before = first.old.start.min(first.new.start).min(CONTEXT);
    let after = (old.len() - last.old.end).min(CONTEXT);
    let old_lines = first.old.start - before..last.old.end + after;
    let new_lines = first.new.start - before..last.new.end + after;
    out.push_str(&format!("@@ -{} +{} @@\n", place(&old_lines), place(&new_lines)));
    let mut at = old_lines.start;
    for change in changes {
        old[at..change.old.start].iter().for_each(|text| line(out, ' ', text));
        old[change.old.clone()].iter().for_each(|text| line(out, '-', text));
        new[change.new.clone()].iter().for_each(|text| line(out, '+', text));
        at = change.old.end;
    }
    old[at..old_lines.end].iter().for_each(|text| line(out, ' ', text));
}

/// `start,length` as the format counts: from 1, the line before where there are none, and without a length of 1.
fn place(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

fn line(out: &mut String, mark: char, text: &str) {
    out.push(mark);
    out.push_str(text);
    if !text.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_shown_with_context() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let check = |new: &str, expect: &str| {
            let expect = if expect.is_empty() { String::new() } else { format!("--- f\n+++ f\n{expect}") };
            assert_eq!(unified_diff("f", old, new), expect, "{new}");
        };
        check(old, "");
        check("1\n2\n3\n4\nx\n6\n7\n8\n9\n", "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
        check("2\n3\n4\n5\n6\n7\n8\n9\n", "@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n");
        check(
            "1\n2\n3\n4\n5\n6\n7\n8\n9",
            "@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+9\n\\ No newline at end of file\n",
        );
        check(
            "x\n1\n2\n3\n4\n5\n6\n7\n8\n9\ny\n",
            "@@ -1,3 +1,4 @@\n+x\n 1\n 2\n 3\n@@ -7,3 +8,4 @@\n 7\n 8\n 9\n+y\n",
        );
    }

    #[test]
    fn texts_come_from_nothing_and_go() {
        assert_eq!(unified_diff("f", "", "a\n"), "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified_diff("f", "a\nb\n", ""), "--- f\n+++ f\n@@ -1,2 +0,0 @@\n-a\n-b\n");
    }

    /// The new text, put together from the old one and the changes.
    fn applied<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<&'a str> {
        let (mut out, mut at) = (Vec::new(), 0);
        for change in changes(old, new) {
            out.extend(&old[at..change.old.start]);
            out.extend(&new[change.new]);
            at = change.old.end;
        }
        out.extend(&old[at..]);
        out
    }

    #[test]
    fn changes_lead_from_one_text_to_the_other() {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as usize
        };
        for _ in 0..2000 {
            let mut text = || (0..next() % 12).map(|_| ["a", "b", "c"][next() % 3]).collect::<Vec<_>>();
            let (old, new) = (text(), text());
            assert_eq!(applied(&old, &new), new, "{old:?} {new:?}");
        }
    }

    #[test]
    fn the_least_difference_is_found() {
        let edits = |old: &[&str], new: &[&str]| -> usize {
            changes(old, new).iter().map(|change| change.old.len() + change.new.len()).sum()
        };
        assert_eq!(edits(&["a", "b", "c", "a", "b", "b", "a"], &["c", "b", "a", "b", "a", "c"]), 5);
        assert_eq!(edits(&["a", "b", "c"], &["a", "x", "b", "c"]), 1);
        assert_eq!(edits(&["a"], &["b"]), 2);
    }

    #[test]
    fn texts_without_a_line_in_common_are_shown_whole() {
        let old: Vec<String> = (0..3000).map(|line| format!("{line}")).collect();
        let new: Vec<String> = (0..3000).map(|line| format!(" {line}")).collect();
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        assert_eq!(changes(&old, &new), [Change { old: 0..3000, new: 0..3000 }]);
    }
}
