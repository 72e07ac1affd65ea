//! Lent values are searched for in everything that a build makes: see the crate `leak` for the search itself. Here is where
//! it is used, what is done about a find, and what is remembered of it.

mod layers;
mod texts;

use std::collections::BTreeSet;
use std::sync::Mutex;

use kit::{Hasher, Redacted};
use leak::{Hit, Needles};
use store::Store;
use syntax::Ignore;

use crate::BuildError;

pub(crate) use layers::Finds;

/// Counts up whenever a search finds more than it did: what was searched before is searched again.
const VERSION: &[u8] = b"cooper search 2";
/// Guessing a value from what the store remembers of it costs this many hashes for each guess, and needs the store's key.
const ROUNDS: usize = 4096;
/// Finds that an error names.
const MAX_SHOWN: usize = 5;

/// `--allow-leak ID:PATH`: a place where a lent value may be.
#[derive(Debug, Clone)]
pub struct AllowedLeak {
    id: String,
    path: String,
    pattern: Ignore,
}

impl AllowedLeak {
    /// Reads the option's value. The path is a pattern as in an ignore file; `config` is the configuration of the image.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').filter(|(id, path)| !id.is_empty() && !path.is_empty());
        let (id, path) =
            parts.ok_or_else(|| format!("`--allow-leak {text}` is not of the form `ID:PATH`"))?;
        let pattern = Ignore::parse(path.trim_start_matches('/'));
        Ok(Self { id: id.to_owned(), path: path.to_owned(), pattern })
    }

    /// Whether it speaks of this build argument.
    pub fn is_build_arg(&self, name: &str) -> bool {
        self.id == "build-arg" && (self.path == name || self.path == "*")
    }

    fn covers(&self, id: &str, path: &str) -> bool {
        (self.id == id || self.id == "*") && self.pattern.matches(path)
    }
}

/// What was lent to a build, and where it may be found all the same.
#[derive(Debug)]
pub struct Leaks {
    needles: Needles,
    allowed: Vec<AllowedLeak>,
    /// What stands for each value in the records of the store.
    marks: BTreeSet<[u8; 16]>,
    /// Layers that were searched in this build.
    searched: Mutex<BTreeSet<image::Digest>>,
}

/// A find with its place in the image.
pub(crate) struct Find {
    pub(crate) path: Vec<u8>,
    /// What of the entry it is in, when it is not its content.
    pub(crate) part: Option<&'static str>,
    pub(crate) hit: Hit,
}

impl Leaks {
    /// Prepares the search for `values`, by their names. Nothing when there is none that can be searched for.
    pub fn new<'a>(
        store: &Store,
        values: impl IntoIterator<Item = (&'a str, &'a Redacted<Vec<u8>>)>,
        allowed: Vec<AllowedLeak>,
    ) -> Result<Option<Self>, BuildError> {
        let values: Vec<_> = values.into_iter().collect();
        if values.is_empty() {
            return Ok(None);
        }
        let key = store.local_key()?;
        let marks = values.iter().map(|(_, value)| mark(&key, value.reveal())).collect();
        let needles = Needles::new(values);
        Ok(Some(Self { needles, allowed, marks, searched: Mutex::default() }))
    }

    /// What to look for.
    pub fn needles(&self) -> &Needles {
        &self.needles
    }

    /// Names of values that are too short or too common to be searched for.
    pub fn weak(&self) -> &[String] {
        self.needles.weak()
    }

    /// The finds that nothing allows as an error, and a line for each of the others.
    fn judge(&self, finds: Vec<Find>, stage: &str) -> Result<Vec<String>, BuildError> {
        let (fine, bad): (Vec<Find>, Vec<Find>) = finds.into_iter().partition(|find| self.allows(find));
        if !bad.is_empty() {
            return Err(self.error(&bad, stage));
        }
        Ok(fine.iter().map(|find| format!("allowed by --allow-leak: {}", self.shown(find))).collect())
    }

    fn allows(&self, find: &Find) -> bool {
        let path = image::path_to_string(&find.path);
        self.allowed.iter().any(|allowed| allowed.covers(&find.hit.secret, &path))
    }

    fn error(&self, bad: &[Find], stage: &str) -> BuildError {
        let shown: Vec<String> = bad.iter().take(MAX_SHOWN).map(|find| self.shown(find)).collect();
        let more = bad.len().saturating_sub(MAX_SHOWN);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        let message = format!("a layer of stage `{stage}` would leak {}{more}", shown.join("; "));
        let (id, path) = (&bad[0].hit.secret, self.path(&bad[0]));
        BuildError::new(message).help(format!(
            "use the value without writing it down, or remove what holds it in the same step; \
             `--allow-leak {id}:{path}` accepts it"
        ))
    }

    /// A path, which may itself hold the value.
    fn path(&self, find: &Find) -> String {
        self.needles.redact(&format!("/{}", image::path_to_string(&find.path)))
    }

    fn shown(&self, find: &Find) -> String {
        let Hit { secret, encoding, within, offset } = &find.hit;
        let within = within.iter().map(|part| self.needles.redact(part));
        let path: Vec<String> = std::iter::once(self.path(find)).chain(within).collect();
        let part = find.part.map(|part| format!("the {part} of ")).unwrap_or_default();
        format!("the secret `{secret}`: {encoding} at byte {offset} of {part}`{}`", path.join(" > "))
    }
}

/// What stands for a value: it tells nothing of the value, and is of no use in another store.
fn mark(key: &Redacted<[u8; 32]>, value: &[u8]) -> [u8; 16] {
    let mut state = [0; 32];
    for round in 0..ROUNDS {
        let mut hash = Hasher::new();
        hash.field(key.reveal());
        hash.field(VERSION);
        hash.field(if round == 0 { value } else { &state });
        state.copy_from_slice(hash.finish().as_bytes());
    }
    let mut mark = [0; 16];
    mark.copy_from_slice(&state[..16]);
    mark
}
