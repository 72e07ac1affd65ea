//! Wildcard patterns over slash-separated paths, matched by simulating all ways at once: the time is at most
//! that of pattern times path, whatever the pattern.

use crate::glob::BadPattern;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Char(char),
    /// `?`: any character but a slash.
    Any,
    /// `[…]`: one of the ranges, or none of them.
    Class(Box<[(char, char)]>, bool),
    /// `*`: any number of characters but slashes.
    Star,
    /// `**`: nothing, or ([`Part::Within`]) any characters that end with a slash.
    Deep,
    Within,
    /// `**` at the end: whatever follows.
    Rest,
}

/// A compiled pattern, without the literal text at its begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nfa {
    /// Literal text before the first wildcard.
    prefix: String,
    parts: Vec<Part>,
    /// The longest literal text among the parts; what does not hold it cannot match.
    needle: String,
}

/// What becomes of a path under a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// It does not match, and nothing that begins with it does.
    Never,
    /// It does not match, but something longer can.
    Longer,
    /// It matches.
    Match,
}

impl Nfa {
    /// Compiles `text`. With `deep`, `**` stands for any number of directories; without it is like `*`.
    pub(crate) fn new(text: &str, deep: bool) -> Result<Self, BadPattern> {
        let mut parts = compile(text, deep).ok_or_else(|| BadPattern::new(text))?;
        let literal = parts.iter().take_while(|part| matches!(part, Part::Char(_))).count();
        let prefix = parts.drain(..literal).filter_map(|part| part.char()).collect();
        let runs = parts.split(|part| part.char().is_none());
        let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
        let needle = longest.iter().filter_map(Part::char).collect();
        Ok(Self { prefix, parts, needle })
    }

    /// Whether all of `path` matches.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.may_match(path) && self.run(path, false) == Found::Match
    }

    /// Whether `path` or a directory above it matches.
    pub(crate) fn matches_with_parents(&self, path: &str) -> bool {
        self.may_match(path) && self.run(path, true) == Found::Match
    }

    /// Whether something that begins with `path` can match.
    pub(crate) fn may_match_longer(&self, path: &str) -> bool {
        self.prefix.starts_with(path)
            || path.starts_with(&self.prefix) && self.run(path, false) != Found::Never
    }

    fn may_match(&self, path: &str) -> bool {
        path.strip_prefix(self.prefix.as_str()).is_some_and(|rest| rest.contains(self.needle.as_str()))
    }

    /// Runs over `path`, which begins with the prefix. With `parents`, a match that ends before a slash counts.
    fn run(&self, path: &str, parents: bool) -> Found {
        let mut states = States::new(self.parts.len() + 1);
        states.add(0);
        self.close(&mut states);
        for ch in path[self.prefix.len()..].chars() {
            if parents && ch == '/' && states.has(self.parts.len()) {
                return Found::Match;
            }
            if !self.step(&mut states, ch) {
                return Found::Never;
            }
        }
        if states.has(self.parts.len()) { Found::Match } else { Found::Longer }
    }

    /// Takes a character; says whether anything is left.
    fn step(&self, states: &mut States, ch: char) -> bool {
        let mut next = States::new(self.parts.len() + 1);
        let mut alive = false;
        for (at, part) in self.parts.iter().enumerate().filter(|(at, _)| states.has(*at)) {
            let (stays, goes) = part.takes(ch);
            if stays {
                next.add(at);
            }
            if goes {
                next.add(at + 1);
            }
            alive |= stays || goes;
        }
        self.close(&mut next);
        *states = next;
        alive
    }

    /// Adds the states that are reached without a character.
    fn close(&self, states: &mut States) {
        for (at, part) in self.parts.iter().enumerate() {
            if !states.has(at) {
                continue;
            }
            match part {
                Part::Star | Part::Rest => states.add(at + 1),
                Part::Deep => {
                    states.add(at + 1);
                    states.add(at + 2);
                }
                _ => {}
            }
        }
    }
}

impl Part {
    const fn char(&self) -> Option<char> {
        match self {
            Self::Char(ch) => Some(*ch),
            _ => None,
        }
    }

    /// Whether a character keeps the state, and whether it leads to the next one.
    fn takes(&self, ch: char) -> (bool, bool) {
        match self {
            Self::Char(own) => (false, *own == ch),
            Self::Any => (false, ch != '/'),
            Self::Class(ranges, negated) => {
                (false, ranges.iter().any(|(low, high)| *low <= ch && ch <= *high) != *negated)
            }
            Self::Star => (ch != '/', false),
            Self::Deep => (false, false),
            Self::Within => (true, ch == '/'),
            Self::Rest => (true, false),
        }
    }
}

/// A set of states; nearly all patterns have fewer than 128.
#[derive(Clone)]
enum States {
    Few(u128),
    Many(Vec<bool>),
}

impl States {
    fn new(count: usize) -> Self {
        if count <= 128 { Self::Few(0) } else { Self::Many(vec![false; count]) }
    }

    fn add(&mut self, at: usize) {
        match self {
            Self::Few(bits) => *bits |= 1 << at,
            Self::Many(list) => list[at] = true,
        }
    }

    fn has(&self, at: usize) -> bool {
        match self {
            Self::Few(bits) => bits >> at & 1 == 1,
            Self::Many(list) => list[at],
        }
    }
}

fn compile(text: &str, deep: bool) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text.chars();
    while let Some(ch) = rest.next() {
        match ch {
            '*' if deep && rest.as_str().starts_with('*') => {
                rest.next();
                let behind = rest.as_str().strip_prefix('/').unwrap_or(rest.as_str());
                rest = behind.chars();
                if behind.is_empty() {
                    parts.push(Part::Rest);
                } else {
                    parts.extend([Part::Deep, Part::Within]);
                }
            }
            '*' => parts.push(Part::Star),
            '?' => parts.push(Part::Any),
            '[' => parts.push(class(&mut rest)?),
            '\\' => parts.push(Part::Char(rest.next()?)),
            ch => parts.push(Part::Char(ch)),
        }
    }
    Some(parts)
}

/// Reads a class from behind `[`.
fn class(rest: &mut std::str::Chars<'_>) -> Option<Part> {
    let negated = rest.as_str().starts_with('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        if rest.as_str().starts_with(']') && !ranges.is_empty() {
            rest.next();
            return Some(Part::Class(ranges.into(), negated));
        }
        let low = class_char(rest)?;
        let mut high = low;
        if rest.as_str().starts_with('-') {
            rest.next();
            high = class_char(rest)?;
        }
        ranges.push((low, high));
    }
}

fn class_char(rest: &mut std::str::Chars<'_>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        ch => Some(ch),
    }
}
