//! Brace expansion: which of the `{`, `,` and `}` of a word belong to one.

use super::Parser;
use crate::kind::Kind;

/// A `{` that is not closed yet.
struct Open {
    /// Its node.
    node: usize,
    /// How many commas there were before it.
    commas: usize,
}

impl Parser<'_> {
    /// Decides what the braces of a finished word are. What is no expansion is literal, as in `{}`.
    pub(super) fn mark_braces(&mut self, word: u32) {
        let mut open: Vec<Open> = Vec::new();
        let mut commas: Vec<usize> = Vec::new();
        let mut found = Vec::new();
        let mut at = word as usize + 1;
        while at < self.out.nodes.len() {
            if self.out.nodes[at].kind == Kind::Brace {
                match self.brace(at) {
                    b'{' => open.push(Open { node: at, commas: commas.len() }),
                    b',' if open.is_empty() => {}
                    b',' => commas.push(at),
                    _ => {
                        let Some(opened) = open.pop() else {
                            at += 1;
                            continue;
                        };
                        let own = commas.split_off(opened.commas);
                        if !own.is_empty() || self.is_sequence(opened.node, at) {
                            found.extend([opened.node, at]);
                            found.extend(own);
                        }
                    }
                }
            }
            at = self.out.nodes[at].next as usize;
        }
        self.settle_braces(word as usize, &mut found);
    }

    fn brace(&self, node: usize) -> u8 {
        self.bytes[self.out.nodes[node].start as usize]
    }

    /// `{1..9}`, `{a..z}`, `{1..9..2}`
    fn is_sequence(&self, open: usize, close: usize) -> bool {
        if close != open + 2 {
            return false;
        }
        let between = self.out.nodes[open + 1];
        let parts: Vec<&str> = self.slice(between.start, between.end).split("..").collect();
        let number = |part: &str| part.parse::<i64>().is_ok();
        let letter = |part: &str| part.len() == 1 && part.as_bytes()[0].is_ascii_alphabetic();
        let (Some(first), Some(last)) = (parts.first(), parts.get(1)) else { return false };
        let ends = number(first) && number(last) || letter(first) && letter(last);
        between.kind == Kind::Literal
            && ends
            && parts.len() <= 3
            && parts.get(2).is_none_or(|step| number(step))
    }

    /// Makes all braces but those in `found` literal, and a word without parts a leaf again.
    fn settle_braces(&mut self, word: usize, found: &mut [usize]) {
        found.sort_unstable();
        let mut plain = found.is_empty();
        let parent = super::count(word);
        for (at, node) in self.out.nodes.iter_mut().enumerate().skip(word + 1) {
            if node.parent != parent {
                continue;
            }
            if node.kind == Kind::Brace && found.binary_search(&at).is_err() {
                node.kind = Kind::Literal;
            }
            plain &= node.kind == Kind::Literal;
        }
        if plain {
            self.out.nodes.truncate(word + 1);
        }
    }
}
