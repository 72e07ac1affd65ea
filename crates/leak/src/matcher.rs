//! Finds many byte strings at once. Of each pattern the first blocks of a few bytes are known, at so many offsets that one
//! of them begins at a multiple of `step` wherever the pattern stands. So only every `step`th place of a text is looked at,
//! and no look waits for another.

/// Bits of the filter that says which blocks are known.
const FILTER_BITS: u32 = 19;
const FILTER_WORDS: usize = 1 << (FILTER_BITS - 6);
/// A longer distance would need more blocks than the filter holds.
const MAX_STEP: usize = 12;

pub(crate) struct Matcher {
    patterns: Vec<Vec<u8>>,
    /// Bytes of a block.
    block: usize,
    step: usize,
    filter: Vec<u64>,
    /// Known blocks with the pattern they are of and where they stand in it, sorted.
    known: Vec<(u32, u32, u8)>,
    longest: usize,
    /// Numbers of the patterns in the order of their bytes.
    sorted: Vec<usize>,
}

impl Matcher {
    /// Of patterns with at least four bytes each.
    pub(crate) fn new(patterns: Vec<Vec<u8>>) -> Self {
        let shortest = patterns.iter().map(Vec::len).min().unwrap_or(4);
        let block = if shortest >= 7 { 4 } else { 3 };
        let step = (shortest - block + 1).min(MAX_STEP);
        let mut filter = vec![0; FILTER_WORDS];
        let mut known = Vec::with_capacity(patterns.len() * step);
        for (number, pattern) in (0_u32..).zip(&patterns) {
            for (offset, bytes) in (0_u8..).zip(pattern.windows(block).take(step)) {
                let value = value(bytes);
                let (word, bit) = slot(value);
                filter[word] |= bit;
                known.push((value, number, offset));
            }
        }
        known.sort_unstable();
        let longest = patterns.iter().map(Vec::len).max().unwrap_or(0);
        let mut sorted: Vec<usize> = (0..patterns.len()).collect();
        sorted.sort_by(|a, b| patterns[*a].cmp(&patterns[*b]));
        Self { patterns, block, step, filter, known, longest, sorted }
    }

    /// Length of the longest pattern.
    pub(crate) const fn longest(&self) -> usize {
        self.longest
    }

    /// The patterns in their order.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &[u8]> {
        self.patterns.iter().map(Vec::as_slice)
    }

    /// Whether a pattern is longer than `text` and begins with it.
    pub(crate) fn begins_with(&self, text: &[u8]) -> bool {
        let at = self.sorted.partition_point(|number| self.patterns[*number].as_slice() < text);
        let longer = self.sorted[at..].iter().find(|number| self.patterns[**number].len() > text.len());
        longer.is_some_and(|number| self.patterns[*number].starts_with(text))
    }

    /// Calls `found` with the number of a pattern and where it begins, for each place of each pattern; not quite in the
    /// order of the places.
    pub(crate) fn find(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        if self.patterns.is_empty() {
            return;
        }
        if self.block == 4 {
            self.look::<4>(text, &mut found);
        } else {
            self.look::<3>(text, &mut found);
        }
    }

    fn look<const BLOCK: usize>(&self, text: &[u8], found: &mut impl FnMut(usize, usize)) {
        let mut at = 0;
        while let Some(block) = text.get(at..at + BLOCK) {
            let value = value(block);
            let (word, bit) = slot(value);
            if self.filter[word & (FILTER_WORDS - 1)] & bit != 0 {
                self.verify(text, at, value, found);
            }
            at += self.step;
        }
    }

    #[cold]
    fn verify(&self, text: &[u8], at: usize, value: u32, found: &mut impl FnMut(usize, usize)) {
        let first = self.known.partition_point(|known| known.0 < value);
        for (_, number, offset) in self.known[first..].iter().take_while(|known| known.0 == value) {
            let Some(begin) = at.checked_sub(usize::from(*offset)) else { continue };
            let number = usize::try_from(*number).unwrap_or(usize::MAX);
            if text[begin..].starts_with(&self.patterns[number]) {
                found(number, begin);
            }
        }
    }
}

#[inline]
fn value(block: &[u8]) -> u32 {
    match block {
        [a, b, c, d] => u32::from_le_bytes([*a, *b, *c, *d]),
        [a, b, c] => u32::from_le_bytes([*a, *b, *c, 0]),
        _ => 0,
    }
}

/// Where a block is in the filter.
const fn slot(value: u32) -> (usize, u64) {
    let mixed = value.wrapping_mul(0x9E37_79B1) >> (32 - FILTER_BITS);
    ((mixed >> 6) as usize, 1 << (mixed & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_simple_search_finds() {
        let mut seed = 1_u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8 % 3 + b'a'
        };
        for round in 0..40 {
            let text: Vec<u8> = (0..300).map(|_| next()).collect();
            let lengths = [3 + round % 4, 5, 9];
            let patterns: Vec<Vec<u8>> =
                lengths.iter().map(|len| (0..*len).map(|_| next()).collect()).collect();
            let mut expect = Vec::new();
            for begin in 0..text.len() {
                for (number, pattern) in patterns.iter().enumerate() {
                    if text[begin..].starts_with(pattern) {
                        expect.push((number, begin));
                    }
                }
            }
            let mut found = Vec::new();
            Matcher::new(patterns).find(&text, |number, begin| found.push((number, begin)));
            found.sort_by_key(|(number, begin)| (*begin, *number));
            assert_eq!(found, expect);
        }
    }

    #[test]
    fn no_patterns_and_short_texts_find_nothing() {
        Matcher::new(Vec::new()).find(b"text", |_, _| panic!("found"));
        Matcher::new(vec![b"longer".to_vec()]).find(b"long", |_, _| panic!("found"));
    }
}
