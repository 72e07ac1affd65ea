//! Every document has the shape that `docs/schema` gives it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use stage::StageGraph;

use super::{ALL, Input, MODULES};

/// Something of everything.
const FILE: &str = "# syntax=docker/dockerfile:1\n# check=skip=all\nARG V=1 W\n# the base\n\
    FROM --platform=$BUILDPLATFORM alpine:$V AS b\n\
    ARG X Y=\"$V\"\nENV A=1 B=\"x y\"\nENV C d e\nLABEL l=m\nMAINTAINER me\nSHELL [\"/bin/sh\", \"-c\"]\n\
    RUN --mount=type=cache,target=/c,sharing=locked --mount=type=bind,target=/d \\\n  # why\n  --mount=type=tmpfs,target=/e,size=1k \
    --mount=type=secret,id=s,env=S --mount=type=ssh --network=none a && b\n\
    RUN --security=insecure --device=a.com/b=c,required [\"a\", \"b\"]\nRUN <<-EOF\n\techo $X\n\tEOF\nRUN <<EOF\n#!/bin/x\nEOF\n\
    HEALTHCHECK --interval=5s --retries=3 CMD x y\nHEALTHCHECK NONE\n\
    COPY <<one <<\"two\" a /dir/\n$A\none\n$A\ntwo\nADD --chown=a --chmod=755 --link --unpack=false x y /z/\nEXPOSE 80/tcp 81\nVOLUME /a /b\nVOLUME [\"/c\"]\n\
    STOPSIGNAL TERM\nUSER a:b\nWORKDIR /w\nONBUILD COPY . .\nONBUILD RUN <<EOF\nx\nEOF\n\
    FROM unused\nFROM $Z\nFROM scratch\nCOPY --from=b --parents --exclude=*.x /a /b\n\
    RUN --mount=from=busybox,target=/m [\"x\"]\nCOPY [\"a b\", \"/c\"]\nENTRYPOINT [\"x\"]\nCMD x\n";

const BROKEN: &str = "FROM a AS b\nRUNN x\nCOPY --from=b x\nCOPY --from=c /x /y\nCOPY --from=9 /x /y\nFROM a AS c\nRUN <<EOF\n";

fn emit(name: &str, text: &str) -> Option<String> {
    let parse = syntax::parse(text);
    let options = stage::Options::default();
    let graph = StageGraph::new(&parse, &options);
    let emit = ALL.iter().find(|emit| emit.name == name).unwrap();
    (emit.render)(&Input { name: "Dockerfile", parse: &parse, graph: &graph, options: &options }).ok()
}

/// Checks the document of a text; `None` when there is none.
fn check(schema: &Value, name: &str, text: &str) -> Option<Value> {
    let document = emit(name, text)?;
    assert_eq!(emit(name, text).as_ref(), Some(&document), "the same twice");
    let value: Value = serde_json::from_str(&document).unwrap();
    if let Err(problem) = testkit::fits(schema, &value, name) {
        panic!("{problem}\n{text}");
    }
    Some(value)
}

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema").join(format!("{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

const DOCUMENTS: [&str; 4] = ["ast", "graph", "plan", "tree"];

#[test]
fn the_table_lists_every_file() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/emits");
    let mut stems: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|stem| stem != "mod" && stem != "tests")
        .collect();
    stems.sort();
    assert_eq!(stems, MODULES);
    assert_eq!(ALL.iter().map(|emit| emit.name).collect::<Vec<_>>(), MODULES);
}

#[test]
fn documents_have_the_shape_of_their_schema() {
    for name in DOCUMENTS {
        let schema = schema(name);
        let document = check(&schema, name, &FILE.replace("FROM $Z\n", ""));
        assert_eq!(document.unwrap()["schema"], format!("cooper/{name}/1"));
        for text in ["", "FROM scratch\n", FILE, BROKEN, "\u{feff}#x\r\n\r\nfrom a\\\r\n"] {
            let document = check(&schema, name, text);
            assert!(document.is_some() || name == "plan", "{name}: {text}");
        }
    }
}

#[test]
fn documents_of_the_corpus_have_the_shape_of_their_schema() {
    let Some(files) = corpus() else { return };
    let mut plans = 0;
    let schemas = DOCUMENTS.map(|name| (name, schema(name)));
    // Every one of them would take a minute.
    for text in files.iter().step_by(16) {
        for (name, schema) in &schemas {
            let document = check(schema, name, text);
            plans += usize::from(*name == "plan" && document.is_some());
            assert!(document.is_some() || *name == "plan", "{text}");
        }
    }
    assert!(plans > 100, "only {plans} files could be planned");
}

#[test]
fn the_texts_of_all_tokens_are_the_file() {
    for text in ["", FILE, BROKEN, "FROM a\r\nRUN x \\\r\n\r\n # y\r\n z"] {
        assert_eq!(emit("source", text).as_deref(), Some(text));
        let tree: Value = serde_json::from_str(&emit("tree", text).unwrap()).unwrap();
        let items = tree["items"].as_array().unwrap().iter();
        let tokens = items.flat_map(|item| item["tokens"].as_array().unwrap());
        let texts: Vec<&str> = tokens.map(|token| token["text"].as_str().unwrap()).collect();
        assert_eq!(texts.concat(), text);
    }
}

#[test]
fn values_of_build_arguments_that_are_lent_are_not_shown() {
    let text = "FROM scratch\nRUN [\"x\"]\n";
    let parse = syntax::parse(text);
    let build_args = [("HTTP_PROXY".to_owned(), "http://user:secret@proxy".to_owned())].into();
    let options = stage::Options { build_args, ..stage::Options::default() };
    let graph = StageGraph::new(&parse, &options);
    let input = Input { name: "Dockerfile", parse: &parse, graph: &graph, options: &options };
    for emit in ALL {
        assert!(!(emit.render)(&input).unwrap().contains("secret"), "{}", emit.name);
    }
}

/// Texts of Dockerfiles in the directory that `COOPER_SHARED` names, or in `../shared` beside the workspace.
#[expect(clippy::disallowed_methods, reason = "the test is told by the environment where its material is")]
fn corpus() -> Option<Vec<String>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("COOPER_SHARED").map_or_else(|| workspace.join("../shared"), PathBuf::from);
    let archive = shared.join("corpus/dockerfiles.tar.xz");
    if !archive.is_file() {
        println!("NOT RUN: there is no `{}`; set COOPER_SHARED", archive.display());
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let status = Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(dir.path()).status().unwrap();
    assert!(status.success());
    let entries = std::fs::read_dir(dir.path().join("dockerfiles")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    Some(
        paths
            .iter()
            .map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned())
            .collect(),
    )
}

#[test]
fn a_document_of_another_shape_is_found() {
    let schema = schema("tree");
    let good: Value = serde_json::from_str(&emit("tree", "FROM a\n").unwrap()).unwrap();
    let check = |value: &Value| testkit::fits(&schema, value, "tree").is_ok();
    assert!(check(&good));
    let changes: [fn(&mut Value); 5] = [
        |value| value["schema"] = "cooper/tree/2".into(),
        |value| value["more"] = 1.into(),
        |value| value["items"][0]["type"] = "other".into(),
        |value| value["items"][0]["line"] = 0.into(),
        |value| drop(value["items"][0].as_object_mut().unwrap().remove("tokens")),
    ];
    for change in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(!check(&bad), "{bad}");
    }
}
