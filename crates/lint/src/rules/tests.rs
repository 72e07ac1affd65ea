//! The pages of the manual are the tests: their examples are run.

use std::collections::BTreeSet;
use std::path::Path;

use facts::Finding;
use kit::apply_edits;
use syntax::Ignore;

use super::{ALL, MODULES};
use crate::{LintOptions, Project, Rule, Settings, lint};

const HEADINGS: [&str; 4] = ["# ", "## What it does", "## Why", "## Example"];

fn snake(name: &str) -> String {
    name.replace('-', "_")
}

/// Kind and text of the examples of a page.
fn examples(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```dockerfile,") {
            let text: String =
                lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
            found.push((kind.to_owned(), text));
        }
    }
    found
}

/// The build context of the examples: an ignore file, and a lock file of each package manager.
#[derive(Debug)]
struct Around {
    ignore: Ignore,
}

impl Project for Around {
    fn ignore(&self) -> Option<(&str, &Ignore)> {
        Some((".dockerignore", &self.ignore))
    }

    fn has(&self, path: &str) -> Option<bool> {
        Some(path.contains("lock"))
    }

    fn read(&self, _: &str) -> Option<String> {
        None
    }
}

fn findings(rule: &Rule, text: &str) -> Vec<Finding> {
    let enable = vec![rule.code.to_owned()];
    let settings = Settings {
        trusted_registries: vec!["docker.io".to_owned(), "*.example.com".to_owned()],
        ..Settings::default()
    };
    let project = Around { ignore: Ignore::parse("*.log\n.git\n") };
    let options = LintOptions {
        enable,
        refusals: Some(plan::refusals),
        settings,
        project: Some(&project),
        ..LintOptions::default()
    };
    lint("Dockerfile", text, &options).into_iter().filter(|finding| finding.code == rule.code).collect()
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
            assert!(examples.iter().any(|(is, _)| is == kind), "{} has no {kind} example", rule.name);
        }
        for (kind, text) in examples {
            let found = findings(rule, &text);
            match kind.as_str() {
                "bad" => assert!(!found.is_empty(), "{} does not find\n{text}", rule.name),
                "good" | "fixed" => assert_eq!(found, [], "{} finds in\n{text}", rule.name),
                other => panic!("{}: an example of the kind {other}", rule.name),
            }
        }
    }
}

#[test]
fn fixes_make_what_the_page_shows() {
    for rule in ALL {
        let examples = examples(&rule.manual());
        for (at, (_, text)) in examples.iter().enumerate().filter(|(_, (kind, _))| kind == "bad") {
            let edits: Vec<_> = findings(rule, text)
                .into_iter()
                .filter_map(|found| found.fix)
                .flat_map(|fix| fix.edits)
                .collect();
            let fixed =
                examples.get(at + 1).filter(|(kind, _)| kind == "fixed").map(|(_, text)| text.clone());
            let made = (!edits.is_empty()).then(|| apply_edits(text, &edits).unwrap());
            assert_eq!(made, fixed, "{}", rule.name);
        }
    }
}

#[test]
fn good_examples_have_no_finding_of_any_rule_but_information() {
    for rule in ALL {
        for (_, text) in examples(&rule.manual()).into_iter().filter(|(kind, _)| kind == "good") {
            let found = lint("Dockerfile", &text, &LintOptions::default());
            let loud: Vec<_> =
                found.iter().filter(|found| found.severity.reaches(facts::Severity::Warning)).collect();
            assert!(loud.is_empty(), "{}: {loud:#?}", rule.name);
        }
    }
}
