//! The pages of the manual are the tests: their examples are run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use facts::Finding;
use image::{Platform, Reference};
use kit::{Digest, LineIndex, apply_edits};
use syntax::Ignore;

use super::{ALL, MODULES};
use crate::{LintOptions, Package, Project, Rule, Settings, lint};

const HEADINGS: [&str; 4] = ["# ", "## What it does", "## Why", "## Example"];

fn snake(name: &str) -> String {
    name.replace('-', "_")
}

/// A block of a page that is tried.
struct Example {
    /// `bad`, `good` or `fixed`.
    kind: String,
    text: String,
    options: Vec<(String, String)>,
    /// The files and settings of the blocks above it.
    around: Around,
}

impl Example {
    fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn has(&self, key: &str) -> bool {
        self.all(key).next().is_some()
    }
}

/// The examples of a page. The first line of a block says how it is tried: ```` ```dockerfile,bad ````, `good` or
/// `fixed`, and behind that, each after a comma: `target:STAGE`, `arg:NAME:VALUE`, `context:NAME`; `pinned`, with which
/// images have digests and packages versions that can be looked up; `lines:2+5` for the lines of the findings.
///
/// ```` ```text,file:.dockerignore ```` is a file of the context, and ```` ```toml,settings ```` has keys of `[lint]`;
/// they count for the examples below them.
fn examples(page: &str) -> Vec<Example> {
    let mut found = Vec::new();
    let mut around = Around::default();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(head) = line.strip_prefix("```").filter(|head| head.contains(',')) else { continue };
        let text: String =
            lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
        let mut words = head.split(',').map(|word| word.split_once(':').unwrap_or((word, "")));
        match (words.next().unwrap_or_default().0, words.next().unwrap_or_default()) {
            ("dockerfile", (kind, _)) => {
                let options = words.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
                found.push(Example { kind: kind.to_owned(), text, options, around: around.clone() });
            }
            ("toml", ("settings", _)) => around.settings = settings(&text),
            (_, ("file", path)) => around.add(path, text),
            other => panic!("a block `{other:?}`"),
        }
    }
    found
}

fn settings(text: &str) -> Settings {
    toml_edit::de::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The build context of the examples: an ignore file, and a lock file of each package manager.
#[derive(Debug, Clone)]
struct Around {
    ignore: Ignore,
    files: BTreeMap<String, String>,
    settings: Settings,
    pinned: bool,
}

impl Default for Around {
    fn default() -> Self {
        Self {
            ignore: Ignore::parse("*.log\n.git\n"),
            files: BTreeMap::new(),
            settings: Settings {
                trusted_registries: vec!["docker.io".to_owned(), "*.example.com".to_owned()],
                ..Settings::default()
            },
            pinned: false,
        }
    }
}

impl Around {
    fn add(&mut self, path: &str, text: String) {
        if path == ".dockerignore" {
            self.ignore = Ignore::parse(&text);
        }
        self.files.insert(path.to_owned(), text);
    }
}

impl Project for Around {
    fn ignore(&self) -> Option<(&str, &Ignore)> {
        Some((".dockerignore", &self.ignore))
    }

    fn has(&self, path: &str) -> Option<bool> {
        let within = |file: &String| {
            file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        Some(path.contains("lock") || self.files.keys().any(within))
    }

    fn read(&self, path: &str) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn digest(&self, _: &Reference) -> Option<Digest> {
        self.pinned.then(|| format!("sha256:{}", "a".repeat(64)).parse().unwrap())
    }

    fn platform(&self, _: &Reference, _: &Platform) -> Option<Platform> {
        self.pinned.then(|| Platform::new("linux", "amd64", None))
    }

    fn version(&self, package: &Package<'_>) -> Option<String> {
        let version = match package.manager {
            "apk" => "1.2.3-r4",
            "apt" | "dnf" | "yum" | "microdnf" | "zypper" => "1.2.3-4",
            _ => "1.2.3",
        };
        self.pinned.then(|| version.to_owned())
    }
}

fn findings(rule: &Rule, example: &Example) -> Vec<Finding> {
    let project = Around { pinned: example.has("pinned"), ..example.around.clone() };
    let pair = |text: &str| text.split_once(':').map(|(key, value)| (key.to_owned(), value.to_owned()));
    let options = LintOptions {
        enable: vec![rule.code.to_owned()],
        refusals: Some(plan::refusals),
        settings: project.settings.clone(),
        target: example.all("target").next().map(str::to_owned),
        build_args: example.all("arg").filter_map(pair).collect(),
        named_contexts: example.all("context").map(str::to_owned).collect(),
        project: Some(&project),
        ..LintOptions::default()
    };
    let found = lint("Dockerfile", &example.text, &options);
    found.into_iter().filter(|finding| finding.code == rule.code).collect()
}

/// The lines that findings are at, as `lines=` says them.
fn lines(text: &str, found: &[Finding]) -> String {
    let index = LineIndex::new(text);
    let lines: Vec<String> =
        found.iter().map(|found| index.line(found.primary.range.start).to_string()).collect();
    lines.join("+")
}

#[test]
fn the_table_lists_every_file() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let files: BTreeSet<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|item| item.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "mod" && name != "tests")
        .collect();
    assert_eq!(files, MODULES.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn codes_are_sorted_and_names_are_those_of_the_files() {
    assert!(ALL.windows(2).all(|pair| pair[0].code < pair[1].code));
    for (rule, module) in ALL.iter().zip(MODULES) {
        assert_eq!(snake(rule.name), *module, "{}", rule.code);
    }
    let mut seen = BTreeSet::new();
    for name in ALL.iter().flat_map(|rule| [rule.code, rule.name]) {
        assert!(seen.insert(name.to_ascii_lowercase()), "{name} is used twice");
    }
    // What another tool has as one rule can be several here.
    for rule in ALL {
        let mut own = BTreeSet::new();
        for alias in rule.aliases {
            assert!(
                own.insert(*alias) && !seen.contains(&alias.to_ascii_lowercase()),
                "{alias} of {}",
                rule.code
            );
        }
    }
}

#[test]
fn pages_have_their_headings_in_order() {
    for rule in ALL {
        let page = rule.manual();
        let first = page.lines().next().unwrap();
        assert_eq!(first, format!("# {}", rule.name));
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, HEADINGS[1..], "{}", rule.name);
        assert!(!rule.summary.is_empty() && !rule.summary.ends_with('.'), "{}", rule.name);
    }
}

#[test]
fn bad_examples_are_found_and_good_ones_are_not() {
    for rule in ALL {
        let examples = examples(&rule.manual());
        for kind in ["bad", "good"] {
            assert!(
                examples.iter().any(|example| example.kind == kind),
                "{} has no {kind} example",
                rule.name
            );
        }
        for example in examples {
            let (text, found) = (&example.text, findings(rule, &example));
            match example.kind.as_str() {
                "bad" => assert!(!found.is_empty(), "{} does not find\n{text}", rule.name),
                "good" | "fixed" => assert_eq!(found, [], "{} finds in\n{text}", rule.name),
                other => panic!("{}: an example of the kind {other}", rule.name),
            }
            if let Some(expect) = example.all("lines").next() {
                assert_eq!(lines(text, &found), expect, "{}", rule.name);
            }
        }
    }
}

#[test]
fn fixes_make_what_the_page_shows() {
    for rule in ALL {
        let examples = examples(&rule.manual());
        for (at, example) in examples.iter().enumerate().filter(|(_, example)| example.kind == "bad") {
            let edits: Vec<_> = findings(rule, example)
                .into_iter()
                .filter_map(|found| found.fix)
                .flat_map(|fix| fix.edits)
                .collect();
            let next = examples.get(at + 1).filter(|example| example.kind == "fixed");
            let fixed = next.map(|example| example.text.clone());
            let made = (!edits.is_empty()).then(|| apply_edits(&example.text, &edits).unwrap());
            assert_eq!(made, fixed, "{}", rule.name);
        }
    }
}

#[test]
fn good_examples_have_no_finding_of_any_rule_but_information() {
    for rule in ALL {
        for Example { text, .. } in
            examples(&rule.manual()).into_iter().filter(|example| example.kind == "good")
        {
            let found = lint("Dockerfile", &text, &LintOptions::default());
            let loud: Vec<_> =
                found.iter().filter(|found| found.severity.reaches(facts::Severity::Warning)).collect();
            assert!(loud.is_empty(), "{}: {loud:#?}", rule.name);
        }
    }
}
