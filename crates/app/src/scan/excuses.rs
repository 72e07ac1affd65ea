//! What does not count, and why: `.cooper/exceptions.toml` beside the project, and `OpenVEX` documents.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use advisories::{Vex, VexAsked};
use facts::{Component, Excuse, Excused, Inventory, Subject, Vulnerability};
use serde::Deserialize;

use crate::{AppError, World};

/// Where exceptions are when nobody says.
const FILE: &str = ".cooper/exceptions.toml";

/// Larger files are refused.
const MAX_BYTES: u64 = 64 << 20;

/// Everything that excuses.
pub(crate) struct Excuses {
    exceptions: Vec<Exception>,
    file: String,
    documents: Vec<(String, Vex)>,
    today: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "exception")]
    exceptions: Vec<Exception>,
}

/// One exception: of a vulnerability, in all packages or in one; or of what a gate says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exception {
    /// An identifier of the vulnerability, whichever; or of what the gate is about.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// The gate; one that names it is for that alone.
    #[serde(default)]
    pub(crate) gate: Option<String>,
    /// Name or package URL of the package; the latter need not say everything.
    #[serde(default)]
    pub(crate) package: Option<String>,
    reason: String,
    /// The last day on which it counts, as `2026-12-31`.
    #[serde(default, deserialize_with = "day")]
    expires: Option<String>,
}

/// A day, as a text or as a date of TOML.
fn day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Day {
        Text(String),
        Date(toml_edit::Datetime),
    }
    Ok(Some(match Day::deserialize(from)? {
        Day::Text(text) => text,
        Day::Date(date) => date.to_string(),
    }))
}

impl Exception {
    /// What it is for, as messages call it.
    fn name(&self) -> String {
        let id = self.id.as_deref();
        match (&self.gate, id) {
            (Some(gate), Some(id)) => format!("{id} of the gate `{gate}`"),
            (Some(gate), None) => format!("the gate `{gate}`"),
            (None, id) => id.unwrap_or_default().to_owned(),
        }
    }
}

impl Excuses {
    /// Reads all of them. `exceptions` is a file in place of the usual one, which need not be there.
    pub(crate) fn read(
        world: &World,
        exceptions: Option<&str>,
        documents: &[String],
    ) -> Result<Self, AppError> {
        let file = exceptions.unwrap_or(FILE);
        let text = match read_text(&world.path(file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && exceptions.is_none() => String::new(),
            text => text.map_err(|error| AppError::usage(format!("`{file}` cannot be read: {error}")))?,
        };
        let mut read = Vec::new();
        for name in documents {
            let text = read_text(&world.path(name));
            let text = text.map_err(|error| AppError::usage(format!("`{name}` cannot be read: {error}")))?;
            let vex = Vex::parse(text.as_bytes());
            read.push((name.clone(), vex.map_err(|error| AppError::usage(format!("`{name}`: {error}")))?));
        }
        let today = crate::export::rfc3339(world.seconds()).chars().take(10).collect();
        Ok(Self { exceptions: parse(file, &text)?, file: file.to_owned(), documents: read, today })
    }

    /// Parts what is excused from what is not, and says which exceptions have ended or excuse nothing.
    pub(crate) fn apply(
        &self,
        subject: &Subject,
        inventory: &Inventory,
        found: Vec<Vulnerability>,
    ) -> (Vec<Vulnerability>, Vec<Excused>, Vec<String>) {
        let (mut left, mut excused, mut used) = (Vec::new(), Vec::new(), BTreeSet::new());
        for one in found {
            let component = inventory.components.get(one.component);
            let purl = component.map(|found| facts::purl(&found.package, inventory.distro.as_ref()));
            let excuse = component.zip(purl.as_ref()).and_then(|(component, purl)| {
                self.exception(&one, component, purl, &mut used)
                    .or_else(|| self.document(&one, subject, purl))
            });
            match excuse {
                Some(excuse) => excused.push(Excused { vulnerability: one, excuse }),
                None => left.push(one),
            }
        }
        (left, excused, self.notes(&used))
    }

    fn exception(
        &self,
        one: &Vulnerability,
        component: &Component,
        purl: &str,
        used: &mut BTreeSet<usize>,
    ) -> Option<Excuse> {
        let fits = |exception: &Exception| {
            let ids = std::iter::once(&one.id).chain(&one.aliases);
            let is_package = exception
                .package
                .as_ref()
                .is_none_or(|package| is_package(package, &component.package.name, purl));
            let is_wanted = |wanted: &String| ids.clone().any(|id| id.eq_ignore_ascii_case(wanted));
            exception.gate.is_none() && is_package && exception.id.as_ref().is_some_and(is_wanted)
        };
        let mut all = self.exceptions.iter().enumerate().filter(|(_, exception)| fits(exception));
        let (at, exception) = all.find(|(_, exception)| !self.has_ended(exception))?;
        used.insert(at);
        Some(self.excuse(exception))
    }

    /// All exceptions.
    pub(crate) fn all(&self) -> &[Exception] {
        &self.exceptions
    }

    /// What an exception says.
    pub(crate) fn excuse(&self, exception: &Exception) -> Excuse {
        Excuse {
            status: "accepted".to_owned(),
            reason: exception.reason.clone(),
            expires: exception.expires.clone(),
            file: self.file.clone(),
        }
    }

    fn document(&self, one: &Vulnerability, subject: &Subject, purl: &str) -> Option<Excuse> {
        let ids: Vec<&str> = std::iter::once(&one.id).chain(&one.aliases).map(String::as_str).collect();
        let subject: Vec<&str> =
            std::iter::once(subject.name.as_str()).chain(subject.digest.as_deref()).collect();
        let asked = VexAsked { ids: &ids, purl, subject: &subject };
        self.documents.iter().find_map(|(file, document)| {
            let (status, reason) = document.excuses(&asked)?;
            Some(Excuse {
                status: status.to_owned(),
                reason: reason.to_owned(),
                expires: None,
                file: file.clone(),
            })
        })
    }

    pub(crate) fn has_ended(&self, exception: &Exception) -> bool {
        exception.expires.as_ref().is_some_and(|day| *day < self.today)
    }

    fn notes(&self, used: &BTreeSet<usize>) -> Vec<String> {
        let unused =
            self.exceptions.iter().enumerate().filter(|(at, one)| !used.contains(at) && one.gate.is_none());
        unused.map(|(_, exception)| self.note(exception)).collect()
    }

    /// What is to be said of an exception that excuses nothing.
    pub(crate) fn note(&self, exception: &Exception) -> String {
        let of = exception.package.as_ref().map(|name| format!(" of `{name}`")).unwrap_or_default();
        let why = match &exception.expires {
            Some(day) if self.has_ended(exception) => format!("ended on {day}"),
            _ => "excuses nothing that was found".to_owned(),
        };
        format!("the exception for {}{of} in `{}` {why}", exception.name(), self.file)
    }
}

/// Whether a package is the one that an exception names: by its name, that of its URL for `PyPI`, where `jinja2` and `Jinja2` are one,
/// or the beginning of its package URL.
pub(crate) fn is_package(wanted: &str, name: &str, purl: &str) -> bool {
    let normal = purl.strip_prefix("pkg:pypi/").and_then(|rest| rest.split(['@', '?']).next());
    wanted == name || normal == Some(wanted) || purl == wanted || is_begin(purl, wanted)
}

/// Whether a package URL begins so, and goes on with a version or qualifiers.
fn is_begin(purl: &str, begin: &str) -> bool {
    purl.strip_prefix(begin).is_some_and(|rest| rest.starts_with(['@', '?']))
}

fn parse(file: &str, text: &str) -> Result<Vec<Exception>, AppError> {
    let read: File = toml_edit::de::from_str(text).map_err(|error| {
        let range = error.span().map(kit::TextRange::of);
        let message = format!("`{file}` is no list of exceptions: {}", error.message());
        AppError::usage(message).in_source(file, text, range)
    })?;
    for one in &read.exceptions {
        let problem = match &one.expires {
            _ if one.reason.trim().is_empty() => "has no reason".to_owned(),
            Some(day) if !is_day(day) => format!("ends on `{day}`, which is no day such as `2026-12-31`"),
            None if one.gate.is_some() => "has no last day: `expires = \"2026-12-31\"`".to_owned(),
            _ if one.id.is_none() && one.gate.is_none() => "names no `id` and no `gate`".to_owned(),
            _ => continue,
        };
        return Err(AppError::usage(format!("the exception for {} in `{file}` {problem}", one.name())));
    }
    Ok(read.exceptions)
}

/// Days in this form are in the order of their texts.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let fits =
        |(at, byte): (usize, &u8)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() };
    bytes.len() == 10 && bytes.iter().enumerate().all(fits)
}

fn read_text(path: &Path) -> io::Result<String> {
    let bytes = kit::read_bounded(fs::File::open(path)?, MAX_BYTES)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use facts::{Attacks, Ecosystem, Package, Risk};

    use super::*;

    fn applied(text: &str) -> (usize, usize, Vec<String>) {
        let package = Package::new(Ecosystem::Npm, "@a/b", "1.0.0");
        let component = Component { package, places: Vec::new(), owner: None, origin: None };
        let inventory = Inventory { components: vec![component], ..Inventory::default() };
        let found = Vulnerability {
            id: "CVE-1".to_owned(),
            aliases: vec!["GHSA-1".to_owned()],
            risk: Risk::High,
            summary: String::new(),
            component: 0,
            fixed: None,
            source: "x".to_owned(),
            attacks: Attacks::default(),
        };
        let exceptions = parse("e.toml", text).unwrap();
        let known = Excuses {
            exceptions,
            file: "e.toml".to_owned(),
            documents: Vec::new(),
            today: "2026-11-30".to_owned(),
        };
        let (left, excused, notes) = known.apply(&Subject::default(), &inventory, vec![found]);
        (left.len(), excused.len(), notes)
    }

    fn exception(id: &str, more: &str) -> String {
        format!("[[exception]]\nid = \"{id}\"\nreason = \"r\"\n{more}\n")
    }

    #[test]
    fn exceptions_are_for_a_package_and_a_time() {
        let check = |text: String, excused: usize, note: &str| {
            let (left, found, notes) = applied(&text);
            assert_eq!((left, found), (1 - excused, excused), "{text}");
            assert_eq!(notes.first().map_or("", String::as_str), note, "{text}");
        };
        check(exception("ghsa-1", ""), 1, "");
        check(exception("CVE-1", "package = \"@a/b\""), 1, "");
        check(exception("CVE-1", "package = \"pkg:npm/%40a/b\"\nexpires = \"2026-11-30\""), 1, "");
        check(exception("CVE-1", "expires = 2026-11-30"), 1, "");
        let unused = "excuses nothing that was found";
        check(
            exception("CVE-1", "package = \"c\""),
            0,
            &format!("the exception for CVE-1 of `c` in `e.toml` {unused}"),
        );
        check(exception("CVE-2", ""), 0, &format!("the exception for CVE-2 in `e.toml` {unused}"));
        check(
            exception("CVE-1", "expires = \"2026-11-29\""),
            0,
            "the exception for CVE-1 in `e.toml` ended on 2026-11-29",
        );
    }

    #[test]
    fn packages_have_the_name_of_their_url_too() {
        let purl = "pkg:pypi/jinja2@2.10";
        assert!(
            ["Jinja2", "jinja2", "pkg:pypi/jinja2", purl].iter().all(|one| is_package(one, "Jinja2", purl))
        );
        assert!(!is_package("b", "@a/b", "pkg:npm/%40a/b@1.0.0"));
        for other in ["ja2", "", "pypi/jinja2", "pkg:pypi/jinja", "jinja2@2.10"] {
            assert!(!is_package(other, "Jinja2", purl), "{other}");
        }
    }

    #[test]
    fn an_exception_says_why() {
        for text in
            ["[[exception]]\nid = \"a\"\n", "[[exception]]\nid = \"a\"\nreason = \" \"\n", "[[exeption]]\n"]
        {
            assert!(parse("e", text).is_err(), "{text}");
        }
        for day in ["\"soon\"", "2026-12-31T00:00:00Z", "5"] {
            assert!(parse("e", &exception("a", &format!("expires = {day}"))).is_err(), "{day}");
        }
    }
}
