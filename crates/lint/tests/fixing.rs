//! Fixes as a whole: they end, they leave nothing to fix, and nothing is worse afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cooper_lint::{FixChoice, Fixed, LintOptions, fix, lint, rules};
use facts::{Finding, Safety};
use kit::apply_edits;

fn fixed(text: &str, safety: Safety, select: &[&str]) -> Fixed {
    let select = select.iter().map(|name| (*name).to_owned()).collect();
    let options = LintOptions { select, ..LintOptions::default() };
    fix("Dockerfile", text, &options, &FixChoice { safety, without: BTreeSet::new() })
}

#[test]
fn fixes_of_several_rules_are_applied_in_rounds() {
    let text = "FROM debian:12\n# why\nRUN sudo sudo a && sudo b\n# cooper: ignore=CO408 no\nRUN true\n";
    let done = fixed(text, Safety::Unsafe, &["CO404", "CO010"]);
    assert_eq!(done.text, "FROM debian:12\n# why\nRUN a && b\nRUN true\n");
    assert!(done.applied.iter().any(|fix| fix.code == "CO404" && fix.line == 3), "{:?}", done.applied);
}

#[test]
fn unsafe_fixes_wait_for_leave() {
    let text = "FROM debian:12\nRUN sudo a\n";
    assert_eq!(fixed(text, Safety::Safe, &["CO404"]).text, text);
    let options = LintOptions { select: vec!["CO404".to_owned()], ..LintOptions::default() };
    let without = FixChoice { safety: Safety::Unsafe, without: BTreeSet::from(["CO404"]) };
    assert_eq!(fix("Dockerfile", text, &options, &without).text, text);
}

#[test]
fn fixes_end_lines_as_the_file_does() {
    for (text, select, expect) in [
        ("FROM debian:12\r\nCMD [\"a\"]\r\n", "CO503", "FROM debian:12\r\nUSER 65532\r\nCMD [\"a\"]\r\n"),
        ("FROM a\r\nRUN a\r\nRUN b\r\n", "CO720", "FROM a\r\nRUN a \\\r\n    && b\r\n"),
        (
            "FROM a\r\nRUN <<EOF\r\nsource $A/b\r\nEOF\r\n",
            "CO901",
            "FROM a\r\nRUN <<EOF\r\nsource \"$A/b\"\r\nEOF\r\n",
        ),
        ("FROM a\nRUN a\nRUN b\n", "CO720", "FROM a\nRUN a \\\n    && b\n"),
    ] {
        assert_eq!(fixed(text, Safety::Unsafe, &[select]).text, expect);
    }
}

#[test]
fn what_is_added_behind_a_command_hides_no_failure_of_it() {
    let install = "apt-get update && apt-get install -y --no-install-recommends a=1";
    let clean = "rm -rf /var/lib/apt/lists/*";
    let heredoc = |body: &str| format!("RUN <<EOF\n{body}\nEOF");
    for (step, expect) in [
        (format!("RUN {install}"), format!("RUN {install} && {clean}")),
        (format!("RUN set -e; {install}"), format!("RUN set -e; {install} && {clean}")),
        (format!("RUN set -e; {install}; b"), format!("RUN set -e; {install}; {clean}; b")),
        (heredoc(&format!("set -e\n  {install}\nb")), heredoc(&format!("set -e\n  {install}\n  {clean}\nb"))),
        (heredoc(&format!("{install} # why\nb")), heredoc(&format!("{install}; {clean} # why\nb"))),
        (
            format!("RUN set -e; if b; then {install}; c; fi"),
            format!("RUN set -e; if b; then {install}; c; fi"),
        ),
    ] {
        let text = format!("FROM debian:12\n{step}\n");
        assert_eq!(fixed(&text, Safety::Safe, &["CO602"]).text, format!("FROM debian:12\n{expect}\n"));
    }
}

#[test]
fn a_fix_that_makes_a_finding_of_a_rule_that_is_off_is_left_out() {
    let text = "# BUILD what is built\nFROM debian:12 AS BUILD\nUSER 1000\n";
    let done = fixed(text, Safety::Safe, &["CO211"]);
    assert_eq!(done.text, text);
    assert!(done.left_out[0].why.contains("CO816"), "{:?}", done.left_out);
}

#[test]
fn an_archive_that_apt_left_is_cleared_by_apt_get() {
    let text = "FROM registry.example.com/a:1\nRUN apt install -y b\n";
    let done = fixed(text, Safety::Safe, &["CO626"]);
    assert_eq!(done.text, "FROM registry.example.com/a:1\nRUN apt install -y b && apt-get clean\n");
    assert!(done.left_out.is_empty(), "{:?}", done.left_out);
}

fn counts(findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.code).or_default() += 1;
    }
    counts
}

fn comments(text: &str) -> usize {
    let pragma = |line: &&str| !line.contains("cooper:");
    text.lines().map(str::trim).filter(|line| line.starts_with('#')).filter(pragma).count()
}

#[expect(clippy::print_stdout, reason = "a test that cannot run says why")]
fn skip(why: &str) {
    println!("not run: {why}");
}

#[expect(clippy::disallowed_methods, reason = "tests find external data through the environment")]
fn archive() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("COOPER_SHARED").map_or(beside, PathBuf::from);
    Some(shared.join("corpus/dockerfiles.tar.xz")).filter(|path| path.is_file())
}

fn collect(dir: &Path, texts: &mut Vec<(PathBuf, String)>) {
    for item in std::fs::read_dir(dir).expect("the directory was just made") {
        let path = item.expect("the directory was just made").path();
        if path.is_dir() {
            collect(&path, texts);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            texts.push((path, text));
        }
    }
}

/// Without optimization each file takes some ten times as long, so only a part of them is tried.
const EVERY: usize = if cfg!(debug_assertions) { 48 } else { 1 };

#[test]
fn fixes_of_the_corpus_leave_files_that_can_be_read_and_nothing_to_fix() {
    let Some(archive) = archive() else { return skip("COOPER_SHARED names no directory with the corpus") };
    let dir = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(dir.path()).status();
    if !unpacked.is_ok_and(|status| status.success()) {
        return skip("tar with xz is needed to unpack the corpus");
    }
    let mut texts = Vec::new();
    collect(dir.path(), &mut texts);
    texts.sort();
    assert!(texts.len() > 1000, "the corpus has {} files only", texts.len());
    for (path, text) in texts.iter().step_by(EVERY) {
        holds(&path.display().to_string(), text);
    }
}

#[test]
fn fixes_of_the_examples_leave_files_that_can_be_read_and_nothing_to_fix() {
    let mut tried = 0;
    for rule in rules() {
        for text in bad_examples(&rule.manual()) {
            holds(rule.name, &text);
            each_alone(rule.code, &text);
            tried += 1;
        }
    }
    assert!(tried >= rules().len(), "{tried} examples only");
}

fn bad_examples(page: &str) -> Vec<String> {
    let mut lines = page.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with("```dockerfile,bad") {
            found.push(
                lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect(),
            );
        }
    }
    found
}

/// All rules, or those that run without being asked for.
fn options<'a>(all: bool) -> LintOptions<'a> {
    let enable = if all { vec!["all".to_owned()] } else { Vec::new() };
    LintOptions { enable, refusals: Some(plan::refusals), ..LintOptions::default() }
}

/// What must be true of the fixes of every file.
fn holds(name: &str, text: &str) {
    for (safety, all) in
        [(Safety::Safe, false), (Safety::Unsafe, false), (Safety::Safe, true), (Safety::Unsafe, true)]
    {
        let options = options(all);
        let choice = FixChoice { safety, without: BTreeSet::new() };
        let done = fix("Dockerfile", text, &options, &choice);
        no_worse(name, text, &done.text, &options);
        assert!(comments(&done.text) >= comments(text), "{name}: a comment is lost");
        let again = fix("Dockerfile", &done.text, &options, &choice);
        assert_eq!(again.text, done.text, "{name}: fixed twice is not fixed once");
    }
}

/// A text can be read and built as well as another one, and has no finding that this one has not.
fn no_worse(name: &str, old: &str, new: &str, options: &LintOptions<'_>) {
    let errors = |text: &str| syntax::parse(text).all_errors().len();
    assert!(errors(new) <= errors(old), "{name}: cannot be read any more:\n{new}");
    let before = counts(&lint("Dockerfile", old, options));
    for (code, count) in counts(&lint("Dockerfile", new, options)) {
        assert!(before.get(code).is_some_and(|old| *old >= count), "{name}: a new finding of {code}:\n{new}");
    }
}

/// An editor applies fixes one by one: each mends what it is for and makes nothing else worse.
fn each_alone(code: &str, text: &str) {
    let options = options(true);
    let before = lint("Dockerfile", text, &options);
    let count = |findings: &[Finding], code| findings.iter().filter(|found| found.code == code).count();
    for found in before.iter().filter(|found| found.code == code) {
        let Some(fix) = found.fix.as_ref().filter(|fix| !fix.edits.is_empty()) else { continue };
        let new = apply_edits(text, &fix.edits).expect("edits of a fix do not overlap");
        no_worse(code, text, &new, &options);
        let left = count(&lint("Dockerfile", &new, &options), found.code);
        assert!(left < count(&before, found.code), "{code} stays in:\n{new}");
    }
}
