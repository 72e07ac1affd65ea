//! Tables by which the codes of deflate are looked up (RFC 1951, 3.2.2): one by the next bits, and behind it, for the few codes
//! that are longer, further ones by the bits after these.

use std::io;

use super::corrupt;

/// A literal, `LITERAL | literal << 16 | bits`; a length or distance, `base << 16 | bits of the code << 8 | all bits`; or an exception.
pub(super) type Entry = u32;

pub(super) const LITERAL: Entry = 1 << 31;
/// Neither a literal nor a length or distance; with nothing else, no code.
pub(super) const EXCEPTION: Entry = 1 << 15;
/// The code is longer: `LONGER | start of its table << 16 | bits to look it up there << 8 | bits`.
pub(super) const LONGER: Entry = EXCEPTION | 1 << 14;
/// The end of a block.
pub(super) const END: Entry = EXCEPTION | 1 << 13;

/// The most bits of a code.
const LONGEST: usize = 15;

/// The most symbols of an alphabet.
const SYMBOLS: usize = 288;

/// A table that is looked up by `FIRST` bits, with `SIZE` entries in all.
pub(super) struct Table<const FIRST: u8, const SIZE: usize> {
    pub(super) entries: [Entry; SIZE],
}

/// Codes of literals and lengths. The sizes are the most that complete codes of up to 15 bits need.
pub(super) type Literals = Table<11, 2342>;
/// Codes of distances.
pub(super) type Distances = Table<8, 402>;
/// Codes of the lengths of codes.
pub(super) type Lengths = Table<7, 128>;

#[derive(Clone, Copy, Default)]
struct Code {
    symbol: u16,
    /// In bits.
    length: u8,
    /// As they come, the first one lowest.
    bits: u16,
}

impl Code {
    fn low(self, count: u8) -> u16 {
        self.bits & ((1 << count) - 1)
    }
}

impl<const FIRST: u8, const SIZE: usize> Table<FIRST, SIZE> {
    pub(super) fn new() -> Self {
        Self { entries: [EXCEPTION; SIZE] }
    }

    /// Makes the table of codes of these lengths, 0 for symbols without one. `entry` says what a symbol stands for: its entry
    /// with the number of bits that follow the code, without those of the code.
    pub(super) fn build(&mut self, lengths: &[u8], entry: impl Fn(u16) -> Entry) -> io::Result<()> {
        let counts = count(lengths);
        if !is_complete(&counts)? {
            self.entries.fill(EXCEPTION);
        }
        let (mut codes, used) =
            ([Code::default(); SYMBOLS], counts.iter().map(|count| usize::from(*count)).sum());
        let codes = codes.get_mut(..used).ok_or_else(corrupt)?;
        assign(codes, lengths, counts);
        let (short, long) = codes.split_at(codes.partition_point(|code| code.length <= FIRST));
        let (main, mut rest) = self.entries.split_at_mut(1 << FIRST);
        for code in short {
            let entry = with_code(entry(code.symbol), code.length);
            main[usize::from(code.bits)..]
                .iter_mut()
                .step_by(1 << code.length)
                .for_each(|slot| *slot = entry);
        }
        let mut start = 1 << FIRST;
        for group in long.chunk_by(|one, other| one.low(FIRST) == other.low(FIRST)) {
            let [.., last] = group else { continue };
            let bits = last.length - FIRST;
            let (table, behind) = rest.split_at_mut_checked(1 << bits).ok_or_else(corrupt)?;
            main[usize::from(last.low(FIRST))] =
                LONGER | start << 16 | u32::from(bits) << 8 | u32::from(FIRST);
            for code in group {
                let length = code.length - FIRST;
                let entry = with_code(entry(code.symbol), length);
                table[usize::from(code.bits >> FIRST)..]
                    .iter_mut()
                    .step_by(1 << length)
                    .for_each(|slot| *slot = entry);
            }
            (rest, start) = (behind, start + (1 << bits));
        }
        Ok(())
    }
}

/// Adds the bits of the code.
fn with_code(entry: Entry, length: u8) -> Entry {
    let codes = if entry & (LITERAL | EXCEPTION) == 0 { u32::from(length) << 8 } else { 0 };
    (entry | codes) + u32::from(length)
}

/// How many codes there are of each length.
fn count(lengths: &[u8]) -> [u16; LONGEST + 1] {
    let mut counts = [0; LONGEST + 1];
    for length in lengths {
        counts[usize::from(*length)] += 1;
    }
    counts[0] = 0;
    counts
}

/// Whether each sequence of bits begins with a code. When some begin with several, and when some begin with none though there is more than
/// one code, it is an error.
fn is_complete(counts: &[u16; LONGEST + 1]) -> io::Result<bool> {
    let mut left = 1_i32;
    for count in &counts[1..] {
        left = 2 * left - i32::from(*count);
        if left < 0 {
            return Err(corrupt());
        }
    }
    let more_than_one = counts[2..].iter().any(|count| *count > 0);
    if left > 0 && more_than_one { Err(corrupt()) } else { Ok(left == 0) }
}

/// Gives the symbols their codes, in the order of the codes.
fn assign(codes: &mut [Code], lengths: &[u8], counts: [u16; LONGEST + 1]) {
    let (mut places, mut next) = ([0; LONGEST + 1], [0_u32; LONGEST + 1]);
    for length in 1..LONGEST {
        places[length + 1] = places[length] + usize::from(counts[length]);
        next[length + 1] = (next[length] + u32::from(counts[length])) << 1;
    }
    for (symbol, length) in (0..).zip(lengths).filter(|(_, length)| **length > 0) {
        let at = usize::from(*length);
        let bits = (next[at] << (32 - at)).reverse_bits();
        codes[places[at]] = Code { symbol, length: *length, bits: u16::try_from(bits).unwrap_or_default() };
        places[at] += 1;
        next[at] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_specification() {
        let lengths = [3, 3, 3, 3, 3, 2, 4, 4];
        let mut codes = [Code::default(); 8];
        assign(&mut codes, &lengths, count(&lengths));
        let shown = codes.map(|code| (code.symbol, code.bits.reverse_bits() >> (16 - code.length)));
        assert_eq!(shown, [(5, 0), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6), (6, 14), (7, 15)]);
    }

    #[test]
    fn long_codes_have_tables_of_their_own() {
        let lengths: Vec<u8> = (1..=15).chain([15]).collect();
        let mut table = Distances::new();
        table.build(&lengths, |symbol| u32::from(symbol) << 16).unwrap();
        assert_eq!(table.entries[0], 1 << 8 | 1);
        assert_eq!(table.entries[0b111_1111], 7 << 16 | 8 << 8 | 8);
        let further = table.entries[0xff];
        assert_eq!(further & 0xffff, LONGER & 0xffff | 7 << 8 | 8);
        let start = usize::try_from(further >> 16 & 0x3fff).unwrap();
        assert_eq!(
            table.entries[start..][..3],
            [8 << 16 | 1 << 8 | 1, 9 << 16 | 2 << 8 | 2, 8 << 16 | 1 << 8 | 1]
        );
        assert_eq!(table.entries[start + 0x7f], 15 << 16 | 7 << 8 | 7);
    }

    #[test]
    fn codes_that_are_none_are_refused() {
        let mut table = Lengths::new();
        let mut check = |lengths: &[u8], good: bool| {
            assert_eq!(table.build(lengths, u32::from).is_ok(), good, "{lengths:?}");
        };
        check(&[], true);
        check(&[1], true);
        check(&[1, 1], true);
        check(&[1, 1, 1], false);
        check(&[2, 2], false);
        check(&[1, 2], false);
        check(&[1, 2, 2], true);
    }
}
