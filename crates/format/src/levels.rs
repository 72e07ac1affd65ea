//! How deep each line of a continued instruction is indented.
//!
//! The author's widths are read as levels: a line that begins further right than the one it follows is one level
//! deeper, and one further left goes back to where it fits. So nesting stays, whatever width a level had.

/// A tab leads to the next multiple of this.
const TAB: usize = 4;

/// The width of an indentation in columns.
pub(crate) fn width(blanks: &str) -> usize {
    blanks.bytes().fold(0, |width, byte| if byte == b'\t' { (width / TAB + 1) * TAB } else { width + 1 })
}

/// The widths of the lines that a following line can be level with, the outermost first.
pub(crate) struct Levels(Vec<usize>);

impl Levels {
    /// For lines of these widths. The outermost level is that of the least indented line.
    pub(crate) fn new(widths: impl Iterator<Item = usize>) -> Self {
        Self(vec![widths.min().unwrap_or(0)])
    }

    /// The level of the next line, from 1. One column more than the line before is a slip, not a level.
    pub(crate) fn next(&mut self, width: usize) -> usize {
        while self.0.len() > 1 && self.last() > width {
            self.0.pop();
        }
        if width > self.last() + 1 {
            self.0.push(width);
        } else if let Some(last) = self.0.last_mut().filter(|_| width > 0) {
            // Slips add up to no level.
            *last = width;
        }
        self.0.len()
    }

    fn last(&self) -> usize {
        self.0.last().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_become_levels() {
        let check = |widths: &[usize], expect: &[usize]| {
            let mut levels = Levels::new(widths.iter().copied());
            let found: Vec<_> = widths.iter().map(|width| levels.next(*width)).collect();
            assert_eq!(found, expect, "{widths:?}");
            let again: Vec<_> = found.iter().map(|level| level * 4).collect();
            let mut levels = Levels::new(again.iter().copied());
            assert_eq!(again.iter().map(|width| levels.next(*width)).collect::<Vec<_>>(), expect);
        };
        check(&[4, 4, 4], &[1, 1, 1]);
        check(&[2, 4, 4, 2], &[1, 2, 2, 1]);
        check(&[8, 8, 4, 4, 8], &[2, 2, 1, 1, 2]);
        check(&[0, 4, 0, 8], &[1, 2, 1, 2]);
        check(&[0, 0], &[1, 1]);
        check(&[4, 5, 4, 3, 4], &[1, 1, 1, 1, 1]);
        check(&[1, 6, 6, 1], &[1, 2, 2, 1]);
        check(&[4, 8, 12, 6, 4], &[1, 2, 3, 2, 1]);
        check(&[23, 23, 4], &[2, 2, 1]);
    }

    #[test]
    fn tabs_lead_to_columns() {
        assert_eq!((width(""), width("  "), width("\t"), width(" \t "), width("\t\t")), (0, 2, 4, 5, 8));
    }
}
