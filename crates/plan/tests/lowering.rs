//! What a Dockerfile is lowered to, with base images that exist only here.

#![expect(clippy::unwrap_used, reason = "a failed helper fails the test")]

use std::collections::BTreeMap;

use cooper_plan::{BaseImage, Bases, Exec, NamedContext, Op, Plan, PlanError, PlanOptions};
use image::{ContainerConfig, Descriptor, Digest, ImageConfig, Platform, Reference, media_type};
use stage::StageGraph;

struct Fake;

impl Bases for Fake {
    fn image(&self, reference: &Reference, platform: &Platform) -> Result<BaseImage, (String, bool)> {
        if reference.repository().ends_with("missing") {
            return Err(("no such image".to_owned(), true));
        }
        let config = ContainerConfig {
            env: vec!["PATH=/bin".to_owned(), "BASE=1".to_owned()],
            cmd: Some(vec!["sh".to_owned()]),
            on_build: if reference.repository().ends_with("trigger") {
                vec!["ENV T=1".to_owned()]
            } else {
                Vec::new()
            },
            ..ContainerConfig::default()
        };
        Ok(BaseImage {
            reference: reference.clone(),
            manifest: Descriptor::of(media_type::MANIFEST, reference.to_string().as_bytes()),
            config: ImageConfig {
                os: "linux".into(),
                architecture: platform.architecture.clone(),
                config,
                ..ImageConfig::default()
            },
            layers: vec![(
                Digest::of(platform.architecture.as_bytes()),
                Descriptor::of(media_type::LAYER_GZIP, b"blob"),
            )],
        })
    }

    fn context_image(&self, name: &str, platform: &Platform) -> Result<BaseImage, (String, bool)> {
        self.image(&name.parse().unwrap(), platform)
    }
}

fn lower(text: &str, build_args: &[(&str, &str)]) -> Result<Plan, PlanError> {
    lower_for(text, build_args, &["amd64"])
}

/// Lowers for several architectures, on a machine of the first one.
fn lower_for(text: &str, build_args: &[(&str, &str)], architectures: &[&str]) -> Result<Plan, PlanError> {
    let parse = syntax::parse(text);
    let made: Vec<_> =
        architectures.iter().map(|it| made(&parse, build_args, it, architectures[0])).collect();
    let targets: Vec<_> = made.iter().map(|(graph, options)| (graph, options)).collect();
    cooper_plan::plan_all(&parse, &targets, &Fake)
}

fn made(
    parse: &syntax::Parse,
    build_args: &[(&str, &str)],
    architecture: &str,
    own: &str,
) -> (StageGraph, PlanOptions) {
    let platform = Platform::new("linux", architecture, None);
    let build_platform = Platform::new("linux", own, None);
    let build_args: BTreeMap<String, String> =
        build_args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let contexts = BTreeMap::from([("ctx".to_owned(), NamedContext::Directory)]);
    let stage_options = stage::Options {
        build_args: build_args.clone(),
        platform: platform.clone(),
        build_platform: build_platform.clone(),
        named_contexts: contexts.keys().cloned().collect(),
        target: None,
        all_stages: false,
        complete: true,
    };
    let graph = StageGraph::new(parse, &stage_options);
    let options = PlanOptions {
        build_args,
        platform,
        platform_given: true,
        build_platform,
        contexts,
        target: None,
        labels: BTreeMap::new(),
    };
    (graph, options)
}

fn execs(text: &str, build_args: &[(&str, &str)]) -> Vec<Exec> {
    let plan = lower(text, build_args).unwrap();
    let exec = |op: &Op| match op {
        Op::Exec(exec) => Some((**exec).clone()),
        _ => None,
    };
    plan.nodes.iter().filter_map(|node| exec(&node.op)).collect()
}

#[test]
fn only_what_the_target_needs_is_planned() {
    let text = "FROM a AS one\nRUN one\nFROM b AS two\nRUN two\nFROM c\nCOPY --from=one /x /y\n";
    let plan = lower(text, &[]).unwrap();
    let names: Vec<&str> = plan.nodes.iter().map(|node| node.origin.stage_name.as_str()).collect();
    assert_eq!(names, ["stage-2", "one", "one", "stage-2"]);
}

#[test]
fn a_base_image_is_planned_once() {
    let plan = lower("FROM a AS x\nFROM a\nCOPY --from=x /b /c\nCOPY --from=a /b /d\n", &[]).unwrap();
    assert_eq!(plan.nodes.iter().filter(|node| matches!(node.op, Op::Image(_))).count(), 1);
}

#[test]
fn env_hides_arg_and_defaults_see_what_came_before() {
    let text = "ARG G=global\nFROM a\nARG G\nARG A=$G-1 B=$A-2\nENV A=env X=$BASE$B\nRUN x\n";
    let exec = &execs(text, &[])[0];
    let get = |name: &str| exec.env.get(name).map(String::as_str);
    assert_eq!(
        (get("G"), get("A"), get("B"), get("X")),
        (Some("global"), Some("env"), Some("global-1-2"), Some("1global-1-2"))
    );
    let exec = &execs(text, &[("G", "given"), ("A", "no")])[0];
    assert_eq!((exec.env["G"].as_str(), exec.env["A"].as_str()), ("given", "env"));
}

#[test]
fn proxies_are_lent_and_no_part_of_the_step() {
    let with = execs("FROM a\nRUN x\n", &[("HTTPS_PROXY", "http://p")]);
    assert_eq!(with[0].lent_env["HTTPS_PROXY"], "http://p");
    assert!(!with[0].env.contains_key("HTTPS_PROXY"));
    let digest = |args: &[(&str, &str)]| lower("FROM a\nRUN x\n", args).unwrap().nodes[1].digest;
    assert_eq!(digest(&[]), digest(&[("HTTPS_PROXY", "http://p")]));
}

#[test]
fn entrypoint_drops_an_inherited_cmd_only() {
    let cmd = |text: &str| lower(text, &[]).unwrap().outputs[0].config.config.cmd.clone();
    assert_eq!(cmd("FROM a\n"), Some(vec!["sh".to_owned()]));
    assert_eq!(cmd("FROM a\nENTRYPOINT [\"e\"]\n"), None);
    assert_eq!(cmd("FROM a\nCMD [\"c\"]\nENTRYPOINT [\"e\"]\n"), Some(vec!["c".to_owned()]));
    assert_eq!(cmd("FROM a AS x\nCMD [\"c\"]\nFROM x\nENTRYPOINT [\"e\"]\n"), None);
}

#[test]
fn triggers_of_an_image_run_and_are_gone() {
    let config = lower("FROM trigger\n", &[]).unwrap().outputs.remove(0).config.config;
    assert!(config.env.contains(&"T=1".to_owned()) && config.on_build.is_empty());
}

#[test]
fn heredocs_become_scripts_files_and_shell_text() {
    let run = |text: &str| execs(text, &[]).remove(0);
    assert_eq!(run("FROM a\nRUN <<EOF\na\nb\nEOF\n").args, ["/bin/sh", "-c", "a\nb\n"]);
    let script = run("FROM a\nRUN <<EOF\n#!/bin/x\nb\nEOF\n");
    assert_eq!(script.args, ["/bin/sh", "-c", "/dev/pipes/EOF"]);
    assert_eq!(script.files, [("/dev/pipes/EOF".to_owned(), "#!/bin/x\nb\n".to_owned())]);
    assert_eq!(run("FROM a\nRUN cat <<A >f\nx\nA\n").args[2], "cat <<A >f\nx\nA");
}

#[test]
fn indentation_is_no_part_of_a_step() {
    let digests = |text: &str| {
        let plan = lower(text, &[]).unwrap();
        plan.nodes.iter().map(|node| node.digest).collect::<Vec<_>>()
    };
    let text = "FROM a\nRUN x && \\\n    y 'a  b' && \\\n        z <<E\n  b\nE\n";
    assert_eq!(execs(text, &[])[0].args[2], "x && y 'a  b' && z <<E\n  b\nE");
    assert_eq!(digests(text), digests(&text.replace("\n    y", "\n  y").replace("\n        z", "\n  z")));
    assert_ne!(digests(text), digests(&text.replace("'a  b'", "'a b'")));
    assert_ne!(digests(text), digests(&text.replace("\n  b", "\n b")));
    // Another shell gets its text as it is.
    let text = "FROM a\nSHELL [\"pwsh\", \"-c\"]\nRUN x  y\n";
    assert_eq!(execs(text, &[])[0].args[2], "x  y");
}

#[test]
fn targets_are_absolute_below_the_working_directory() {
    let dest = |text: &str| {
        let plan = lower(text, &[]).unwrap();
        plan.nodes.iter().find_map(|node| match &node.op {
            Op::Copy(copy) => Some(copy.dest.clone()),
            _ => None,
        })
    };
    let check = |text: &str, expect: &str| {
        assert_eq!(dest(&format!("FROM a\n{text}\n")).as_deref(), Some(expect), "{text}");
    };
    check("COPY a b", "/b");
    check("WORKDIR /w\nCOPY a .", "/w/");
    check("WORKDIR /w\nWORKDIR x\nCOPY a ../y/", "/w/y/");
    check("ENV D=/d/\nCOPY a $D", "/d/");
}

#[test]
fn errors_have_a_place() {
    let check = |text: &str, message: &str, place: &str| {
        let error = lower(text, &[]).unwrap_err();
        assert!(error.message.contains(message), "{text}: {}", error.message);
        assert!(error.range.unwrap().slice(text).contains(place), "{text}: {error:?}");
    };
    check("FROM missing\n", "no such image", "missing");
    check("FROM a\nADD https://example.com/x /\n", "remote", "https");
    check("FROM a\nCOPY --chmod=u+q a b\n", "not a mode", "u+q");
    check("FROM a\nEXPOSE 99999\n", "99999", "99999");
    check("FROM a\nSTOPSIGNAL NOPE\n", "NOPE", "NOPE");
    check("FROM a\nENV A=${B\n", "", "${B");
    assert!(lower("FROM missing\n", &[]).unwrap_err().environment);
}

#[test]
fn what_platforms_share_is_planned_once() {
    let shared = "FROM --platform=$BUILDPLATFORM go AS build\nRUN make\nFROM build AS more\nRUN more\n";
    let text = format!("{shared}FROM a\nCOPY --from=more /x /x\nRUN last\n");
    let plan = lower_for(&text, &[], &["amd64", "arm64"]).unwrap();
    let of = |node: &cooper_plan::Node| (node.origin.text.clone(), node.platform.architecture.clone());
    let steps: Vec<_> = plan.nodes.iter().filter(|node| node.input.is_some()).map(of).collect();
    let expect = [
        ("RUN make", "amd64"),
        ("RUN more", "amd64"),
        ("COPY --from=more /x /x", "amd64"),
        ("RUN last", "amd64"),
        ("COPY --from=more /x /x", "arm64"),
        ("RUN last", "arm64"),
    ];
    assert_eq!(steps, expect.map(|(text, platform)| (text.to_owned(), platform.to_owned())));
    let outputs: Vec<_> = plan.outputs.iter().map(|output| output.config.architecture.as_str()).collect();
    assert_eq!(outputs, ["amd64", "arm64"]);
    let text = text.replace("RUN make", "ARG TARGETARCH\nRUN make");
    let plan = lower_for(&text, &[], &["amd64", "arm64"]).unwrap();
    assert_eq!(plan.nodes.iter().filter(|node| node.origin.text == "RUN make").count(), 2);
}
