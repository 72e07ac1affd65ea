//! The examples of the pages are true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use facts::{
    Attacks, Component, Ecosystem, ImageFinding, ImagePlace, Origin, Package, Secret, SecretPlace,
    Vulnerability,
};
use image::ContainerConfig;
use serde_json::Value;

use super::{ALL, MODULES};
use crate::{Base, Evidence, Known, Layer, Place, Policy, Problem, Scanned, Signer, judge};

const DAY: i64 = 86_400;
const NOW: i64 = 2_000_000_000;

/// An image of an example.
#[derive(Default)]
struct Example {
    config: ContainerConfig,
    layers: Vec<Layer>,
    scanned: Scanned,
    problems: Vec<Problem>,
    checks: Vec<ImageFinding>,
    bases: Vec<Base>,
    signed: Vec<String>,
    reproduced: bool,
}

fn place(line: &str) -> Place {
    let line = line.parse().unwrap();
    Place { file: "Dockerfile".to_owned(), line, end_line: line }
}

fn origin(line: &str) -> Origin {
    Origin { file: Some("Dockerfile".to_owned()), line: line.parse().ok(), ..Origin::default() }
}

impl Example {
    /// `user: NAME`, `label: KEY=VALUE`, `layer: BYTES line N`, `vulnerability: ID RISK PACKAGE [fixed VERSION] [exploited]`,
    /// `secret: RULE RISK PATH line N`, `lint: CODE NAME SEVERITY LINE`, `check: CODE NAME SEVERITY`,
    /// `base: NAME N days old, line N`, `signed: KEY [KIND]`, `reproduced: yes`.
    fn read(text: &str) -> Self {
        let mut out = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(':').unwrap();
            let rest = rest.trim();
            let words: Vec<&str> = rest.split_whitespace().collect();
            match word {
                "user" => rest.clone_into(&mut out.config.user),
                "label" => {
                    let (key, value) = rest.split_once('=').unwrap();
                    out.config.labels.insert(key.to_owned(), value.to_owned());
                }
                "layer" => out.layers.push(Layer {
                    size: words[0].parse().unwrap(),
                    step: Some("COPY . .".to_owned()),
                    place: Some(place(words[2])),
                }),
                "vulnerability" => out.vulnerability(&words),
                "secret" => out.scanned.secrets.push(secret(&words)),
                "lint" => out.problems.push(Problem {
                    code: words[0].to_owned(),
                    names: vec![words[1].to_owned()],
                    severity: words[2].parse().unwrap(),
                    message: "it is wrong".to_owned(),
                    place: place(words[3]),
                }),
                "check" => out.checks.push(check(&words)),
                "base" => out.bases.push(Base {
                    name: words[0].to_owned(),
                    created: words[1].parse::<i64>().ok().map(|days| NOW - days * DAY),
                    place: Some(place(words[5])),
                    ..Base::default()
                }),
                "signed" => out.signed.push(rest.to_owned()),
                "reproduced" => out.reproduced = rest == "yes",
                other => panic!("{other}"),
            }
        }
        out
    }

    fn vulnerability(&mut self, words: &[&str]) {
        let package = Package::new(Ecosystem::Deb, words[2], "1.0");
        let origin = Some(origin("2"));
        let component = Component { package, places: Vec::new(), owner: None, origin };
        self.scanned.inventory.components.push(component);
        let after =
            |word: &str| words.iter().skip_while(|one| **one != word).nth(1).map(|one| (*one).to_owned());
        self.scanned.vulnerabilities.push(Vulnerability {
            id: words[0].to_owned(),
            aliases: Vec::new(),
            risk: words[1].parse().unwrap(),
            summary: String::new(),
            component: self.scanned.inventory.components.len() - 1,
            fixed: after("fixed"),
            source: "x".to_owned(),
            attacks: Attacks {
                exploited_since: words.contains(&"exploited").then(|| "2026-01-01".to_owned()),
                ..Attacks::default()
            },
        });
    }
}

fn secret(words: &[&str]) -> Secret {
    Secret {
        rule: words[0].to_owned(),
        description: "a secret".to_owned(),
        severity: words[1].parse().unwrap(),
        place: SecretPlace::File { path: words[2].to_owned(), line: 1, end_line: 1, column: 1 },
        length: 9,
        mark: String::new(),
        fingerprint: format!("{}:{}", words[2], words[0]),
        origin: Some(origin(words[4])),
        hidden_by: None,
    }
}

fn check(words: &[&str]) -> ImageFinding {
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    ImageFinding {
        code: leak(words[0]),
        check: leak(words[1]),
        aliases: Vec::new(),
        severity: words[2].parse().unwrap(),
        message: "it is wrong".to_owned(),
        place: ImagePlace::Config { key: "User".to_owned() },
        layer: None,
        origin: Some(origin("3")),
    }
}

impl Evidence for Example {
    fn config(&self) -> &ContainerConfig {
        &self.config
    }

    fn layers(&self) -> Known<&[Layer]> {
        Ok(&self.layers)
    }

    fn scan(&self) -> Known<&Scanned> {
        Ok(&self.scanned)
    }

    fn lint(&self) -> Known<&[Problem]> {
        Ok(&self.problems)
    }

    fn checks(&self) -> Known<&[ImageFinding]> {
        Ok(&self.checks)
    }

    fn bases(&self) -> Known<&[Base]> {
        Ok(&self.bases)
    }

    fn signed(&self, signer: &Signer, kind: Option<&str>) -> Known<()> {
        let Signer::Key { key } = signer else { return Err("it is not signed".to_owned()) };
        let wanted = kind.map_or_else(|| key.clone(), |kind| format!("{key} {kind}"));
        self.signed.contains(&wanted).then_some(()).ok_or_else(|| "it is not signed".to_owned())
    }

    fn reproduced(&self) -> Known<()> {
        self.reproduced.then_some(()).ok_or_else(|| "it was built once".to_owned())
    }

    fn now(&self) -> i64 {
        NOW
    }

    fn last_stage(&self) -> Option<Place> {
        Some(place("1"))
    }

    fn user_place(&self) -> Option<Place> {
        Some(place("1"))
    }
}

/// The blocks of a page: what stands behind the three ticks, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let (mut all, mut lines) = (Vec::new(), page.lines());
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        all.push((kind.to_owned(), text.join("\n")));
    }
    all
}

fn policy(text: &str) -> Policy {
    let table: BTreeMap<String, Value> = toml_edit::de::from_str(text).unwrap();
    Policy::read(&table, |_| Some(1)).unwrap()
}

#[test]
fn the_examples_of_the_pages_are_true() {
    for gate in ALL {
        let (mut rules, mut seen) = (Policy::default(), [false; 2]);
        for (kind, text) in blocks(&gate.page()) {
            match kind.as_str() {
                "toml,policy" => rules = policy(&text),
                "image,passed" | "image,stopped" => {
                    let stops = judge(&rules, &Example::read(&text));
                    let is_stopped = kind == "image,stopped";
                    assert_eq!(!stops.is_empty(), is_stopped, "{}:\n{text}\n{stops:?}", gate.name);
                    seen[usize::from(is_stopped)] = true;
                    assert!(stops.iter().all(|stop| stop.gate == *gate && stop.policy == Some(1)));
                }
                other => panic!("{}: {other}", gate.name),
            }
        }
        assert_eq!(seen, [true; 2], "{} has examples of both kinds", gate.name);
    }
}

#[test]
fn stops_know_their_lines() {
    let text = "layer: 60 line 4\nvulnerability: CVE-1 high a\nsecret: k high /k line 3\nbase: x 9 days old, line 1\n\
                lint: CO1 a error 7\ncheck: IM1 b error\nuser: root";
    let rules = policy(
        "size = 1\nlayer-size = 1\nseverity = \"low\"\nsecrets = true\nbases = [\"y\"]\nbase-age = \"1d\"\n\
         lint = [\"error\"]\nchecks = [\"IM1\"]\nuser = \"non-root\"\nlabels = [\"a\"]",
    );
    let stops = judge(&rules, &Example::read(text));
    assert_eq!(stops.len(), 10, "{stops:?}");
    for stop in stops {
        assert!(stop.place.is_some(), "{}", stop.gate.name);
    }
}

#[test]
fn what_nobody_has_rated_is_noted_by_the_gates_that_it_passes() {
    let image = Example::read(
        "vulnerability: CVE-1 unknown a\nvulnerability: CVE-2 unknown b fixed 2\nvulnerability: CVE-3 low c",
    );
    let check = |text: &str, expect: &[&str]| {
        let all = policy(text).rules;
        let notes: Vec<String> = all.iter().flat_map(|rule| rule.judge(&image).notes).collect();
        assert_eq!(notes.len(), expect.len(), "{notes:?}");
        for (note, expect) in notes.iter().zip(expect) {
            assert!(note.starts_with(expect), "{note}");
        }
    };
    check("severity = \"low\"", &["2 vulnerabilities have no known severity and pass `severity`"]);
    check("fixable = \"high\"", &["1 vulnerabilities have no known severity and pass `fixable`"]);
    check("fixable = \"high\"\nseverity = \"low\"", &["1 vulnerabilities", "2 vulnerabilities"]);
    check("severity = \"unknown\"\nfixable = \"unknown\"\nexploited = true\nuser = \"non-root\"", &[]);
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    for text in [
        "sise = 1",
        "size = \"x\"",
        "size = -1",
        "layer-size = []",
        "severity = \"bad\"",
        "fixable = true",
        "exploited = \"yes\"",
        "secrets = 1",
        "lint = \"error\"",
        "checks = 1",
        "user = \"nobody\"",
        "bases = {}",
        "base-age = \"soon\"",
        "labels = 1",
        "signatures = [{}]",
        "signatures = [{ key = \"a\", identity = \"b\" }]",
        "signatures = [{ identity = \"b\" }]",
        "attestations = [\"spdxjson\"]",
        "reproducible = 1",
    ] {
        let table: BTreeMap<String, Value> = toml_edit::de::from_str(text).unwrap();
        let error = Policy::read(&table, |_| None).unwrap_err();
        assert!(text.starts_with(&error.key), "{error}");
    }
}

#[test]
fn the_table_lists_every_file_and_names_are_their_own() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gates");
    let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
    files.retain(|file| !["mod", "tests"].contains(&file.as_str()));
    files.sort();
    assert_eq!(files, MODULES);
    assert_eq!(ALL.iter().map(|gate| gate.name.replace('-', "_")).collect::<Vec<_>>(), MODULES);
    let codes: BTreeSet<_> = ALL.iter().map(|gate| gate.code).collect();
    assert_eq!(codes.len(), ALL.len());
}
