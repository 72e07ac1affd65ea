//! `cooper lint`, `cooper rule` and `cooper fix` from outside: streams, files, exit codes.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::Value;
use testkit::{Reply, Server};

use crate::lab::{Lab, Ran, ran};

const BAD: &str = "FROM debian:12\n# why\nRUN sudo a\n";

fn piped(lab: &Lab, args: &[&str], text: &str) -> Ran {
    let mut command = lab.cooper();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    ran(&child.wait_with_output().unwrap())
}

#[test]
fn sarif_of_standard_input_names_the_codes_of_rivals() {
    let lab = Lab::without_steps();
    let ran = piped(&lab, &["lint", "--format", "sarif", "-"], BAD);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    let rules = value["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let results = value["runs"][0]["results"].as_array().unwrap();
    let sudo = results.iter().find(|result| result["ruleId"] == "CO404").unwrap();
    let rule = &rules[usize::try_from(sudo["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert!(rule["properties"]["aliases"].as_array().unwrap().contains(&"DL3004".into()));
    assert_eq!(sudo["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
}

#[test]
fn what_counts_comes_from_the_command_and_from_configurations() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", BAD);
    let codes = |args: &[&str]| -> String {
        let ran = lab.run(&[&["lint", "context", "--format", "line"], args].concat());
        ran.out.lines().map(|line| format!("{} ", line.split(' ').nth(1).unwrap())).collect()
    };
    assert_eq!(codes(&["--select", "DL3004"]), "CO404 ");
    assert_eq!(codes(&["--select", "DL3004", "--ignore", "sudo"]), "");
    lab.file("h.yaml", "ignored: [DL3004]\n");
    assert_eq!(codes(&["--select", "CO4", "--hadolint-config", "context/h.yaml"]), "");
    let never = lab.run(&["lint", "context", "--fail-on", "never"]);
    assert_eq!(never.code, 0, "{}", never.err);
    assert_eq!(lab.run(&["lint", "context", "--format", "nonsense"]).code, 2);
    assert_eq!(lab.run(&["lint", "context/none", "context/Dockerfile"]).code, 2);
}

#[test]
fn a_build_that_is_only_checked_prints_what_docker_does() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", "FROM scratch as a\nENV KEY=x\nRUN sudo a\n");
    let ran = lab.run(&["build", "--call=check,format=json", "context"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    let found = value["warnings"].as_array().unwrap().iter();
    let names: Vec<_> =
        found.map(|item| (&item["ruleName"], &item["location"]["ranges"][0]["start"]["line"])).collect();
    assert_eq!(names, [(&"FromAsCasing".into(), &1.into()), (&"SecretsUsedInArgOrEnv".into(), &2.into())]);
    assert_eq!(value["buildError"], Value::Null);
    for text in
        ["FROM scratch AS a\nCOPY --from=a /x /y\n", "FROM scratch\nCOPY --from=b /x /y\nFROM scratch AS b\n"]
    {
        lab.file("Dockerfile", text);
        let ran = lab.run(&["build", "--call=check,format=json", "context"]);
        let value: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(value["buildError"]["location"]["ranges"][0]["start"]["line"], 2, "{}", ran.out);
    }
}

#[test]
fn a_file_tells_what_it_can_be_given_and_what_it_can_build() {
    let lab = Lab::without_steps();
    lab.file(
        "Dockerfile",
        "# app does it\nFROM scratch AS app\n# V version\nARG V=1\nRUN --mount=type=secret,id=k x\n",
    );
    let call =
        |method: &str| lab.run(&["build", &format!("--call={method}"), "--build-arg", "V=2", "context"]);
    let outline = "TARGET:      app\nDESCRIPTION: does it\n\nBUILD ARG   VALUE   DESCRIPTION\nV           2       version\n\n\
        SECRET   REQUIRED\nk        \n\n";
    assert_eq!(call("outline").out, outline);
    assert_eq!(call("targets,format=text").out, "TARGET        DESCRIPTION\napp (default) does it\n");
    let value = |ran: &crate::lab::Ran| -> Value { serde_json::from_str(&ran.out).unwrap() };
    assert_eq!(value(&call("outline,format=json"))["args"][0]["value"], "2");
    assert_eq!(value(&call("targets,format=json"))["targets"][0]["base"], "scratch");
    assert_eq!(call("build,format=json").code, 2);
    assert_eq!(call("targets,x=y").code, 2);
    let numbered = lab.run(&["build", "--call=outline", "--target=0", "context"]);
    assert_eq!(numbered.code, 3, "{}", numbered.err);
    assert!(numbered.err.contains("stage 0 is `app`"), "{}", numbered.err);
}

#[test]
fn a_baseline_leaves_what_is_new() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", BAD);
    let lint = |args: &[&str]| {
        lab.run(&[&["lint", "context", "--format", "line", "--baseline", "base.json"], args].concat())
    };
    assert_eq!(lint(&["--update-baseline"]).out, "");
    assert_eq!(lint(&[]).code, 0);
    lab.file("Dockerfile", &format!("{BAD}RUN sudo b\n"));
    let new = lint(&["--select", "CO404"]);
    assert!(new.out.contains(":4 CO404") && new.out.lines().count() == 1, "{}", new.out);
}

#[test]
fn rules_are_explained_by_any_name() {
    let lab = Lab::without_steps();
    for args in [["rule", "CO404"], ["rule", "dl3004"], ["rule", "sudo"]] {
        let ran = lab.run(&args);
        assert!(ran.out.starts_with("# sudo\n") && ran.out.contains("DL3004"), "{}", ran.out);
    }
    assert_eq!(lab.run(&["lint", "--explain", "sudo"]).out, lab.run(&["rule", "sudo"]).out);
    assert_eq!(lab.run(&["rule", "nonsense"]).code, 2);
}

#[test]
fn files_are_mended_in_place_and_keep_their_mode() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", BAD);
    let path = lab.context().join("Dockerfile");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let safe = lab.run(&["fix", "context", "--check"]);
    assert!(safe.err.contains(" can be fixed with `--unsafe-fixes`"), "{}", safe.err);
    let fix =
        |args: &[&str]| lab.run(&[&["fix", "context", "--select", "CO404", "--unsafe-fixes"], args].concat());
    let diff = fix(&["--diff"]);
    assert_eq!(diff.code, 1, "{}", diff.err);
    assert!(diff.out.contains("-RUN sudo a\n+RUN a\n"), "{}", diff.out);
    assert_eq!(fix(&["--check"]).code, 1);
    assert_eq!(fs::read_to_string(&path).unwrap(), BAD);
    let done = fix(&[]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("line 3: remove `sudo` (CO404)"), "{}", done.out);
    assert_eq!(fs::read_to_string(&path).unwrap(), "FROM debian:12\n# why\nRUN a\n");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(fix(&["--check"]).code, 0);
    let out = piped(&lab, &["fix", "--select", "CO404", "--unsafe-fixes", "-"], BAD);
    assert_eq!(out.out, "FROM debian:12\n# why\nRUN a\n");
}

#[test]
fn fixes_are_kept_only_where_builds_show_that_the_image_stays() {
    let Some(lab) = Lab::new() else { return };
    lab.build(
        "FROM busybox\nRUN printf '#!/bin/sh\\ntouch /made\\n\"$@\"\\n' > /bin/sudo && chmod +x /bin/sudo\n",
    );
    lab.file("Dockerfile", "FROM app\nENV A b c\nRUN sudo touch /x\n");
    let ran =
        lab.run(&["fix", "--verify", "--unsafe-fixes", "--json", "--network", "none", "context/Dockerfile"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    let file = &value["files"][0];
    assert_eq!(file["applied"][0]["code"], "CO810", "{}", ran.out);
    // The program is not what its name says: without it the image lacks a file.
    assert_eq!(file["left_out"][0]["code"], "CO404", "{}", ran.out);
    assert_eq!(file["left_out"][0]["line"], 3, "{}", ran.out);
    assert_eq!(file["left_out"][0]["why"], "`/made` of the image would be missing");
    let verified = &file["verified"];
    assert_eq!(verified["taken_back"][0], "CO404");
    assert!(verified["size"]["before"].as_u64() > Some(0) && verified["size"]["after"].as_u64() > Some(0));
    assert!(verified["milliseconds"]["before"].is_u64() && verified["milliseconds"]["after"].is_u64());
    assert!(file["findings"]["before"].as_u64() > file["findings"]["after"].as_u64(), "{}", ran.out);
    let text = fs::read_to_string(lab.context().join("Dockerfile")).unwrap();
    assert_eq!(text, "FROM app\nENV A=\"b c\"\nRUN sudo touch /x\n");
    let broken = "FROM app\nENV A b c\nRUN false\n";
    lab.file("Dockerfile", broken);
    let ran = lab.run(&["fix", "--verify", "--network", "none", "context/Dockerfile"]);
    assert!(ran.code == 3 && ran.err.contains("1 file is left as it was"), "{}", ran.err);
    assert_eq!(fs::read_to_string(lab.context().join("Dockerfile")).unwrap(), broken);
}

#[test]
fn images_and_packages_are_pinned_as_registry_and_index_have_them() {
    let lab = Lab::without_steps();
    let digest = format!("sha256:{}", "1".repeat(64));
    let told = digest.clone();
    let server = Server::start(move |seen| match seen.path() {
        "/v2/base/manifests/1" => Reply::ok("")
            .header("docker-content-digest", told.clone())
            .header("content-type", "application/vnd.oci.image.manifest.v1+json"),
        "/pypi/flask" => Reply::ok("{\"info\":{\"version\":\"3.1.3\"}}"),
        _ => Reply::new(404),
    });
    let host = server.address;
    lab.file(
        "Dockerfile",
        &format!("FROM {host}/base:1\nRUN pip install --no-cache-dir flask gone\nUSER 1000\n"),
    );
    fs::write(
        lab.path().join("cooper.toml"),
        format!("[lint.indexes]\npip = \"{}\"\n", server.url("/pypi/{name}")),
    )
    .unwrap();
    let ran = lab.run(&["fix", "--pin", "--unsafe-fixes", "context/Dockerfile"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = fs::read_to_string(lab.context().join("Dockerfile")).unwrap();
    let expect =
        format!("FROM {host}/base:1@{digest}\nRUN pip install --no-cache-dir flask==3.1.3 gone\nUSER 1000\n");
    assert_eq!(text, expect);
}

#[test]
fn packages_of_distributions_are_pinned_as_their_lists_have_them() {
    let lab = Lab::without_steps();
    let server = Server::start(|seen| match seen.path() {
        "/debian/bookworm/Packages" => {
            Reply::ok("Package: curl\nVersion: 7.88.1-10+deb12u4\n\nPackage: jq\nVersion: 1.6-2.1\n")
        }
        "/security/bookworm/Packages" => Reply::ok("Package: curl\nVersion: 7.88.1-10+deb12u12\n"),
        "/alpine/v3.21/APKINDEX.tar.gz" => Reply::ok("C:Q1\nP:curl\nV:8.12.1-r0\n\n"),
        _ => Reply::new(404),
    });
    let url = |path: &str| server.url(path);
    let (main, security) = (url("/debian/{release}/Packages"), url("/security/{release}/Packages"));
    let apk = url("/alpine/{release}/APKINDEX.tar.gz");
    fs::write(
        lab.path().join("cooper.toml"),
        format!("[lint.indexes]\napt = \"{main} {security}\"\napk = \"{apk}\"\n"),
    )
    .unwrap();
    lab.file(
        "Dockerfile",
        "FROM node:22-bookworm-slim AS one\nRUN apt-get update && apt-get install -y curl jq gone\n\
         FROM alpine:3.21.3\nRUN apk add --no-cache curl\nCOPY --from=one /etc/passwd /x\nUSER 1000\n",
    );
    let ran = lab.run(&["fix", "--pin", "--unsafe-fixes", "--select", "DL3008,DL3018", "context/Dockerfile"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = fs::read_to_string(lab.context().join("Dockerfile")).unwrap();
    assert!(text.contains("install -y curl=7.88.1-10+deb12u12 jq=1.6-2.1 gone\n"), "{text}");
    assert!(text.contains("apk add --no-cache curl=8.12.1-r0\n"), "{text}");
}

#[test]
fn an_ignore_file_is_written_for_what_no_image_needs() {
    let lab = Lab::without_steps();
    lab.file("Dockerfile", "FROM scratch\nCOPY . /app/\nUSER 1000\n");
    lab.file(".git/HEAD", "ref: refs/heads/main\n");
    let fix = |args: &[&str]| {
        lab.run(&[&["fix", "context/Dockerfile", "--select", "CO709", "--unsafe-fixes"], args].concat())
    };
    assert_eq!(fix(&["--check"]).code, 1);
    assert!(!lab.context().join(".dockerignore").exists());
    assert_eq!(fix(&[]).code, 0);
    assert_eq!(fs::read_to_string(lab.context().join(".dockerignore")).unwrap(), ".git\n");
    assert_eq!(fix(&["--check"]).code, 0);
}
