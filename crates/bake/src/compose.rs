//! The `build` sections of compose files as targets.

mod project;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::BakeError;
use crate::config::{Config, Group, check_name};
use crate::entry::{Entry, Family};
use crate::interpolate::interpolate;
use crate::size::shown;
use crate::target::{Content, Kind, Target, fields};
use crate::value::Value;
use project::{Project, Reader};

pub use project::{OtherFile, compose_files};

/// Documents are not nested deeper.
const MAX_DEPTH: usize = 64;

type Vars = BTreeMap<String, String>;

/// Adds a target for each service that is built, and the group of them all.
pub(crate) fn read(
    config: &mut Config,
    files: &[(usize, &Json)],
    vars: &Vars,
    others: &project::Others,
) -> Result<(), BakeError> {
    let mut all = Json::Object(Map::new());
    for (number, file) in files {
        let plain = Reader::plain(file, vars, "");
        merge(&mut all, plain.map_err(|error| error.at(*number, Some(kit::TextRange::new(0, 0))))?, "");
    }
    let mut reader = Reader { others, notes: &mut config.notes };
    let Project { services, secrets } = reader.project(&all, vars, "", 0)?;
    let mut group = Group { name: "default".to_owned(), ..Group::default() };
    let mut names: Vec<&String> = services.keys().collect();
    names.sort();
    for name in names {
        let service = &services[name.as_str()];
        let Some(build) = service.get("build").and_then(Json::as_object) else { continue };
        let target = Service { name, whole: service, build, secrets: &secrets, vars }.target()?;
        group.targets.push(target.name.clone());
        config.add_target(target);
    }
    if !group.targets.is_empty() {
        config.add_group(group);
    }
    Ok(())
}

/// The document with its variables replaced and what `<<` names merged.
fn prepared(json: &Json, vars: &Vars, depth: usize) -> Result<Json, BakeError> {
    if depth > MAX_DEPTH {
        return Err(BakeError::new(format!("the file is nested deeper than {MAX_DEPTH}")));
    }
    Ok(match json {
        Json::String(text) => Json::String(interpolate(text, vars)?),
        Json::Array(items) => {
            Json::Array(items.iter().map(|item| prepared(item, vars, depth + 1)).collect::<Result<_, _>>()?)
        }
        Json::Object(map) => {
            let mut out = Map::new();
            let own = map.iter().filter(|(name, _)| *name != "<<");
            for (name, item) in own {
                out.insert(name.clone(), prepared(item, vars, depth + 1)?);
            }
            let merged = match map.get("<<") {
                Some(Json::Array(items)) => items.iter().collect(),
                Some(item) => vec![item],
                None => Vec::new(),
            };
            for item in merged {
                if let Json::Object(more) = prepared(item, vars, depth + 1)? {
                    for (name, item) in more {
                        out.entry(name).or_insert(item);
                    }
                }
            }
            Json::Object(out)
        }
        other => other.clone(),
    })
}

/// Lists that are maps in short form, as maps, so that files can be put together.
fn long_form(service: &mut Json) {
    let Some(service) = service.as_object_mut() else { return };
    if let Some(environment) = service.get_mut("environment") {
        as_map(environment);
    }
    let Some(build) = service.get_mut("build") else { return };
    if let Json::String(context) = build {
        *build = serde_json::json!({ "context": context });
    }
    for name in ["args", "labels", "additional_contexts", "extra_hosts"] {
        if let Some(item) = build.get_mut(name) {
            as_map(item);
        }
    }
}

/// `NAME=VALUE` or `NAME:VALUE` lists become maps; a bare name is null.
fn as_map(item: &mut Json) {
    let Json::Array(items) = item else { return };
    let mut out = Map::new();
    for item in items.iter().filter_map(Json::as_str) {
        let split = item.split_once('=').or_else(|| item.split_once(':'));
        let (name, value) =
            split.map_or((item, Json::Null), |(name, value)| (name, Json::String(value.to_owned())));
        out.insert(name.to_owned(), value);
    }
    *item = Json::Object(out);
}

/// A later file adds to lists and maps and replaces the rest.
fn merge(into: &mut Json, from: Json, name: &str) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(known) => merge(known, value, &key),
                    None => drop(into.insert(key, value)),
                }
            }
        }
        (Json::Array(into), Json::Array(from)) if name != "command" => {
            for item in from {
                if !into.contains(&item) {
                    into.push(item);
                }
            }
        }
        (into, from) => *into = from,
    }
}

struct Service<'a> {
    name: &'a str,
    whole: &'a Json,
    build: &'a Map<String, Json>,
    secrets: &'a Map<String, Json>,
    vars: &'a Vars,
}

impl Service<'_> {
    fn target(&self) -> Result<Target, BakeError> {
        let name = self.name.replace('.', "_");
        check_name(&name)?;
        let mut target = Target { name, ..Target::default() };
        self.fill(&mut target)
            .map_err(|why| BakeError::new(format!("the service `{}` cannot be built: {why}", self.name)))?;
        Ok(target)
    }

    fn fill(&self, target: &mut Target) -> Result<(), String> {
        let texts =
            [("dockerfile", "dockerfile"), ("dockerfile_inline", "dockerfile-inline"), ("target", "target")];
        for (from, to) in texts.into_iter().chain([("network", "network")]) {
            if let Some(text) = self.text(from)?.filter(|text| !text.is_empty()) {
                target.set(to, Content::Text(text));
            }
        }
        if let Some(context) = self.text("context")? {
            target.set("context", Content::Text(local(&context)));
        }
        if let Some(size) = self.text("shm_size")? {
            target.set("shm-size", Content::Text(shown(&size)));
        }
        for (from, to) in [("no_cache", "no-cache"), ("pull", "pull")] {
            if self.build.get(from).is_some_and(|value| matches!(value, Json::Bool(true)) || *value == "true")
            {
                target.set(to, Content::Switch(true));
            }
        }
        self.lists(target)?;
        self.maps(target)?;
        self.lent(target)?;
        self.extension(target)
    }

    fn text(&self, name: &str) -> Result<Option<String>, String> {
        self.build.get(name).filter(|value| !value.is_null()).map(text).transpose()
    }

    fn lists(&self, target: &mut Target) -> Result<(), String> {
        let mut tags = strings(self.build.get("tags"))?;
        if tags.is_empty() {
            tags.extend(self.whole.get("image").and_then(Json::as_str).map(str::to_owned));
        }
        target.set("tags", Content::List(tags));
        target.set("platforms", Content::List(strings(self.build.get("platforms"))?));
        for (from, to) in [("cache_from", "cache-from"), ("cache_to", "cache-to")] {
            let entries = strings(self.build.get(from))?.into_iter();
            let entries =
                entries.map(|text| Entry::parse(Family::Cache, &text)).collect::<Result<Vec<_>, _>>()?;
            if !entries.is_empty() {
                target.set(to, Content::Entries(entries));
            }
        }
        let mut limits = Vec::new();
        for (name, limit) in self.build.get("ulimits").and_then(Json::as_object).into_iter().flatten() {
            let side = |side: &str| limit.get(side).map_or_else(|| text(limit), text);
            limits.push(format!("{name}={}:{}", side("soft")?, side("hard")?));
        }
        target.set("ulimits", Content::List(limits));
        let mut attests = Vec::new();
        for kind in ["sbom", "provenance"] {
            let Some(value) = self.text(kind)? else { continue };
            attests.push(Entry::parse(
                Family::Attest,
                &match value.as_str() {
                    "true" => format!("type={kind}"),
                    "false" => format!("type={kind},disabled=true"),
                    more => format!("type={kind},{more}"),
                },
            )?);
        }
        if !attests.is_empty() {
            target.set("attest", Content::Entries(attests));
        }
        Ok(())
    }

    fn maps(&self, target: &mut Target) -> Result<(), String> {
        let mut args = BTreeMap::new();
        let environment = self.whole.get("environment").and_then(Json::as_object);
        for (name, value) in self.object("args") {
            let own = || environment.and_then(|all| all.get(name)).and_then(Json::as_str).map(str::to_owned);
            let value = match value {
                Json::Null => own().or_else(|| self.vars.get(name).cloned()),
                value => Some(text(value)?),
            };
            args.extend(value.map(|value| (name.clone(), value)));
        }
        target.set("args", Content::Map(args));
        for (from, to) in [("labels", "labels"), ("extra_hosts", "extra-hosts")] {
            let mut map = BTreeMap::new();
            for (name, value) in self.object(from) {
                let value = match value {
                    Json::Null => String::new(),
                    Json::Array(items) => items.iter().map(text).collect::<Result<Vec<_>, _>>()?.join(","),
                    value => text(value)?,
                };
                map.insert(name.clone(), value);
            }
            target.set(to, Content::Map(map));
        }
        let mut contexts = BTreeMap::new();
        for (name, value) in self.object("additional_contexts") {
            contexts.insert(name.clone(), context(&text(value)?));
        }
        target.set("contexts", Content::Map(contexts));
        Ok(())
    }

    fn object(&self, name: &str) -> impl Iterator<Item = (&String, &Json)> {
        self.build.get(name).and_then(Json::as_object).into_iter().flatten()
    }

    fn lent(&self, target: &mut Target) -> Result<(), String> {
        let mut secrets = Vec::new();
        for item in self.build.get("secrets").and_then(Json::as_array).into_iter().flatten() {
            let id = item.get("source").unwrap_or(item);
            let id = text(id)?;
            let known = self.secrets.get(&id);
            let mut entry = Entry::default();
            entry.set("id", &id);
            let field = |name: &str| known.and_then(|known| known.get(name)).and_then(Json::as_str);
            if field("external").is_some()
                || known.is_some_and(|known| known.get("external") == Some(&Json::Bool(true)))
            {
                return Err(format!("the secret `{id}` is external"));
            }
            if let Some(file) = field("file") {
                entry.set("src", &local(file));
            }
            if let Some(name) = field("environment") {
                entry.set("env", name);
            }
            secrets.push(entry);
        }
        if !secrets.is_empty() {
            target.set("secret", Content::Entries(secrets));
        }
        let mut agents: Vec<String> = match self.build.get("ssh") {
            Some(Json::Object(map)) => map
                .iter()
                .map(|(id, path)| match path.as_str() {
                    Some(path) => format!("{id}={}", local(path)),
                    None => id.clone(),
                })
                .collect(),
            Some(list) => strings(Some(list))?,
            None => Vec::new(),
        };
        agents.sort();
        let agents =
            agents.iter().map(|text| Entry::parse(Family::Ssh, text)).collect::<Result<Vec<_>, _>>()?;
        if !agents.is_empty() {
            target.set("ssh", Content::Entries(agents));
        }
        Ok(())
    }

    /// `x-bake`: what the compose specification has no word for.
    fn extension(&self, target: &mut Target) -> Result<(), String> {
        let extension = self.build.get("x-bake").and_then(Json::as_object);
        for (name, value) in extension.into_iter().flatten() {
            let Some(field) = fields().find(|field| field.name == name) else {
                return Err(format!("`x-bake` has no `{name}`"));
            };
            let value = match (field.kind, value) {
                (Kind::List | Kind::Entries(_), Json::String(words)) => {
                    Value::List(words.split_whitespace().map(Value::text).collect())
                }
                (_, value) => Value::from_json(value),
            };
            let Some(content) = Content::from_value(field.kind, &value)? else { continue };
            match (target.contents.get_mut(field.name), content) {
                (Some(Content::List(items)), Content::List(more)) => items.extend(more),
                (Some(Content::Entries(entries)), Content::Entries(more)) => entries.extend(more),
                (Some(Content::Map(map)), Content::Map(more)) => {
                    for (name, value) in more {
                        map.entry(name).or_insert_with(|| context(&value));
                    }
                }
                (_, content) => target.set(field.name, content),
            }
        }
        Ok(())
    }
}

/// A path of this machine in its shortest form; other places as they are.
fn local(path: &str) -> String {
    let elsewhere = path.contains("://") || path.starts_with("git@") || path.starts_with("github.com/");
    if elsewhere || path.starts_with('~') { path.to_owned() } else { kit::clean_path(path) }
}

fn context(value: &str) -> String {
    match value.strip_prefix("service:").or_else(|| value.strip_prefix("target:")) {
        Some(name) => format!("target:{}", name.replace('.', "_")),
        None => local(value),
    }
}

fn text(value: &Json) -> Result<String, String> {
    Value::from_json(value).to_text()
}

/// The texts of a list; one text is a list of one.
fn strings(value: Option<&Json>) -> Result<Vec<String>, String> {
    match value {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(items)) => items.iter().map(text).collect(),
        Some(value) => Ok(vec![text(value)?]),
    }
}
