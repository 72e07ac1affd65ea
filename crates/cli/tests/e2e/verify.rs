//! Builds that are done again: what gives something else is found, where it is.

use std::fs;

use serde_json::Value;

use crate::lab::{Lab, Ran, ran};

/// What `--verify` said, and the exit code.
fn verify(lab: &Lab, dockerfile: &str, args: &[&str]) -> (Ran, Value) {
    let ran = lab.build_with(dockerfile, &[&["--json", "--verify"], args].concat());
    let value: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let schema = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/verify.json")).unwrap();
    let found = value["verify"].clone();
    testkit::fits(&serde_json::from_slice(&schema).unwrap(), &found, "verify").unwrap();
    (ran, found)
}

/// The lines that differ, each with the first file and what it looks like.
fn differences(found: &Value) -> Vec<(u64, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |one: &Value| {
        (one["line"].as_u64().unwrap(), text(&one["files"][0]["path"]), text(&one["files"][0]["cause"]))
    };
    found["differences"].as_array().unwrap().iter().map(one).collect()
}

/// Instructions that each give something else when they are repeated, with the file and the hint.
const PLANTED: &[(&str, &str, &str)] = &[
    ("date > /o/date", "/o/date", "the time"),
    ("f=$(busybox mktemp /o/tmp.XXXXXX) && echo x > $f", "/o/tmp.", "a name that differs"),
    ("cat /proc/sys/kernel/random/uuid > /o/uuid", "/o/uuid", "a random UUID"),
    ("head -c 9 /dev/urandom > /o/random", "/o/random", ""),
    ("hostname > /o/host", "/o/host", "the host name"),
    ("cd /d && find . -type f > /o/order", "/o/order", "the same lines in another order"),
    ("tar cf /o/tar /d", "/o/tar", ""),
    (
        "touch -d @1$(head -c 4 /proc/sys/kernel/random/uuid | od -An -tu4 | tr -d ' ' | cut -c 2-8) /o/old",
        "/o/old",
        "a time that the step has set itself",
    ),
];

#[test]
fn what_gives_something_else_is_named_with_its_instruction() {
    let Some(lab) = Lab::new() else { return };
    let mut text =
        "FROM busybox AS build\nRUN mkdir /o /d; for i in 1 2 3 4 5 6 7 8 9; do echo $i > /d/$i; done\n"
            .to_owned();
    // Each stands behind one that gives the same.
    for (number, (command, ..)) in PLANTED.iter().enumerate() {
        text += &format!("RUN echo {number} > /same{number}\nRUN {command}\n");
    }
    text += "FROM busybox\nRUN echo fine > /fine\nCOPY --from=build /o /o\nRUN cat /o/date > /copy\n";
    let (ran, found) = verify(&lab, &text, &["--tag", "never"]);
    assert_eq!((ran.code, &found["same"]), (5, &Value::Bool(false)), "{}", ran.err);
    let differences = differences(&found);
    for ((at, (command, path, cause)), found) in PLANTED.iter().enumerate().zip(&differences) {
        let line = 4 + 2 * at as u64;
        assert!(
            found.0 == line && found.1.starts_with(path) && found.2.starts_with(cause),
            "{command}: {found:?}"
        );
    }
    assert_eq!((differences.len(), &found["followers"]), (PLANTED.len(), &Value::from(2)), "{found}");
    assert_ne!(lab.run(&["inspect", "never"]).code, 0, "an image that is not reproduced is not kept");
    let said = lab.build_with(&text, &["--verify"]).err;
    for part in [
        "4 | RUN date > /o/date\n",
        "  ~ /o/date  content, ",
        "      first at byte ",
        "      looks like the time\n",
        "not reproduced: 8 of 20 steps gave something else; 2 later gave something else for that reason alone",
    ] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
}

#[test]
fn programs_that_count_processors_are_found() {
    let Some(lab) = Lab::new() else { return };
    if std::thread::available_parallelism().map_or(1, usize::from) == 1 {
        return crate::lab::missing("there is one processor, and fewer there cannot be");
    }
    for command in ["busybox nproc", "grep -c ^processor /proc/cpuinfo", "cat /sys/devices/system/cpu/online"]
    {
        let (ran, found) = verify(&lab, &format!("FROM busybox\nRUN {command} > /count\n"), &[]);
        assert_eq!((ran.code, differences(&found).len()), (5, 1), "{command}: {found}");
    }
}

#[test]
fn a_build_that_gives_the_same_says_so() {
    let Some(lab) = Lab::new() else { return };
    lab.file("tree/a", "a");
    lab.file("tree/b", "b");
    let text = "FROM busybox AS build\nRUN mkdir /o; echo ok > /o/same; date > /log\nRUN cat /o/same > /o/other\n\
        FROM busybox\nCOPY --from=build /o /o\nCOPY tree /tree\nWORKDIR /w\n\
        RUN --mount=type=cache,target=/c ls /c > /seen && echo x > /c/kept; ls /tree >> /seen\n";
    let (ran, found) = verify(&lab, text, &["--tag", "kept"]);
    assert_eq!(
        (ran.code, &found["same"], &found["steps"]),
        (0, &Value::Bool(true), &Value::from(6)),
        "{found}"
    );
    // What does not get into the image is told, and no failure.
    assert_eq!(differences(&found), [(2, "/log".to_owned(), "the time".to_owned())]);
    assert_eq!(lab.run(&["inspect", "kept"]).code, 0);
    let again = lab.build_with(text, &["--verify"]);
    assert_eq!(again.code, 0, "{}", again.err);
    let line = again.err.lines().find(|line| line.starts_with("verified: ")).unwrap();
    assert!(line.contains("6 steps done again gave the same image"), "{line}");
    // What cache mounts hold from before is no excuse, and what a repetition left in one is not seen by others.
    let text = "FROM busybox\nRUN --mount=type=cache,target=/c cat /c/kept > /seen || true\n";
    lab.build_with("FROM busybox\nRUN --mount=type=cache,target=/c echo x > /c/kept\n", &[]);
    let (ran, found) = verify(&lab, text, &[]);
    assert_eq!((ran.code, differences(&found)[0].0), (5, 2), "{found}");
    assert_eq!(lab.build_with("FROM busybox\nRUN true\n", &["--verify", "--no-reproducible"]).code, 2);
}

#[test]
fn a_step_that_writes_down_the_day_is_told() {
    let Some(lab) = Lab::new() else { return };
    let text = "FROM busybox\nARG DAY\nRUN echo $DAY | tr -d - > /told\n\
        FROM busybox\nRUN echo fine > /fine\nRUN mkdir /o && date +built-%Y%m%d > /o/day\nCOPY --from=0 /told /told\n";
    let day = ran(&std::process::Command::new("date").args(["-u", "+%Y-%m-%d"]).output().unwrap()).out;
    let (_, found) = verify(&lab, text, &["--build-arg", &format!("DAY={}", day.trim())]);
    // Around midnight the two builds differ, which is found, too.
    let lines: Vec<_> =
        found["dated"].as_array().unwrap().iter().map(|one| (&one["line"], &one["path"])).collect();
    let is_noted = lines == [(&Value::from(6), &Value::from("/o/day"))];
    assert!(is_noted || differences(&found)[0].0 == 6, "{found}");
}
