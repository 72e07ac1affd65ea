//! `cooper fmt`: what is written, what is only told, and what is left alone.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Stdio;

use crate::lab::{Lab, Ran, ran};

const UNEVEN: &str = "from  busybox as x\nRUN a && \\\n  b\n\n\nCMD [\"a\",\"b\"]";
const EVEN: &str = "FROM busybox AS x\nRUN a && \\\n    b\n\nCMD [\"a\", \"b\"]\n";

fn read(lab: &Lab, name: &str) -> String {
    fs::read_to_string(lab.context().join(name)).unwrap()
}

/// Runs `cooper fmt` with a text on standard input.
fn piped(lab: &Lab, args: &[&str], text: &str) -> Ran {
    let mut command = lab.cooper();
    command.arg("fmt").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    ran(&child.wait_with_output().unwrap())
}

#[test]
fn files_are_formatted_in_place_once() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", UNEVEN);
    lab.file("api/b.Dockerfile", UNEVEN);
    lab.file("done/Containerfile", EVEN);
    lab.file("node_modules/Dockerfile", UNEVEN);
    lab.file("notes.txt", "from  x");
    let first = lab.run(&["fmt", "context"]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert_eq!(first.out, "formatted context/Dockerfile\nformatted context/api/b.Dockerfile\n");
    assert_eq!(first.err, "2 files formatted, 1 left unchanged\n");
    assert_eq!((read(&lab, "Dockerfile"), read(&lab, "api/b.Dockerfile")), (EVEN.into(), EVEN.into()));
    assert_eq!(
        (read(&lab, "node_modules/Dockerfile"), read(&lab, "notes.txt")),
        (UNEVEN.into(), "from  x".into())
    );
    let inode = fs::metadata(lab.context().join("Dockerfile")).unwrap().ino();
    let second = lab.run(&["fmt", "context"]);
    assert_eq!((second.code, second.out.as_str()), (0, ""), "{}", second.err);
    let same = fs::metadata(lab.context().join("Dockerfile")).unwrap().ino();
    assert_eq!(inode, same, "a file that does not change is not written");
}

#[test]
fn modes_and_links_stay() {
    let lab = Lab::without_steps();
    lab.file("real", UNEVEN);
    let real = lab.context().join("real");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o750)).unwrap();
    symlink("real", lab.context().join("Dockerfile")).unwrap();
    let ran = lab.run(&["fmt", "context/Dockerfile"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(fs::read_to_string(&real).unwrap(), EVEN);
    assert!(fs::symlink_metadata(lab.context().join("Dockerfile")).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o7777, 0o750);
    assert_eq!(fs::read_dir(lab.context()).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn a_check_names_files_and_writes_nothing() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", UNEVEN);
    let ran = lab.run(&["fmt", "--check", "context"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "would format context/Dockerfile\n"), "{}", ran.err);
    assert_eq!(read(&lab, "Dockerfile"), UNEVEN);
    lab.file("Dockerfile", EVEN);
    let ran = lab.run(&["fmt", "--check", "context"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
}

#[test]
fn a_diff_shows_what_would_change() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", "FROM busybox\nUSER  x\n");
    let ran = lab.run(&["fmt", "--diff", "context"]);
    let expect =
        "--- context/Dockerfile\n+++ context/Dockerfile\n@@ -1,2 +1,2 @@\n FROM busybox\n-USER  x\n+USER x\n";
    assert_eq!((ran.code, ran.out.as_str()), (1, expect), "{}", ran.err);
    assert_eq!(read(&lab, "Dockerfile"), "FROM busybox\nUSER  x\n");
    let ran = lab.run(&["--color", "always", "fmt", "--diff", "context"]);
    assert!(ran.out.contains("\x1b[32m+USER x\x1b[0m\n"), "{:?}", ran.out);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let lab = Lab::without_steps();
    for text in [UNEVEN, EVEN] {
        let ran = piped(&lab, &["-"], text);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, EVEN, ""));
    }
    let ran = piped(&lab, &["--check", "--stdin-filename", "app/Dockerfile", "-"], UNEVEN);
    assert_eq!((ran.code, ran.out.as_str()), (1, "would format app/Dockerfile\n"));
    let ran = piped(&lab, &["--stdin-filename", "app/Dockerfile", "-"], "FROM\n");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("app/Dockerfile:1"), "{}", ran.err);
}

#[test]
fn broken_files_stay_and_others_are_formatted() {
    let lab = Lab::without_steps();
    let broken = "from  busybox\r\nRUNN  x  \n\n\n";
    lab.file("a.Dockerfile", broken);
    lab.file("b.Dockerfile", UNEVEN);
    let ran = lab.run(&["fmt", "context"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "formatted context/b.Dockerfile\n"), "{}", ran.err);
    assert!(ran.err.contains("context/a.Dockerfile:2") && ran.err.contains("`RUN`"), "{}", ran.err);
    assert!(ran.err.ends_with("1 file formatted, 0 left unchanged, 1 with errors\n"), "{}", ran.err);
    assert_eq!((read(&lab, "a.Dockerfile"), read(&lab, "b.Dockerfile")), (broken.into(), EVEN.into()));
}

#[test]
fn what_cannot_be_read_or_written_is_told() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", UNEVEN);
    let ran = lab.run(&["fmt", "nowhere", "context/Dockerfile"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, "formatted context/Dockerfile\n"), "{}", ran.err);
    assert!(ran.err.contains("`nowhere`"), "{}", ran.err);
    lab.file("Dockerfile", UNEVEN);
    fs::set_permissions(lab.context().join("Dockerfile"), fs::Permissions::from_mode(0o444)).unwrap();
    let ran = lab.run(&["fmt", "context/Dockerfile"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("read-only"), "{}", ran.err);
    assert_eq!(read(&lab, "Dockerfile"), UNEVEN);
}

#[test]
fn the_style_comes_from_the_configuration_or_the_command() {
    let lab = Lab::without_steps();
    let text = "FROM busybox\nRUN a && \\\n    b\n";
    fs::write(lab.path().join("cooper.toml"), "[format]\nindent = \"tab\"\nkeyword-case = \"lower\"\n")
        .unwrap();
    assert_eq!(piped(&lab, &["-"], text).out, "from busybox\nrun a && \\\n\tb\n");
    let ran = piped(&lab, &["--indent", "2", "--chain", "leading", "-"], text);
    assert_eq!(ran.out, "from busybox\nrun a \\\n  && b\n");
    let ran = piped(&lab, &["--indent", "1", "-"], text);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("from 2 to 8"), "{}", ran.err);
}

#[test]
fn programs_get_json() {
    let lab = Lab::without_steps();
    lab.file("a.Dockerfile", "FROM\n");
    lab.file("b.Dockerfile", UNEVEN);
    let ran = lab.run(&["--json", "fmt", "--check", "context"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let states: Vec<_> = document["files"].as_array().unwrap().iter().map(|file| &file["state"]).collect();
    assert_eq!(states, ["broken", "changed"]);
    assert_eq!(document["files"][0]["errors"][0]["line"], 1);
}

#[test]
fn formatting_repeats_no_step() {
    let Some(lab) = Lab::new() else { return };
    let text = "from busybox as x\nRUN echo 'a  b' >/f && \\\n  cat <<E >>/f &&   \\\n        cat /f\n  c\nE\ncopy  file /\n";
    lab.file("file", "x");
    let first = lab.build_with(text, &[]);
    assert_eq!((first.code, first.done()), (0, 2), "{}", first.err);
    assert_eq!(lab.run(&["fmt", "context"]).code, 0);
    let formatted = read(&lab, "Dockerfile");
    assert_ne!(formatted, text);
    let second = lab.build_with(&formatted, &[]);
    assert_eq!((second.code, second.cached(), second.done()), (0, 2, 0), "{}", second.err);
    assert_eq!(first.digest(), second.digest());
    assert_eq!(lab.sh("cat /f"), "a  b\n  c\n");
}
