//! A set of rules, and the automaton that finds the words of all of them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

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
    pub(crate) search: Option<AhoCorasick>,
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
        Self { list, allow, digest, index: OnceLock::new() }
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
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .prefilter(false)
            .build(words.keys());
        let longest_word = words.keys().map(Vec::len).max().unwrap_or(0);
        Index { search: search.ok(), uses: words.into_values().collect(), anywhere, longest_word }
    }
}

/// The rules that this program has itself.
pub fn builtin() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(crate::builtin::rules)
}
