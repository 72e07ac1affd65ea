//! A rule: what a secret of one kind looks like.

use std::sync::OnceLock;

use regex_syntax::hir::Look;

use crate::allow::Allow;
use crate::anchor::{anchors, lead, tails};
use crate::pattern::Pattern;

/// No match is longer, and none begins further before the word that it was found by.
pub(crate) const REACH: usize = 32 << 10;

/// What is looked at first behind a word, in bytes.
pub(crate) const LEAD: usize = 128;

/// A rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) description: String,
    pub(crate) regex: Option<Pattern>,
    pub(crate) path: Option<Pattern>,
    /// Which group is the secret; 0 for the first that is not empty.
    pub(crate) group: usize,
    /// A secret has more entropy.
    pub(crate) entropy: f64,
    /// In lower case. A file has one of them, or there is no secret in it.
    pub(crate) keywords: Vec<String>,
    pub(crate) allow: Vec<Allow>,
    pub(crate) required: Vec<Required>,
    /// Whether it is there for other rules alone.
    pub(crate) silent: bool,
    pub(crate) shape: OnceLock<Shape>,
    pub(crate) tails: OnceLock<Vec<Tail>>,
}

/// What has to match from a word on.
#[derive(Debug, Clone)]
pub(crate) struct Tail {
    /// How it begins, in few bytes.
    pub(crate) lead: Pattern,
    pub(crate) whole: Pattern,
}

/// Another rule that has to find something near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Required {
    pub(crate) id: String,
    pub(crate) lines: Option<u32>,
    pub(crate) columns: Option<u32>,
}

/// How the matches of a rule are found.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) begins: Begins,
    /// The longest match, in bytes.
    pub(crate) longest: usize,
    /// Whether a match could be longer, and is not.
    pub(crate) is_cut: bool,
    /// Whether a file can have a match and no keyword.
    pub(crate) is_gated: bool,
}

/// Where matches can begin.
#[derive(Debug, Clone)]
pub(crate) enum Begins {
    /// Before one of these words.
    Words(Vec<Word>),
    /// Around a keyword.
    Keywords,
    /// Anywhere.
    Anywhere,
}

/// Words that begin a part of matches.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) words: Vec<Vec<u8>>,
    pub(crate) before: usize,
    /// Whether nothing of a match is before the word, and the byte before it ends no longer word.
    pub(crate) starts: bool,
}

impl Rule {
    /// How it is found.
    pub(crate) fn shape(&self) -> &Shape {
        self.shape.get_or_init(|| self.make_shape())
    }

    /// What has to match from one of its words on.
    pub(crate) fn tail(&self, word: usize) -> Option<&Tail> {
        let make = || {
            let hir = self.regex.iter().map(Pattern::hir);
            hir.flat_map(tails)
                .map(|tail| Tail { lead: Pattern::of(lead(&tail, LEAD)), whole: Pattern::of(tail) })
                .collect()
        };
        self.tails.get_or_init(make).get(word)
    }

    fn make_shape(&self) -> Shape {
        let Some(regex) = &self.regex else {
            return Shape { begins: Begins::Words(Vec::new()), longest: 0, is_cut: false, is_gated: false };
        };
        let most = regex.hir().properties().maximum_len();
        let is_cut = most.is_none_or(|most| most > REACH);
        let longest = most.unwrap_or(REACH).min(REACH);
        let anchors = anchors(regex.hir());
        let has_keyword = |word: &Vec<u8>| {
            self.keywords.iter().any(|keyword| memchr::memmem::find(word, keyword.as_bytes()).is_some())
        };
        let is_gated = !self.keywords.is_empty()
            && !anchors.iter().flatten().flat_map(|anchor| &anchor.words).all(has_keyword);
        let starts = regex.hir().properties().look_set_prefix().contains(Look::WordAscii);
        let begins = match anchors {
            Some(anchors) => Begins::Words(
                anchors
                    .into_iter()
                    .map(|anchor| Word {
                        words: anchor.words,
                        before: anchor.before.unwrap_or(REACH).min(REACH),
                        starts: starts && anchor.before == Some(0),
                    })
                    .collect(),
            ),
            None if self.keywords.is_empty() => Begins::Anywhere,
            None => Begins::Keywords,
        };
        // Around a keyword there is one.
        let is_gated = is_gated && matches!(begins, Begins::Words(_));
        Shape { begins, longest, is_cut, is_gated }
    }

    /// Whether it says something of a file of this path.
    pub(crate) fn is_for(&self, path: &[u8]) -> bool {
        self.path.as_ref().is_none_or(|pattern| pattern.is_match(path))
            && !self.allow.iter().any(|allow| allow.file(path))
    }

    /// Whether its pattern can be compiled.
    pub(crate) fn fits(&self) -> bool {
        let Some(regex) = &self.regex else { return true };
        regex.fits()
    }
}
