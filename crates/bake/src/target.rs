//! A target: its fields by name, as one table says.

use std::collections::BTreeMap;

use crate::entry::{Entry, Family};
use crate::value::Value;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Switch,
    List,
    Map,
    Entries(Family),
}

/// A field of a target.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether what another target says is added to what is there, and does not take its place.
    pub(crate) adds: bool,
}

const fn field(name: &'static str, kind: Kind, adds: bool) -> Field {
    Field { name, kind, adds }
}

/// All fields in the order in which they are printed.
pub(crate) const FIELDS: [Field; 26] = [
    field("description", Kind::Text, false),
    field("inherits", Kind::List, true),
    field("annotations", Kind::List, true),
    field("attest", Kind::Entries(Family::Attest), true),
    field("context", Kind::Text, false),
    field("contexts", Kind::Map, true),
    field("dockerfile", Kind::Text, false),
    field("dockerfile-inline", Kind::Text, false),
    field("args", Kind::Map, true),
    field("labels", Kind::Map, true),
    field("tags", Kind::List, false),
    field("cache-from", Kind::Entries(Family::Cache), true),
    field("cache-to", Kind::Entries(Family::Cache), false),
    field("target", Kind::Text, false),
    field("secret", Kind::Entries(Family::Secret), true),
    field("ssh", Kind::Entries(Family::Ssh), true),
    field("platforms", Kind::List, false),
    field("output", Kind::Entries(Family::Output), false),
    field("pull", Kind::Switch, false),
    field("no-cache", Kind::Switch, false),
    field("network", Kind::Text, false),
    field("no-cache-filter", Kind::List, true),
    field("shm-size", Kind::Text, false),
    field("ulimits", Kind::List, true),
    field("call", Kind::Text, false),
    field("entitlements", Kind::List, true),
];

/// Fields that are maps and come last.
pub(crate) const EXTRA_HOSTS: Field = field("extra-hosts", Kind::Map, true);

pub(crate) fn fields() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().chain(std::iter::once(&EXTRA_HOSTS))
}

/// The content of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Text(String),
    Switch(bool),
    List(Vec<String>),
    Map(BTreeMap<String, String>),
    Entries(Vec<Entry>),
}

/// What is to be built.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Whether it is only there because another target is made of it.
    pub linked: bool,
    pub(crate) contents: BTreeMap<&'static str, Content>,
}

impl Target {
    /// A text: `context`, `dockerfile`, `target` and so on.
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.contents.get(field) {
            Some(Content::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A switch: `pull` or `no-cache`.
    pub fn switch(&self, field: &str) -> Option<bool> {
        match self.contents.get(field) {
            Some(Content::Switch(switch)) => Some(*switch),
            _ => None,
        }
    }

    /// A list of texts: `tags`, `platforms` and so on.
    pub fn list(&self, field: &str) -> &[String] {
        match self.contents.get(field) {
            Some(Content::List(items)) => items,
            _ => &[],
        }
    }

    /// Texts by name: `args`, `labels`, `contexts`, `extra-hosts`.
    pub fn map(&self, field: &str) -> BTreeMap<String, String> {
        match self.contents.get(field) {
            Some(Content::Map(map)) => map.clone(),
            _ => BTreeMap::new(),
        }
    }

    /// Entries with fields: `output`, `secret` and so on.
    pub fn entries(&self, field: &str) -> &[Entry] {
        match self.contents.get(field) {
            Some(Content::Entries(entries)) => entries,
            _ => &[],
        }
    }

    pub(crate) fn set(&mut self, field: &'static str, content: Content) {
        self.contents.insert(field, content);
    }

    /// Puts what another target says on top.
    pub(crate) fn merge(&mut self, other: &Self) {
        for field in fields() {
            if let Some(content) = other.contents.get(field.name) {
                self.put(field, content.clone());
            }
        }
    }

    /// Puts one field's content on top.
    pub(crate) fn put(&mut self, field: &'static Field, content: Content) {
        match (self.contents.get_mut(field.name), content) {
            (Some(Content::List(items)), Content::List(more)) if field.adds => items.extend(more),
            (Some(Content::Map(map)), Content::Map(more)) => map.extend(more),
            (Some(Content::Entries(entries)), Content::Entries(more)) if field.adds => {
                let Kind::Entries(family) = field.kind else { return };
                for entry in more {
                    add(entries, family, entry);
                }
            }
            (_, content) => self.set(field.name, content),
        }
    }

    /// Takes away what says nothing.
    pub(crate) fn normalize(&mut self) {
        if self.text("network") == Some("host") {
            self.put(&FIELDS[25], Content::List(vec!["network.host".to_owned()]));
        }
        for content in self.contents.values_mut() {
            match content {
                Content::List(items) => {
                    let mut seen = Vec::new();
                    items.retain(|item| {
                        let new = !item.is_empty() && !seen.contains(item);
                        seen.push(item.clone());
                        new
                    });
                }
                Content::Map(_) | Content::Entries(_) | Content::Text(_) | Content::Switch(_) => {}
            }
        }
        if let Some(Content::Map(contexts)) = self.contents.get_mut("contexts") {
            contexts.retain(|_, value| !value.is_empty());
        }
    }
}

fn add(entries: &mut Vec<Entry>, family: Family, entry: Entry) {
    match entries.iter_mut().find(|other| entry.replaces(family, other)) {
        Some(other) => *other = entry,
        None => entries.push(entry),
    }
}

impl Content {
    /// What an expression gave for a field; nothing for null.
    pub(crate) fn from_value(kind: Kind, value: &Value) -> Result<Option<Self>, String> {
        if *value == Value::Null {
            return Ok(None);
        }
        Ok(Some(match kind {
            Kind::Text => Self::Text(value.to_text()?),
            Kind::Switch => Self::Switch(value.to_bool()?),
            Kind::List => {
                let items = value.as_list()?.iter().filter(|item| **item != Value::Null);
                Self::List(items.map(Value::to_text).collect::<Result<_, _>>()?)
            }
            Kind::Map => {
                let items = value.as_map()?.iter().filter(|(_, item)| **item != Value::Null);
                let text = |(name, item): (&String, &Value)| {
                    let text = item.to_text().map_err(|why| format!("`{name}`: {why}"))?;
                    Ok::<_, String>((name.clone(), text))
                };
                Self::Map(items.map(text).collect::<Result<_, _>>()?)
            }
            Kind::Entries(family) => {
                let mut entries = Vec::new();
                for item in value.as_list()?.iter().filter(|item| !is_nothing(item)) {
                    add(&mut entries, family, Entry::from_value(family, item)?);
                }
                Self::Entries(entries)
            }
        }))
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        _ => false,
    }
}
