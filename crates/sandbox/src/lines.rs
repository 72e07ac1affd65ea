//! Cuts a stream of bytes into lines.

/// The longest piece that is held back for its line feed.
const LIMIT: usize = 64 << 10;

/// Holds the beginning of a line that has not ended yet.
#[derive(Default)]
pub(crate) struct Lines {
    partial: Vec<u8>,
    ended: bool,
}

impl Lines {
    /// Takes bytes and gives on whole lines, each with its line feed.
    pub(crate) fn push(&mut self, mut bytes: &[u8], sink: &mut dyn FnMut(&[u8])) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end + 1);
            if self.partial.is_empty() {
                sink(line);
            } else {
                self.partial.extend_from_slice(line);
                sink(&std::mem::take(&mut self.partial));
            }
            bytes = rest;
        }
        self.partial.extend_from_slice(bytes);
        if self.partial.len() >= LIMIT {
            sink(&std::mem::take(&mut self.partial));
        }
    }

    /// The stream has ended: gives on what is left.
    pub(crate) fn end(&mut self, sink: &mut dyn FnMut(&[u8])) {
        self.ended = true;
        if !self.partial.is_empty() {
            sink(&std::mem::take(&mut self.partial));
        }
    }

    /// Whether the stream has ended.
    pub(crate) const fn ended(&self) -> bool {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_become_lines() {
        let check = |chunks: &[&str], expect: &[&str]| {
            let (mut lines, mut got) = (Lines::default(), Vec::new());
            for chunk in chunks {
                lines
                    .push(chunk.as_bytes(), &mut |line| got.push(String::from_utf8_lossy(line).into_owned()));
            }
            lines.end(&mut |line| got.push(String::from_utf8_lossy(line).into_owned()));
            assert_eq!(got, expect, "{chunks:?}");
        };
        check(&[], &[]);
        check(&["a\nb\n"], &["a\n", "b\n"]);
        check(&["a", "b\nc", "", "d"], &["ab\n", "cd"]);
        check(&["\n\n"], &["\n", "\n"]);
        let long = "x".repeat(LIMIT);
        check(&[&long, "y\n"], &[&long, "y\n"]);
    }
}
