//! A pattern that is compiled when it is needed for the first time.

use std::fmt;
use std::sync::OnceLock;

use regex_automata::meta::{Config, Regex};
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::captures::Captures;
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, Span};
use regex_syntax::hir::Hir;
use regex_syntax::{ParserBuilder, hir};

use crate::anchor::anchors;
use crate::go_syntax::translate;
use crate::usual;

/// Patterns that would take more memory are refused.
const MAX_MEMORY: usize = 16 << 20;
/// What the search of a short text may remember of it, in bytes.
const MAX_VISITED: usize = 256 << 10;

/// A pattern over bytes.
pub(crate) struct Pattern {
    /// The text, when it is not read yet.
    text: &'static str,
    hir: OnceLock<Hir>,
    compiled: OnceLock<Option<Regex>>,
    short: OnceLock<Option<Short>>,
    words: OnceLock<Option<Vec<Vec<u8>>>>,
}

/// The same pattern for short texts: it makes no states that are never seen again, which is what patterns with many counts
/// spend their time with otherwise.
struct Short {
    search: BoundedBacktracker,
    caches: Pool<backtrack::Cache, Box<dyn Fn() -> backtrack::Cache + Send + Sync>>,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.hir())
    }
}

impl Clone for Pattern {
    fn clone(&self) -> Self {
        self.hir.get().map_or_else(|| Self::later(self.text), |hir| Self::of(hir.clone()))
    }
}

impl Pattern {
    /// Reads a pattern in the syntax of Go.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        read(text).map(Self::of)
    }

    /// One of this program, in the same syntax: it is read when it is needed, which few are.
    pub(crate) const fn later(text: &'static str) -> Self {
        Self {
            text,
            hir: OnceLock::new(),
            compiled: OnceLock::new(),
            short: OnceLock::new(),
            words: OnceLock::new(),
        }
    }

    /// One that was read already.
    pub(crate) fn of(hir: Hir) -> Self {
        Self { hir: hir.into(), ..Self::later("") }
    }

    pub(crate) fn hir(&self) -> &Hir {
        self.hir.get_or_init(|| read(self.text).expect("its own patterns are tested"))
    }

    /// A pattern that is too large to be compiled matches nothing; [`Self::fits`] tells.
    fn compiled(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| {
                let config = Config::new()
                    .utf8_empty(false)
                    .nfa_size_limit(Some(MAX_MEMORY))
                    .hybrid_cache_capacity(4 << 20);
                Regex::builder().configure(config).build_from_hir(self.hir()).ok()
            })
            .as_ref()
    }

    /// Whether it can be compiled in the memory that there is for it. Repetitions are what makes patterns large.
    pub(crate) fn fits(&self) -> bool {
        self.compiled().is_some()
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        self.compiled().is_some_and(|regex| regex.is_match(Input::new(text)))
    }

    /// Whether it can match in a text that is given in lower case, as far as words tell that all matches hold. It is there for
    /// patterns that hardly ever match: they are not compiled for this.
    pub(crate) fn may_match(&self, lower: &[u8]) -> bool {
        let make = || {
            let anchors = anchors(self.hir())?;
            Some(anchors.into_iter().flat_map(|anchor| anchor.words).collect())
        };
        let words = self.words.get_or_init(make).as_ref();
        words.is_none_or(|words| words.iter().any(|word| memchr::memmem::find(lower, word).is_some()))
    }

    /// Where the shortest match ends of those that begin at `at` and end at `end` at the latest.
    pub(crate) fn shortest_at(&self, text: &[u8], at: usize, end: usize) -> Option<usize> {
        let input = Input::new(text).range(at..end).anchored(Anchored::Yes).earliest(true);
        self.compiled()?.search_half(&input).map(|found| found.offset())
    }

    /// As [`Self::find`] for a short part; nothing where the part is too long for it.
    #[expect(clippy::option_option, reason = "no answer is not the answer that there is no match")]
    pub(crate) fn find_short(&self, text: &[u8], from: usize, to: usize) -> Option<Option<Span>> {
        let short = self.short.get_or_init(|| Short::of(self.hir())).as_ref()?;
        let mut cache = short.caches.get();
        let input = Input::new(text).range(from..to);
        let found = short.search.try_find(&mut cache, input).ok()?;
        Some(found.map(|found| found.span()))
    }

    /// The first match within a part of a text; what is around the part is looked at, too.
    pub(crate) fn find(&self, text: &[u8], from: usize, to: usize) -> Option<Span> {
        let regex = self.compiled()?;
        regex.search(&Input::new(text).range(from..to)).map(|found| found.span())
    }

    /// The match that begins at a place.
    pub(crate) fn find_at(&self, text: &[u8], at: usize, to: usize) -> Option<Span> {
        let regex = self.compiled()?;
        regex.search(&Input::new(text).range(at..to).anchored(Anchored::Yes)).map(|found| found.span())
    }

    /// The groups of the first match.
    pub(crate) fn groups(&self, text: &[u8]) -> Option<Captures> {
        let regex = self.compiled()?;
        let mut groups = regex.create_captures();
        regex.search_captures(&Input::new(text), &mut groups);
        groups.is_match().then_some(groups)
    }
}

/// Reads a pattern in the syntax of Go.
fn read(text: &str) -> Result<Hir, String> {
    let text = translate(text);
    if let Some(hir) = usual::parse(&text) {
        return Ok(hir);
    }
    let parse = |unicode| {
        let mut parser = ParserBuilder::new();
        parser.unicode(unicode).utf8(false).octal(true).nest_limit(100);
        parser.build().parse(&text).map_err(Box::new)
    };
    // Classes of Go are those of ASCII. Only what names a class of Unicode needs its tables.
    let hir = match parse(false) {
        Err(error) if needs_unicode(&error) => parse(true),
        other => other,
    };
    hir.map_err(|error| match *error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        error => error.to_string(),
    })
}

impl Short {
    fn of(hir: &Hir) -> Option<Self> {
        let config = thompson::Config::new()
            .utf8(false)
            .which_captures(WhichCaptures::Implicit)
            .nfa_size_limit(Some(MAX_MEMORY));
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
        let config = backtrack::Config::new().visited_capacity(MAX_VISITED);
        let search = BoundedBacktracker::builder().configure(config).build_from_nfa(nfa).ok()?;
        let make = search.clone();
        Some(Self { search, caches: Pool::new(Box::new(move || make.create_cache())) })
    }
}

fn needs_unicode(error: &regex_syntax::Error) -> bool {
    matches!(error, regex_syntax::Error::Translate(error) if *error.kind() == hir::ErrorKind::UnicodeNotAllowed)
}
