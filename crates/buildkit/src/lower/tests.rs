//! Dockerfiles and the graphs that engines get for them.

use std::collections::BTreeMap;

use plan::{Allowed, AssumedBases, MainContext, PlanOptions};
use stage::StageGraph;

use super::*;
use crate::messages::mount_type;

fn lowered(dockerfile: &str) -> Result<Lowered, EngineError> {
    lowered_with(dockerfile, &LowerOptions { merge: true, ..LowerOptions::default() })
}

fn lowered_with(dockerfile: &str, lower_options: &LowerOptions) -> Result<Lowered, EngineError> {
    let parse = syntax::parse(dockerfile);
    let platform = Platform::new("linux", "amd64", None);
    let options = stage::Options {
        platform: platform.clone(),
        build_platform: platform.clone(),
        complete: true,
        ..stage::Options::default()
    };
    let graph = StageGraph::new(&parse, &options);
    let options = PlanOptions {
        build_args: BTreeMap::new(),
        platform: platform.clone(),
        platform_given: true,
        build_platform: platform,
        main: MainContext::Directory,
        contexts: BTreeMap::new(),
        target: None,
        allowed: Allowed::All,
        labels: BTreeMap::new(),
    };
    let plan = plan::plan(&parse, &graph, &options, &AssumedBases).unwrap();
    lower(&plan, plan.outputs[0].node, lower_options)
}

/// The operations that the last one stands on, each as its kind and what is telling of it.
fn ops(lowered: &Lowered) -> Vec<messages::Op> {
    lowered.definition.def.iter().map(|bytes| messages::Op::decode(bytes.clone()).unwrap()).collect()
}

fn execs(dockerfile: &str) -> Vec<messages::ExecOp> {
    let ops = ops(&lowered(dockerfile).unwrap());
    let exec = |op: messages::Op| match op.kind {
        Some(Kind::Exec(exec)) => Some(*exec),
        _ => None,
    };
    ops.into_iter().filter_map(exec).collect()
}

fn actions(dockerfile: &str) -> Vec<messages::Action> {
    let ops = ops(&lowered(dockerfile).unwrap());
    let file = |op: messages::Op| match op.kind {
        Some(Kind::File(file)) => file.actions,
        _ => Vec::new(),
    };
    ops.into_iter().flat_map(file).filter_map(|action| action.action).collect()
}

fn copies(dockerfile: &str) -> Vec<messages::CopyAction> {
    let copy = |action: messages::Action| match action {
        messages::Action::Copy(copy) => Some(copy),
        _ => None,
    };
    actions(dockerfile).into_iter().filter_map(copy).collect()
}

const STAGES: &str =
    "FROM a AS one\nWORKDIR /w\nRUN make\nFROM b\nCOPY --from=one /w/x /x\nCOPY --link f g /d/\n";

fn kinds(lowered: &Lowered) -> Vec<&'static str> {
    let kind = |op: &messages::Op| match &op.kind {
        Some(Kind::Source(_)) => "source",
        Some(Kind::Exec(_)) => "exec",
        Some(Kind::File(_)) => "file",
        Some(Kind::Merge(_)) => "merge",
        None => "result",
    };
    ops(lowered).iter().map(kind).collect()
}

#[test]
fn an_engine_that_cannot_merge_copies() {
    let options = LowerOptions::default();
    let lowered = lowered_with("FROM b\nCOPY --link f /d/\n", &options).unwrap();
    assert_eq!(kinds(&lowered), ["source", "source", "file", "result"]);
}

#[test]
fn cache_mounts_can_be_those_of_one_build() {
    let text = "FROM b\nRUN --mount=type=cache,target=/c x\n";
    let with = |mounts: Option<&str>| {
        let options = LowerOptions { mounts: mounts.map(str::to_owned), ..LowerOptions::default() };
        lowered_with(text, &options).unwrap().digest()
    };
    assert_eq!(with(None), with(None));
    assert_ne!(with(None), with(Some("1")));
    assert_ne!(with(Some("1")), with(Some("2")));
}

#[test]
fn a_graph_holds_each_operation_once_and_ends_with_the_result() {
    let lowered = lowered(STAGES).unwrap();
    assert_eq!(
        kinds(&lowered),
        ["source", "source", "file", "exec", "file", "source", "file", "merge", "result"]
    );
    assert_eq!(lowered.contexts.iter().collect::<Vec<_>>(), ["context"]);
    assert!(lowered.node_of("[linux/amd64 one 3/3] RUN make").is_some(), "{:?}", lowered.names);
}

#[test]
fn the_same_plan_is_the_same_graph() {
    let digest = lowered(STAGES).unwrap().digest();
    assert_eq!(digest, lowered(STAGES).unwrap().digest());
    assert_ne!(digest, lowered(&STAGES.replace("make", "makes")).unwrap().digest());
    // What an engine has in its cache must be found again by later versions.
    assert_eq!(digest.to_string(), GOLDEN);
}

const GOLDEN: &str = "sha256:2dcbc36bb6e7e110b54c4623187200724785e8b9df575693f118afc2f34e12ed";

#[test]
fn mounts_of_every_kind_are_handed_on() {
    let run = "FROM a AS tools\nFROM b\nRUN --mount=type=cache,id=c,target=/c,sharing=locked --mount=type=secret,id=s,required=true \
               --mount=type=secret,id=e,env=E --mount=type=ssh --mount=type=tmpfs,target=/t,size=1m \
               --mount=from=tools,source=/bin,target=/tools --network=none x\n";
    let [exec] = execs(run).try_into().unwrap();
    let shown: Vec<(i32, String, i64, bool)> =
        exec.mounts.iter().map(|one| (one.kind, one.dest.clone(), one.input, one.readonly)).collect();
    assert_eq!(
        shown,
        [
            (0, "/".to_owned(), 0, false),
            (mount_type::CACHE, "/c".to_owned(), -1, false),
            (mount_type::SECRET, "/run/secrets/s".to_owned(), -1, false),
            (mount_type::SSH, "/run/buildkit/ssh_agent.0".to_owned(), -1, false),
            (mount_type::TMPFS, "/t".to_owned(), -1, false),
            (0, "/tools".to_owned(), 1, true),
        ]
    );
    assert_eq!((exec.network, exec.secretenv[0].name.as_str()), (2, "E"));
    assert_eq!((exec.mounts[5].selector.as_str(), exec.mounts[0].output), ("/bin", 0));
    assert!(!exec.mounts[2].secret.as_ref().unwrap().optional && exec.secretenv[0].optional);
    assert_eq!(exec.mounts[1].cache.as_ref().unwrap().sharing, 2);
    assert!(exec.meta.unwrap().env.contains(&"SSH_AUTH_SOCK=/run/buildkit/ssh_agent.0".to_owned()));
}

#[test]
fn copies_say_what_the_instruction_says() {
    let [copy] = copies("FROM a\nCOPY --chown=1:staff --chmod=640 --exclude=*.o src/*.c ../x /d/\n")
        .into_iter()
        .take(1)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!((copy.src.as_str(), copy.dest.as_str(), copy.mode), ("/src/*.c", "/d/", 0o640));
    assert!(copy.allow_wildcard && copy.create_dest_path && copy.dir_copy_contents && !copy.attempt_unpack);
    assert_eq!(copy.exclude_patterns, ["*.o"]);
    let owner = copy.owner.unwrap();
    assert_eq!(owner.user.unwrap().user, Some(User::Number(1)));
    assert_eq!(
        owner.group.unwrap().user,
        Some(User::Named(NamedUser { name: "staff".to_owned(), input: 0 }))
    );

    let add = &copies("FROM a\nADD x.tar /\n")[0];
    assert!(add.attempt_unpack && add.mode == -1 && add.timestamp == -1);
    let parents = &copies("FROM a\nCOPY --parents a/./b/c /d/\n")[0];
    assert_eq!((parents.src.as_str(), parents.include_patterns[0].as_str()), ("/a", "b/c"));
    let symbolic = &copies("FROM a\nCOPY --chmod=u+x a /d\n")[0];
    assert_eq!((symbolic.mode, symbolic.mode_str.as_str()), (-1, "u+x"));
    let inline = actions("FROM a\nCOPY <<E /f\nhello\nE\n");
    assert!(
        matches!(&inline[0], messages::Action::MkFile(file) if file.data == "hello\n" && file.path == "/E")
    );
    assert!(matches!(&inline[1], messages::Action::Copy(copy) if copy.src == "/E" && copy.dest == "/f"));
}

#[test]
fn sources_from_afar_keep_their_address() {
    let ops = ops(&lowered(
        "FROM a:1\nADD https://example.com/d/f.txt /f\nADD https://example.com/r.git#v1:sub /r\n",
    )
    .unwrap());
    let sources: Vec<messages::SourceOp> = ops
        .into_iter()
        .filter_map(|op| match op.kind {
            Some(Kind::Source(source)) => Some(source),
            _ => None,
        })
        .collect();
    let has = |text: &str| sources.iter().any(|source| source.identifier.starts_with(text));
    assert!(has("docker-image://docker.io/library/a:1@sha256:"), "{sources:?}");
    assert!(has("https://example.com/d/f.txt") && has("git://example.com/r.git#v1:sub"), "{sources:?}");
}

#[test]
fn what_an_engine_cannot_do_is_refused() {
    assert!(lowered("FROM scratch\n").is_err());
    let device = lowered("FROM a\nRUN --device=vendor.com/class=all x\n").unwrap_err();
    assert!(device.node.is_some() && device.message.contains("device"), "{device}");
}
