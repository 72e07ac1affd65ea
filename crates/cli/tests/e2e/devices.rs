//! `RUN --device`: who may use what this machine describes.

use std::fs;

use crate::lab::Lab;

const SPEC: &str = r#"{"cdiVersion": "0.6.0", "kind": "example.com/null", "devices": [
    {"name": "one", "containerEdits": {"env": ["WHICH=one"], "deviceNodes": [{"path": "/dev/own", "hostPath": "/dev/null"}]}},
    {"name": "two", "containerEdits": {"env": ["WHICH=two"]}},
    {"name": "free", "annotations": {"org.mobyproject.buildkit.device.autoallow": "true"}, "containerEdits": {"env": ["WHICH=free"]}}
]}"#;

/// Builds with a device; what the step said, or the error.
fn build(lab: &Lab, device: &str, args: &[&str]) -> Result<String, String> {
    let dockerfile = format!(
        "FROM busybox\nRUN --device={device} echo \"lent: ${{WHICH:-none}}\"; test ! -e /dev/own || echo x > /dev/own\n"
    );
    let ran = lab.build_with(&dockerfile, &[&["--no-cache"], args].concat());
    let said = ran.err.lines().find_map(|line| line.split_once(" lent: ").map(|(_, which)| which.to_owned()));
    if ran.code == 0 { Ok(said.unwrap_or_default()) } else { Err(ran.err) }
}

#[test]
fn devices_are_lent_to_whom_they_are_allowed() {
    let Some(lab) = Lab::new() else { return };
    let dir = lab.path().join("cdi");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("null.json"), SPEC).unwrap();
    fs::write(lab.path().join("cooper.toml"), format!("[build]\ncdi-dirs = [\"{}\"]\n", dir.display()))
        .unwrap();
    let check =
        |device: &str, args: &[&str], expect: Result<&str, &str>| match (build(&lab, device, args), expect) {
            (Ok(said), Ok(expect)) => assert_eq!(said, expect, "{device} {args:?}"),
            (Err(error), Err(expect)) => assert!(error.contains(expect), "{device} {args:?}: {error}"),
            (found, expect) => panic!("{device} {args:?}: {found:?}, not {expect:?}"),
        };
    let refused = |name: &str| format!("the device `{name}` is not allowed");
    check("example.com/null=one,required", &["--allow", "device"], Ok("one"));
    check("example.com/null=one", &[], Err(&refused("example.com/null=one")));
    check("example.com/null=one", &[], Err("--allow device=example.com/null=one"));
    check("example.com/null=one", &["--allow", "device=example.com/null=one"], Ok("one"));
    check(
        "example.com/null=one",
        &["--allow", "device=example.com/null=two"],
        Err(&refused("example.com/null=one")),
    );
    check("my/own", &["--allow", "network.host,device=example.com/null=two,alias=my/own"], Ok("two"));
    check("example.com/null=free", &[], Ok("free"));
    check("example.com/null=three", &["--allow", "device"], Ok("none"));
    check(
        "example.com/null=three,required",
        &["--allow", "device"],
        Err("is not registered on this machine"),
    );
    check("example.com/null=one", &["--allow", "devices"], Err("`devices` is no privilege"));
}
