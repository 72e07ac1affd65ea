//! The time of a build: where it is from, what it does to files, and that cached layers fit every one.

use std::fs;
use std::os::unix::fs::MetadataExt;

use testkit::{Reply, Repository, Server, git_is_here, git_replies};

use crate::lab::{Lab, Ran};

const FIXED: i64 = 315_532_800;

/// Builds to a directory `out` too; the time that the summary names with its origin.
fn build(lab: &Lab, dockerfile: &str, args: &[&str]) -> (Ran, String) {
    let _ = fs::remove_dir_all(lab.path().join("out"));
    let ran = lab.build_with(dockerfile, &[&["-o", "type=local,dest=out"], args].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = ran.out.lines().find_map(|line| line.trim().strip_prefix("times     "));
    let said = line.unwrap_or_default().trim_start_matches("none later than ").to_owned();
    (ran, said)
}

fn time(lab: &Lab, path: &str) -> i64 {
    fs::symlink_metadata(lab.path().join("out").join(path)).unwrap().mtime()
}

/// The times of the image's configuration: created, and all of its history.
fn image_times(lab: &Lab) -> Vec<String> {
    let text = lab.run(&["inspect", "--config", "app"]).out;
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let own = value["history"].as_array().unwrap().iter().rev().take(2);
    own.chain([&value]).map(|entry| entry["created"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_time_is_what_is_asked_for_else_the_commit_else_fixed() {
    let Some(lab) = Lab::new() else { return };
    lab.file("f", "f\n");
    let text = "FROM busybox\nCOPY f /f\nRUN echo x > /made\n";
    let default = format!("ARG SOURCE_DATE_EPOCH=7\n{text}");
    assert_eq!(build(&lab, text, &[]).1, format!("{FIXED} (fixed)"));
    assert_eq!((time(&lab, "f"), time(&lab, "made")), (FIXED, FIXED));
    let argument = ["--build-arg", "SOURCE_DATE_EPOCH=5"];
    assert_eq!(build(&lab, text, &argument).1, "5 (SOURCE_DATE_EPOCH)");
    assert_eq!((time(&lab, "f"), time(&lab, "made")), (5, 5));
    assert_eq!(image_times(&lab), ["1970-01-01T00:00:05Z"; 3]);
    assert_eq!(build(&lab, &default, &[]).1, "7 (SOURCE_DATE_EPOCH)");
    assert_eq!(build(&lab, &default, &argument).1, "5 (SOURCE_DATE_EPOCH)");
    let kept = build(&lab, text, &["--no-reproducible"]);
    assert_eq!(kept.1, "kept as they are");
    assert!(time(&lab, "f") > FIXED && time(&lab, "made") > FIXED);
    if git_is_here() {
        Repository::new(&lab.context()).commit_at(1_400_000_000);
        assert_eq!(build(&lab, text, &[]).1, "1400000000 (the commit of the context)");
        assert_eq!((time(&lab, "f"), time(&lab, "made")), (1_400_000_000, 1_400_000_000));
        assert_eq!(build(&lab, text, &argument).1, "5 (SOURCE_DATE_EPOCH)");
    }
}

#[test]
fn the_variable_is_an_argument_of_the_build() {
    let Some(lab) = Lab::new() else { return };
    let text = "FROM busybox\nARG SOURCE_DATE_EPOCH\nRUN echo $SOURCE_DATE_EPOCH > /seen\n";
    lab.file("Dockerfile", text);
    let base = format!("busybox=oci-layout://{}", crate::lab::base().display());
    let mut command = lab.cooper();
    command.args(["build", "-t", "app", "--build-context", &base, "context"]);
    let ran = crate::lab::ran(&command.env("SOURCE_DATE_EPOCH", "42").output().unwrap());
    assert!(ran.out.contains("none later than 42 (SOURCE_DATE_EPOCH)"), "{}{}", ran.out, ran.err);
    assert_eq!(lab.sh("cat /seen"), "42\n");
    // The default time is none that anybody asked for: steps do not see it.
    lab.build(text);
    assert_eq!(lab.sh("cat /seen"), "\n");
}

#[test]
fn a_cached_layer_fits_another_time() {
    let Some(lab) = Lab::new() else { return };
    lab.file("f", "f\n");
    let text = "FROM busybox\nCOPY f /f\nRUN echo x > /made && touch -d @1000 /old\nWORKDIR /w\n";
    let (first, _) = build(&lab, text, &["--build-arg", "SOURCE_DATE_EPOCH=1500000000"]);
    let (second, _) = build(&lab, text, &["--build-arg", "SOURCE_DATE_EPOCH=1600000000"]);
    assert_eq!((second.cached(), second.done()), (3, 0), "{}", second.err);
    assert_ne!(first.digest(), second.digest());
    let times = ["f", "made", "w"].map(|path| time(&lab, path));
    assert_eq!((times, time(&lab, "old")), ([1_600_000_000; 3], 1000));
    // A store that has never seen another time gives the very same image.
    let fresh = Lab::new().unwrap();
    fresh.file("f", "f\n");
    let (alone, _) = build(&fresh, text, &["--build-arg", "SOURCE_DATE_EPOCH=1600000000"]);
    assert_eq!(alone.digest(), second.digest());
    let (again, _) = build(&lab, text, &["--build-arg", "SOURCE_DATE_EPOCH=1500000000"]);
    assert_eq!(again.digest(), first.digest());
}

#[test]
fn the_time_can_be_that_of_a_context_or_of_a_stage() {
    let Some(lab) = Lab::new() else { return };
    let server =
        Server::start(|_| Reply::ok("hello\n").header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT"));
    let stage = |add: &str| format!("FROM scratch AS src\nADD {add} /\nFROM busybox\nRUN echo x > /made\n");
    let named = |value: &'static str| vec!["--build-arg", value];
    let src = named("SOURCE_DATE_EPOCH=src");
    let said = |text: &str, args: &[&str]| build(&lab, text, args).1;
    let web = stage(&server.url("/f"));
    assert_eq!(said(&web, &src), "1445412480 (SOURCE_DATE_EPOCH)");
    assert_eq!(time(&lab, "made"), 1_445_412_480);
    assert_eq!(said(&format!("ARG SOURCE_DATE_EPOCH=src\n{web}"), &[]), "1445412480 (SOURCE_DATE_EPOCH)");
    let context = format!("src={}", server.url("/f"));
    let args = [&src[..], &["--build-context", &context]].concat();
    assert_eq!(said("FROM busybox\n", &args), "1445412480 (SOURCE_DATE_EPOCH)");
    if git_is_here() {
        let root = lab.path().join("git");
        let repository = Repository::new(&root.join("r"));
        repository.file("f", "f\n").commit_at(1_300_000_000);
        let server = Server::start(git_replies(&root));
        let git = stage(&server.url("/r/.git"));
        assert_eq!(said(&git, &src), "1300000000 (SOURCE_DATE_EPOCH)");
        Repository::new(&lab.context()).file("x", "x").commit_at(1_200_000_000);
        assert_eq!(
            said("FROM busybox\n", &named("SOURCE_DATE_EPOCH=context")),
            "1200000000 (SOURCE_DATE_EPOCH)"
        );
    }
    for (text, value, code, part) in [
        ("FROM busybox\n", "SOURCE_DATE_EPOCH=nope", 2, "nope"),
        ("FROM busybox\n", "SOURCE_DATE_EPOCH=-1", 2, "-1"),
        ("FROM busybox AS src\nRUN true\n", "SOURCE_DATE_EPOCH=src", 3, "scratch"),
        ("FROM scratch AS src\nADD Dockerfile /\nFROM busybox\n", "SOURCE_DATE_EPOCH=src", 3, "local file"),
    ] {
        let ran = lab.build_with(text, &named(value));
        assert!(ran.code == code && ran.err.contains(part), "{text} {value}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn built_in_arguments_of_steps() {
    let Some(lab) = Lab::new() else { return };
    let text =
        "FROM busybox\nRUN --mount=type=cache,target=/c hostname > /name && ls /c > /list && touch /c/f\n";
    let args = |value: &'static str| ["--build-arg", value, "--no-cache"];
    lab.build_with(text, &args("BUILDKIT_SANDBOX_HOSTNAME=here"));
    assert_eq!(lab.sh("cat /name /list"), "here\n");
    lab.build_with(text, &args("BUILDKIT_CACHE_MOUNT_NS=own"));
    assert_eq!(lab.sh("cat /name /list"), "buildkitsandbox\n", "another namespace has other caches");
    lab.build_with(text, &args("BUILDKIT_CACHE_MOUNT_NS=own"));
    assert_eq!(lab.sh("cat /list"), "f\n");
}
