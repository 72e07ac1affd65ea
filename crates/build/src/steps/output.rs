//! What the process of a step writes: lent values taken out, the last lines kept for an error, all of it in a log.

use std::collections::VecDeque;

use leak::Redactor;

use super::failure::Log;
use crate::{Leaks, Stream};

/// Lines of output that an error shows.
const TAIL_LINES: usize = 20;
const MAX_TAIL_LINE: usize = 4096;

/// The output of one process.
pub struct StepOutput<'a> {
    tail: Tail,
    masks: [Option<Redactor<'a>>; 2],
    log: Option<Log>,
}

impl<'a> StepOutput<'a> {
    /// The output of a process that may have lent values.
    pub fn new(leaks: Option<&'a Leaks>) -> Self {
        let masks = [(); 2].map(|()| leaks.map(|leaks| leaks.needles().redactor()));
        Self { tail: Tail::default(), masks, log: None }
    }

    /// The same with a log.
    pub(super) fn logged(self, log: Log) -> Self {
        Self { log: Some(log), ..self }
    }

    /// Takes what the process wrote; what of it can be shown by now.
    pub fn add(&mut self, stream: Stream, bytes: &[u8]) -> Vec<u8> {
        let mask = self.mask(stream);
        let shown = mask.as_mut().map_or_else(|| bytes.to_vec(), |mask| mask.update(bytes));
        self.keep(shown)
    }

    /// What was held back.
    pub fn finish(&mut self, stream: Stream) -> Vec<u8> {
        let rest = self.mask(stream).take().map(|mut mask| mask.finish());
        self.keep(rest.unwrap_or_default())
    }

    /// The last lines.
    pub fn tail(self) -> Vec<String> {
        self.tail.finish()
    }

    pub(super) fn parts(self) -> (Vec<String>, Option<Log>) {
        (self.tail.finish(), self.log)
    }

    fn mask(&mut self, stream: Stream) -> &mut Option<Redactor<'a>> {
        &mut self.masks[usize::from(stream == Stream::Stderr)]
    }

    fn keep(&mut self, shown: Vec<u8>) -> Vec<u8> {
        self.tail.add(&shown);
        if let Some(log) = &mut self.log {
            log.add(&shown);
        }
        shown
    }
}

/// The last lines of an output.
#[derive(Default)]
struct Tail {
    lines: VecDeque<String>,
    partial: Vec<u8>,
}

impl Tail {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                self.line();
            } else if self.partial.len() < MAX_TAIL_LINE {
                self.partial.push(*byte);
            }
        }
    }

    fn line(&mut self) {
        if self.lines.len() == TAIL_LINES {
            self.lines.pop_front();
        }
        let line = String::from_utf8_lossy(&self.partial).trim_end().to_owned();
        self.lines.push_back(line);
        self.partial.clear();
    }

    fn finish(mut self) -> Vec<String> {
        if !self.partial.is_empty() {
            self.line();
        }
        self.lines.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_keeps_the_last_lines_and_an_unfinished_one() {
        let mut tail = Tail::default();
        (0..30).for_each(|n| tail.add(format!("line {n}\n").as_bytes()));
        tail.add(b"end");
        let lines = tail.finish();
        assert_eq!(lines.len(), TAIL_LINES);
        assert_eq!((lines[0].as_str(), lines[TAIL_LINES - 1].as_str()), ("line 11", "end"));
    }
}
