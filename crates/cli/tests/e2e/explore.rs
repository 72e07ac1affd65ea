//! Walking through an image.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::lab::{Lab, missing};

const DOCKERFILE: &str = "FROM busybox\n\
    RUN mkdir /o && echo 1 > /o/a && echo 22 > /o/b && echo 333 > /o/gone\n\
    RUN echo 4444 > /o/a && chmod 600 /o/b && rm /o/gone && chmod 4755 /bin/busybox\n";

#[test]
fn layers_have_what_they_change() {
    let Some(lab) = Lab::new() else { return };
    lab.build(DOCKERFILE);
    let ran = lab.run(&["--json", "explore", "app"]);
    let value: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let schema = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/explore.json")).unwrap();
    testkit::fits(&serde_json::from_slice(&schema).unwrap(), &value, "explore").unwrap();
    let files = |layer: usize| {
        let files = value["layers"][layer]["files"].as_array().unwrap();
        let line = |one: &Value| {
            format!("{} {} {}", one["change"].as_str().unwrap(), one["path"].as_str().unwrap(), one["bytes"])
        };
        files.iter().map(line).filter(|line| line.contains("/o")).collect::<Vec<_>>()
    };
    assert_eq!(files(1), ["added /o 9", "added /o/a 2", "added /o/b 3", "added /o/gone 4"]);
    assert_eq!(files(2), ["changed /o/a 5", "metadata /o/b 3", "removed /o/gone 0"]);
    assert_eq!(value["layers"][1]["deleted"], 4);
    assert!(ran.out.contains("setuid-file"), "{}", ran.out);
}

/// Runs the browser in a terminal and presses keys; what it has drawn. None without `script` (util-linux).
fn browse(lab: &Lab, keys: &str) -> Option<String> {
    let cooper = lab.cooper();
    let program = cooper.get_program().to_str().unwrap().to_owned();
    let args = cooper.get_args().map(|arg| arg.to_str().unwrap().to_owned());
    let words: Vec<String> = args.chain(["explore".into(), "app".into()]).collect();
    let line = format!("stty rows 40 cols 150; {program} {}", words.join(" "));
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(lab.path()).env("TERM", "xterm-256color");
    for (name, value) in cooper.get_envs() {
        if let Some(value) = value {
            script.env(name, value);
        }
    }
    let Ok(mut child) = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        missing("there is no `script` (util-linux) here, which makes a terminal");
        return None;
    };
    let (mut input, mut output) = (child.stdin.take(), child.stdout.take().unwrap());
    let mut kept = None;
    let (mut drawn, mut block) = (Vec::new(), [0; 4096]);
    // Blanks are not drawn, so only words can be looked for. Keys count from when the terminal is the program's.
    while let Ok(count @ 1..) = output.read(&mut block) {
        drawn.extend_from_slice(&block[..count]);
        if String::from_utf8_lossy(&drawn).contains("quit")
            && let Some(mut keyboard) = input.take()
        {
            keyboard.write_all(keys.as_bytes()).unwrap();
            kept = Some(keyboard);
        }
    }
    let status = child.wait().unwrap();
    drop(kept);
    let drawn = String::from_utf8_lossy(&drawn).into_owned();
    assert!(status.success(), "{drawn}");
    Some(drawn)
}

#[test]
fn keys_lead_through_layers_and_files() {
    let Some(lab) = Lab::new() else { return };
    lab.build(DOCKERFILE);
    // Two layers down, to the files, and the way of one that is searched for is told; then the end.
    let Some(drawn) = browse(&lab, "jj\t/gone\rjq") else { return };
    for part in ["Layers", "directory", "deleted"] {
        assert!(drawn.contains(part), "{part}: {drawn}");
    }
    let ran = lab.run(&["explore", "app"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--json"), "{}", ran.err);
}
