//! The search of one file, piece by piece.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, Input, automaton::OverlappingState};
use kit::Digest;
use regex_automata::Span;

use crate::allow::Suspect;
use crate::entropy::shannon;
use crate::pattern::Pattern;
use crate::rule::{Begins, LEAD, REACH, Rule};
use crate::rules::{Index, Rules, Use};
use crate::skip::outside_certificates;

/// So much of a line is looked at before and behind a match.
const LINE: usize = 4 << 10;
/// So many bytes are searched at once.
const BLOCK: usize = 256 << 10;
/// From so many bytes on an automaton is made that searches faster and takes longer to make.
const MUCH: u64 = 128 << 10;
/// Behind the shortest match the longest ends mostly within so many bytes.
const NEAR: usize = 256;
/// More findings of one file are not told.
const MAX_FINDINGS: usize = 2_000;
/// From so many words of one rule in a block on, what is around all of them is searched at once: one try each could take for ever.
const DENSE: usize = 256;

/// What is in a file. The secret itself is not kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: String,
    /// Line of the match, from 1; 0 where the path alone tells it.
    pub line: u32,
    /// Its last line.
    pub end_line: u32,
    /// Column of the secret in its line, in bytes, from 1.
    pub column: u32,
    /// Where the secret begins, in bytes.
    pub offset: u64,
    /// Length of the secret, in bytes.
    pub length: usize,
    /// Bits of entropy for each character.
    pub entropy: f64,
    /// Tells secrets apart and gives none away: eight hex digits.
    pub mark: String,
}

/// The search of one file.
#[derive(Debug)]
pub struct Search<'r> {
    rules: &'r Rules,
    path: Vec<u8>,
    buffer: Vec<u8>,
    /// Where the buffer begins in the file.
    base: u64,
    /// Line breaks before it.
    lines: u32,
    /// Up to where in the buffer words were looked for.
    scanned: usize,
    states: BTreeMap<usize, State>,
    found: Vec<Found>,
    is_skipped: bool,
}

/// A rule in a file.
#[derive(Debug, Default)]
struct State {
    /// Whether the rule is for the file, once it is known.
    is_for: Option<bool>,
    /// Whether a keyword was seen.
    is_open: bool,
    /// No match begins before.
    next: u64,
    hits: Vec<Hit>,
}

/// Where matches may begin.
#[derive(Debug, Clone, Copy)]
struct Hit {
    from: u64,
    /// The last place.
    to: u64,
    /// What has to match at the last place, as a number of words.
    tail: Option<usize>,
}

#[derive(Debug)]
struct Found {
    rule: usize,
    finding: Finding,
    secret: kit::Redacted<Vec<u8>>,
}

impl<'r> Search<'r> {
    /// Begins with a file of a path, which has no leading `/`.
    pub fn new(rules: &'r Rules, path: &str) -> Self {
        let is_skipped = rules.allows_file(path);
        let mut search = Self {
            rules,
            path: path.as_bytes().to_vec(),
            buffer: Vec::new(),
            base: 0,
            lines: 0,
            scanned: 0,
            states: BTreeMap::new(),
            found: Vec::new(),
            is_skipped,
        };
        if !is_skipped {
            search.by_path();
        }
        search
    }

    /// Whether nothing of the file has to be read.
    pub const fn is_skipped(&self) -> bool {
        self.is_skipped
    }

    /// Rules that know a file by its path.
    fn by_path(&mut self) {
        for (number, rule) in self.rules.list.iter().enumerate() {
            if rule.regex.is_none() && rule.path.is_some() && rule.is_for(&self.path) {
                let finding = Finding {
                    rule: rule.id.clone(),
                    line: 0,
                    end_line: 0,
                    column: 0,
                    offset: 0,
                    length: 0,
                    entropy: 0.0,
                    mark: mark(&self.path),
                };
                self.found.push(Found { rule: number, finding, secret: kit::Redacted::new(Vec::new()) });
            }
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !self.is_skipped && !bytes.is_empty() {
            let room = BLOCK - (self.buffer.len() - self.scanned);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() - self.scanned >= BLOCK {
                self.scan();
                self.examine(false);
                self.forget();
            }
        }
    }

    /// What was found, in the order of the file.
    pub fn finish(mut self) -> Vec<Finding> {
        if !self.is_skipped && !self.buffer.is_empty() {
            self.scan();
            self.examine(true);
        }
        let (rules, states) = (self.rules, &self.states);
        self.found.retain(|found| {
            let gated = rules.list[found.rule].shape().is_gated;
            !gated || states.get(&found.rule).is_some_and(|state| state.is_open)
        });
        let required = |found: &Found| has_required(&rules.list[found.rule], found, &self.found);
        let mut out: Vec<&Found> = self
            .found
            .iter()
            .filter(|found| {
                !rules.list[found.rule].silent && required(found) && !is_repeated(found, &self.found)
            })
            .collect();
        out.sort_by_key(|found| (found.finding.offset, found.rule));
        out.into_iter().map(|found| found.finding.clone()).collect()
    }

    /// Looks for words in what is new.
    fn scan(&mut self) {
        let index = self.rules.index();
        let end = self.buffer.len();
        for rule in &index.anywhere {
            let from = self.base + self.scanned as u64;
            let hit = Hit { from, to: self.base + (end - 1) as u64, tail: None };
            self.states.entry(*rule).or_default().hits.push(hit);
        }
        // Words that the last piece cut.
        let from = self.scanned.saturating_sub(index.longest_word);
        let parts = outside_certificates(&self.buffer, from..end);
        let count = parts.iter().map(ExactSizeIterator::len).sum();
        // Few bytes are searched before the quick search would be made.
        let is_much = index.is_fast() || self.rules.count(count) > MUCH;
        if let Some(search) = index.search(is_much) {
            for part in parts {
                self.look_for_words(index, search, part);
            }
        }
        self.scanned = end;
    }

    fn look_for_words(&mut self, index: &Index, search: &AhoCorasick, part: Range<usize>) {
        let mut state = OverlappingState::start();
        let input = Input::new(&self.buffer).range(part);
        loop {
            search.find_overlapping(input.clone(), &mut state);
            let Some(found) = state.get_match() else { break };
            if found.end() > self.scanned {
                let word = found.pattern().as_usize();
                let begins = !is_within_word(&self.buffer, found.start());
                let place = Place { at: self.base + found.start() as u64, begins };
                note(self.rules, index, &mut self.states, word, place);
            }
        }
    }

    /// Tries the rules where there is enough behind the words; at the end of the file everywhere.
    fn examine(&mut self, is_end: bool) {
        let known = self.base + self.buffer.len() as u64;
        let mut states = std::mem::take(&mut self.states);
        for (number, state) in &mut states {
            let rule = &self.rules.list[*number];
            let needed = (rule.shape().longest + LINE + 2) as u64;
            let ready = if is_end {
                state.hits.len()
            } else {
                state.hits.iter().take_while(|hit| hit.to + needed <= known).count()
            };
            if ready == 0 {
                continue;
            }
            if !*state.is_for.get_or_insert_with(|| rule.is_for(&self.path)) {
                state.hits.clear();
                continue;
            }
            let begins = |hit: &Hit| self.begins_at(*number, *hit);
            let hits: Vec<Hit> = state.hits.drain(..ready).filter(begins).collect();
            let dense = hits.len() > DENSE && rule.shape().longest > 1024;
            for hit in if dense { merged(&hits) } else { hits } {
                self.examine_hit(*number, hit, state);
            }
        }
        self.states = states;
    }

    /// Whether the text goes on behind a word as a match has to.
    fn begins_at(&self, number: usize, hit: Hit) -> bool {
        let Some(tail) = hit.tail.and_then(|word| self.rules.list[number].tail(word)) else { return true };
        let at = self.place(hit.to).min(self.buffer.len());
        let end = (at + LEAD).min(self.buffer.len());
        tail.lead.shortest_at(&self.buffer, at, end).is_some()
    }

    fn examine_hit(&mut self, number: usize, hit: Hit, state: &mut State) {
        let rule = &self.rules.list[number];
        let (Some(regex), shape) = (&rule.regex, rule.shape()) else { return };
        if hit.to < state.next {
            return;
        }
        let last = self.place(hit.to).min(self.buffer.len());
        let end = (last + shape.longest).min(self.buffer.len());
        let mut near = None;
        if let Some(tail) = hit.tail.and_then(|word| rule.tail(word)) {
            let Some(shortest) = tail.whole.shortest_at(&self.buffer, last, end) else { return };
            near = Some(shortest);
        }
        let mut from = self.place(hit.from.max(state.next));
        while from <= last {
            let found = near.and_then(|near| find_near(regex, &self.buffer, from..end, near));
            // What begins here with another word is found by that one.
            if found == Some(None) {
                return;
            }
            let whole = found.unwrap_or_else(|| regex.find(&self.buffer, from, end));
            let Some(mut whole) = whole else { break };
            if whole.start > last {
                break;
            }
            if shape.is_cut {
                let to = (whole.start + shape.longest).min(self.buffer.len());
                if whole.end > to {
                    let Some(short) = regex.find_at(&self.buffer, whole.start, to) else {
                        from = whole.start + 1;
                        continue;
                    };
                    whole = short;
                }
            }
            if whole.end > whole.start {
                self.accept(number, whole.start, whole.end);
            }
            from = whole.end.max(whole.start + 1);
        }
        state.next = self.base + from.max(last + 1) as u64;
    }

    fn place(&self, offset: u64) -> usize {
        usize::try_from(offset.saturating_sub(self.base)).unwrap_or(usize::MAX)
    }

    /// Decides on a match.
    fn accept(&mut self, number: usize, start: usize, end: usize) {
        let rule = &self.rules.list[number];
        let (start, end) = trim(&self.buffer, start, end);
        let whole = &self.buffer[start..end];
        let (from, to) = secret_of(rule, whole).unwrap_or((0, whole.len()));
        let secret = &whole[from..to];
        let entropy = shannon(secret);
        if rule.entropy != 0.0 && entropy <= rule.entropy {
            return;
        }
        let line = line_around(&self.buffer, start, end);
        if memchr::memmem::find(line, b"gitleaks:allow").is_some() {
            return;
        }
        let suspect = Suspect { path: &self.path, secret, whole, line };
        let allowed = self.rules.allow.iter().chain(&rule.allow).any(|allow| allow.suspect(suspect));
        if allowed || self.found.len() >= MAX_FINDINGS {
            return;
        }
        let breaks = |to: usize| u32::try_from(memchr::memchr_iter(b'\n', &self.buffer[..to]).count());
        let line = self.lines + breaks(start).unwrap_or(u32::MAX - 1) + 1;
        let at = start + from;
        let column = at - memchr::memrchr(b'\n', &self.buffer[..at]).map_or(0, |last| last + 1);
        let inner = memchr::memchr_iter(b'\n', whole).count();
        let finding = Finding {
            rule: rule.id.clone(),
            line,
            end_line: line + u32::try_from(inner).unwrap_or_default(),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
            offset: self.base + at as u64,
            length: secret.len(),
            entropy,
            mark: mark(secret),
        };
        self.found.push(Found { rule: number, finding, secret: kit::Redacted::new(secret.to_vec()) });
    }

    /// Gives up what no match can reach any more.
    fn forget(&mut self) {
        let longest_word = self.rules.index().longest_word;
        let mut keep = self.base + self.scanned.saturating_sub(longest_word + REACH) as u64;
        for state in self.states.values() {
            for hit in &state.hits {
                keep = keep.min(hit.from.max(state.next));
            }
        }
        let keep = self.place(keep.saturating_sub((LINE + 1) as u64));
        self.lines += u32::try_from(memchr::memchr_iter(b'\n', &self.buffer[..keep]).count()).unwrap_or(0);
        self.buffer.drain(..keep);
        self.scanned -= keep;
        self.base += keep as u64;
    }
}

/// The first match in a part of a text, where the shortest one ends at `near` if one begins as is expected: so all can be
/// seen nearby, unless a match reaches far.
#[expect(clippy::option_option, reason = "no answer is not the answer that there is no match")]
fn find_near(regex: &Pattern, text: &[u8], part: Range<usize>, near: usize) -> Option<Option<Span>> {
    let to = (near + NEAR).min(part.end);
    let found = regex.find_short(text, part.start, to)?;
    let is_sure = to == part.end || found.is_none_or(|whole| whole.end < to);
    is_sure.then_some(found)
}

/// Where a word was found.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    /// Whether it begins a word of the text.
    begins: bool,
}

/// Whether a place has letters, digits or underscores on both sides.
fn is_within_word(text: &[u8], at: usize) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    at > 0 && is_word(text.get(at - 1)) && is_word(text.get(at))
}

/// A word is at a place.
fn note(rules: &Rules, index: &Index, states: &mut BTreeMap<usize, State>, word: usize, place: Place) {
    let at = place.at;
    for one in &index.uses[word] {
        match *one {
            Use::Gate(rule) => states.entry(rule).or_default().is_open = true,
            Use::Around(rule) => {
                let hit = Hit { from: at.saturating_sub(REACH as u64), to: at + REACH as u64, tail: None };
                states.entry(rule).or_default().hits.push(hit);
            }
            Use::Begin(rule, number) => {
                let Begins::Words(words) = &rules.list[rule].shape().begins else { continue };
                if words[number].starts && !place.begins {
                    continue;
                }
                let from = at.saturating_sub(words[number].before as u64);
                states.entry(rule).or_default().hits.push(Hit { from, to: at, tail: Some(number) });
            }
        }
    }
}

/// Hits that are near to each other as one. What begins between two of them holds a word, too, so this finds nothing else.
fn merged(hits: &[Hit]) -> Vec<Hit> {
    let mut out: Vec<Hit> = Vec::new();
    for hit in hits {
        match out.last_mut() {
            Some(last) if hit.from <= last.to + LINE as u64 => last.to = last.to.max(hit.to),
            _ => out.push(Hit { tail: None, ..*hit }),
        }
    }
    out
}

/// A match without the line breaks around it.
fn trim(text: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
    while start < end && text[start] == b'\n' {
        start += 1;
    }
    while end > start && text[end - 1] == b'\n' {
        end -= 1;
    }
    (start, end)
}

/// Where in a match the secret is: the group that the rule names, or the first that is not empty.
fn secret_of(rule: &Rule, whole: &[u8]) -> Option<(usize, usize)> {
    let regex = rule.regex.as_ref()?;
    if regex.hir().properties().explicit_captures_len() == 0 {
        return None;
    }
    let groups = regex.groups(whole)?;
    let spans = || (1..groups.group_len()).filter_map(|number| groups.get_group(number));
    let span = if rule.group > 0 {
        groups.get_group(rule.group)
    } else {
        spans().find(|span| span.end > span.start)
    };
    span.map(|span| (span.start, span.end))
}

/// The lines of a match, each cut where it is too long.
fn line_around(text: &[u8], start: usize, end: usize) -> &[u8] {
    let (least, most) = (start.saturating_sub(LINE), (end + LINE).min(text.len()));
    let from = memchr::memrchr(b'\n', &text[least..start]).map_or(least, |at| least + at + 1);
    let to = memchr::memchr(b'\n', &text[end..most]).map_or(most, |at| end + at);
    &text[from..to]
}

/// Tells secrets apart. So few digits confirm no guess at a value that is worth one.
fn mark(secret: &[u8]) -> String {
    Digest::of(secret).hex()[..8].to_owned()
}

/// Whether all that a rule requires beside it is there.
fn has_required(rule: &Rule, found: &Found, all: &[Found]) -> bool {
    rule.required.iter().all(|required| {
        all.iter().any(|other| {
            other.finding.rule == required.id
                && required.lines.is_none_or(|most| other.finding.line.abs_diff(found.finding.line) <= most)
                && required
                    .columns
                    .is_none_or(|most| other.finding.column.abs_diff(found.finding.column) <= most)
        })
    })
}

/// Whether another rule says the same thing better: what generic rules find is left to others.
fn is_repeated(found: &Found, all: &[Found]) -> bool {
    let generic = |found: &Found| found.finding.rule.to_ascii_lowercase().contains("generic");
    generic(found)
        && all.iter().any(|other| {
            !generic(other)
                && other.finding.line == found.finding.line
                && memchr::memmem::find(other.secret.reveal(), found.secret.reveal()).is_some()
        })
}
