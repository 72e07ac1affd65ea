//! What each instruction took.

use std::fs;

use serde_json::Value;

use crate::lab::{Lab, missing};

const DOCKERFILE: &str = "FROM busybox AS build\n\
    RUN head -c 3000000 /dev/zero > /large && sha256sum /large > /sum\n\
    FROM busybox\n\
    COPY f /f\n\
    RUN head -c 2000 /dev/zero > /kept; head -c 300 /dev/zero > /replaced; head -c 40 /dev/zero > /gone; sleep 0.1\n\
    RUN echo x > /replaced; rm /gone\n\
    COPY --from=build /sum /sum\n";

fn profile(lab: &Lab, args: &[&str]) -> Value {
    let ran = lab.build_with(DOCKERFILE, &[&["--profile=json"], args].concat());
    let value: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let schema = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/profile.json")).unwrap();
    testkit::fits(&serde_json::from_slice(&schema).unwrap(), &value, "profile").unwrap();
    value
}

/// The step of a line.
fn step(profile: &Value, line: u64) -> Value {
    let steps = profile["steps"].as_array().unwrap();
    steps.iter().find(|step| step["line"] == line).unwrap_or_else(|| panic!("no {line} in {profile}")).clone()
}

#[test]
fn time_memory_and_transfers_of_each_step_are_told() {
    let Some(lab) = Lab::new() else { return };
    lab.file("f", "12345");
    let first = profile(&lab, &[]);
    let large = step(&first, 2);
    let number = |step: &Value, at: &str| step.pointer(at).unwrap().as_u64().unwrap();
    let cpu =
        |step: &Value| number(step, "/cpu/user") + number(step, "/cpu/system") + number(step, "/cpu/builder");
    assert!(cpu(&large) > 0 && number(&large, "/peakMemory") > 100_000, "{large}");
    assert!(number(&step(&first, 5), "/wall") >= 100_000, "{first}");
    assert!(number(&first, "/total") >= number(&step(&first, 5), "/wall"));
    if number(&large, "/io/written") == 0 {
        missing("the kernel does not count what processes write");
    } else {
        // The process writes and reads the file; the builder reads it, too.
        assert!(
            number(&large, "/io/written") >= 3_000_000 && number(&large, "/io/read") >= 6_000_000,
            "{large}"
        );
        let small = step(&first, 6);
        assert!(number(&small, "/io/written") < 1_000_000, "{small}");
    }
    let again = profile(&lab, &[]);
    let large = step(&again, 2);
    assert_eq!((&large["cached"], &large["peakMemory"]), (&Value::Bool(true), &Value::Null));
    assert_eq!(
        large["bytes"],
        step(&first, 2)["bytes"],
        "what became of bytes is known of cached steps, too"
    );
}

#[test]
fn it_is_told_what_became_of_the_bytes_of_each_step() {
    let Some(lab) = Lab::new() else { return };
    lab.file("f", "12345");
    let profile = profile(&lab, &[]);
    let check = |line: u64, added: u64, overwritten: u64, deleted: u64| {
        let expect = serde_json::json!({ "added": added, "overwritten": overwritten, "deleted": deleted });
        assert_eq!(step(&profile, line)["bytes"], expect, "line {line}");
    };
    check(4, 5, 0, 0);
    check(5, 2340, 300, 40);
    check(6, 2, 0, 0);
    // `sha256sum`: 64 digits, two blanks, the name, the end of the line.
    check(2, 3_000_073, 0, 0);
    check(7, 73, 0, 0);
}

#[test]
fn it_comes_as_a_table_or_as_a_trace_and_goes_where_it_is_sent() {
    let Some(lab) = Lab::new() else { return };
    lab.file("f", "12345");
    let ran = lab.build_with(DOCKERFILE, &["--profile"]);
    assert!(
        ran.out.contains("digest") && ran.err.contains("profile: ") && ran.err.contains("5 of 5 steps ran"),
        "{}",
        ran.err
    );
    let line = ran.err.lines().find(|line| line.contains("Dockerfile:5  RUN head")).unwrap();
    assert!(line.contains(" 2.3 kB ") && line.contains(" 300 B ") && line.contains(" 40 B "), "{line}");
    let trace = lab.path().join("trace.json");
    let ran = lab.build_with(
        DOCKERFILE,
        &["--no-cache", "--profile=trace", "--profile-output", trace.to_str().unwrap()],
    );
    assert!(ran.out.contains("digest"), "{}", ran.err);
    let trace: Value = serde_json::from_slice(&fs::read(&trace).unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    assert_eq!(events.len(), 6);
    for event in events {
        assert!(
            event["ph"] == "X" && event["ts"].is_u64() && event["dur"].is_u64() && event["name"].is_string(),
            "{event}"
        );
    }
    // What runs side by side stands in rows of its own.
    let row = |row: u64| {
        let mut spans: Vec<(u64, u64)> = events
            .iter()
            .filter(|event| event["tid"] == row)
            .map(|event| (event["ts"].as_u64().unwrap(), event["dur"].as_u64().unwrap()))
            .collect();
        spans.sort_unstable();
        spans
    };
    for number in 0..4 {
        assert!(row(number).windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0 + 1), "{trace}");
    }
}
