//! The blocks of deflate (RFC 1951, 3.2.3).

use std::io::{self, Read};

use super::bits::{Bits, TURN, Word, zeros};
use super::corrupt;
use super::table::{Distances, END, EXCEPTION, Entry, LITERAL, LONGER, Lengths, Literals};

/// The farthest distance.
const HISTORY: usize = 32 << 10;

/// Made before it is read.
const ROOM: usize = 128 << 10;

/// Two literals, the longest match, and what may be written behind it.
const OVER: usize = 2 + 258 + 16;

const WINDOW: usize = HISTORY + ROOM + OVER;

/// The order in which the lengths of the codes of lengths come.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// What the next bits belong to.
#[derive(Clone, Copy)]
enum State {
    /// The header of a block.
    Header,
    /// A block of so many further bytes as they are.
    Stored(usize),
    /// Codes.
    Coded,
    /// Nothing: the last block has ended.
    Done,
}

/// Unpacks a stream of blocks.
pub(super) struct Inflate {
    literals: Literals,
    distances: Distances,
    lengths: Lengths,
    state: State,
    /// This is the last block.
    last: bool,
    /// What was written last.
    window: Box<[u8; WINDOW]>,
    /// The stream begins here, or before the window.
    start: usize,
    /// From here it is not read yet.
    read: usize,
    /// The end of what is written.
    written: usize,
}

impl Inflate {
    pub(super) fn new() -> Self {
        Self {
            literals: Literals::new(),
            distances: Distances::new(),
            lengths: Lengths::new(),
            state: State::Header,
            last: false,
            window: zeros(),
            start: 0,
            read: 0,
            written: 0,
        }
    }

    /// Begins another stream.
    pub(super) fn restart(&mut self) {
        (self.state, self.last, self.start) = (State::Header, false, self.written);
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.window[self.read..self.written]
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.read += count;
    }

    /// Unpacks as much as there is room for, once all was read; false when the stream has ended.
    pub(super) fn advance<R: Read>(&mut self, bits: &mut Bits<R>) -> io::Result<bool> {
        if self.written >= HISTORY + ROOM / 2 {
            self.window.copy_within(self.written - HISTORY..self.written, 0);
            self.start = self.start.saturating_sub(self.written - HISTORY);
            (self.read, self.written) = (HISTORY, HISTORY);
        }
        while self.written < HISTORY + ROOM {
            match self.state {
                State::Header => self.header(bits)?,
                State::Stored(0) => self.end_block(),
                State::Stored(left) => {
                    let room = left.min(HISTORY + ROOM - self.written);
                    let count = bits.bytes(&mut self.window[self.written..][..room])?;
                    self.written += count;
                    self.state = State::Stored(left - count);
                }
                State::Coded => {
                    if self.codes(bits)? {
                        self.end_block();
                    }
                }
                State::Done => return Ok(false),
            }
        }
        Ok(true)
    }

    fn end_block(&mut self) {
        self.state = if self.last { State::Done } else { State::Header };
    }

    fn header<R: Read>(&mut self, bits: &mut Bits<R>) -> io::Result<()> {
        self.last = bits.take(1)? == 1;
        self.state = match bits.take(2)? {
            0 => {
                bits.align();
                let (size, inverse) = (u16::from_le_bytes(bits.exact()?), u16::from_le_bytes(bits.exact()?));
                if size != !inverse {
                    return Err(corrupt());
                }
                State::Stored(size.into())
            }
            1 => {
                let mut lengths = [8; 288];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                self.build(&lengths, &[5; 32])?;
                State::Coded
            }
            2 => {
                self.codes_of_block(bits)?;
                State::Coded
            }
            _ => return Err(corrupt()),
        };
        Ok(())
    }

    /// Reads the codes of a block (3.2.7).
    fn codes_of_block<R: Read>(&mut self, bits: &mut Bits<R>) -> io::Result<()> {
        let (literals, distances, count) = (bits.take(5)? + 257, bits.take(5)? + 1, bits.take(4)? + 4);
        if literals > 286 || distances > 30 {
            return Err(corrupt());
        }
        let mut lengths = [0; 19];
        for place in &ORDER[..count] {
            lengths[*place] = u8::try_from(bits.take(3)?).map_err(io::Error::other)?;
        }
        self.lengths.build(&lengths, |symbol| u32::from(symbol) << 16 | LITERAL)?;
        let (mut all, mut at) = ([0; 286 + 30], 0);
        let wanted = literals + distances;
        while at < wanted {
            let (length, times) = self.length(bits, all[..at].last().copied())?;
            all[..wanted].get_mut(at..at + times).ok_or_else(corrupt)?.fill(length);
            at += times;
        }
        if all[256] == 0 {
            return Err(corrupt());
        }
        self.build(&all[..literals], &all[literals..wanted])
    }

    /// The next length of a code, and how many times it comes.
    fn length<R: Read>(&self, bits: &mut Bits<R>, before: Option<u8>) -> io::Result<(u8, usize)> {
        let entry = self.lengths.entries[usize::from(bits.peek()?.to_le_bytes()[0] & 0x7f)];
        if entry & LITERAL == 0 {
            return Err(corrupt());
        }
        bits.drop(entry & 0xff);
        bits.check()?;
        let [_, _, symbol, _] = entry.to_le_bytes();
        Ok(match symbol {
            16 => (before.ok_or_else(corrupt)?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length, 1),
        })
    }

    fn build(&mut self, literals: &[u8], distances: &[u8]) -> io::Result<()> {
        self.literals.build(literals, literal)?;
        self.distances.build(distances, distance)
    }

    /// Unpacks codes while there is room; true at the end of the block.
    fn codes<R: Read>(&mut self, bits: &mut Bits<R>) -> io::Result<bool> {
        while self.written < HISTORY + ROOM {
            bits.fill(TURN)?;
            let ended = if bits.has(TURN) {
                kit::with_bit_instructions(Turns { inflate: self, bits })?
            } else {
                self.turns::<true, R>(bits)?
            };
            bits.check()?;
            if ended {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Unpacks codes while there is room and input in the buffer; true at the end of the block. Near the end of the input it goes on
    /// until more was taken than there is.
    #[expect(clippy::inline_always, reason = "it is compiled for the instructions of the processor")]
    #[inline(always)]
    fn turns<const NEAR_END: bool, R: Read>(&mut self, bits: &mut Bits<R>) -> io::Result<bool> {
        let mut word = bits.word();
        let (window, start, mut written) = (&mut self.window, self.start, self.written);
        let (literals, distances) = (&self.literals.entries, &self.distances.entries);
        word.refill::<NEAR_END>();
        let mut entry = literals[word.low(11)];
        let ended = loop {
            if written >= HISTORY + ROOM || !word.may_go_on::<NEAR_END>() {
                break false;
            }
            let mut before = word.pass(entry);
            // Three literals are at most 33 of the 56 bits, two and a length 42.
            if entry & LITERAL != 0 {
                window[written] = value(entry);
                written += 1;
                entry = literals[word.low(11)];
                before = word.pass(entry);
                if entry & LITERAL != 0 {
                    window[written] = value(entry);
                    written += 1;
                    entry = literals[word.low(11)];
                    before = word.pass(entry);
                }
            }
            if entry & (LITERAL | EXCEPTION) == EXCEPTION {
                (entry, before) = longer(literals, entry, &mut word)?;
                if entry & END == END {
                    break true;
                }
            }
            if entry & LITERAL != 0 {
                window[written] = value(entry);
                written += 1;
                entry = literals[word.low(11)];
                word.refill::<NEAR_END>();
                continue;
            }
            let length = number(entry, before);
            let mut far = distances[word.low(8)];
            // A distance of the first table is at most 21 bits, and what comes next is looked up by 11.
            if far & EXCEPTION != 0 || word.left() < 32 {
                word.refill::<NEAR_END>();
            }
            let mut before = word.pass(far);
            if far & EXCEPTION != 0 {
                (far, before) = longer(distances, far, &mut word)?;
            }
            let distance = number(far, before);
            if distance > written - start {
                return Err(corrupt());
            }
            // What comes next is looked up while bits are loaded and the match is copied.
            entry = literals[word.low(11)];
            word.refill::<NEAR_END>();
            repeat(window, written, distance, length);
            written += length;
        };
        self.written = written;
        let state = word.state();
        bits.set(state);
        Ok(ended)
    }
}

/// The turns far from the end of the input, where most of the time is spent.
struct Turns<'a, R> {
    inflate: &'a mut Inflate,
    bits: &'a mut Bits<R>,
}

impl<R: Read> kit::Work for Turns<'_, R> {
    type Output = io::Result<bool>;

    #[expect(clippy::inline_always, reason = "it is compiled for the instructions of the processor")]
    #[inline(always)]
    fn run(self) -> io::Result<bool> {
        self.inflate.turns::<false, R>(self.bits)
    }
}

fn value(entry: Entry) -> u8 {
    let [_, _, value, _] = entry.to_le_bytes();
    value
}

/// A length or distance, by the bits before those of its entry were passed.
#[inline]
fn number(entry: Entry, before: u64) -> usize {
    let extra = (before & ((1 << (entry & 0x3f)) - 1)) >> (entry >> 8 & 0xf);
    usize::try_from(u64::from(entry >> 16) + extra).unwrap_or(usize::MAX)
}

/// What a code is that is no literal, length or distance of the first table: looked up in a further one, or the end of the block;
/// and the bits before it.
#[inline]
fn longer(entries: &[Entry], entry: Entry, word: &mut Word<'_>) -> io::Result<(Entry, u64)> {
    let (mut found, mut before) = (entry, 0);
    if entry & LONGER == LONGER {
        let start = usize::try_from(entry >> 16 & 0x7fff).map_err(io::Error::other)?;
        found = entries[start + word.low(entry >> 8 & 0xf)];
        before = word.pass(found);
    }
    if found & (LITERAL | EXCEPTION) == EXCEPTION && found & END != END {
        Err(corrupt())
    } else {
        Ok((found, before))
    }
}

/// Writes `length` bytes at `at` as they are `distance` before, and perhaps some behind them.
#[expect(clippy::inline_always, reason = "most of the time is spent here")]
#[inline(always)]
fn repeat(window: &mut [u8; WINDOW], at: usize, distance: usize, length: usize) {
    if distance < 16 {
        return repeat_near(window, at, distance, length);
    }
    let (mut from, mut to, end) = (at - distance, at, at + length);
    loop {
        window.copy_within(from..from + 16, to);
        (from, to) = (from + 16, to + 16);
        if to >= end {
            return;
        }
    }
}

fn repeat_near(window: &mut [u8; WINDOW], at: usize, distance: usize, length: usize) {
    let (mut from, mut to, end) = (at - distance, at, at + length);
    if distance >= 8 {
        while to < end {
            window.copy_within(from..from + 8, to);
            (from, to) = (from + 8, to + 8);
        }
    } else {
        let pattern = pattern(&window[from..][..8], distance).to_le_bytes();
        while to < end {
            window[to..][..8].copy_from_slice(&pattern);
            to += 8 - 8 % distance;
        }
    }
}

/// The first bytes, over and over.
fn pattern(bytes: &[u8], count: usize) -> u64 {
    let all = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mut pattern = all & (u64::MAX >> (64 - 8 * count));
    let mut width = 8 * count;
    while width < 64 {
        pattern |= pattern << width;
        width *= 2;
    }
    pattern
}

/// The entry of a literal, the end of a block or a length, without the bits of its code (3.2.5).
fn literal(symbol: u16) -> Entry {
    let symbol = u32::from(symbol);
    match symbol {
        0..256 => LITERAL | symbol << 16,
        256 => END,
        257..265 => (symbol - 254) << 16,
        265..285 => {
            let (extra, step) = ((symbol - 261) >> 2, (symbol - 261) & 3);
            (((4 + step) << extra) + 3) << 16 | extra
        }
        285 => 258 << 16,
        _ => EXCEPTION,
    }
}

/// The entry of a distance, without the bits of its code (3.2.5).
fn distance(symbol: u16) -> Entry {
    let symbol = u32::from(symbol);
    match symbol {
        0..4 => (symbol + 1) << 16,
        4..30 => {
            let (extra, step) = ((symbol >> 1) - 1, symbol & 1);
            (((2 + step) << extra) + 1) << 16 | extra
        }
        _ => EXCEPTION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_distances_are_those_of_the_specification() {
        let parts = |entry: Entry| (entry >> 16, entry & 0xff);
        assert_eq!(
            [257, 264, 265, 268, 269, 284, 285].map(|symbol| parts(literal(symbol))),
            [(3, 0), (10, 0), (11, 1), (17, 1), (19, 2), (227, 5), (258, 0)]
        );
        assert_eq!(
            [0, 3, 4, 5, 6, 29].map(|symbol| parts(distance(symbol))),
            [(1, 0), (4, 0), (5, 1), (7, 1), (9, 2), (24577, 13)]
        );
    }

    #[test]
    fn matches_may_overlap() {
        for distance in 1..40 {
            for length in 3..=258 {
                let mut window = zeros();
                (0..40).zip(1..).for_each(|(at, byte)| window[at] = byte);
                let mut expect = window.clone();
                (40..40 + length).for_each(|at| expect[at] = expect[at - distance]);
                repeat(&mut window, 40, distance, length);
                assert_eq!(window[..40 + length], expect[..40 + length], "{length} bytes {distance} before");
            }
        }
    }
}
