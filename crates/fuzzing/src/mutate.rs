//! Changes inputs at random, the same way for the same seed on every machine.

use crate::Target;

/// Longer inputs are cut: size is not what these tests look for.
const LONGEST: usize = 4096;

/// Makes inputs of a target from its seeds and words.
pub struct Mutator<'a> {
    target: &'a Target,
    pool: Vec<Vec<u8>>,
    state: u64,
}

impl<'a> Mutator<'a> {
    /// A mutator with the seeds of a target and `more` of them.
    pub fn new(target: &'a Target, more: Vec<Vec<u8>>, seed: u64) -> Self {
        let mut pool: Vec<Vec<u8>> = target.seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
        pool.extend(more);
        pool.push(Vec::new());
        Self { target, pool, state: seed | 1 }
    }

    /// The next input.
    pub fn next_input(&mut self) -> Vec<u8> {
        let at = self.below(self.pool.len());
        let mut input = self.pool[at].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        // Changes pile up on some of the results, so that inputs get far from the seeds.
        if self.below(8) == 0 {
            let at = self.below(self.pool.len());
            self.pool[at].clone_from(&input);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(8) + 1).min(input.len());
        match self.below(7) {
            0 => drop(input.drain(at..end)),
            1 => input.insert(at, self.byte()),
            2 if at < input.len() => input[at] ^= 1 << self.below(8),
            3 => input.extend_from_within(at..end),
            4 => {
                let other = self.below(self.pool.len());
                let from = self.below(self.pool[other].len() + 1);
                let piece = self.pool[other][from..].iter().copied().take(64).collect::<Vec<_>>();
                drop(input.splice(at..at, piece));
            }
            _ if self.target.words.is_empty() => input.push(self.byte()),
            _ => {
                let word = self.target.words[self.below(self.target.words.len())];
                drop(input.splice(at..at, word.bytes()));
            }
        }
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).expect("it is below 256")
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.random() % limit.max(1) as u64).expect("it is below a `usize`")
    }

    /// xorshift64*: small, and good enough to choose by.
    fn random(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}
