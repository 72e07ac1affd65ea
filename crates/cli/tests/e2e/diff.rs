//! What two images differ in.

use std::fs;

use serde_json::Value;

use crate::lab::{Lab, Ran};

const BEFORE: &str = "FROM busybox AS build\nRUN mkdir /o && echo 1 > /o/a && echo 1 > /o/b && echo 1 > /o/gone\n\
    FROM busybox\nENV A=1 B=2\nLABEL l=1\n\
    COPY --from=build /o /o\n\
    RUN mkdir -p /var/lib/dpkg && printf 'Package: p\\nStatus: install ok installed\\nVersion: 1\\nArchitecture: all\\n\\n\
    Package: q\\nStatus: install ok installed\\nVersion: 1\\n' > /var/lib/dpkg/status\n\
    RUN ln -s a /link; chmod 600 /o/b; mkdir /gone; echo x > /gone/x\n";

fn after() -> String {
    BEFORE
        .replace("echo 1 > /o/a", "echo 22 > /o/a")
        .replace(" && echo 1 > /o/gone", "")
        .replace("A=1 B=2", "A=2 C=3")
        .replace("Version: 1\\nArch", "Version: 2\\nArch")
        .replace(
            "ln -s a /link; chmod 600 /o/b; mkdir /gone; echo x > /gone/x",
            "ln -s b /link; chown app /o/b; touch -d @5 /new",
        )
}

/// A lab with both images.
fn built() -> Option<Lab> {
    let lab = Lab::new()?;
    lab.build(BEFORE);
    assert_eq!(lab.run(&["tag", "app", "before"]).code, 0);
    lab.build(&after());
    Some(lab)
}

fn json(ran: &Ran) -> Value {
    let value: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let schema = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/diff.json")).unwrap();
    testkit::fits(&serde_json::from_slice(&schema).unwrap(), &value, "diff").unwrap();
    value
}

/// The list at a place, each with some of its fields in a line.
fn lines(value: &Value, at: &str, fields: &[&str]) -> Vec<String> {
    let show = |one: &Value| {
        fields.iter().map(|field| one.pointer(field).unwrap().to_string()).collect::<Vec<_>>().join(" ")
    };
    value.pointer(at).unwrap().as_array().unwrap().iter().map(show).collect()
}

#[test]
fn files_configuration_and_packages_are_compared() {
    let Some(lab) = built() else { return };
    let ran = lab.run(&["diff", "--format", "json", "before", "app"]);
    let value = json(&ran);
    assert_eq!((ran.code, &value["same"]), (1, &Value::Bool(false)));
    let config = lines(&value, "/config", &["/path", "/before", "/after"]);
    assert_eq!(
        config[..3],
        [r#""config.Env.A" "1" "2""#, r#""config.Env.B" "2" null"#, r#""config.Env.C" null "3""#]
    );
    assert_eq!(lines(&value, "/packages/changes", &["/name", "/before", "/after"]), [r#""p" "1" "2""#]);
    let files = lines(&value, "/files/changes", &["/path", "/change", "/fields", "/by/line"]);
    assert_eq!(
        files,
        [
            r#""/gone" "removed" [] 8"#,
            r#""/gone/x" "removed" [] 8"#,
            r#""/link" "changed" ["target"] 8"#,
            r#""/new" "added" [] 8"#,
            r#""/o/a" "changed" ["content"] 6"#,
            r#""/o/b" "changed" ["mode","owner"] 8"#,
            r#""/o/gone" "removed" [] 6"#,
            r#""/var/lib/dpkg/status" "changed" ["content"] 7"#,
        ]
    );
    let text = lab.run(&["diff", "before", "app"]).out;
    for line in [
        "  ~ config.Env.A  \"1\" -> \"2\"\n",
        "  ~ p 1 -> 2  all, dpkg\n",
        "files: 1 added, 3 removed, 4 changed;",
        "    ~ /o/b  mode 0600 -> 0644, owner 0:0 -> 1000:0\n",
        "    - /gone/  2 B in 1 files\n",
        "    ~ /link  target `a` -> `b`\n",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    assert_eq!(lab.run(&["diff", "before", "app"]).out, text);
}

#[test]
fn packages_of_rpm_are_compared() {
    let Some(lab) = Lab::new() else { return };
    let list = |version: &str, file: &str| {
        let line = format!("a\\t{version}\\t1\\t1\\tMe\\t(none)\\t5\\tnoarch\\t0\\ta.src.rpm\\n");
        format!("FROM busybox\nRUN mkdir -p /{file} && rmdir /{file} && printf '{line}' > /{file}\n")
    };
    let manifest = "var/lib/rpmmanifest/container-manifest-2";
    lab.build(&list("1-1", manifest));
    assert_eq!(lab.run(&["tag", "app", "before"]).code, 0);
    lab.build(&list("1-2", manifest));
    let value = json(&lab.run(&["diff", "--format", "json", "before", "app"]));
    let fields = ["/name", "/manager", "/before", "/after"];
    assert_eq!(lines(&value, "/packages/changes", &fields), [r#""a" "rpm" "1-1" "1-2""#]);
    assert_eq!(value.pointer("/packages/unread"), Some(&serde_json::json!([])));
    // What is no database is said.
    lab.build(&list("1-2", "var/lib/rpm/rpmdb.sqlite"));
    let value = json(&lab.run(&["diff", "--format", "json", "before", "app"]));
    assert_eq!(value.pointer("/packages/unread"), Some(&serde_json::json!(["var/lib/rpm/rpmdb.sqlite"])));
}

#[test]
fn what_is_packed_otherwise_or_lies_elsewhere_is_the_same() {
    let Some(lab) = Lab::new() else { return };
    lab.file("f", "f");
    let text = "FROM busybox\nCOPY f /f\nRUN echo x > /x; touch -d @1000000000 /old\n";
    let args = ["-o", "type=oci,dest=layout,tar=false", "-o", "type=docker,dest=docker.tar"];
    assert_eq!(lab.build_with(text, &args).code, 0);
    assert_eq!(lab.build_with(text, &["--compression", "zstd", "-t", "zstd"]).code, 0);
    // Another store has none of the layers, and what is known of them.
    let mut other = lab.cooper();
    let elsewhere = |left: &str, right: &str| {
        let mut command = std::process::Command::new(crate::lab::binary());
        command
            .current_dir(lab.path())
            .args(["--store", "other", "diff", "--ignore", "history", left, right]);
        crate::lab::ran(&command.output().unwrap())
    };
    for (left, right) in [("oci-layout://layout", "docker.tar"), ("docker.tar", "oci-layout://layout:latest")]
    {
        let ran = elsewhere(left, right);
        assert!(
            ran.code == 0 && ran.out.contains("the same files and configuration\n"),
            "{}{}",
            ran.out,
            ran.err
        );
    }
    for right in ["zstd", "oci-layout://layout", "docker.tar"] {
        let ran = crate::lab::ran(&other.args(["diff", "app", right]).output().unwrap());
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        other = lab.cooper();
    }
    assert_eq!(lab.build_with(text, &["--build-arg", "SOURCE_DATE_EPOCH=1200000000"]).code, 0);
    let value = json(&lab.run(&["diff", "--format", "json", "zstd", "app"]));
    let paths = lines(&value, "/files/changes", &["/path", "/fields", "/after/time"]);
    let expect =
        [r#""/f" ["time"] 1200000000"#, r#""/old" ["time"] 1000000000"#, r#""/x" ["time"] 1200000000"#];
    assert_eq!(paths, expect);
    let ran = lab.run(&["diff", "--ignore", "times", "zstd", "app"]);
    assert!(ran.code == 0 && ran.out.contains("in other layers"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_is_not_there_is_an_error() {
    let lab = Lab::without_steps();
    let ran = lab.run(&["diff", "oci-layout://nothing", "nothing.tar"]);
    assert!(ran.code == 4 || ran.code == 2, "{} {}", ran.code, ran.err);
}

#[test]
fn scans_of_both_are_compared() {
    let Some(lab) = Lab::new() else { return };
    let dockerfile = |version: &str, more: &str| {
        format!(
            "FROM busybox\nRUN mkdir -p /n/node_modules/p && \
             echo '{{\"name\":\"p\",\"version\":\"{version}\"}}' > /n/node_modules/p/package.json{more}\n"
        )
    };
    lab.build(&dockerfile("1.0.0", ""));
    assert_eq!(lab.run(&["tag", "app", "before"]).code, 0);
    lab.build(&dockerfile("2.0.0", " && echo ghp_0aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0vWx12 > /n/key"));
    let advisory = lab.path().join("a.json");
    fs::write(
        &advisory,
        r#"{"id": "GHSA-1", "affected": [{"package": {"ecosystem": "npm", "name": "p"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.5.0"}]}]}]}"#,
    )
    .unwrap();
    assert_eq!(lab.run(&["db", "import", advisory.to_str().unwrap()]).code, 0);
    let value = json(&lab.run(&["diff", "--format", "json", "--findings", "before", "app"]));
    let of = |what: &str, field: &str| {
        ["before", "after"].map(|side| lines(&value, &format!("/findings/{what}/{side}"), &[field]))
    };
    assert_eq!(of("packages", "/version"), [["\"1.0.0\""], ["\"2.0.0\""]]);
    assert_eq!(of("vulnerabilities", "/id"), [vec!["\"GHSA-1\""], vec![]]);
    assert_eq!(of("secrets", "/kind"), [vec![], vec!["\"file\"", "\"history\""]]);
    let text = lab.run(&["diff", "--findings", "before", "app"]).out;
    assert!(text.contains("- unknown  GHSA-1  p 1.0.0, fixed in 1.5.0"), "{text}");
    assert!(text.contains("+ github-pat  /n/key:1"), "{text}");
}
