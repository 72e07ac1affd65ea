//! Asks package indexes which version of a package is installed today. Which index is asked is the user's choice:
//! `[lint.indexes]` has an address for each package manager, with `{name}` where the name of the package goes, or where the
//! lists of all packages of a distribution are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use lint_rules::Package;
use net::{Answer, Http, Method, Request, Url};
use serde_json::Value;

use crate::World;
use crate::package_lists::{Distribution, LISTS, Versions as List, read};

/// Answers of this size are read; those of large packages of npm have some megabytes.
const MAX_BYTES: u64 = 32 << 20;

/// What the indexes answered, once for all files.
pub(crate) struct Versions<'a> {
    world: &'a World,
    http: OnceLock<Option<Http>>,
    known: Mutex<BTreeMap<String, Option<String>>>,
    /// Lists of distributions by their address; `None` for those that cannot be had.
    lists: Mutex<BTreeMap<String, Option<Arc<List>>>>,
}

impl<'a> Versions<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, http: OnceLock::new(), known: Mutex::default(), lists: Mutex::default() }
    }

    /// The version of a package; `None` when no index is known or answers.
    pub(crate) fn of(&self, package: &Package<'_>) -> Option<String> {
        let index = self.world.settings.lint.indexes.get(package.manager)?;
        if LISTS.contains(&package.manager) {
            return self.listed(index, package);
        }
        let address = address(index, package.name)?;
        if let Some(known) = self.known.lock().ok()?.get(&address) {
            return known.clone();
        }
        let found = self.ask(&address);
        self.known.lock().ok()?.insert(address, found.clone());
        found
    }

    /// The version that the lists of the base's distribution have; of several lists the last that has the package counts.
    fn listed(&self, index: &str, package: &Package<'_>) -> Option<String> {
        let distribution = Distribution::of(package.base?)?;
        let lists = index.split_whitespace().filter_map(|address| self.list(&distribution.fill(address)?));
        lists.filter_map(|list| list.get(package.name).cloned()).last().filter(|version| is_version(version))
    }

    fn list(&self, address: &str) -> Option<Arc<List>> {
        if let Some(known) = self.lists.lock().ok()?.get(address) {
            return known.clone();
        }
        let found = self.get(address).and_then(|answer| read(answer.into_reader()).ok()).map(Arc::new);
        self.lists.lock().ok()?.insert(address.to_owned(), found.clone());
        found
    }

    fn ask(&self, address: &str) -> Option<String> {
        version(&serde_json::from_slice(&self.get(address)?.read(MAX_BYTES).ok()?).ok()?)
    }

    fn get(&self, address: &str) -> Option<Answer> {
        let http = self.http.get_or_init(|| Http::new(&self.world.registry.net()).ok()).as_ref()?;
        let answer = http.send(&Request::new(Method::GET, Url::parse(address)?), None).ok()?;
        (answer.status == 200).then_some(answer)
    }
}

/// The address of a package. A name that could change more of it than its place is not asked for.
fn address(index: &str, name: &str) -> Option<String> {
    let harmless = |ch: char| ch.is_ascii_alphanumeric() || "._-+@/".contains(ch);
    let fits =
        !name.is_empty() && name.chars().all(harmless) && !name.contains("..") && !name.starts_with('/');
    fits.then(|| index.replace("{name}", &name.replace('/', "%2F")))
}

/// The version that an answer names: where the indexes of Python, npm, Ruby and Rust have it.
fn version(answer: &Value) -> Option<String> {
    const PLACES: &[&str] = &["/info/version", "/dist-tags/latest", "/crate/max_stable_version", "/version"];
    let found = PLACES.iter().find_map(|place| answer.pointer(place)?.as_str())?;
    is_version(found).then(|| found.to_owned())
}

/// Whether it may become part of a command.
fn is_version(text: &str) -> bool {
    let plain = |ch: char| ch.is_ascii_alphanumeric() || "._-+!~:".contains(ch);
    !text.is_empty() && text.len() < 100 && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_are_found_where_indexes_have_them() {
        let check =
            |answer: Value, expect: Option<&str>| assert_eq!(version(&answer).as_deref(), expect, "{answer}");
        check(json!({ "info": { "version": "1.2" } }), Some("1.2"));
        check(json!({ "dist-tags": { "latest": "3.0.0" }, "version": 1 }), Some("3.0.0"));
        check(json!({ "name": "x", "version": "4.5.6" }), Some("4.5.6"));
        check(json!({ "version": "1; rm -rf /" }), None);
        check(json!([]), None);
    }

    #[test]
    fn names_cannot_change_the_address() {
        let index = "https://index.example.com/{name}/json";
        assert_eq!(address(index, "flask").as_deref(), Some("https://index.example.com/flask/json"));
        assert_eq!(
            address(index, "@types/node").as_deref(),
            Some("https://index.example.com/@types%2Fnode/json")
        );
        for name in ["", "a?b", "../x", "a#b", "a b", "/x"] {
            assert_eq!(address(index, name), None, "{name}");
        }
    }
}
