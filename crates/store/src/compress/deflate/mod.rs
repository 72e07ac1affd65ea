//! A deflate (RFC 1951) for layers: faster than the fastest level of the general library, and its results are smaller.
//!
//! One probe of one table finds repetitions; all else is counted on the way. What has no repetitions is passed over in
//! growing steps and becomes a block of its own, so that compressed files within a layer are stored as they are and do
//! not spoil the codes of what is beside them.

mod bits;
mod codes;

use bits::Bits;
use codes::Codes;

/// How far back a repetition may lie.
const WINDOW: usize = 32 << 10;
/// The shortest and the longest repetition that is used. Shorter ones cost about what their letters cost.
const SHORTEST: usize = 6;
const LONGEST: usize = 258;
/// Places that are remembered: as many as a fast cache holds.
const HASH_BITS: u32 = 14;
/// Bytes of input after which a block ends.
const BLOCK: usize = 64 << 10;
/// So many bytes without a repetition are a block of their own.
const NOISE: usize = 1 << 10;
/// After so many bytes without a repetition steps begin to grow, up to the longest.
const PATIENCE: usize = 16;
const STRIDE: usize = 32;
/// The end of an input is not searched: a word is read at each place.
const WORD: usize = 8;
/// Bits of the number of literals in a sequence; inputs are shorter.
const RUN_BITS: u32 = 27;

/// Some literals, and a repetition after them (of length 0 at the end of a block).
#[derive(Clone, Copy)]
struct Sequence {
    /// The number of literals, and above it the symbol of the distance.
    literals: u32,
    length: u16,
    distance: u16,
}

/// Deflates inputs of less than 128 MiB, each on its own.
pub(super) struct Deflater {
    /// The lower half of the place where bytes of some hash were seen last.
    table: Box<[u16; 1 << HASH_BITS]>,
    sequences: Vec<Sequence>,
    codes: Box<Codes>,
}

impl Deflater {
    #[expect(clippy::large_stack_arrays, reason = "32 KiB, once for each thread, on its way to the heap")]
    pub(super) fn new() -> Self {
        Self { table: Box::new([0; 1 << HASH_BITS]), sequences: Vec::new(), codes: Box::default() }
    }

    /// Appends the deflated input.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "inputs are short, lengths and distances within their bounds"
    )]
    pub(super) fn deflate(&mut self, input: &[u8], out: &mut Vec<u8>) {
        self.table.fill(0);
        self.codes.clear();
        self.sequences.clear();
        let mut bits = Bits::new(out, input.len());
        // What is in blocks already, where the literals begin that are pending, and where we look.
        let (mut done, mut literal, mut at) = (0, 0, 0);
        let last = input.len().saturating_sub(WORD);
        while at < last {
            let word = load(input, at);
            let slot = &mut self.table[hash(word)];
            let distance = usize::from((at as u16).wrapping_sub(*slot));
            *slot = at as u16;
            let seen = at.wrapping_sub(distance);
            // What the table says may be wrong (it begins with zeros, and keeps a part of each place), so the bytes decide.
            if distance.wrapping_sub(1) >= WINDOW || seen > at || load(input, seen) != word {
                if at - literal < PATIENCE {
                    self.codes.count_literal(input[at]);
                    at += 1;
                } else {
                    at += 1 + ((at - literal) / PATIENCE).min(STRIDE);
                }
                continue;
            }
            let mut start = at;
            let mut end = at + same(input, seen, at);
            if at - literal > PATIENCE {
                let counted = literal + PATIENCE;
                start -= same_before(&input[counted..at], &input[..seen]);
                end = end.min(start + LONGEST);
                if start - literal >= NOISE {
                    self.codes.discount(&input[literal..counted]);
                    self.noise(&input[done..start], literal - done, &mut bits);
                    (done, literal) = (start, start);
                } else {
                    self.codes.count_literals(&input[counted..start]);
                }
            }
            let (length, distance) = ((end - start) as u16, distance as u16);
            let near = self.codes.count_repetition(length, distance);
            self.sequences.push(Sequence {
                literals: (start - literal) as u32 | near << RUN_BITS,
                length,
                distance,
            });
            if end < last {
                self.table[hash(load(input, at + 1))] = (at + 1) as u16;
                self.table[hash(load(input, end - 2))] = (end - 2) as u16;
            }
            (at, literal) = (end, end);
            if end - done >= BLOCK {
                self.block(&input[done..end], &mut bits);
                done = end;
            }
        }
        self.codes.discount(&input[literal..last.clamp(literal, literal + PATIENCE)]);
        if input.len() - literal >= NOISE && literal > done {
            self.block(&input[done..literal], &mut bits);
            done = literal;
        }
        self.literals(&input[literal..]);
        bits.last();
        self.block(&input[done..], &mut bits);
        bits.finish();
    }

    /// Literals that no repetition follows.
    fn literals(&mut self, bytes: &[u8]) {
        self.codes.count_literals(bytes);
        self.sequences.push(Sequence {
            literals: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            length: 0,
            distance: 0,
        });
    }

    /// Writes what was gathered of the first bytes, then the rest as a block without repetitions.
    fn noise(&mut self, input: &[u8], gathered: usize, bits: &mut Bits<'_>) {
        let (before, noise) = input.split_at(gathered);
        if !before.is_empty() {
            self.block(before, bits);
        }
        self.literals(noise);
        self.block(noise, bits);
    }

    /// Writes what was gathered as the shortest kind of block.
    fn block(&mut self, input: &[u8], bits: &mut Bits<'_>) {
        if self.codes.choose(input.len(), bits) {
            self.codes.write(input, &self.sequences, bits);
        } else {
            bits.stored(input);
        }
        self.codes.clear();
        self.sequences.clear();
    }
}

#[inline]
fn load(input: &[u8], at: usize) -> u64 {
    input[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)) << (64 - 8 * SHORTEST)
}

#[inline]
fn hash(word: u64) -> usize {
    (word.wrapping_mul(0x9E37_79B1_85EB_CA87) >> (64 - HASH_BITS)) as usize
}

/// How many bytes at two places are the same, at most as many as a repetition has. The shortest one is there.
#[inline]
fn same(input: &[u8], seen: usize, at: usize) -> usize {
    let most = LONGEST.min(input.len() - at);
    let (seen, at) = (&input[seen..seen + most], &input[at..at + most]);
    let mut len = SHORTEST;
    while let (Some(one), Some(other)) = (seen[len..].first_chunk(), at[len..].first_chunk()) {
        let differ = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        if differ != 0 {
            return len + differ.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    len + seen[len..].iter().zip(&at[len..]).take_while(|(one, other)| one == other).count()
}

/// How many bytes before two places are the same.
fn same_before(one: &[u8], other: &[u8]) -> usize {
    let pairs = one.iter().rev().zip(other.iter().rev());
    pairs.take(LONGEST - SHORTEST).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// Noise, runs, few letters, uneven letters and repetitions near and far, in some order.
    fn content(state: &mut u64, len: usize) -> Vec<u8> {
        let mut out: Vec<u8> = Vec::new();
        let mut next = |below: usize| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(*state >> 33).unwrap() % below
        };
        while out.len() < len {
            let (kind, count, few) = (next(7), next(3000), next(30) + 1);
            let distance = next(if count % 2 == 0 { 40_000 } else { 20 }) % out.len().max(1) + 1;
            let byte = u8::try_from(next(256)).unwrap();
            for _ in 0..count {
                let far = out.len().checked_sub(distance).map(|at| out[at]);
                out.push(match kind {
                    0 => u8::try_from(next(256)).unwrap(),
                    1 => byte,
                    2 => u8::try_from(next(few)).unwrap(),
                    3 => u8::try_from(next(1 << 20).trailing_zeros()).unwrap(),
                    _ => far.unwrap_or(byte),
                });
            }
        }
        out.truncate(len);
        out
    }

    #[test]
    fn what_is_deflated_comes_back_by_two_readers() {
        let (mut deflater, mut state) = (Deflater::new(), 1);
        let short = 0..40;
        let lens =
            short.chain([255, 256, 1023, 1024, 1025, 65_535, 65_536, 65_537, 131_071, 300_000, 1 << 20]);
        for len in lens.flat_map(|len| [len; 4]) {
            let input = content(&mut state, len);
            let mut out = vec![7];
            deflater.deflate(&input, &mut out);
            let bound = input.len() + 5 * (2 + input.len() / NOISE);
            assert!(out[0] == 7 && out.len() - 1 <= bound, "{len}: {}", out.len());
            let mut back = vec![0; len];
            let read = libdeflater::Decompressor::new().deflate_decompress(&out[1..], &mut back);
            assert!(read == Ok(len) && back == input, "{len}");
            let member = crate::compress::gzip::Gzip::new(None).member(&input).unwrap();
            let mut back = Vec::new();
            crate::unpack::decompress(&member[..]).unwrap().read_to_end(&mut back).unwrap();
            assert!(back == input, "{len}");
        }
    }

    #[test]
    fn noise_is_stored_and_does_not_spoil_what_is_beside_it() {
        let (mut deflater, mut state) = (Deflater::new(), 1_u64);
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005_u64).wrapping_add(1_442_695_040_888_963_407);
            u8::try_from(state >> 56).unwrap()
        };
        let noise: Vec<u8> = (0..100_000).map(|_| next()).collect();
        let text = b"what repeats itself is soon said; ".repeat(3000);
        let mut size = |parts: &[&[u8]]| {
            let mut out = Vec::new();
            deflater.deflate(&parts.concat(), &mut out);
            out.len()
        };
        let alone = size(&[&text]);
        assert!(alone < 2000, "{alone}");
        let both = size(&[&text, &noise, &text]);
        // After noise the steps are long, and some of what follows passes for noise.
        assert!(both < noise.len() + 2 * alone + 2 * NOISE, "{both}");
    }
}
