//! Huffman codes of a block (RFC 1951, section 3.2).

use super::bits::Bits;
use super::{NOISE, RUN_BITS, Sequence};

const LITERALS: usize = 288;
const DISTANCES: usize = 30;
const END: usize = 256;
/// In place of a literal that is not there: after the last one.
const NOTHING: usize = 256;
/// Longest code: three literals, or a repetition, fit into the bits that are gathered at once.
const LIMIT: usize = 14;
/// Bits that hold any symbol.
const SYMBOL_BITS: u32 = 9;
/// The order in which the lengths of the lengths' codes are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

type LiteralLengths = [u8; LITERALS];
type DistanceLengths = [u8; DISTANCES];

#[derive(Clone, Copy, Default)]
struct Code {
    bits: u32,
    count: u32,
}

/// What stands for a length or a distance: a symbol, extra bits and their number.
type Symbol = (usize, u32, u32);

/// Extra bits of the distances' symbols.
const DISTANCE_EXTRA: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 0, 0];

/// Counts, and the codes made of them.
pub(super) struct Codes {
    /// Bytes, counted in turns, so that one need not wait for the other.
    counts: [[u32; 256]; 4],
    symbols: [u32; LITERALS],
    distances: [u32; DISTANCES],
    literal: [Code; 257],
    end: Code,
    /// Bytes that the block has, about.
    size: usize,
    /// By length, extra bits included.
    length: [Code; 259],
    distance: [Code; DISTANCES],
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            counts: [[0; 256]; 4],
            symbols: [0; LITERALS],
            distances: [0; DISTANCES],
            literal: [Code::default(); 257],
            size: 0,
            end: Code::default(),
            length: [Code::default(); 259],
            distance: [Code::default(); DISTANCES],
        }
    }
}

#[inline]
fn length_symbol(length: u16) -> Symbol {
    let x = u32::from(length) - 3;
    if length == 258 {
        return (285, 0, 0);
    }
    if x < 8 {
        return (257 + x as usize, 0, 0);
    }
    let extra = x.ilog2() - 2;
    (257 + (extra * 4 + 4 + ((x >> extra) & 3)) as usize, x & ((1 << extra) - 1), extra)
}

#[inline]
fn distance_symbol(distance: u16) -> Symbol {
    let x = u32::from(distance) - 1;
    if x < 4 {
        return (x as usize, 0, 0);
    }
    let extra = x.ilog2() - 1;
    ((extra * 2 + 2 + ((x >> extra) & 1)) as usize, x & ((1 << extra) - 1), extra)
}

impl Codes {
    pub(super) fn clear(&mut self) {
        (self.counts, self.symbols, self.distances) = ([[0; 256]; 4], [0; LITERALS], [0; DISTANCES]);
    }

    #[inline]
    pub(super) fn count_literal(&mut self, byte: u8) {
        self.counts[0][usize::from(byte)] += 1;
    }

    pub(super) fn count_literals(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(4) {
            for (counts, byte) in self.counts.iter_mut().zip(part) {
                counts[usize::from(*byte)] += 1;
            }
        }
    }

    /// Takes literals back that were counted one by one.
    pub(super) fn discount(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.counts[0][usize::from(*byte)] -= 1;
        }
    }

    /// The symbol of its distance.
    #[inline]
    pub(super) fn count_repetition(&mut self, length: u16, distance: u16) -> u32 {
        let symbol = distance_symbol(distance).0;
        self.symbols[length_symbol(length).0] += 1;
        self.distances[symbol] += 1;
        u32::try_from(symbol).unwrap_or_default()
    }

    /// Makes codes and writes the head of a block; false when the block is shorter as it is.
    pub(super) fn choose(&mut self, len: usize, bits: &mut Bits<'_>) -> bool {
        for (byte, count) in self.symbols[..256].iter_mut().enumerate() {
            *count = self.counts.iter().map(|counts| counts[byte]).sum();
        }
        if self.is_noise(len as u64) {
            return false;
        }
        self.symbols[END] = 1;
        let (literals, distances) = (lengths(&self.symbols, LIMIT), lengths(&self.distances, LIMIT));
        let (fixed, fixed_distances) = fixed();
        let head = Head::new(&literals, &distances);
        let own = head.cost() + self.cost(&literals, &distances);
        let general = self.cost(&fixed, &fixed_distances);
        let len = len as u64;
        self.size = usize::try_from(own.min(general) / 8).unwrap_or_default();
        if len * 8 + 40 * (len / 0xffff + 1) <= own.min(general) {
            return false;
        }
        if general <= own {
            bits.head(1);
            self.set(&fixed, &fixed_distances);
        } else {
            bits.head(2);
            head.write(bits);
            self.set(&literals, &distances);
        }
        true
    }

    /// Whether there are only literals, and all of them about as often, so that no code makes them shorter: by the sum of the
    /// squares of how often, which is least when all are alike.
    fn is_noise(&self, len: u64) -> bool {
        let squares: u64 = self.symbols[..256].iter().map(|count| u64::from(*count).pow(2)).sum();
        let random = len + len * len / 256;
        len >= NOISE as u64
            && squares <= random + random / 64
            && self.symbols[257..].iter().all(|count| *count == 0)
    }

    /// Bits that the block has with codes of these lengths, extra bits included.
    fn cost(&self, literals: &LiteralLengths, distances: &DistanceLengths) -> u64 {
        let cost = |(count, length): (&u32, &u8)| u64::from(*count) * u64::from(*length);
        let codes = self.symbols.iter().zip(literals).map(cost).sum::<u64>()
            + self.distances.iter().zip(distances).map(cost).sum::<u64>();
        let lengths = self.symbols[265..285].iter().zip(4..).map(|(count, at)| u64::from(*count) * (at / 4));
        let far = self.distances[4..].iter().zip(2..).map(|(count, at)| u64::from(*count) * (at / 2));
        codes + lengths.sum::<u64>() + far.sum::<u64>()
    }

    fn set(&mut self, literals: &LiteralLengths, distances: &DistanceLengths) {
        let all = canonical(literals);
        self.literal[..NOTHING].copy_from_slice(&all[..NOTHING]);
        self.end = all[END];
        self.distance = canonical(distances);
        for (length, code) in (0..).zip(&mut self.length).skip(3) {
            let (symbol, extra, count) = length_symbol(length);
            let Code { bits, count: own } = all[symbol];
            *code = Code { bits: bits | extra << own, count: own + count };
        }
    }

    /// Writes a block behind its head.
    pub(super) fn write(&self, input: &[u8], sequences: &[Sequence], bits: &mut Bits<'_>) {
        let mut held = bits.hold(self.size);
        let mut rest = input;
        for sequence in sequences {
            let run = (sequence.literals & ((1 << RUN_BITS) - 1)) as usize;
            if let Some((one, two)) = short(rest, run) {
                let (one, two) = (self.literal[one], self.literal[two]);
                held.add(u64::from(one.bits | two.bits << one.count), one.count + two.count);
                held.flush();
            } else {
                for part in rest[..run].chunks(3) {
                    for byte in part {
                        let code = self.literal[usize::from(*byte)];
                        held.add(u64::from(code.bits), code.count);
                    }
                    held.flush();
                }
            }
            if sequence.length > 0 {
                let length = self.length[usize::from(sequence.length)];
                let symbol = (sequence.literals >> RUN_BITS) as usize;
                let distance = self.distance[symbol];
                let count = DISTANCE_EXTRA[symbol];
                let extra = (u32::from(sequence.distance) - 1) & ((1 << count) - 1);
                held.add(u64::from(length.bits), length.count);
                held.add(u64::from(distance.bits | extra << distance.count), distance.count + count);
                held.flush();
            }
            rest = &rest[run + usize::from(sequence.length)..];
        }
        held.add(u64::from(self.end.bits), self.end.count);
        held.flush();
        let end = held.end();
        bits.resume(end);
    }
}

/// The literals of a run of at most two, without a branch for their number; where there is none, what stands for nothing.
#[inline]
fn short(input: &[u8], run: usize) -> Option<(usize, usize)> {
    let [one, two] = input.first_chunk().filter(|_| run <= 2)?;
    let one = if run > 0 { usize::from(*one) } else { NOTHING };
    let two = if run > 1 { usize::from(*two) } else { NOTHING };
    Some((one, two))
}

/// The lengths of the codes that need no head.
fn fixed() -> (LiteralLengths, DistanceLengths) {
    let mut literals = [8; LITERALS];
    literals[144..256].fill(9);
    literals[256..280].fill(7);
    (literals, [5; DISTANCES])
}

/// Codes of these lengths in their order, their bits reversed as they are sent.
fn canonical<const N: usize>(lengths: &[u8; N]) -> [Code; N] {
    let mut next = [0_u32; 17];
    for length in lengths.iter().filter(|length| **length > 0) {
        next[usize::from(*length) + 1] += 1;
    }
    for length in 1..next.len() {
        next[length] = (next[length] + next[length - 1]) << 1;
    }
    let mut out = [Code::default(); N];
    for (code, length) in out.iter_mut().zip(lengths).filter(|(_, length)| **length > 0) {
        let value = &mut next[usize::from(*length)];
        *code = Code { bits: value.reverse_bits() >> (32 - u32::from(*length)), count: u32::from(*length) };
        *value += 1;
    }
    out
}

/// Lengths of a Huffman code of at most `limit` bits. Where there are less than two symbols some are added, because some
/// readers want a whole code.
fn lengths<const N: usize>(counts: &[u32; N], limit: usize) -> [u8; N] {
    let mut out = [0; N];
    // Count and symbol in one number, which is sorted sooner than a pair.
    let mut used = [0_u64; LITERALS];
    let mut len = 0;
    for (symbol, count) in (0..).zip(counts).filter(|(_, count)| **count > 0) {
        used[len] = u64::from(*count) << SYMBOL_BITS | symbol;
        len += 1;
    }
    let used = &mut used[..len];
    let symbol = |used: u64| usize::try_from(used & ((1 << SYMBOL_BITS) - 1)).unwrap_or_default();
    if len < 2 {
        let only = used.first().map_or(0, |one| symbol(*one));
        (out[only], out[usize::from(only == 0)]) = (1, 1);
        return out;
    }
    used.sort_unstable();
    let mut rarest = used.iter();
    for (length, count) in (0..=u8::MAX).zip(sizes(used, limit)).rev() {
        for one in rarest.by_ref().take(count) {
            out[symbol(*one)] = length;
        }
    }
    out
}

/// How many codes of each length there are: as in the tree that joins the two rarest again and again, within the limit.
fn sizes(used: &[u64], limit: usize) -> [usize; LIMIT + 1] {
    let leaves = used.len();
    let nodes = 2 * leaves - 1;
    let (mut weights, mut parents) = ([0_u64; 2 * LITERALS], [0_u16; 2 * LITERALS]);
    for (weight, one) in weights.iter_mut().zip(used) {
        *weight = one >> SYMBOL_BITS;
    }
    let (mut leaf, mut inner) = (0, leaves);
    for made in leaves..nodes {
        let mut weight = 0;
        for _ in 0..2 {
            let is_leaf = leaf < leaves && (inner >= made || weights[leaf] <= weights[inner]);
            let taken = if is_leaf { &mut leaf } else { &mut inner };
            weight += weights[*taken];
            parents[*taken] = u16::try_from(made).unwrap_or_default();
            *taken += 1;
        }
        weights[made] = weight;
    }
    let mut depths = [0_u16; 2 * LITERALS];
    let mut out = [0; LIMIT + 1];
    for node in (0..nodes - 1).rev() {
        depths[node] = depths[usize::from(parents[node])] + 1;
        if node < leaves {
            out[usize::from(depths[node]).min(limit)] += 1;
        }
    }
    shorten(&mut out[..=limit], limit);
    out
}

/// Makes a code of what was cut at the limit: while there are too many codes, a shorter one makes room and becomes longer.
fn shorten(sizes: &mut [usize], limit: usize) {
    let room = 1_usize << limit;
    let mut sum: usize =
        sizes.iter().enumerate().skip(1).map(|(length, count)| count << (limit - length)).sum();
    while sum > room {
        let Some(length) = (1..limit).rev().find(|length| sizes[*length] > 0) else { return };
        sizes[length] -= 1;
        sizes[length + 1] += 2;
        sizes[limit] -= 1;
        sum -= 1;
    }
}

/// The lengths of both codes, as the head of a block says them.
struct Head {
    symbols: Vec<Symbol>,
    literals: usize,
    distances: usize,
    lengths: [u8; 19],
    shown: usize,
}

impl Head {
    fn new(literals: &LiteralLengths, distances: &DistanceLengths) -> Self {
        let used = |lengths: &[u8]| lengths.iter().rposition(|length| *length > 0).map_or(0, |at| at + 1);
        let (literal, distance) = (used(literals).max(257), used(distances).max(1));
        let symbols = runs(&[&literals[..literal], &distances[..distance]].concat());
        let mut counts = [0; 19];
        for (symbol, ..) in &symbols {
            counts[*symbol] += 1;
        }
        let lengths = lengths(&counts, 7);
        let shown = ORDER.iter().rposition(|at| lengths[*at] > 0).map_or(0, |at| at + 1).max(4);
        Self { symbols, literals: literal, distances: distance, lengths, shown }
    }

    fn cost(&self) -> u64 {
        let cost = |(at, _, extra): &Symbol| u64::from(self.lengths[*at]) + u64::from(*extra);
        14 + 3 * self.shown as u64 + self.symbols.iter().map(cost).sum::<u64>()
    }

    fn write(&self, bits: &mut Bits<'_>) {
        for (value, count) in [(self.literals - 257, 5), (self.distances - 1, 5), (self.shown - 4, 4)] {
            bits.put(value as u64, count);
        }
        for at in &ORDER[..self.shown] {
            bits.put(u64::from(self.lengths[*at]), 3);
        }
        let codes = canonical(&self.lengths);
        for (symbol, extra, count) in &self.symbols {
            bits.put(u64::from(codes[*symbol].bits), codes[*symbol].count);
            bits.put(u64::from(*extra), *count);
        }
    }
}

/// Lengths with their repetitions (RFC 1951, section 3.2.7).
fn runs(lengths: &[u8]) -> Vec<Symbol> {
    let mut out = Vec::new();
    for run in lengths.chunk_by(|one, other| one == other) {
        let (value, mut left) = (usize::from(run[0]), u32::try_from(run.len()).unwrap_or_default());
        if value > 0 {
            out.push((value, 0, 0));
            left -= 1;
        }
        while left >= 3 {
            let (symbol, least, most, count) = match (value, left) {
                (0, 11..) => (18, 11, 138, 7),
                (0, _) => (17, 3, 10, 3),
                _ => (16, 3, 6, 2),
            };
            let taken = left.min(most);
            out.push((symbol, taken - least, count));
            left -= taken;
        }
        out.extend((0..left).map(|_| (value, 0, 0)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_whole_and_within_their_limit() {
        // Counts of which each is the sum of the two before give the deepest tree.
        let (mut one, mut two) = (1_u32, 1_u32);
        let mut counts = [0; LITERALS];
        for (at, count) in counts.iter_mut().enumerate() {
            if at % 3 == 0 && two < 1 << 29 {
                *count = one;
                (one, two) = (two, one + two);
            }
        }
        for (name, counts) in [
            ("steep", counts),
            ("even", [5; LITERALS]),
            ("none", [0; LITERALS]),
            ("one", std::array::from_fn(|at| u32::from(at == 7))),
            ("mixed", std::array::from_fn(|at| u32::try_from(at * at % 97).unwrap())),
        ] {
            for limit in [9, LIMIT] {
                let lengths = lengths(&counts, limit);
                let room: u32 =
                    lengths.iter().filter(|length| **length > 0).map(|length| 1 << (16 - length)).sum();
                assert_eq!(room, 1 << 16, "{name} {limit}");
                assert!(lengths.iter().all(|length| usize::from(*length) <= limit), "{name} {limit}");
                let coded = counts.iter().zip(&lengths).all(|(count, length)| *count == 0 || *length > 0);
                assert!(coded, "{name} {limit}");
            }
        }
    }

    #[test]
    fn runs_of_lengths_come_back() {
        let lengths: Vec<u8> =
            (0..320_u32).map(|at| u8::try_from(at / 7 * at / 90 % 5).unwrap()).chain([0; 200]).collect();
        let mut back: Vec<u8> = Vec::new();
        for (symbol, extra, _) in runs(&lengths) {
            let (value, count) = match symbol {
                16 => (back.last().copied().unwrap(), extra + 3),
                17 => (0, extra + 3),
                18 => (0, extra + 11),
                value => (u8::try_from(value).unwrap(), 1),
            };
            back.extend((0..count).map(|_| value));
        }
        assert_eq!(back, lengths);
    }
}
