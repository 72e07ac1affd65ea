//! Compose files put together: variables replaced, what `include` names read, what `extends` names taken over.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Vars, local, long_form, merge, prepared};
use crate::BakeError;

/// Files are not named by files, nor services by services, in longer chains.
const MAX_CHAIN: usize = 16;

/// A compose file that another one names.
#[derive(Debug, Clone, Default)]
pub struct OtherFile {
    /// The file, read as YAML by the caller.
    pub document: Json,
    /// Variables for it where it is included: those of the environment, and below them those of the `.env` beside it.
    pub vars: BTreeMap<String, String>,
}

/// The other files, by their paths relative to the working directory.
pub(super) type Others = BTreeMap<String, OtherFile>;

/// The files that a compose file names by `include` and `extends`, when it lies in `dir` (empty for the working
/// directory), in their shortest form.
pub fn compose_files(document: &Json, vars: &BTreeMap<String, String>, dir: &str) -> Vec<String> {
    let Ok(plain) = prepared(document, vars, 0) else { return Vec::new() };
    let mut all: Vec<String> = includes(&plain).into_iter().map(|one| at(dir, &one.path)).collect();
    for service in plain.get("services").and_then(Json::as_object).into_iter().flat_map(Map::values) {
        all.extend(extended(service).and_then(|(file, _)| file).map(|file| at(dir, &file)));
    }
    all
}

/// One entry of `include`.
struct Include {
    path: String,
    directory: Option<String>,
    has_env_file: bool,
}

fn includes(plain: &Json) -> Vec<Include> {
    let Some(entries) = plain.get("include").and_then(Json::as_array) else { return Vec::new() };
    let mut all = Vec::new();
    for entry in entries {
        let text = |value: &Json| value.as_str().map(str::to_owned);
        let paths = match entry.get("path").unwrap_or(entry) {
            Json::Array(items) => items.iter().filter_map(text).collect(),
            one => text(one).into_iter().collect::<Vec<_>>(),
        };
        let directory = entry.get("project_directory").and_then(text);
        let has_env_file = entry.get("env_file").is_some();
        all.extend(paths.into_iter().map(|path| Include {
            path,
            directory: directory.clone(),
            has_env_file,
        }));
    }
    all
}

/// What a service extends: the file, where it is another one, and the service.
fn extended(service: &Json) -> Option<(Option<String>, String)> {
    let extends = service.get("extends")?;
    let text = |value: &Json| value.as_str().map(str::to_owned);
    match text(extends) {
        Some(name) => Some((None, name)),
        None => Some((extends.get("file").and_then(text), extends.get("service").and_then(text)?)),
    }
}

/// A path that a file in `dir` names.
fn at(dir: &str, path: &str) -> String {
    if dir.is_empty() || dir == "." || path.starts_with(['/', '~']) {
        return kit::clean_path(path);
    }
    kit::clean_path(&format!("{dir}/{path}"))
}

fn dir_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| if dir.is_empty() { "/" } else { dir })
}

/// What a file says, with paths from the working directory.
pub(super) struct Project {
    pub(super) services: Map<String, Json>,
    pub(super) secrets: Map<String, Json>,
}

/// Reads what files name.
pub(super) struct Reader<'a> {
    pub(super) others: &'a Others,
    pub(super) notes: &'a mut Vec<String>,
}

impl Reader<'_> {
    /// A file by itself: `extends` and `include` are still to be done.
    pub(super) fn plain(document: &Json, vars: &Vars, dir: &str) -> Result<Json, BakeError> {
        let Json::Object(mut plain) = prepared(document, vars, 0)? else {
            return Err(BakeError::new("a compose file is a map with `services`"));
        };
        plain.retain(|name, _| matches!(name.as_str(), "services" | "secrets" | "include"));
        let parts = |plain: &mut Map<String, Json>, name: &str, change: &dyn Fn(&mut Json)| {
            let all = plain.get_mut(name).and_then(Json::as_object_mut);
            all.into_iter().flat_map(|all| all.values_mut()).for_each(change);
        };
        parts(&mut plain, "services", &|service| {
            long_form(service);
            if let Some(build) = service.get_mut("build") {
                rebase(build, dir);
            }
        });
        parts(&mut plain, "secrets", &|secret| {
            if let Some(file) = secret.get_mut("file") {
                moved(file, dir);
            }
        });
        Ok(Json::Object(plain))
    }

    /// All that a file says, what it names among it.
    pub(super) fn project(
        &mut self,
        plain: &Json,
        vars: &Vars,
        dir: &str,
        depth: usize,
    ) -> Result<Project, BakeError> {
        if depth > MAX_CHAIN {
            return Err(BakeError::new("compose files include each other in a circle, or too deep"));
        }
        let part = |name: &str| plain.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
        let (own, mut secrets) = (part("services"), part("secrets"));
        let mut services = Map::new();
        for name in own.keys() {
            services.insert(name.clone(), self.service(&own, name, vars, dir, &mut Vec::new())?);
        }
        for include in includes(plain) {
            let path = at(dir, &include.path);
            let other = self.other(&path)?;
            if include.has_env_file {
                self.notes.push(format!("`env_file` of the included `{path}` is not read"));
            }
            let below = include.directory.map_or_else(|| dir_of(&path).to_owned(), |below| at(dir, &below));
            let plain = Self::plain(&other.document, &other.vars, &below)?;
            let found = self.project(&plain, &other.vars, &below, depth + 1)?;
            for (name, mut service) in found.services {
                if let Some(build) = service.get_mut("build").and_then(Json::as_object_mut) {
                    build.entry("context").or_insert_with(|| Json::String(at(&below, ".")));
                }
                if services.get(&name).is_some_and(|known| *known != service) {
                    let text = format!("the service `{name}` is in the included `{path}`, too");
                    return Err(BakeError::new(text).help("extend it, or give one of them another name"));
                }
                services.insert(name, service);
            }
            found.secrets.into_iter().for_each(|(name, secret)| drop(secrets.insert(name, secret)));
        }
        Ok(Project { services, secrets })
    }

    fn other(&self, path: &str) -> Result<OtherFile, BakeError> {
        let known = self.others.get(path).cloned();
        known.ok_or_else(|| BakeError::new(format!("the compose file `{path}` cannot be read")))
    }

    /// A service with what it extends below it.
    fn service(
        &self,
        services: &Map<String, Json>,
        name: &str,
        vars: &Vars,
        dir: &str,
        chain: &mut Vec<String>,
    ) -> Result<Json, BakeError> {
        let own = services.get(name).ok_or_else(|| match chain.last() {
            Some(by) => BakeError::new(format!("{by} extends the service `{name}`, which is not there")),
            None => BakeError::new(format!("there is no service `{name}`")),
        })?;
        let Some((file, base)) = extended(own) else { return Ok(own.clone()) };
        if chain.len() >= MAX_CHAIN {
            return Err(BakeError::new(format!("the service `{name}` extends itself, or too many others")));
        }
        chain.push(format!("the service `{name}`"));
        let mut below = match file {
            None => self.service(services, &base, vars, dir, chain)?,
            Some(file) => {
                let path = at(dir, &file);
                let dir = dir_of(&path);
                let plain = Self::plain(&self.other(&path)?.document, vars, dir)?;
                let empty = Map::new();
                let services = plain.get("services").and_then(Json::as_object).unwrap_or(&empty);
                self.service(services, &base, vars, dir, chain)?
            }
        };
        let mut own = own.clone();
        if let Some(own) = own.as_object_mut() {
            own.remove("extends");
        }
        merge(&mut below, own, "");
        Ok(below)
    }
}

/// Gives the paths of a `build` section that lie beside its file their way from the working directory.
fn rebase(build: &mut Json, dir: &str) {
    if let Some(context) = build.get_mut("context") {
        moved(context, dir);
    }
    let contexts = build.get_mut("additional_contexts").and_then(Json::as_object_mut);
    contexts.into_iter().flat_map(|all| all.values_mut()).for_each(|context| moved(context, dir));
}

fn moved(path: &mut Json, dir: &str) {
    let Some(text) = path.as_str() else { return };
    let elsewhere = ["service:", "target:"].iter().any(|kind| text.starts_with(kind))
        || local(text) != kit::clean_path(text);
    if !dir.is_empty() && !elsewhere {
        *path = Json::String(at(dir, text));
    }
}
