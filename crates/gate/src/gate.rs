//! What a gate is, and what it says.

use facts::Origin;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::evidence::Evidence;

/// A gate. Its file begins with its page of the manual.
#[derive(Debug)]
pub struct Gate {
    /// Its code; it never changes its meaning.
    pub code: &'static str,
    /// Its key in `[gate]`.
    pub name: &'static str,
    /// What it asks of an image, in one line.
    pub summary: &'static str,
    /// The type of its setting, as a JSON schema.
    pub(crate) schema: fn() -> Value,
    /// Whether only an image that is signed can pass it; a build asks the others.
    pub after_signing: bool,
    /// Reads the setting and asks.
    pub(crate) run: fn(&Value, &dyn Evidence, &mut Sink) -> Result<(), String>,
    pub(crate) source: &'static str,
}

impl Gate {
    /// Its page of the manual, in Markdown.
    pub fn page(&self) -> String {
        let facts = format!("`{}` · key of `[gate]` · {}", self.code, self.summary);
        kit::with_facts(&kit::manual(self.source), &facts)
    }

    /// The type of its setting, as a JSON schema.
    pub fn schema(&self) -> Value {
        let mut schema = (self.schema)();
        schema["description"] = self.summary.into();
        schema
    }

    /// Whether a code or a name means it.
    pub fn is_called(&self, name: &str) -> bool {
        [self.code, self.name].iter().any(|known| known.eq_ignore_ascii_case(name.trim()))
    }
}

/// Lines of a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The file.
    pub file: String,
    /// The first line, from 1.
    pub line: u32,
    /// The last one.
    pub end_line: u32,
}

impl Place {
    /// Where a step is, when that is known.
    pub fn of(origin: &Origin) -> Option<Self> {
        let line = origin.line?;
        Some(Self { file: origin.file.clone()?, line, end_line: origin.end_line.unwrap_or(line) })
    }
}

/// Something that stops an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The gate.
    pub gate: &'static Gate,
    /// Line of the policy that asks for it.
    pub policy: Option<u32>,
    /// What it is about, each name of it: an exception may name one.
    pub ids: Vec<String>,
    /// The package that it is about: its name, and its package URL.
    pub package: Option<(String, String)>,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
    /// Where in the Dockerfile.
    pub place: Option<Place>,
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Gate {}

/// Takes what a gate says of an image.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) found: Vec<Found>,
    pub(crate) notes: Vec<String>,
}

/// What a gate says of it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) ids: Vec<String>,
    pub(crate) package: Option<(String, String)>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) place: Option<Place>,
}

impl Sink {
    pub(crate) fn stop(&mut self, message: impl Into<String>) -> &mut Found {
        self.found.push(Found { message: message.into(), ..Found::default() });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// What stops nothing and should be known.
    pub(crate) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// Something that has to be known is not.
    pub(crate) fn unknown(&mut self, what: &str, why: &str) {
        self.stop(format!("{what} is not known: {why}"));
    }
}

impl Found {
    pub(crate) fn at(&mut self, place: Option<Place>) -> &mut Self {
        self.place = place;
        self
    }

    pub(crate) fn about(&mut self, ids: impl IntoIterator<Item = String>) -> &mut Self {
        self.ids.extend(ids);
        self
    }

    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }
}

/// A setting of the type that a gate wants.
pub(crate) fn setting<T: DeserializeOwned>(value: &Value, wanted: &str) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|_| format!("`{value}` is not {wanted}"))
}

/// `true` and `false`: whether the gate is there at all.
pub(crate) fn switch(value: &Value) -> Result<bool, String> {
    setting(value, "`true` or `false`")
}
