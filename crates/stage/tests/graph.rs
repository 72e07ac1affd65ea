//! The graph of whole files.

use std::collections::BTreeMap;

use stage::{Base, EdgeKind, Lookup, Options, Source, StageGraph, Value};

// The crate is tested from outside, under the name that other crates use.
use cooper_stage as stage;

fn options(args: &[(&str, &str)]) -> Options {
    let build_args: BTreeMap<String, String> =
        args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let amd64 = image::Platform::new("linux", "amd64", None);
    let arm64 = image::Platform::new("linux", "arm64", None);
    Options { build_args, platform: arm64, build_platform: amd64, ..Options::default() }
}

fn graph_with(text: &str, options: &Options) -> StageGraph {
    StageGraph::new(&syntax::parse(text), options)
}

fn graph(text: &str) -> StageGraph {
    graph_with(text, &options(&[]))
}

fn bases(graph: &StageGraph) -> Vec<String> {
    let show = |base: &Base| match base {
        Base::Scratch => "scratch".to_owned(),
        Base::Stage(index) => format!("#{index}"),
        Base::Context(name) => format!("context {name}"),
        Base::Image { text, .. } => text.clone(),
        Base::Unknown { unset, .. } => format!("? {}", unset.join(",")),
    };
    graph.stages.iter().map(|stage| show(&stage.base)).collect()
}

#[test]
fn bases_are_contexts_then_stages_then_images() {
    let check = |text: &str, expect: &[&str]| assert_eq!(bases(&graph(text)), expect, "{text}");
    check("FROM a:1 AS Build\nFROM BUILD\nFROM scratch", &["a:1", "BUILD", "scratch"]);
    check("FROM a AS x\nFROM b AS x\nFROM x", &["a", "b", "#1"]);
    check("FROM a AS a\nFROM a", &["a", "#0"]);
    check("FROM 0", &["0"]);
    check("ARG V=2\nFROM a:$V\nFROM ${B:-c}", &["a:2", "c"]);
    check("ARG V\nFROM a:$V\nFROM a:${V:-9}", &["? V", "a:9"]);
    check("FROM x-$TARGETARCH-$BUILDARCH-$TARGETSTAGE", &["x-arm64-amd64-default"]);
    let named = Options { named_contexts: vec!["base".to_owned()], ..options(&[]) };
    assert_eq!(bases(&graph_with("FROM a AS base\nFROM base", &named)), ["a", "context base"]);
}

#[test]
fn build_arguments_win_over_defaults() {
    let options = options(&[("V", "3"), ("TARGETARCH", "s390x")]);
    let graph = graph_with("ARG V=1\nARG W=$V-x\nFROM a:$W\nFROM b:$TARGETARCH", &options);
    assert_eq!(bases(&graph), ["a:3-x", "b:s390x"]);
    assert_eq!(graph.global_value("V").as_deref(), Some("3"));
    assert_eq!(graph.global_value("NONE"), None);
    assert_eq!(graph.global_value("BUILDPLATFORM").as_deref(), Some("linux/amd64"));
}

#[test]
fn edges_name_kind_and_paths() {
    let text = "FROM a AS one\nFROM one AS two\nFROM c\nCOPY --from=ONE /x /y /z/\n\
                RUN --mount=from=TWO,source=/s,target=/t true\nCOPY --from=busybox:1 /b /b\n";
    let graph = graph(text);
    let edges: Vec<_> =
        graph.edges.iter().map(|edge| (edge.from, edge.to, edge.kind, edge.sources.join(" "))).collect();
    let expect = [
        (0, 1, EdgeKind::From, String::new()),
        (0, 2, EdgeKind::Copy, "/x /y".to_owned()),
        (1, 2, EdgeKind::Mount, "/s".to_owned()),
    ];
    assert_eq!(edges, expect);
    let images: Vec<_> = graph.image_sources().map(|item| item.name.value.as_str()).collect();
    assert_eq!(images, ["busybox:1"]);
    assert_eq!(graph.problems, []);
}

#[test]
fn problems_say_what_and_where() {
    let check = |text: &str, place: &str, words: &str| {
        let graph = graph(text);
        let problem = graph.problems.first().unwrap_or_else(|| panic!("no problem in {text:?}"));
        assert!(problem.message.contains(words), "{text:?}: {}", problem.message);
        assert_eq!(problem.range.slice(text), place, "{text:?}");
        assert!(problem.help.is_some() || words == "cannot expand", "{text:?}");
    };
    check("RUN a\nFROM b", "RUN", "before the first `FROM`");
    check("ARG A=1", "ARG", "no `FROM`");
    check("FROM $NONE", "$NONE", "blank");
    check("ARG V=\nFROM a:$V", "a:$V", "tag is empty");
    check("FROM a AS 1x", "1x", "name");
    check("FROM a AS b_", "b_", "name of a stage");
    check("FROM a AS x\nCOPY --from=x /a /b", "x", "stands in");
    check("FROM a\nCOPY --from=0 /a /b", "0", "stands in");
    check("FROM a\nCOPY --from=7 /a /b", "7", "no stage number 7");
    check("FROM b AS x\nFROM a\nCOPY --from=$x /a /b", "$x", "not expanded");
    check("FROM --platform=$NONE a", "$NONE", "blank");
    check("FROM --platform=a/b/c/d a", "a/b/c/d", "platform");
    check("FROM ${A", "${A", "cannot expand");
}

#[test]
fn a_stage_that_comes_later_is_a_problem_where_it_is_built() {
    let text = "FROM a AS x\nCOPY --from=y /a /b\nFROM x AS y";
    let graph = graph(text);
    assert!(graph.problems[0].message.contains("defined after"), "{:?}", graph.problems);
    assert_eq!(graph.uses[0].source, Source::Later(1));
    let unused = "FROM a AS x\nCOPY --from=y /a /b\nFROM b AS y";
    assert_eq!(self::graph(unused).problems, []);
}

#[test]
fn files_without_errors_of_their_own_have_no_problem() {
    for text in ["", "# nothing\n", "FROM a\n", "FROM a AS x\nFROM x\nCOPY --from=x /a /b\n"] {
        assert_eq!(graph(text).problems, [], "{text:?}");
    }
}

#[test]
fn the_target_is_found_by_name() {
    let text = "FROM a AS builder\nFROM b AS final";
    let target =
        |target: &str| graph_with(text, &Options { target: Some(target.to_owned()), ..options(&[]) });
    assert_eq!(target("Builder").target, Some(0));
    let numbered = target("1");
    assert_eq!(numbered.target, None);
    let help = "a target is given by name: stage 1 is `final`";
    assert_eq!(numbered.problems[0].help.as_deref(), Some(help));
    assert_eq!(graph(text).target_or_last(), 1);
    let missing = target("bulider");
    assert_eq!(missing.problems[0].help.as_deref(), Some("did you mean `builder`?"));
    assert_eq!(missing.target_or_last(), 1);
}

#[test]
fn only_what_the_target_needs_is_reachable() {
    let text = "FROM a AS a\nFROM a AS b\nFROM x AS unused\nFROM y\nCOPY --from=b /p /p";
    let graph = graph(text);
    assert_eq!(graph.reachable(3), [0, 1, 3]);
    assert_eq!(graph.reachable(1), [0, 1]);
    assert_eq!(graph.ancestors(1), [0]);
    assert!(matches!(graph.root_base(1), Some(Base::Image { text, .. }) if text == "a"));
    assert_eq!(graph.users(0).collect::<Vec<_>>(), [(1, EdgeKind::From)]);
}

#[test]
fn the_later_of_env_and_arg_counts_and_env_is_inherited() {
    let graph =
        graph("FROM a AS x\nENV A=env B=env\nARG A=arg C=arg\nARG B\nFROM x AS y\nFROM x\nARG A=own\n");
    let get = |stage: usize, name: &str| graph.stages[stage].scope.get(name);
    let known = |text: &str| Lookup::Known(text.to_owned());
    assert_eq!([get(0, "A"), get(0, "B"), get(0, "C")], [known("arg"), known("env"), known("arg")]);
    assert_eq!([get(1, "A"), get(1, "B"), get(2, "A")], [known("env"), known("env"), known("own")]);
}

#[test]
fn scopes_follow_the_stages() {
    let text = "ARG V=1\nARG G\nFROM scratch AS a\nARG V\nARG W=$V-w\nARG G\nENV E=$W V=env\nFROM a\nENV F=${E}f\nFROM img\n";
    let graph = graph(text);
    let known = |text: &str| Lookup::Known(text.to_owned());
    let check = |stage: usize, name: &str, expect: Lookup| {
        assert_eq!(graph.stages[stage].scope.get(name), expect, "{stage} {name}");
    };
    check(0, "V", known("env"));
    check(0, "E", known("1-w"));
    check(0, "G", Lookup::Unknown);
    check(0, "NONE", Lookup::Unset);
    check(1, "F", known("1-wf"));
    check(1, "W", known("1-w"));
    check(2, "V", Lookup::Unknown);
    assert_eq!(graph.stages[1].scope.expand("$F/$V"), Value::Known("1-wf/env".to_owned()));
    assert_eq!(graph.stages[2].scope.expand("$PATH:/x"), Value::Unknown);
}

#[test]
fn stages_know_their_instructions() {
    let text = "ARG A\nFROM a\nRUN one\nRUN two\nFROM b\nRUN three\n";
    let graph = graph(text);
    let stage = &graph.stages[0];
    assert_eq!((stage.from_instruction, &stage.instructions[..]), (Some(1), &[2, 3][..]));
    assert_eq!(stage.range.slice(text), "FROM a\nRUN one\nRUN two\n");
    assert_eq!(stage.range_of_from().slice(text), "FROM a\n");
    assert_eq!(graph.stages[1].label(), "stage-1");
}
