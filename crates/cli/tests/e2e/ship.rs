//! `cooper ship`: what reaches the registry, and what keeps an image from it.

use std::fs;

use image::Reference;
use serde_json::Value;
use testkit::{Server, registry};

use crate::lab::Lab;
use crate::trust::{client, host, verify};

const DOCKERFILE: &str = "FROM scratch\nCOPY f /f\nUSER 1000:1000\nENTRYPOINT [\"/f\"]\n";

const TESTS: &str =
    "schemaVersion: 2.0.0\nfileExistenceTests:\n  - name: the program\n    path: /f\n    shouldExist: true\n";

/// A project with a key, and a registry that has nothing.
struct Dock {
    lab: Lab,
    server: Server,
    name: String,
}

impl Dock {
    fn new(referrers: bool) -> Self {
        let (lab, server) = (Lab::without_steps(), registry(referrers));
        fs::write(lab.path().join("password"), "of-this-test").unwrap();
        let made = lab.run(&["key", "generate", "-o", "one", "--password-file", "password"]);
        assert_eq!(made.code, 0, "{}", made.err);
        lab.file("f", "program");
        lab.file("Dockerfile", DOCKERFILE);
        fs::write(lab.path().join("tests.yaml"), TESTS).unwrap();
        let name = format!("{}/team/app:1", host(&server));
        Self { lab, server, name }
    }

    /// Ships with more options; the exit code and the report.
    fn ship(&self, more: &[&str]) -> (i32, Value) {
        let usual =
            ["--json", "ship", "--tag", &self.name, "--key", "one.key", "--password-file", "password"];
        let ran = self.lab.run(&[&usual[..], &["--test", "tests.yaml"], more, &["context"]].concat());
        let report = serde_json::from_str(&ran.out).unwrap_or_else(|_| Value::String(ran.err.clone()));
        (ran.code, report)
    }

    /// How often something was to be written to the registry.
    fn written(&self) -> usize {
        self.server.seen().iter().filter(|seen| seen.method != "GET" && seen.method != "HEAD").count()
    }

    fn beside(&self) -> usize {
        let (client, name) = (client(), self.name.parse::<Reference>().unwrap());
        let image = client.manifest(&name).unwrap().0;
        client.referrers(&name, &image.digest).unwrap().manifests.len()
    }
}

/// The step that ended it, with what it said.
fn ended(report: &Value) -> (&str, &str, String) {
    let steps = report["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let last = steps.iter().rfind(|step| step["result"] != "not reached");
    let text = |value: &'_ Value| value.to_string();
    last.map_or(("", "", text(report)), |step| {
        (step["name"].as_str().unwrap(), step["result"].as_str().unwrap(), text(&step["details"]))
    })
}

#[test]
fn what_passes_is_at_the_registry_signed_and_said_once() {
    for referrers in [false, true] {
        let dock = Dock::new(referrers);
        let (code, report) = dock.ship(&[]);
        assert_eq!((code, &report["shipped"]), (0, &Value::Bool(true)), "{report}");
        let there = format!("docker://{}", dock.name);
        assert_eq!(verify(&dock.lab, &there, "one.pub").0, 0);
        for kind in ["cyclonedx", "slsaprovenance1", "vuln"] {
            let ran = dock.lab.run(&["verify", "--key", "one.pub", "--type", kind, &there]);
            assert_eq!(ran.code, 0, "{kind}: {}{}", ran.out, ran.err);
        }
        let before = dock.beside();
        let (code, again) = dock.ship(&[]);
        assert_eq!((code, &again["digest"]), (0, &report["digest"]), "{again}");
        assert_eq!(dock.beside(), before, "shipping the same again says nothing new");
    }
}

#[test]
fn what_is_stopped_leaves_the_registry_alone() {
    let check = |dockerfile: &str, tests: &str, step: &str, says: &str| {
        let dock = Dock::new(true);
        dock.lab.file("Dockerfile", dockerfile);
        fs::write(dock.lab.path().join("tests.yaml"), tests).unwrap();
        fs::write(dock.lab.path().join("cooper.toml"), "[gate]\nlayer-size = \"5B\"\n").unwrap();
        let (code, report) = dock.ship(&[]);
        let (name, result, details) = ended(&report);
        assert_eq!((code, name, result), (1, step, "stopped"), "{report}");
        assert!(details.contains(says), "{details}");
        assert_eq!(dock.written(), 0);
    };
    let secret = format!("{DOCKERFILE}ENV API_TOKEN=ghp_{}\n", "a1B2".repeat(9));
    check(&secret, TESTS, "lint", "Dockerfile:5");
    check(DOCKERFILE, TESTS, "gate", "Dockerfile:2");
}

#[test]
fn gates_are_asked_of_an_image_that_fails_its_tests() {
    let check = |policy: &str, gate: &str, says: &str| {
        let dock = Dock::new(true);
        dock.lab.file("Dockerfile", &DOCKERFILE.replace("USER 1000:1000\n", ""));
        fs::write(dock.lab.path().join("tests.yaml"), TESTS.replace("/f", "/g")).unwrap();
        fs::write(dock.lab.path().join("cooper.toml"), policy).unwrap();
        let (code, report) = dock.ship(&[]);
        let steps: Vec<_> = report["steps"].as_array().unwrap().iter().collect();
        let ends: Vec<_> = steps.iter().map(|step| step["result"].as_str().unwrap()).collect();
        assert_eq!(ends[2..], ["stopped", gate, "not reached", "not reached", "not reached"], "{report}");
        let details = steps[3]["details"].to_string();
        assert!(details.contains(says), "{details}");
        assert_eq!((code, dock.written(), &report["shipped"]), (1, 0, &Value::Bool(false)));
    };
    check("[gate]\nuser = \"non-root\"\n", "stopped", "Dockerfile:1");
    check("[gate]\nlayer-size = \"5MB\"\n", "passed", "1 gates, 0 of them");
}

#[test]
fn a_step_that_fails_is_told_with_its_line() {
    let dock = Dock::new(true);
    dock.lab.file("Dockerfile", &DOCKERFILE.replace("COPY f /f", "COPY f absent /"));
    let (code, report) = dock.ship(&[]);
    let (name, result, details) = ended(&report);
    assert_eq!((code, name, result), (3, "build", "failed"), "{report}");
    assert!(details.contains("Dockerfile:2 "), "{details}");
    assert_eq!(dock.written(), 0);
}

#[test]
fn a_key_that_cannot_be_used_is_found_before_the_build() {
    let dock = Dock::new(true);
    fs::write(dock.lab.path().join("password"), "of-another").unwrap();
    let (code, report) = dock.ship(&[]);
    assert_eq!((code, dock.written()), (2, 0), "{report}");
    assert!(report.to_string().contains("one.key"), "{report}");
}

#[test]
fn a_dry_run_sends_nothing() {
    let dock = Dock::new(true);
    let (code, report) = dock.ship(&["--dry-run"]);
    let (name, result, _) = ended(&report);
    assert_eq!(
        (code, name, result, &report["shipped"]),
        (0, "sign", "passed", &Value::Bool(false)),
        "{report}"
    );
    assert_eq!(dock.written(), 0);
}
