//! What a Dockerfile is lowered to, with base images that exist only here.

#![expect(clippy::unwrap_used, reason = "a failed helper fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use cooper_plan::{
    Allowed, BaseImage, Bases, Exec, NamedContext, Op, Plan, PlanError, PlanOptions, Privilege,
};
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
    let contexts = BTreeMap::from([("ctx".to_owned(), NamedContext::Directory)]);
    lower_all(text, build_args, architectures, &contexts)
}

fn lower_with(
    text: &str,
    build_args: &[(&str, &str)],
    contexts: &BTreeMap<String, NamedContext>,
) -> Result<Plan, PlanError> {
    lower_all(text, build_args, &["amd64"], contexts)
}

fn lower_all(
    text: &str,
    build_args: &[(&str, &str)],
    architectures: &[&str],
    contexts: &BTreeMap<String, NamedContext>,
) -> Result<Plan, PlanError> {
    let parse = syntax::parse(text);
    let of = |it: &&str| made(&parse, options(build_args, contexts, it, architectures[0]));
    let made: Vec<_> = architectures.iter().map(of).collect();
    let targets: Vec<_> = made.iter().map(|(graph, options)| (graph, options)).collect();
    cooper_plan::plan_all(&parse, &targets, &Fake)
}

fn options(
    build_args: &[(&str, &str)],
    contexts: &BTreeMap<String, NamedContext>,
    architecture: &str,
    own: &str,
) -> PlanOptions {
    let pairs = build_args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    PlanOptions {
        build_args: pairs.collect(),
        platform: Platform::new("linux", architecture, None),
        platform_given: true,
        build_platform: Platform::new("linux", own, None),
        main: cooper_plan::MainContext::Directory,
        contexts: contexts.clone(),
        target: None,
        allowed: Allowed::Only(BTreeSet::from([Privilege::SecurityInsecure])),
        labels: BTreeMap::new(),
    }
}

fn made(parse: &syntax::Parse, options: PlanOptions) -> (StageGraph, PlanOptions) {
    let stage_options = stage::Options {
        build_args: options.build_args.clone(),
        platform: options.platform.clone(),
        build_platform: options.build_platform.clone(),
        named_contexts: options.contexts.keys().filter(|key| !key.contains("::")).cloned().collect(),
        target: None,
        all_stages: false,
        complete: true,
    };
    let graph = StageGraph::new(parse, &stage_options);
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
    check("FROM a\nCOPY --chmod=u+q a b\n", "not a mode", "u+q");
    check("FROM a\nCOPY https://example.com/x /\n", "a URL, which `COPY` does not take", "https");
    check("FROM a\nCOPY git@example.com:x.git /\n", "a git repository, which `COPY` does not take", "git@");
    check("FROM a\nADD https://example.com/%zz /\n", "hex digits", "https");
    check("FROM a\nADD https://example.com/x.git?y=1 /\n", "`y` is not known", "https");
    check("FROM a\nADD --checksum=sha512:00 https://example.com/x /\n", "not the checksum", "sha512");
    check("FROM a\nADD --checksum=xyz https://example.com/x.git /\n", "not the name of a commit", "xyz");
    check("FROM a\nADD --checksum=sha256:00 x /\n", "URLs and git repositories only", "sha256");
    check("FROM a\nADD --checksum=ab https://e.com/a.git https://e.com/b.git /d/\n", "one source only", "ab");
    check("FROM a\nADD --checksum=ab https://e.com/a.git?commit=cd /d/\n", "contradicts", "ab");
    check(
        "FROM a\nADD --keep-git-dir=false https://e.com/a.git?keep-git-dir=1 /d/\n",
        "contradicts",
        "e.com",
    );
    check("FROM a\nEXPOSE 99999\n", "99999", "99999");
    check("FROM a\nSTOPSIGNAL NOPE\n", "NOPE", "NOPE");
    check("FROM a\nRUN --network=host x\n", "is not allowed", "host");
    check("FROM a\nENV A=${B\n", "", "${B");
    assert!(lower("FROM missing\n", &[]).unwrap_err().environment);
    for text in
        ["FROM a AS misssing\nFROM missing\n", "FROM a AS misssing\nFROM a\nCOPY --from=missing /x /\n"]
    {
        let help = lower(text, &[]).unwrap_err().help;
        assert_eq!(help.as_deref(), Some("did you mean the stage `misssing`?"), "{text}");
    }
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

/// The remote sources of a plan as the engine sees them.
fn remotes(text: &str, build_args: &[(&str, &str)]) -> Vec<String> {
    let plan = lower(text, build_args).unwrap();
    let shown = |op: &Op| match op {
        Op::Web(web) => {
            let checksum = web.checksum.map(|digest| digest.short()).unwrap_or_default();
            Some(format!("web {} as {} {checksum}", web.url.url, web.file_name).trim_end().to_owned())
        }
        Op::Git(git) => Some(format!(
            "git {} {} {} keep={} submodules={}",
            git.git.remote,
            git.git.reference.as_deref().unwrap_or("-"),
            git.git.checksum.as_deref().unwrap_or("-"),
            git.keep_git_dir,
            git.submodules
        )),
        _ => None,
    };
    plan.nodes.iter().filter_map(|node| shown(&node.op)).collect()
}

#[test]
fn remote_sources_become_nodes_of_their_own_once_each() {
    let sum = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    let text = format!(
        "FROM a\nARG V=1\nADD https://h/x-$V.tar local git@h:a.git /d/\nADD https://h/x-1.tar /e\nADD --checksum={sum} https://h/x-1.tar /f\n"
    );
    assert_eq!(
        remotes(&text, &[]),
        [
            "web https://h/x-1.tar as x-1.tar",
            "git git@h:a.git - - keep=false submodules=true",
            "web https://h/x-1.tar as x-1.tar 2c26b46b68ff"
        ]
    );
    assert_eq!(remotes(&text, &[("V", "2")])[0], "web https://h/x-2.tar as x-2.tar");
    let plan = lower(&text, &[]).unwrap();
    let copy = plan.nodes.iter().find_map(|node| match &node.op {
        Op::Copy(copy) => Some(copy),
        _ => None,
    });
    let copy = copy.unwrap();
    assert_eq!((copy.paths().collect::<Vec<_>>(), copy.remotes().count()), (vec!["local"], 2));
}

#[test]
fn flags_and_addresses_say_the_same_of_a_repository() {
    let check = |source: &str, expect: &str| {
        assert_eq!(remotes(&format!("FROM a\nADD {source} /d/\n"), &[]), [expect], "{source}");
    };
    check("--keep-git-dir https://h/a.git#v1", "git https://h/a.git v1 - keep=true submodules=true");
    check("--keep-git-dir https://h/a", "git https://h/a - - keep=true submodules=true");
    check("--keep-git-dir=false https://h/a", "git https://h/a - - keep=false submodules=true");
    check("--checksum= https://h/a.git", "git https://h/a.git - - keep=false submodules=true");
    check("--checksum=ABCD https://h/a.git", "git https://h/a.git - abcd keep=false submodules=true");
    check("https://h/a.git?submodules=0&commit=ab", "git https://h/a.git - ab keep=false submodules=false");
    let local = lower("FROM a\nADD --checksum= github.com/a/b ./x.git foo:bar /d/\n", &[]).unwrap();
    assert!(!local.nodes.iter().any(|node| matches!(node.op, Op::Git(_) | Op::Web(_))));
}

#[test]
fn what_is_pinned_is_the_same_from_everywhere() {
    let digest = |source: &str| {
        let plan = lower(&format!("FROM a\nADD {source} /d/\n"), &[]).unwrap();
        plan.nodes.iter().find(|node| matches!(node.op, Op::Web(_) | Op::Git(_))).unwrap().digest
    };
    let sum = "--checksum=sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    assert_eq!(digest(&format!("{sum} https://h/x")), digest(&format!("{sum} https://mirror/y/x")));
    assert_ne!(digest("https://h/x"), digest("https://mirror/x"));
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let (one, two) = (format!("https://h/a.git#{commit}"), format!("https://mirror/a.git#{commit}"));
    assert_eq!(digest(&one), digest(&two));
    assert_ne!(digest(&format!("--keep-git-dir {one}")), digest(&format!("--keep-git-dir {two}")));
    assert_ne!(digest(&one), digest(&format!("{one}:sub")));
}

#[test]
fn a_login_stays_out_of_the_history() {
    let plan = lower("FROM a\nADD https://me:hunter2@h/x https://h/y /d/\n", &[]).unwrap();
    let shown: Vec<_> =
        plan.outputs[0].history.iter().filter_map(|(entry, _)| entry.created_by.clone()).collect();
    assert_eq!(shown, ["ADD https://h/x https://h/y /d/ # buildkit"]);
    assert!(!format!("{:?}", plan.nodes.iter().map(|node| &node.op).collect::<Vec<_>>()).contains("hunter2"));
}

#[test]
fn build_arguments_steer_steps() {
    let text = "FROM a\nRUN --mount=type=cache,target=/c x\n";
    let cache = |args: &[(&str, &str)]| match &execs(text, args)[0].mounts[0].kind {
        cooper_plan::ExecMountKind::Cache { id, .. } => id.clone(),
        _ => String::new(),
    };
    assert_eq!(cache(&[]), "/c");
    assert_eq!(cache(&[("BUILDKIT_CACHE_MOUNT_NS", "ns")]), "ns//c");
    assert_eq!(execs(text, &[("BUILDKIT_SANDBOX_HOSTNAME", "h")])[0].hostname.as_deref(), Some("h"));
}

#[test]
fn contexts_are_found_by_every_form_of_their_name_and_by_platform() {
    let git = |url: &str| {
        NamedContext::Git(Box::new(cooper_plan::GitOp::new(syntax::GitRef::parse(url, false).unwrap())))
    };
    let contexts = BTreeMap::from([
        ("src".to_owned(), git("https://h/src.git")),
        ("src::linux/arm64".to_owned(), git("https://h/arm.git")),
        ("empty".to_owned(), NamedContext::Scratch),
        ("dir".to_owned(), NamedContext::Directory),
    ]);
    let remotes = |text: &str| {
        let plan = lower_with(text, &[], &contexts).unwrap();
        let remote = |op: &Op| match op {
            Op::Git(git) => Some(git.git.remote.clone()),
            _ => None,
        };
        plan.nodes.iter().filter_map(|node| remote(&node.op)).collect::<Vec<_>>()
    };
    for name in ["src", "src:latest", "docker.io/library/src"] {
        assert_eq!(remotes(&format!("FROM a\nCOPY --from={name} /x /y\n")), ["https://h/src.git"], "{name}");
        assert_eq!(remotes(&format!("FROM {name}\n")), ["https://h/src.git"], "{name}");
    }
    assert_eq!(remotes("FROM --platform=linux/arm64 src\n"), ["https://h/arm.git"]);
    assert_eq!(remotes("FROM a\nRUN --mount=from=src,target=/s x\n"), ["https://h/src.git"]);
    assert_eq!(remotes("FROM a AS src\nFROM src\n"), ["https://h/src.git"], "a context hides a stage");
    assert_eq!(remotes("FROM empty\nCOPY --from=empty . /x\n"), [] as [&str; 0]);
    let plan = lower_with("FROM dir\nRUN x\n", &[], &contexts).unwrap();
    assert!(matches!(&plan.nodes[1].op, Op::Copy(copy) if copy.paths().eq(["/"])));
    assert_eq!(plan.outputs[0].history.len(), 2);
}

#[test]
fn a_stage_that_stands_for_a_time() {
    let source = |text: &str| {
        let parse = syntax::parse(text);
        let graph = StageGraph::new(&parse, &stage::Options::default());
        let options = options(&[], &BTreeMap::new(), "amd64", "amd64");
        match cooper_plan::epoch_source(&parse, &graph, &options, "src") {
            Ok(Some(Op::Web(web))) => web.url.url,
            Ok(Some(Op::Git(git))) => git.git.remote,
            Ok(_) => "none".to_owned(),
            Err(error) => format!("error: {}", error.message),
        }
    };
    assert_eq!(source("FROM scratch AS src\nARG V=1\nADD https://h/$V /\nFROM a\n"), "https://h/1");
    assert_eq!(source("FROM scratch AS SRC\nADD https://h/a.git /\n"), "https://h/a.git");
    assert_eq!(source("FROM a\n"), "none");
    for (text, part) in [
        ("FROM a AS src\nADD https://h/x /\n", "not built from `scratch`"),
        ("FROM scratch AS src\nADD https://h/x /\nENV A=1\n", "more than fetch"),
        ("FROM scratch AS src\nADD https://h/x https://h/y /d/\n", "exactly one"),
        ("FROM scratch AS src\nADD x /\n", "a local file"),
        ("FROM scratch AS src\nARG A\n", "exactly one"),
    ] {
        let found = source(text);
        assert!(found.starts_with("error: ") && found.contains(part), "{text}: {found}");
    }
}
