//! `cooper gate` and `build --gate`: each gate stops what it is for, at the line that brought it; the rest passes.

use std::fs;

use serde_json::{Value, json};
use testkit::registry;

use crate::lab::Lab;
use crate::trust::{Signed, host};

/// The verdict as JSON, and the exit code.
fn verdict(lab: &Lab, args: &[&str]) -> (i32, Value) {
    let ran = lab.run(&[&["--json", "gate", "--context", "context"], args].concat());
    (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err)))
}

/// Gate, line of the policy, and line of the Dockerfile of all that stops.
fn stops(verdict: &Value) -> Vec<(String, u64, u64)> {
    let gates = verdict["gates"].as_array().unwrap();
    let of = |gate: &Value| -> Vec<(String, u64, u64)> {
        let one = |stop: &Value| {
            let name = gate["gate"].as_str().unwrap().to_owned();
            (name, gate["line"].as_u64().unwrap(), stop["place"]["line"].as_u64().unwrap_or(0))
        };
        gate["stops"].as_array().unwrap().iter().map(one).collect()
    };
    gates.iter().flat_map(of).collect()
}

/// Built at random, so that no rule of others knows it; in two parts, so that nobody takes it for one here.
fn secret() -> String {
    format!("ghp_{}{}", "x4Rk9Qz2Lm7Tn5Vb8Wc1", "Yd3Fg6Hj0PsAeUi2")
}

const POLICY: &str = "[gate]\nuser = \"non-root\"\nlayer-size = \"1MB\"\nsecrets = true\nlint = [\"error\"]\n\
    labels = [\"org.opencontainers.image.source\"]\nsize = \"50MB\"\n";

#[test]
fn each_gate_stops_at_its_line_and_the_clean_image_passes() {
    let lab = Lab::without_steps();
    fs::write(lab.path().join("cooper.toml"), POLICY).unwrap();
    lab.file("token", &format!("token = {}\n", secret()));
    lab.file("large", &"0123456789".repeat(200_000));
    lab.file("f", "1");
    lab.file(
        "Dockerfile",
        "FROM scratch\nLABEL org.opencontainers.image.source=https://git.example/a\nCOPY f /f\nUSER 1000\n",
    );
    assert_eq!(lab.run(&["build", "-t", "clean", "context"]).code, 0);
    let (code, clean) = verdict(&lab, &["clean"]);
    assert_eq!((code, &clean["passed"]), (0, &json!(true)), "{clean:#}");
    assert_eq!(clean["gates"].as_array().unwrap().len(), 6);

    lab.file("Dockerfile", "FROM scratch\nCOPY f /f\nCOPY token /etc/token\nCOPY large /large\nUSER root\n");
    assert_eq!(lab.run(&["build", "-t", "bad", "context"]).code, 0);
    let (code, bad) = verdict(&lab, &["bad"]);
    let expect = [("user", 2, 5), ("layer-size", 3, 4), ("secrets", 4, 3), ("labels", 6, 1)];
    let expect = expect.map(|(name, policy, line)| (name.to_owned(), policy, line));
    let found: Vec<_> = stops(&bad).into_iter().filter(|(name, ..)| name != "lint").collect();
    assert_eq!((code, found), (1, expect.to_vec()), "{bad:#}");
    assert!(!bad.to_string().contains(&secret()), "a secret is not shown");

    let human = lab.run(&["gate", "--context", "context", "bad"]);
    for part in ["5 | USER root", "STOPPED  user", "cooper.toml:2", "passed   size", "bad: STOPPED by"] {
        assert!(human.out.contains(part), "no {part:?} in\n{}", human.out);
    }
    for format in ["sarif", "junit", "line"] {
        let ran = lab.run(&["gate", "--context", "context", "-f", format, "bad"]);
        assert!(ran.code == 1 && ran.out.contains("GT015") && ran.out.contains("Dockerfile"), "{}", ran.out);
    }

    // Without advisories every image would look clean, so a gate that asks for them stops it.
    fs::write(lab.path().join("cooper.toml"), "[gate]\nseverity = \"critical\"\n").unwrap();
    let blind = lab.run(&["gate", "clean"]);
    assert!(blind.code == 1 && blind.out.contains("cooper db update"), "{}", blind.out);
    fs::write(lab.path().join("cooper.toml"), POLICY).unwrap();

    // Within a build nothing gets a name or goes anywhere.
    let server = registry(true);
    let name = format!("{}/team/bad:1", host(&server));
    let pushed = lab.run(&["build", "--gate", "-t", &name, "-o", "type=registry", "context"]);
    assert_eq!(pushed.code, 1, "{}", pushed.err);
    assert!(pushed.err.contains("STOPPED by"), "{}", pushed.err);
    assert_ne!(lab.run(&["inspect", &name]).code, 0);
    assert!(server.seen().iter().all(|seen| seen.method != "PUT"), "nothing was pushed");
    assert!(!lab.run(&["images"]).out.contains("cooper-gate"));
}

/// What stops an image under a policy of one line, and what is noted.
fn under(lab: &Lab, policy: &str, image: &str) -> (Vec<(String, u64, u64)>, String) {
    fs::write(lab.path().join("cooper.toml"), format!("[gate]\n{policy}\n")).unwrap();
    let (code, found) = verdict(lab, &[image]);
    let stops = stops(&found);
    assert_eq!(code, i32::from(!stops.is_empty()), "{found:#}");
    (stops, found["notes"].to_string())
}

/// Two vulnerabilities of one package: a bad one with a fix, and one without either that is used in attacks.
const ADVISORIES: [(&str, &str); 3] = [
    (
        "one.json",
        r#"{"schema_version":"1.6.0","id":"GHSA-aaaa-bbbb-cccc","aliases":["CVE-2024-1001"],"modified":"2024-01-01T00:00:00Z",
        "affected":[{"package":{"ecosystem":"PyPI","name":"thing"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2"}]}]}],
        "database_specific":{"severity":"HIGH"}}"#,
    ),
    (
        "two.json",
        r#"{"schema_version":"1.6.0","id":"GHSA-aaaa-bbbb-dddd","aliases":["CVE-2024-1002"],"modified":"2024-01-01T00:00:00Z",
        "affected":[{"package":{"ecosystem":"PyPI","name":"thing"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]}"#,
    ),
    (
        "kev.json",
        r#"{"title":"x","catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2024-1002","dateAdded":"2024-02-01"}]}"#,
    ),
];

#[test]
fn vulnerabilities_stop_by_severity_by_their_fix_and_by_their_use() {
    let lab = Lab::without_steps();
    for (name, text) in ADVISORIES {
        fs::write(lab.path().join(name), text).unwrap();
    }
    // At once: what a source said before is replaced.
    let names = ADVISORIES.map(|(name, _)| name);
    assert_eq!(lab.run(&[&["db", "import"], &names[..]].concat()).code, 0);
    lab.file("site/thing-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1\n");
    lab.file(
        "Dockerfile",
        "# It brings a package.\nFROM scratch\nCOPY site /usr/lib/python3/dist-packages/\n",
    );
    assert_eq!(lab.run(&["build", "-t", "app", "context"]).code, 0);
    let check = |policy: &str, gate: &str, count: usize| {
        let (found, _) = under(&lab, policy, "app");
        assert_eq!(found, vec![(gate.to_owned(), 2, 3); count], "{policy}");
    };
    check("severity = \"critical\"", "severity", 0);
    check("severity = \"high\"", "severity", 1);
    check("severity = \"unknown\"", "severity", 2);
    check("fixable = \"critical\"", "fixable", 0);
    check("fixable = \"high\"", "fixable", 1);
    check("fixable = \"unknown\"", "fixable", 1);
    check("exploited = false", "exploited", 0);
    check("exploited = true", "exploited", 1);
    let note = "1 vulnerabilities have no known severity and pass `severity`";
    assert!(under(&lab, "severity = \"high\"", "app").1.contains(note));
    assert!(!under(&lab, "severity = \"unknown\"", "app").1.contains("no known severity"));
    assert!(!under(&lab, "exploited = true", "app").1.contains("no known severity"));
}

#[test]
fn bases_have_names_of_the_list_and_are_not_old() {
    let (server, day) = (registry(true), 86_400);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let lab = Lab::without_steps();
    lab.file("f", "1");
    let base = |name: &str, made: Option<u64>, platforms: &str| {
        lab.file("Dockerfile", "FROM scratch\nCOPY f /f\n");
        let name = format!("{}/{name}:1", host(&server));
        let mut command = lab.cooper();
        command.args(["build", "--push", "--platform", platforms, "-t", &name, "context"]);
        made.map(|made| command.env("SOURCE_DATE_EPOCH", made.to_string()));
        assert!(command.output().unwrap().status.success());
        lab.file("Dockerfile", &format!("# The base.\nFROM {name}\nCOPY f /g\n"));
        assert_eq!(lab.run(&["build", "-t", "app", "context"]).code, 0);
    };
    let check = |policy: &str, expect: &[(&str, u64)]| {
        let expect: Vec<_> = expect.iter().map(|(gate, line)| ((*gate).to_owned(), 2, *line)).collect();
        assert_eq!(under(&lab, policy, "app").0, expect, "{policy}");
    };
    for platforms in ["linux/amd64", "linux/amd64,linux/arm64"] {
        base("team/old", Some(now - 45 * day), platforms);
        check("base-age = \"30d\"", &[("base-age", 2)]);
        check("base-age = \"7w\"", &[]);
    }
    check(&format!("bases = [\"{}/team/*\"]", host(&server)), &[]);
    check(&format!("bases = [\"{}/team/other\"]", host(&server)), &[("bases", 2)]);
    // A time that every reproducible build has is none.
    base("team/fixed", None, "linux/amd64");
    check("base-age = \"9999d\"", &[("base-age", 2)]);
}

#[test]
fn checks_and_a_second_build_are_asked_for() {
    let lab = Lab::without_steps();
    lab.file("f", "1");
    lab.file("Dockerfile", "FROM scratch\nCOPY --chmod=4755 f /f\nUSER 1\n");
    assert_eq!(lab.run(&["build", "-t", "app", "context"]).code, 0);
    let check = |policy: &str, expect: &[(&str, u64)]| {
        let expect: Vec<_> = expect.iter().map(|(gate, line)| ((*gate).to_owned(), 2, *line)).collect();
        assert_eq!(under(&lab, policy, "app").0, expect, "{policy}");
    };
    check("checks = [\"setuid-file\"]", &[("checks", 2)]);
    check("checks = [\"IM001\", \"empty-password\"]", &[]);
    check("reproducible = false", &[]);
    check("reproducible = true", &[("reproducible", 0)]);
    let again = lab.run(&["build", "--verify", "-t", "app", "context"]);
    assert_eq!(again.code, 0, "{}", again.err);
    check("reproducible = true", &[]);
}

#[test]
fn exceptions_say_why_and_until_when() {
    let lab = Lab::without_steps();
    fs::write(lab.path().join("cooper.toml"), "[gate]\nuser = \"non-root\"\nsize = 1\n").unwrap();
    lab.file("f", "12");
    lab.file("Dockerfile", "FROM scratch\nCOPY f /f\n");
    assert_eq!(lab.run(&["build", "-t", "app", "context"]).code, 0);
    fs::create_dir(lab.path().join(".cooper")).unwrap();
    let write = |text: &str| fs::write(lab.path().join(".cooper/exceptions.toml"), text).unwrap();
    let entry =
        |gate: &str, more: &str| format!("[[exception]]\ngate = \"{gate}\"\nreason = \"r\"\n{more}\n");
    let far = "expires = \"2999-01-01\"";
    write(&(entry("user", far) + &entry("size", far)));
    let (code, found) = verdict(&lab, &["app"]);
    assert_eq!((code, &found["gates"][0]["excused"][0]["excuse"]["reason"]), (0, &json!("r")), "{found:#}");
    write(&(entry("user", "expires = \"2001-01-01\"") + &entry("size", far) + &entry("labels", far)));
    let (code, found) = verdict(&lab, &["app"]);
    let notes = found["notes"].to_string();
    assert_eq!(code, 1);
    assert!(notes.contains("the gate `user`") && notes.contains("ended on 2001-01-01"), "{notes}");
    assert!(notes.contains("the gate `labels`") && notes.contains("excuses nothing"), "{notes}");
    write(&entry("user", ""));
    let endless = lab.run(&["gate", "app"]);
    assert!(endless.code == 2 && endless.err.contains("has no last day"), "{}", endless.err);
}

#[test]
fn a_policy_that_means_nothing_is_refused_at_its_line() {
    let lab = Lab::without_steps();
    let none = lab.run(&["gate", "app"]);
    assert!(none.code == 2 && none.err.contains("no table `[gate]`"), "{}", none.err);
    fs::write(lab.path().join("cooper.toml"), "[gate]\nsize = \"1MB\"\nsise = 1\n").unwrap();
    let wrong = lab.run(&["gate", "app"]);
    assert!(wrong.code == 2 && wrong.err.contains("3 | sise = 1"), "{}", wrong.err);
    let page = lab.run(&["rule", "layer-size"]);
    assert!(page.code == 0 && page.out.contains("## What it asks"), "{}", page.out);
}

#[test]
fn signatures_and_statements_are_asked_for() {
    let server = registry(true);
    let signed = Signed::new(&host(&server));
    let lab = &signed.lab;
    let policy = |key: &str| {
        let text = format!(
            "[gate]\nsignatures = [{{ key = \"{key}\" }}]\n\
             attestations = {{ kinds = [\"spdxjson\"], by = [{{ key = \"{key}\" }}] }}\n"
        );
        fs::write(lab.path().join("cooper.toml"), text).unwrap();
    };
    policy("one.pub");
    assert_eq!(stops(&verdict(lab, &[&signed.name]).1), [("attestations".to_owned(), 3, 0)]);
    fs::write(lab.path().join("sbom.json"), "{\"spdxVersion\":\"SPDX-2.3\"}").unwrap();
    let with = ["--key", "one.key", "--password-file", "password"];
    let what = ["--type", "spdxjson", "--predicate", "sbom.json", &signed.name];
    assert_eq!(lab.run(&[&["attest"], &with[..], &what].concat()).code, 0);
    assert_eq!(verdict(lab, &[&signed.name]).0, 0);
    policy("two.pub");
    assert_eq!(stops(&verdict(lab, &[&signed.name]).1).len(), 2);
}

#[test]
fn a_base_that_nobody_trusted_has_signed_stops_the_build() {
    let server = registry(true);
    let signed = Signed::new(&host(&server));
    let unsigned = format!("{}/team/unsigned:1", host(&server));
    crate::trust::build(&signed.lab, &unsigned, "2");
    assert_eq!(signed.lab.run(&["push", &unsigned]).code, 0);
    let fresh = Lab::without_steps();
    fs::copy(signed.lab.path().join("one.pub"), fresh.path().join("one.pub")).unwrap();
    fs::copy(signed.lab.path().join("two.pub"), fresh.path().join("two.pub")).unwrap();
    let trust = |require: &str, key: &str| {
        let text = format!(
            "[trust]\nrequire = \"{require}\"\n[[trust.images]]\nnames = [\"{}/team/*\"]\nby = [{{ key = \"{key}\" }}]\n",
            host(&server)
        );
        fs::write(fresh.path().join("cooper.toml"), text).unwrap();
    };
    let build = |base: &str| {
        fresh.file("Dockerfile", &format!("# the base\nFROM {base}\nLABEL a=b\n"));
        fresh.run(&["build", "-q", "-t", "app", "context"])
    };
    trust("listed", "one.pub");
    let good = build(&signed.name);
    assert_eq!(good.code, 0, "{}", good.err);
    let bad = build(&unsigned);
    assert_eq!(bad.code, 3, "{}", bad.err);
    for part in ["2 | FROM", "is not signed by anybody trusted", "there is no signature beside it"] {
        assert!(bad.err.contains(part), "no {part:?} in {}", bad.err);
    }
    trust("listed", "two.pub");
    let wrong = build(&signed.name);
    assert!(wrong.code == 3 && wrong.err.contains("[signature]"), "{}", wrong.err);
    // Names that no entry has.
    trust("listed", "one.pub");
    let other = format!("{}/other/app:1", host(&server));
    assert_eq!(signed.lab.run(&["copy", &unsigned, &other]).code, 0);
    assert_eq!(build(&other).code, 0);
    trust("all", "one.pub");
    let unnamed = build(&other);
    assert!(unnamed.code == 3 && unnamed.err.contains("`[trust]` does not name it"), "{}", unnamed.err);
    // What was verified once needs no registry.
    let asked = server.count();
    assert_eq!(build(&signed.name).code, 0);
    assert_eq!(server.count(), asked);
}
