//! `cooper parse` and `cooper graph --format json`: documents for programs.

use serde_json::Value;

use crate::lab::{Lab, Ran};

const FILE: &str =
    "ARG V=1\nFROM alpine:$V AS a\nRUN x && \\\n  # why\n  y\nFROM scratch\nCOPY --from=a /x /y\n";

fn emit(lab: &Lab, what: &str, args: &[&str]) -> (Ran, Value) {
    let mut all = vec!["parse", "--emit", what];
    all.extend(args);
    let ran = lab.run(&all);
    let document = serde_json::from_str(&ran.out).unwrap_or_default();
    (ran, document)
}

#[test]
fn the_source_comes_back_byte_for_byte() {
    let lab = Lab::without_steps();
    for text in [FILE, "\u{feff}from a\\\r\n  \r\n#x\r\n as b", "FROM a\nRUN <<E\n\tx \nE"] {
        lab.file("Dockerfile", text);
        let (ran, _) = emit(&lab, "source", &["context"]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, text, ""));
    }
}

#[test]
fn documents_name_their_shape() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", FILE);
    for what in ["tree", "ast", "graph", "plan"] {
        let (ran, document) = emit(&lab, what, &["context/Dockerfile"]);
        assert_eq!(ran.code, 0, "{what}: {}", ran.err);
        assert_eq!(document["schema"], format!("cooper/{what}/1"));
    }
    let (_, ast) = emit(&lab, "ast", &["context"]);
    assert_eq!(ast["file"], "context/Dockerfile");
    assert_eq!(ast["statements"][2]["arguments"]["form"]["shell"]["value"], "x &&   y");
    assert_eq!(ast["comments"][0]["text"], "why");
    lab.file("Remote", "FROM scratch\nADD https://me:secret@h/a.git#v1:d https://h/x.tar /d/\n");
    let (ran, plan) = emit(&lab, "plan", &["context/Remote"]);
    let ops: Vec<&Value> = plan["nodes"].as_array().unwrap().iter().map(|node| &node["op"]).collect();
    assert_eq!(
        (&ops[1]["type"], &ops[1]["remote"]),
        (&"git".into(), &"https://h/a.git".into()),
        "{}",
        ran.out
    );
    assert_eq!((&ops[2]["type"], &ops[2]["name"]), (&"web".into(), &"x.tar".into()));
    assert_eq!(ops[3]["sources"][1], serde_json::json!({ "type": "node", "node": 2, "file": "x.tar" }));
    let (_, plan) = emit(&lab, "plan", &["context"]);
    assert_eq!(plan["resolved"], false);
    let exec = plan["nodes"].as_array().unwrap().iter().find(|node| node["op"]["type"] == "exec").unwrap();
    assert_eq!(exec["op"]["args"], serde_json::json!(["/bin/sh", "-c", "x && y"]));
}

#[test]
fn arguments_and_targets_count() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", FILE);
    let (_, graph) = emit(&lab, "graph", &["--build-arg", "V=9", "--target", "a", "context"]);
    assert_eq!((&graph["target"], &graph["stages"][0]["base"]["name"]), (&0.into(), &"alpine:9".into()));
    let (_, plan) = emit(&lab, "plan", &["--target", "a", "--platform", "linux/s390x", "context"]);
    let output = &plan["outputs"][0];
    assert_eq!((&output["stage"], &output["platform"]), (&"a".into(), &"linux/s390x".into()));
}

#[test]
fn the_graph_command_gives_the_same_document() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", FILE);
    let (ran, _) = emit(&lab, "graph", &["context"]);
    assert_eq!(lab.run(&["graph", "--format", "json", "context"]).out, ran.out);
    assert_eq!(lab.run(&["--json", "graph", "context"]).out, ran.out);
    let ran = lab.run(&["graph", "--format", "png", "context"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("json, mermaid, svg, text"), "{}", ran.err);
}

#[test]
fn broken_files_have_documents_with_their_errors() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", "FROM a\nRUNN x\nCOPY b\n");
    for what in ["tree", "ast"] {
        let (ran, document) = emit(&lab, what, &["context"]);
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{what}");
        let lines: Vec<_> =
            document["errors"].as_array().unwrap().iter().map(|error| &error["line"]).collect();
        assert_eq!(lines, [2, 3], "{what}");
    }
    let (ran, _) = emit(&lab, "source", &["context"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "FROM a\nRUNN x\nCOPY b\n"));
    assert!(
        ran.err.contains("context/Dockerfile:2") && ran.err.contains("context/Dockerfile:3"),
        "{}",
        ran.err
    );
    let (ran, _) = emit(&lab, "plan", &["context"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "a build would fail");
    assert!(ran.err.contains("context/Dockerfile:2"), "{}", ran.err);
}

#[test]
fn problems_of_the_stages_are_in_the_graph() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", "FROM a AS b\nCOPY --from=b /x /y\n");
    let (ran, graph) = emit(&lab, "graph", &["context"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(graph["problems"].as_array().map(Vec::len), Some(1));
    assert_eq!(graph["uses"][0]["source"]["type"], "own");
}

#[test]
fn an_unknown_document_is_refused_with_those_there_are() {
    let lab = Lab::without_steps();
    let (ran, _) = emit(&lab, "html", &["context"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("ast, graph, plan, source, tree"), "{}", ran.err);
}
