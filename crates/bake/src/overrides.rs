//! `--set TARGET.KEY=VALUE`.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::entry::Entry;
use crate::print::matches;
use crate::target::{Content, Field, Kind, Target, fields};
use crate::{BakeError, resolve};

/// One key of one target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Override {
    values: Vec<String>,
    adds: bool,
}

/// By target and key, in the order of the keys.
pub(crate) type Overrides = BTreeMap<String, BTreeMap<String, Override>>;

impl Config {
    pub(crate) fn overrides(
        &self,
        texts: &[String],
        vars: &BTreeMap<String, String>,
    ) -> Result<Overrides, BakeError> {
        let mut out = Overrides::new();
        for text in texts {
            let (key, value) = match text.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (text.as_str(), None),
            };
            let (key, adds) = key.strip_suffix('+').map_or((key, false), |key| (key, true));
            let wrong = || BakeError::new(format!("`--set {text}` is not of the form `TARGET.KEY=VALUE`"));
            let (pattern, key) = key.split_once('.').ok_or_else(wrong)?;
            let value = match (value, key.strip_prefix("args.")) {
                (Some(value), _) => value,
                (None, Some(name)) => match vars.get(name) {
                    Some(value) => value,
                    None => continue,
                },
                (None, None) => return Err(wrong()),
            };
            for name in self.expand(pattern)? {
                let entry = out.entry(name).or_default().entry(key.to_owned()).or_default();
                entry.adds |= adds;
                entry.values.push(value.to_owned());
            }
        }
        Ok(out)
    }

    /// The targets that a pattern means.
    fn expand(&self, pattern: &str) -> Result<Vec<String>, BakeError> {
        let names = self.targets.iter().map(|target| &target.name);
        let found: Vec<String> = names.filter(|name| matches(pattern, name)).cloned().collect();
        if found.is_empty() {
            let error = BakeError::new(format!("no target is named `{pattern}`"));
            return Err(resolve::with_near(error, pattern, self));
        }
        Ok(found)
    }
}

impl Target {
    pub(crate) fn apply(&mut self, overrides: &BTreeMap<String, Override>) -> Result<(), BakeError> {
        for (key, change) in overrides {
            self.change(key, change)
                .map_err(|why| BakeError::new(format!("`--set {}.{key}` does not fit: {why}", self.name)))?;
        }
        Ok(())
    }

    fn change(&mut self, key: &str, change: &Override) -> Result<(), String> {
        let last = change.values.last().map(String::as_str).unwrap_or_default();
        let (name, inner) = key.split_once('.').map_or((key, None), |(name, inner)| (name, Some(inner)));
        match name {
            "push" => {
                self.push(switch(last)?);
                return Ok(());
            }
            "load" => {
                if switch(last)? {
                    self.load();
                }
                return Ok(());
            }
            _ => {}
        }
        let field = match name {
            "platform" => "platforms",
            "secrets" => "secret",
            other => other,
        };
        let Some(field) = fields().find(|known| known.name == field && known.name != "inherits") else {
            return Err(format!("a target has no `{name}`"));
        };
        let content = content(field, inner, change, last)?;
        // Some lists can only grow.
        let grows = change.adds || matches!(field.name, "attest" | "annotations" | "entitlements");
        match (field.kind, grows) {
            (Kind::List | Kind::Entries(_), false) => self.set(field.name, content),
            (Kind::List | Kind::Entries(_), true) => self.append(field, content),
            _ => self.put(field, content),
        }
        Ok(())
    }

    fn append(&mut self, field: &Field, content: Content) {
        match (self.contents.get_mut(field.name), content) {
            (Some(Content::List(items)), Content::List(more)) => items.extend(more),
            (Some(Content::Entries(entries)), Content::Entries(more)) => {
                let Kind::Entries(family) = field.kind else { return };
                for entry in more {
                    entries.retain(|other| !entry.replaces(family, other));
                    entries.push(entry);
                }
            }
            (_, content) => self.set(field.name, content),
        }
    }

    fn outputs(&mut self) -> &mut Vec<Entry> {
        let content = self.contents.entry("output").or_insert_with(|| Content::Entries(Vec::new()));
        if !matches!(content, Content::Entries(_)) {
            *content = Content::Entries(Vec::new());
        }
        match content {
            Content::Entries(entries) => entries,
            _ => unreachable!("the content was made to be entries"),
        }
    }

    /// `--push`: images are pushed; where nothing but docker takes the result, an image is added.
    pub(crate) fn push(&mut self, push: bool) {
        let outputs = self.outputs();
        let images = outputs.iter_mut().filter(|output| output.field("type") == Some("image"));
        images.for_each(|output| output.set("push", if push { "true" } else { "false" }));
        if push && outputs.iter().all(|output| output.field("type") == Some("docker")) {
            let mut image = Entry::default();
            image.set("type", "image");
            image.set("push", "true");
            outputs.push(image);
        }
    }

    /// `--load`: docker takes the result, unless it goes to files.
    pub(crate) fn load(&mut self) {
        let outputs = self.outputs();
        let is_loaded = |output: &Entry| match output.field("type") {
            Some("docker") => output.field("dest").is_none(),
            Some("image" | "registry" | "oci") => false,
            _ => true,
        };
        if !outputs.iter().any(is_loaded) {
            let mut docker = Entry::default();
            docker.set("type", "docker");
            outputs.push(docker);
        }
    }
}

fn content(field: &Field, inner: Option<&str>, change: &Override, last: &str) -> Result<Content, String> {
    Ok(match (field.kind, inner) {
        (Kind::Map, Some(name)) => Content::Map(BTreeMap::from([(name.to_owned(), last.to_owned())])),
        (Kind::Map, None) => return Err(format!("`{0}` takes a name: `{0}.NAME=VALUE`", field.name)),
        (_, Some(inner)) => return Err(format!("`{}` has no `{inner}`", field.name)),
        (Kind::Text, None) => Content::Text(last.to_owned()),
        (Kind::Switch, None) => Content::Switch(switch(last)?),
        (Kind::List, None) => Content::List(change.values.clone()),
        (Kind::Entries(family), None) => {
            let texts = change.values.iter().filter(|text| !text.is_empty());
            Content::Entries(texts.map(|text| Entry::parse(family, text)).collect::<Result<_, _>>()?)
        }
    })
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("`{text}` is neither `true` nor `false`")),
    }
}
