//! A set of rules, and the automaton that finds the words of all of them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use kit::Digest;

use crate::allow::Allow;
use crate::rule::{Begins, Rule};

/// Rules.
pub struct Rules {
    pub(crate) list: Vec<Rule>,
    pub(crate) allow: Vec<Allow>,
    digest: Digest,
    index: OnceLock<Index>,
    searched: AtomicU64,
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("rules", &self.list.len())
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// The words of all rules.
pub(crate) struct Index {
    words: Vec<Vec<u8>>,
    first: OnceLock<Option<AhoCorasick>>,
    fast: OnceLock<Option<AhoCorasick>>,
    /// What each word means.
    pub(crate) uses: Vec<Vec<Use>>,
    /// Rules that are tried everywhere.
    pub(crate) anywhere: Vec<usize>,
    pub(crate) longest_word: usize,
}

/// What a word means, with the number of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is in a match; with the number of the words.
    Begin(usize, usize),
    /// A match may be near.
    Around(usize),
    /// There can be a match in this file.
    Gate(usize),
}

impl Rules {
    pub(crate) const fn new(list: Vec<Rule>, allow: Vec<Allow>, digest: Digest) -> Self {
        Self { list, allow, digest, index: OnceLock::new(), searched: AtomicU64::new(0) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What they are made of; others have another one.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What a rule finds, in a sentence.
    pub fn description(&self, id: &str) -> Option<&str> {
        self.list.iter().find(|rule| rule.id == id).map(|rule| rule.description.as_str())
    }

    /// Whether no rule can say anything of a file of this path.
    pub fn allows_file(&self, path: &str) -> bool {
        self.allow.iter().any(|allow| allow.file(path.as_bytes()))
    }

    /// Counts bytes that are searched; how many there were.
    pub(crate) fn count(&self, bytes: usize) -> u64 {
        self.searched.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64
    }

    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| self.make_index())
    }

    fn make_index(&self) -> Index {
        let mut words: BTreeMap<Vec<u8>, Vec<Use>> = BTreeMap::new();
        let mut anywhere = Vec::new();
        for (number, rule) in self.list.iter().enumerate() {
            let shape = rule.shape();
            let mut keywords = |what: Use| {
                for keyword in &rule.keywords {
                    words.entry(keyword.as_bytes().to_vec()).or_default().push(what);
                }
            };
            if shape.is_gated {
                keywords(Use::Gate(number));
            }
            match &shape.begins {
                Begins::Anywhere => anywhere.push(number),
                Begins::Keywords => keywords(Use::Around(number)),
                Begins::Words(list) => {
                    for (place, one) in list.iter().enumerate() {
                        for word in &one.words {
                            words.entry(word.clone()).or_default().push(Use::Begin(number, place));
                        }
                    }
                }
            }
        }
        words.remove(&Vec::new());
        let longest_word = words.keys().map(Vec::len).max().unwrap_or(0);
        let (words, uses) = words.into_iter().unzip();
        Index { words, first: OnceLock::new(), fast: OnceLock::new(), uses, anywhere, longest_word }
    }
}

impl Index {
    /// The automaton. One is made quickly, and for much text another one that searches quickly.
    pub(crate) fn search(&self, is_much: bool) -> Option<&AhoCorasick> {
        let make = |kind| {
            let mut builder = AhoCorasick::builder();
            builder.ascii_case_insensitive(true).kind(Some(kind)).prefilter(false).dense_depth(2);
            builder.build(&self.words).ok()
        };
        let search = if is_much {
            self.fast.get_or_init(|| make(AhoCorasickKind::DFA))
        } else {
            self.first.get_or_init(|| make(AhoCorasickKind::NoncontiguousNFA))
        };
        search.as_ref()
    }

    /// Whether the quick search is there already.
    pub(crate) fn is_fast(&self) -> bool {
        self.fast.get().is_some()
    }
}

/// The rules that this program has itself.
pub fn builtin() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(crate::builtin::rules)
}

/// The source of the table of how the rules of this program are found: `src/builtin/shapes.rs`.
pub fn builtin_shapes() -> String {
    crate::builtin::shapes()
}
