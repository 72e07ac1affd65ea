//! Tests of all output formats.

use std::path::Path;

use facts::{BuildkitWarning, Finding, Fix, Location, Safety, Severity};
use kit::{Edit, TextRange};

use super::{ALL, MODULES};
use crate::{RenderOptions, Report, RuleInfo};

/// The file stems of a table's folder, without those that are no item of it.
pub(crate) fn modules(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|item| item.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "mod" && name != "tests")
        .collect();
    names.sort();
    names
}

fn finding() -> Finding {
    let place = |start, end| Location { file: "a b/Dockerfile".into(), range: TextRange::new(start, end) };
    Finding {
        code: "CO101",
        rule: "secret-in-env",
        severity: Severity::Warning,
        message: "é is a `<secret>`".into(),
        primary: place(15, 28),
        related: vec![(place(0, 6), "the base".into())],
        help: Some("use a mount: 100%".into()),
        fix: Some(Fix {
            description: "remove it".into(),
            edits: vec![Edit { range: TextRange::new(15, 28), replacement: String::new() }],
            safety: Safety::Unsafe,
            creates: Vec::new(),
            effects: Vec::new(),
        }),
        aliases: vec!["DL3064"],
        buildkit: None,
    }
}

fn render(name: &str, findings: &[Finding]) -> String {
    let files = [("a b/Dockerfile".to_owned(), "FROM a\n# é é\nENV KEY=value\n".to_owned())];
    let rule = RuleInfo {
        code: "CO101",
        name: "secret-in-env",
        aliases: &["DL3064"],
        severity: Severity::Warning,
        enabled: true,
        summary: "a secret",
        manual: "# secret-in-env".into(),
    };
    let report = Report { files: &files, findings, rules: &[rule], refused: false };
    let mut out = Vec::new();
    (crate::format(name).unwrap().render)(&report, &mut out, &RenderOptions::default()).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_lists_every_file() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats");
    assert_eq!(modules(&dir), MODULES);
    let names: Vec<_> = ALL.iter().map(|format| format.name).collect();
    assert_eq!(names, MODULES);
}

#[test]
fn human_shows_lines_and_a_summary() {
    let shown = render("human", &[finding()]);
    for part in [
        "warning[CO101]: é is a `<secret>`\n",
        " --> a b/Dockerfile:3:1\n",
        "3 | ENV KEY=value\n",
        "1 | FROM a\n",
        "the base\n",
        "help: use a mount: 100%\n",
        "  = fix (unsafe): remove it\n    - ENV KEY=value\n",
    ] {
        assert!(shown.contains(part), "{part:?} in\n{shown}");
    }
    assert!(shown.ends_with("\n\n1 warning in 1 file\n"), "{shown}");
    assert_eq!(render("human", &[]), "no findings in 1 file\n");
}

#[test]
fn json_has_places_in_characters_and_bytes() {
    let value: serde_json::Value = serde_json::from_str(&render("json", &[finding()])).unwrap();
    let item = &value["findings"][0];
    assert_eq!(item["location"]["start"]["line"], 3);
    assert_eq!(item["location"]["end"]["column"], 14);
    assert_eq!(item["location"]["end"]["offset"], 28);
    assert_eq!(item["fix"]["safety"], "unsafe");
    assert_eq!(item["fix"]["edits"][0]["replacement"], "");
    assert_eq!(item["related"][0]["message"], "the base");
    assert_eq!((&value["version"], &value["summary"]["warning"]), (&1.into(), &1.into()));
}

#[test]
fn sarif_has_relative_uris_rules_and_fixes() {
    let value: serde_json::Value = serde_json::from_str(&render("sarif", &[finding()])).unwrap();
    let run = &value["runs"][0];
    let result = &run["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b/Dockerfile");
    assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    assert_eq!((&place["region"]["startLine"], &place["region"]["endColumn"]), (&3.into(), &14.into()));
    assert_eq!(result["ruleIndex"], 0);
    assert_eq!(run["tool"]["driver"]["rules"][0]["properties"]["aliases"][0], "DL3064");
    let replaced = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replaced["deletedRegion"]["startColumn"], 1);
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "the base");
}

#[test]
fn sarif_has_a_part_of_a_rule_for_findings_that_other_tools_do_not_make() {
    let own = Finding { aliases: Vec::new(), ..finding() };
    let value: serde_json::Value = serde_json::from_str(&render("sarif", &[own, finding()])).unwrap();
    let run = &value["runs"][0];
    let rule = |result: usize| {
        let result = &run["results"][result];
        let rule =
            &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        (rule["id"].clone(), rule["properties"]["aliases"].clone())
    };
    assert_eq!(rule(0), ("CO101/own".into(), serde_json::json!([])));
    assert_eq!(rule(1).0, "CO101");
}

#[test]
fn checks_of_buildkit_are_printed_as_docker_does() {
    let theirs = BuildkitWarning { detail: "their words".into(), range: TextRange::new(0, 15) };
    let known = Finding {
        aliases: vec!["DL3029", "FromPlatformFlagConstDisallowed"],
        buildkit: Some(Box::new(theirs)),
        ..finding()
    };
    let value: serde_json::Value = serde_json::from_str(&render("buildkit", &[finding(), known])).unwrap();
    let expect = serde_json::json!({ "warnings": [{
        "ruleName": "FromPlatformFlagConstDisallowed",
        "description": "FROM --platform flag should not use a constant value",
        "url": "https://docs.docker.com/go/dockerfile/rule/from-platform-flag-const-disallowed/",
        "detail": "their words",
        "location": { "ranges": [
            { "start": { "line": 1 }, "end": { "line": 1 } },
            { "start": { "line": 2 }, "end": { "line": 2 } },
        ] },
    }] });
    assert_eq!(value, expect);
}

#[test]
fn checks_that_are_made_before_an_error_are_told_beside_it() {
    let count = |code, alias| {
        let error = Finding { code, ..finding() };
        let check = Finding { aliases: vec![alias], ..finding() };
        let value: serde_json::Value = serde_json::from_str(&render("buildkit", &[error, check])).unwrap();
        value["warnings"].as_array().unwrap().len()
    };
    for code in ["CO001", "CO004"] {
        assert_eq!(count(code, "MaintainerDeprecated"), 1);
        assert_eq!(count(code, "NoEmptyContinuation"), 1);
        assert_eq!(count(code, "StageNameCasing"), 0);
    }
}

#[test]
fn github_escapes_properties_and_text() {
    let expect = "::warning file=a b/Dockerfile,line=3,endLine=3,col=1,endColumn=14,title=CO101 secret-in-env::\
                  é is a `<secret>`%0Ause a mount: 100%25\n";
    assert_eq!(render("github", &[finding()]), expect);
}

#[test]
fn checkstyle_is_escaped() {
    let shown = render("checkstyle", &[finding()]);
    let expect = "<error line=\"3\" column=\"1\" severity=\"warning\" message=\"é is a `&lt;secret&gt;`\" source=\"CO101\"/>";
    assert!(shown.contains(expect), "{shown}");
}

#[test]
fn lines_are_those_of_hadolint() {
    assert_eq!(render("line", &[finding()]), "a b/Dockerfile:3 CO101 warning: é is a `<secret>`\n");
}

#[test]
fn issues_of_gitlab_have_a_fingerprint_of_their_own() {
    let value: serde_json::Value = serde_json::from_str(&render("gitlab", &[finding(), finding()])).unwrap();
    assert_eq!(value[0]["location"]["lines"]["begin"], 3);
    assert_eq!((&value[0]["severity"], &value[0]["check_name"]), (&"major".into(), &"CO101".into()));
    assert_ne!(value[0]["fingerprint"], value[1]["fingerprint"]);
    assert!(render("codeclimate", &[finding()]).ends_with("}\0"));
}

#[test]
fn junit_counts_and_escapes() {
    let shown = render("junit", &[finding()]);
    for part in
        ["tests=\"1\" failures=\"1\"", "name=\"CO101 secret-in-env\"", "é is a `&lt;secret&gt;`</failure>"]
    {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    assert!(render("junit", &[]).contains("<testcase classname=\"a b/Dockerfile\" name=\"no findings\"/>"));
}

#[test]
fn every_format_takes_a_finding_of_a_file_it_does_not_have() {
    let mut lost = finding();
    lost.primary.file = "other".into();
    for format in ALL {
        assert!(!render(format.name, &[lost.clone()]).contains('\u{1b}'), "{}", format.name);
    }
}
