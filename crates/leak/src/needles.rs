//! Lent values, prepared to be looked for.

use std::fmt;

use kit::Redacted;

use crate::encode::encodings;
use crate::inner::{Kind, signatures};
use crate::matcher::Matcher;
use crate::node::is_filler;
use crate::redact::Redactor;
use crate::search::{Outcome, Search};
use crate::value::{self, Needle};

/// Shorter patterns are not looked for where fillers are left out, as words run into each other there.
const MIN_DENSE: usize = 10;
/// Shorter values are not taken out of logs.
const MIN_REDACTED: usize = 4;
/// Nor are these, which would make logs unreadable and are no secrets.
const PLAIN: &[&str] = &["true", "false", "null", "none", "default"];

/// What to look for. Made once for a build and shared by all searches.
pub struct Needles {
    names: Vec<String>,
    weak: Vec<String>,
    pub(crate) raw: Patterns,
    pub(crate) dense: Patterns,
    pub(crate) logs: Patterns,
    pub(crate) signatures: Matcher,
    /// Length and meaning of each signature.
    pub(crate) kinds: Vec<(usize, Kind)>,
}

/// Byte strings with what they mean.
pub(crate) struct Patterns {
    matcher: Matcher,
    known: Vec<Pattern>,
}

/// What a byte string means.
pub(crate) struct Pattern {
    secret: usize,
    pub(crate) encoding: &'static str,
    pub(crate) word: bool,
    pub(crate) len: usize,
}

impl Patterns {
    fn new(all: Vec<(Vec<u8>, Pattern)>) -> Self {
        let (bytes, known) = all.into_iter().unzip();
        Self { matcher: Matcher::new(bytes), known }
    }

    pub(crate) fn find(&self, text: &[u8], mut found: impl FnMut(&Pattern, usize)) {
        self.matcher.find(text, |number, begin| found(&self.known[number], begin));
    }

    pub(crate) fn matcher(&self) -> &Matcher {
        &self.matcher
    }
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Needles").field(&self.names).finish()
    }
}

impl Needles {
    /// Prepares values with their names.
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a Redacted<Vec<u8>>)>) -> Self {
        let (mut names, mut weak) = (Vec::new(), Vec::new());
        let (mut raw, mut dense, mut logs) = (Vec::new(), Vec::new(), Vec::new());
        for (name, value) in secrets {
            let needles = value::needles(value.reveal());
            let secret = names.len();
            names.push(name.to_owned());
            if needles.is_empty() {
                weak.push(name.to_owned());
            }
            for needle in &needles {
                patterns(secret, needle, &mut raw, &mut dense);
            }
            logged(secret, value.reveal(), &needles, &mut logs);
        }
        let (bytes, kinds): (Vec<Vec<u8>>, Vec<Kind>) = signatures().into_iter().unzip();
        let kinds = bytes.iter().map(Vec::len).zip(kinds).collect();
        Self {
            names,
            weak,
            raw: Patterns::new(raw),
            dense: Patterns::new(dense),
            logs: Patterns::new(logs),
            signatures: Matcher::new(bytes),
            kinds,
        }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.raw.known.is_empty()
    }

    /// Names of values that are too short or too common to be looked for.
    pub fn weak(&self) -> &[String] {
        &self.weak
    }

    /// Begins a search.
    pub fn search(&self) -> Search<'_> {
        Search::new(self)
    }

    /// Searches a text that is there as a whole.
    pub fn find(&self, text: &[u8]) -> Outcome {
        let mut search = self.search();
        search.update(text);
        search.finish()
    }

    /// Takes the values out of a stream.
    pub fn redactor(&self) -> Redactor<'_> {
        Redactor::new(self)
    }

    /// A text without the values.
    pub fn redact(&self, text: &str) -> String {
        let mut redactor = self.redactor();
        let mut out = redactor.update(text.as_bytes());
        out.extend(redactor.finish());
        String::from_utf8_lossy(&out).into_owned()
    }

    /// A text with an asterisk for each byte of a value, so that places in it stay what they are.
    pub fn mask(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.logs.find(text.as_bytes(), |pattern, begin| {
            for byte in &mut bytes[begin..begin + pattern.len] {
                if *byte != b'\n' {
                    *byte = b'*';
                }
            }
        });
        String::from_utf8(bytes)
            .unwrap_or_else(|_| text.chars().map(|ch| if ch == '\n' { ch } else { '*' }).collect())
    }

    pub(crate) fn name(&self, pattern: &Pattern) -> &str {
        &self.names[pattern.secret]
    }

    /// Length of the longest pattern.
    pub(crate) fn longest(&self) -> usize {
        self.raw.matcher.longest().max(self.dense.matcher.longest())
    }
}

fn patterns(
    secret: usize,
    needle: &Needle,
    raw: &mut Vec<(Vec<u8>, Pattern)>,
    dense: &mut Vec<(Vec<u8>, Pattern)>,
) {
    for (encoding, bytes) in encodings(&needle.bytes, needle.kind) {
        let word = needle.word && (encoding == "plain" || encoding.ends_with("case"));
        let packed: Vec<u8> = bytes.iter().copied().filter(|byte| !is_filler(*byte)).collect();
        if packed.len() >= MIN_DENSE && !word {
            let len = packed.len();
            dense.push((packed, Pattern { secret, encoding, word: false, len }));
        }
        let len = bytes.len();
        raw.push((bytes, Pattern { secret, encoding, word, len }));
    }
}

/// What is taken out of logs: also values that are too common to be looked for in files.
fn logged(secret: usize, value: &[u8], needles: &[Needle], logs: &mut Vec<(Vec<u8>, Pattern)>) {
    let mut add = |encoding, bytes: Vec<u8>| {
        let len = bytes.len();
        logs.push((bytes, Pattern { secret, encoding, word: false, len }));
    };
    let whole = value.trim_ascii();
    let plain =
        std::str::from_utf8(whole).is_ok_and(|text| PLAIN.contains(&text.to_ascii_lowercase().as_str()));
    if needles.is_empty() && whole.len() >= MIN_REDACTED && !plain {
        add("plain", whole.to_vec());
    }
    for needle in needles.iter().filter(|needle| needle.kind != value::Kind::Piece) {
        for (encoding, bytes) in encodings(&needle.bytes, value::Kind::Part) {
            add(encoding, bytes);
        }
    }
}
