//! Debian's security tracker (`security-tracker.debian.org/tracker/data/json`): for each source package and each CVE what
//! is so in each release. `fixed_version` 0 says that a release was never affected. A CVE that is open has no end. What is
//! undetermined is left out. Urgencies are the tracker's; `unimportant` is negligible.

use std::collections::BTreeMap;
use std::fmt;

use facts::{Ecosystem, Risk};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::{Source, json_with};
use crate::ecosystems::debian_release;
use crate::import::Sink;
use crate::{Advisory, Bounds};

pub(crate) static SOURCE: Source = Source {
    name: "debian",
    title: "list of Debian's security tracker",
    knows: |_, bytes| json_with(bytes, "releases"),
    read,
};

/// Longer summaries are cut.
const MAX_SUMMARY: usize = 200;

#[derive(Deserialize)]
struct Cve {
    #[serde(default)]
    description: String,
    #[serde(default)]
    releases: BTreeMap<String, Release>,
}

#[derive(Deserialize)]
struct Release {
    #[serde(default)]
    status: String,
    #[serde(default)]
    fixed_version: String,
    #[serde(default)]
    urgency: String,
}

fn read(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    Packages(sink).deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())
}

/// Reads package by package, as the whole has some hundred megabytes when it is in memory.
struct Packages<'a, 'b>(&'a mut Sink<'b>);

impl<'de> DeserializeSeed<'de> for Packages<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Packages<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with source packages")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((package, cves)) = map.next_entry::<String, BTreeMap<String, Cve>>()? {
            for (id, cve) in &cves {
                cve.releases
                    .iter()
                    .for_each(|(name, release)| push(self.0, (&package, id), cve, (name, release)));
            }
        }
        Ok(())
    }
}

fn push(sink: &mut Sink<'_>, (package, id): (&str, &str), cve: &Cve, (name, release): (&str, &Release)) {
    let Some(shard) = debian_release(name) else { return };
    let fixed = match release.status.as_str() {
        "resolved" if release.fixed_version != "0" => release.fixed_version.clone(),
        "open" => String::new(),
        _ => return,
    };
    let summary = cve.description.lines().next().unwrap_or_default().chars().take(MAX_SUMMARY).collect();
    let advisory = Advisory {
        id: id.to_owned(),
        risk: risk(&release.urgency),
        summary,
        bounds: vec![Bounds { fixed, ..Bounds::default() }],
        ..Advisory::default()
    };
    sink.push(&shard, Ecosystem::Deb, package, advisory);
}

/// `low**`: the stars say that it was not a person who said so.
fn risk(urgency: &str) -> Risk {
    urgency.trim_end_matches('*').parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::sources::tests::said;

    const LIST: &str = r#"{"openssl": {"CVE-2024-1": {"description": "a\nb", "scope": "local", "releases": {
        "bookworm": {"status": "resolved", "fixed_version": "3.0.1-1", "urgency": "low**"},
        "trixie": {"status": "resolved", "fixed_version": "0", "urgency": "unimportant"},
        "sid": {"status": "undetermined", "urgency": "high"}}},
        "CVE-2024-2": {"releases": {"bookworm": {"status": "open", "urgency": "unimportant"}}}}}"#;

    #[test]
    fn each_release_has_its_own_end() {
        let said = |shard| said("json", LIST, shard, "openssl");
        assert_eq!(said("debian-12"), ["CVE-2024-1 low ..3.0.1-1", "CVE-2024-2 negligible .."]);
        assert_eq!((said("debian-13"), said("debian-sid")), (vec![], vec![]));
    }
}
