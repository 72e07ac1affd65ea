//! Lineage documents, which come with images from anybody: what is read leads nowhere forward and is written as it was.

use lineage::{Explainer, Lineage, Stack};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "lineage_document",
    run,
    seeds: &[
        r#"{"schema":"cooper/lineage/1","file":"Dockerfile","fileDigest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","nodes":[],"layers":[]}"#,
        r#"{"schema":"cooper/lineage/1","file":"Dockerfile","fileDigest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","nodes":[{"kind":"run","stage":0,"stageName":"s","line":2,"endLine":3,"text":"RUN x"},{"kind":"copy","stage":1,"stageName":"t","line":4,"endLine":4,"text":"COPY x","input":0,"mounts":[{"kind":"bind","target":"/m","from":{"node":0},"source":"a"}],"rules":{"origins":[{"by":"node","node":0},{"by":"within","tree":{"node":0}},{"by":"context","name":""}],"rules":[{"to":"a","from":"b","origin":0},{"to":"c","from":"d","origin":1,"only":true}]}}],"layers":[0,1],"fromLine":1}"#,
    ],
    words: &[
        "nodes",
        "layers",
        "rules",
        "origins",
        "origin",
        "\"by\":",
        "node",
        "within",
        "tree",
        "context",
        "made",
        "dockerfile",
        "archive",
        "only",
        "true",
        "to",
        "from",
        "input",
        "mounts",
        "\\\\x",
        "99",
        "-1",
        "[",
        "]",
        "{",
        "}",
        ",",
    ],
};

fn run(input: &[u8]) {
    let Ok(read) = Lineage::parse(input) else { return };
    let bytes = read.to_json().expect("what was read can be written");
    assert_eq!(Lineage::parse(&bytes).as_ref(), Ok(&read));
    let stack = Stack::new(vec![None; read.layers.len()]);
    let explainer = Explainer::new(&stack, Some(&read));
    for node in &read.nodes {
        for rule in &node.rules.rules {
            explainer.explain(&lineage::decode(&rule.to));
        }
    }
    for layer in 0..read.layers.len() {
        read.layer_within(layer);
    }
}
