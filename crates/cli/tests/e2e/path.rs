//! From an image to its container: tests, hardening, benchmarks, and what projects begin with.

use std::fs;

use serde_json::Value;

use crate::lab::{Lab, Ran};

const DOCKERFILE: &str = "FROM busybox\n\
    RUN echo 'shop:x:1005:1005::/:/bin/sh' >> /etc/passwd; echo v1 > /version; ln -s version /link\n\
    ENV MODE=prod\n\
    LABEL org.opencontainers.image.title=shop\n\
    EXPOSE 80\n\
    VOLUME /data\n\
    USER 1005\n\
    CMD [\"/bin/sleep\", \"1\"]\n";

const TESTS: &str = r#"schemaVersion: 2.0.0
globalEnvVars:
  - key: MODE
    value: "not-$MODE"
commandTests:
  - name: a setup is seen, and the next test begins anew
    setup: [["sh", "-c", "echo a > /tmp/a"]]
    command: sh
    args: ["-c", "cat /tmp/a; echo $MODE {x} >&2; id -u"]
    expectedOutput: ["^a\n1005\n$"]
    expectedError: ["not-prod {x}"]
  - name: it is not there any more
    command: cat
    args: [/tmp/a]
    exitCode: 1
fileExistenceTests:
  - {name: root, path: /}
  - {name: link, path: /link, permissions: Lrwxrwxrwx}
  - {name: version, path: /version, permissions: -rw-r--r--, uid: 0, gid: 0}
  - {name: none, path: "/$MODE", shouldExist: false}
fileContentTests:
  - {name: version, path: /link, expectedContents: ['^v\d\n$'], excludedContents: [v2]}
metadataTest:
  env: [{key: MODE, value: '^p', isRegex: true}]
  labels: [{key: org.opencontainers.image.title, value: shop}]
  exposedPorts: [80]
  unexposedPorts: ["81"]
  volumes: [/data]
  entrypoint: []
  cmd: [/bin/sleep, "1"]
  user: "1005"
"#;

fn built() -> Option<Lab> {
    let lab = Lab::new()?;
    fs::create_dir_all(lab.context()).unwrap();
    lab.build(DOCKERFILE);
    Some(lab)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err))
}

#[test]
fn files_of_container_structure_test_run_as_they_are() {
    let Some(lab) = built() else { return };
    fs::write(lab.path().join("t.yaml"), TESTS).unwrap();
    let ran = lab.run(&["test", "app", "--config", "t.yaml"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.ends_with("8 of 8 tests pass\n"), "{}", ran.out);
    let failing =
        "schemaVersion: 1.0.0\ncommandTests:\n- name: x\n  command: [echo, $A]\n  expectedOutput: [b]\n";
    fs::write(lab.path().join("f.yaml"), failing).unwrap();
    let ran = lab.run(&["test", "app", "-c", "t.yaml", "-c", "f.yaml", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let value = json(&ran);
    assert_eq!((value["Pass"].as_u64(), value["Fail"].as_u64()), (Some(8), Some(1)));
    assert_eq!(value["Results"][8]["Name"], "Command Test: x");
    assert_eq!(value["Results"][8]["Stdout"], "$A\n");
    assert!(lab.run(&["test", "app", "-c", "f.yaml"]).out.contains("(f.yaml:3)"));
    fs::write(lab.path().join("bad.yaml"), "schemaVersion: 2.0.0\ncommandTest: []\n").unwrap();
    let ran = lab.run(&["test", "app", "-c", "bad.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("bad.yaml:2"), "{}", ran.err);
    let ran = lab.run(&["test", "app", "--max-size", "10"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("ok    Image Test: runs as an ordinary user"), "{}", ran.out);
    assert!(ran.out.contains("FAIL  Image Test: is not too large"), "{}", ran.out);
}

#[test]
fn commands_of_tests_reach_others_only_when_asked() {
    let Some(lab) = built() else { return };
    let own = fs::read_link("/proc/self/ns/net").unwrap();
    let own = own.to_str().unwrap().replace('[', "\\[").replace(']', "\\]");
    let text = format!(
        "schemaVersion: 2.0.0\ncommandTests:\n- name: x\n  command: readlink\n  args: [/proc/self/ns/net]\n  expectedOutput: ['{own}']\n"
    );
    fs::write(lab.path().join("t.yaml"), &text).unwrap();
    assert_eq!(lab.run(&["test", "app", "-c", "t.yaml"]).code, 1);
    let asked = lab.run(&["test", "app", "-c", "t.yaml", "--network", "host"]);
    assert_eq!(asked.code, 0, "{}{}", asked.out, asked.err);
    fs::write(lab.path().join("t.yaml"), text + "containerRunOptions:\n  network: host\n").unwrap();
    assert_eq!(lab.run(&["test", "app", "-c", "t.yaml"]).code, 0);
}

#[test]
fn caches_of_the_base_are_told_and_own_ones_stop() {
    let lab = Lab::without_steps();
    lab.file("cache", &"x".repeat(100_000));
    let of = |file: &str, name: &str| {
        lab.file("Dockerfile", file);
        let ran = lab.run(&["build", "--tag", name, "context"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        lab.run(&["test", name]).out
    };
    let caches = "Image Test: has no caches of package managers";
    let base = of("FROM scratch\nCOPY cache /var/cache/apt/pkgcache.bin\n", "base:1");
    assert!(
        base.contains(&format!("FAIL  {caches}")) && base.contains("from Dockerfile:2 COPY cache"),
        "{base}"
    );
    let above = of("FROM base:1\nCOPY cache /srv/f\n", "app:1");
    assert!(above.contains(&format!("ok    {caches}")), "{above}");
    lab.file("other", &"y".repeat(100_000));
    let own = of("FROM base:1\nCOPY cache /srv/f\nCOPY other /var/cache/apt/archives/a.deb\n", "app:2");
    assert!(own.contains(&format!("FAIL  {caches}")) && own.contains("from Dockerfile:3"), "{own}");
}

#[test]
fn an_image_says_with_how_few_rights_it_runs() {
    let Some(lab) = built() else { return };
    let value = json(&lab.run(&["harden", "app", "--format", "json"]));
    assert_eq!(value["user"]["uid"], 1005);
    assert_eq!(value["unprivilegedLowPorts"], true);
    let writable = |path: &str| {
        let all = value["writable"].as_array().unwrap();
        all.iter().find(|one| one["path"] == path).map(|one| one["kind"].as_str().unwrap().to_owned())
    };
    assert_eq!(writable("/data").as_deref(), Some("volume"));
    assert_eq!(writable("/tmp").as_deref(), Some("tmpfs"));
    let ran = lab.run(&["harden", "app", "--writable", "/srv/queue/"]);
    assert!(ran.out.contains("--tmpfs /srv/queue:rw,"), "{}", ran.out);
    assert_eq!(lab.run(&["harden", "app", "--writable", "/a:/b"]).code, 2);
    assert_eq!(lab.run(&["harden", "app", "--writable", "/a/../b"]).code, 2);
    let compose = "# kept\nservices:\n  web:\n    image: app  # mine\n    privileged: true\n";
    fs::write(lab.path().join("compose.yaml"), compose).unwrap();
    let ran = lab.run(&["harden", "app", "--compose", "compose.yaml", "--in-place"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("line 5: `privileged` gives the container all rights"), "{}", ran.err);
    let merged = fs::read_to_string(lab.path().join("compose.yaml")).unwrap();
    assert!(merged.starts_with(compose) && merged.contains("    read_only: true"), "{merged}");
    assert_eq!(lab.run(&["harden", "app", "--format", "bad"]).code, 2);
}

#[test]
fn benchmarks_are_judged_with_evidence() {
    let Some(lab) = built() else { return };
    let dockerfile = lab.context().join("Dockerfile");
    let ran = lab.run(&["comply", "app", "--dockerfile", dockerfile.to_str().unwrap(), "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let value = json(&ran);
    let status = |number: &str| {
        let all = value["items"].as_array().unwrap();
        all.iter().find(|one| one["number"] == number).unwrap()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status("CIS 4.1"), "passed");
    assert_eq!(status("CIS 4.5"), "failed");
    assert_eq!(status("CIS 4.11"), "passed");
    assert_eq!(status("OWASP 0"), "by-hand");
    fs::write(lab.context().join("Dockerfile"), "FROM scratch\nADD x /x\nUSER root\n").unwrap();
    let ran = lab.run(&["comply", "context", "--only", "cis 4.9"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("context/Dockerfile:2: "), "{}", ran.out);
}

#[test]
fn packages_that_nobody_knows_anything_about_pass_no_benchmark() {
    let lab = Lab::without_steps();
    lab.file("node_modules/a/package.json", r#"{"name": "a", "version": "2.0.0"}"#);
    lab.file("Dockerfile", "FROM scratch\nCOPY node_modules /app/node_modules/\n");
    assert_eq!(lab.run(&["build", "-t", "app", "context"]).code, 0);
    let judged = |ecosystem: &str| {
        let advisory = format!(
            r#"{{"id": "GHSA-1", "affected": [{{"package": {{"ecosystem": "{ecosystem}", "name": "a"}},
            "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "1.0.0"}}]}}]}}]}}"#
        );
        fs::write(lab.path().join("osv.json"), advisory).unwrap();
        assert_eq!(lab.run(&["db", "import", "osv.json"]).code, 0);
        let ran = lab.run(&["comply", "app", "--only", "CIS 4.4"]);
        (ran.code, ran.out)
    };
    let (code, out) = judged("PyPI");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("by hand  CIS 4.4") && out.contains("no advisories about `npm` here"), "{out}");
    let (code, out) = judged("npm");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("passed   CIS 4.4") && !out.contains("no advisories"), "{out}");
}

#[test]
fn projects_begin_with_files_that_are_never_replaced_unasked() {
    let lab = Lab::without_steps();
    let project = lab.path().join("shop");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("go.mod"), "module example.com/shop\n\ngo 1.24\n").unwrap();
    let ran = lab.run(&["init", "go", "shop"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "Dockerfile\n.dockerignore\ncooper.toml\n"), "{}", ran.err);
    let dockerfile = fs::read_to_string(project.join("Dockerfile")).unwrap();
    assert!(dockerfile.contains("FROM golang:1.24-"), "{dockerfile}");
    fs::write(project.join("Dockerfile"), "FROM mine\n").unwrap();
    let ran = lab.run(&["init", "go", "shop"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("`Dockerfile`, `.dockerignore`, `cooper.toml` are there already"),
        "{}",
        ran.err
    );
    assert_eq!(fs::read_to_string(project.join("Dockerfile")).unwrap(), "FROM mine\n");
    assert_eq!(lab.run(&["init", "go", "shop", "--force"]).code, 0);
    assert_eq!(fs::read_to_string(project.join("Dockerfile")).unwrap(), dockerfile);
    assert_eq!(lab.run(&["ci", "init", "github", "shop"]).code, 0);
    assert!(project.join(".github/workflows/image.yml").is_file());
    assert_eq!(lab.run(&["ci", "init", "jenkins", "shop"]).code, 2);
}
