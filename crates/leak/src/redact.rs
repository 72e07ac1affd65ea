//! Takes lent values out of a stream.

use crate::needles::Needles;

const MASK: &[u8] = b"***";

/// Replaces values by `***`, also where they come in several pieces. What could be the beginning of a value is held
/// back until the next bytes tell.
pub struct Redactor<'a> {
    needles: &'a Needles,
    /// Which bytes a pattern can begin with.
    begins: [bool; 256],
    held: Vec<u8>,
    /// How many of the held bytes a mask that is already out stands for.
    masked: usize,
}

impl<'a> Redactor<'a> {
    pub(crate) fn new(needles: &'a Needles) -> Self {
        let mut begins = [false; 256];
        needles.logs.matcher().patterns().for_each(|pattern| begins[usize::from(pattern[0])] = true);
        Self { needles, begins, held: Vec::new(), masked: 0 }
    }

    /// Takes the next bytes; what can be shown by now.
    pub fn update(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let safe = self.unfinished();
        self.release(safe)
    }

    /// The rest.
    pub fn finish(&mut self) -> Vec<u8> {
        self.release(self.held.len())
    }

    /// Where the longest end begins that a value may begin with.
    fn unfinished(&self) -> usize {
        let (held, matcher) = (&self.held, self.needles.logs.matcher());
        let from = held.len().saturating_sub(matcher.longest().saturating_sub(1));
        let open = |at: &usize| self.begins[usize::from(held[*at])] && matcher.begins_with(&held[*at..]);
        (from..held.len()).find(open).unwrap_or(held.len())
    }

    fn release(&mut self, safe: usize) -> Vec<u8> {
        let mut spans: Vec<(usize, usize)> = Vec::new();
        if self.masked > 0 {
            spans.push((0, self.masked));
        }
        self.needles.logs.find(&self.held, |pattern, begin| spans.push((begin, begin + pattern.len)));
        spans.sort_unstable();
        let (mut out, mut at, mut masked) = (Vec::with_capacity(safe), 0, 0);
        for (begin, end) in merged(spans) {
            if begin >= safe {
                break;
            }
            out.extend_from_slice(&self.held[at..begin]);
            if begin > 0 || self.masked == 0 {
                out.extend_from_slice(MASK);
            }
            (at, masked) = (end.min(safe), end.saturating_sub(safe));
        }
        out.extend_from_slice(&self.held[at..safe]);
        self.held.drain(..safe);
        self.masked = if self.held.is_empty() { 0 } else { masked };
        out
    }
}

/// Spans that overlap or touch as one.
fn merged(spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (begin, end) in spans {
        match out.last_mut() {
            Some(last) if begin < last.1 => last.1 = last.1.max(end),
            _ => out.push((begin, end)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use kit::Redacted;

    use super::*;

    #[test]
    fn values_vanish_however_they_are_cut() {
        let value = Redacted::new(b"tok-8f3kQ92\n".to_vec());
        let needles = Needles::new([("t", &value)]);
        let text = "a tok-8f3kQ92 b dG9rLThmM2tROTI= c tok-8f3 d tok-8f3kQ92tok-8f3kQ92 tok-";
        for size in 1..text.len() {
            let mut redactor = needles.redactor();
            let mut out: Vec<u8> =
                text.as_bytes().chunks(size).flat_map(|part| redactor.update(part)).collect();
            out.extend(redactor.finish());
            let expect = "a *** b ***I= c tok-8f3 d ****** tok-";
            assert_eq!(String::from_utf8(out).unwrap(), expect, "in pieces of {size}");
        }
    }

    #[test]
    fn short_values_are_redacted_and_words_of_every_log_are_not() {
        let [short, truth] = [&b"4711"[..], b"true"].map(|value| Redacted::new(value.to_vec()));
        let needles = Needles::new([("pin", &short), ("flag", &truth)]);
        assert_eq!(needles.redact("pin 4711 true"), "pin *** true");
        assert_eq!(needles.weak(), ["pin", "flag"]);
    }
}
