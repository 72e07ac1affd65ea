//! What a target can be given, and which targets a file has.

use std::collections::BTreeMap;

use cooper_stage::{Options, Outline, StageGraph, outline, targets};
use kit::LineIndex;

fn read(text: &str, target: Option<&str>, args: &[(&str, &str)]) -> Outline {
    let build_args: BTreeMap<String, String> =
        args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let target = target.map(str::to_owned);
    let options = Options { build_args, target, complete: true, ..Options::default() };
    let parse = syntax::parse(text);
    let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
    let graph = StageGraph::with_statements(&parse, &statements, &options);
    assert!(graph.problems.is_empty(), "{:?}", graph.problems);
    outline(&graph, &parse, &statements, graph.target_or_last()).expect("all mounts are mounts")
}

/// `line NAME=value description` of each argument.
fn args(text: &str, target: Option<&str>, given: &[(&str, &str)]) -> Vec<String> {
    let lines = LineIndex::new(text);
    let shown = |arg: &cooper_stage::OutlineArg| {
        let line = lines.line_col(text, arg.range.start).line;
        let description = arg.description.as_deref().unwrap_or_default();
        format!("{line} {}={} {description}", arg.name, arg.value).trim_end().to_owned()
    };
    read(text, target, given).args.iter().map(shown).collect()
}

#[test]
fn arguments_are_those_that_the_stages_of_the_target_declare_or_need() {
    let text = "# REG the registry\nARG REG=r\nARG BASE=$REG/b UNUSED=1\nFROM $BASE AS one\nARG A=1\nFROM one AS two\n\
        # B is for two\nARG B=$A\nFROM x AS three\nCOPY --from=two / /\nARG C\nFROM scratch AS four\nARG D\n";
    let check = |target, expect: &[&str]| assert_eq!(args(text, Some(target), &[]), expect, "{target}");
    let one = ["2 REG=r the registry", "3 BASE=r/b", "5 A=1"];
    check("one", &one);
    check("two", &[&one[..], &["8 B=1 is for two"]].concat());
    check("three", &[&one[..], &["8 B=1 is for two", "11 C="]].concat());
    check("four", &["13 D="]);
    assert_eq!(args(text, Some("four"), &[("D", "given"), ("A", "2")]), ["13 D=given"]);
}

#[test]
fn values_are_what_a_build_would_have() {
    let check = |text: &str, given: &[(&str, &str)], expect: &[&str]| {
        assert_eq!(args(text, None, given), expect, "{text}");
    };
    check("FROM a\nARG A=1 B=$A\nARG A=3", &[], &["2 B=1", "3 A=3"]);
    check("FROM a\nENV A=1\nARG A=2\nARG B=$A", &[], &["3 A=2", "4 B=2"]);
    check("FROM a\nARG A=2\nENV A=1\nARG B=$A", &[], &["2 A=2", "4 B=1"]);
    check("FROM a AS x\nENV A=1\nARG A=2\nFROM x\nARG B=$A", &[], &["3 A=2", "5 B=1"]);
    // A value from before the first FROM makes it that argument; without one the stage's own counts.
    check("ARG A=1\nARG B\nFROM a\nARG A B", &[], &["1 A=1", "4 B="]);
    check("ARG A=1\nARG B\nFROM a\nARG A B", &[("A", "5"), ("B", "6")], &["4 A=5", "4 B=6"]);
    check("FROM a\nARG TARGETARCH\nARG HTTP_PROXY", &[], &["3 HTTP_PROXY="]);
    check("ARG P=linux/amd64\nFROM --platform=$P a", &[], &["1 P=linux/amd64"]);
    check("FROM a\nARG A='$B' C=${A:-x}y", &[], &["2 A=$B", "2 C=$By"]);
}

#[test]
fn what_is_lent_is_named_once_as_it_stands_first() {
    let text = "FROM a AS b\nARG N=n\nRUN --mount=type=secret,id=$N --mount=type=ssh x\n\
        RUN --mount=type=secret,id=n,required --mount=type=secret,target=/run/t --mount=type=secret,source=s x\n\
        FROM c\nRUN --mount=from=b,target=/b --mount=type=ssh,id=k,required=true --mount=type=secret,env=E,id=e x";
    let outline = read(text, None, &[]);
    let names = |items: &[cooper_stage::OutlineLent]| -> Vec<String> {
        items.iter().map(|item| format!("{}{}", item.name, if item.required { "!" } else { "" })).collect()
    };
    assert_eq!(names(&outline.secrets), ["n", "t", "s", "e"]);
    assert_eq!(names(&outline.ssh), ["default", "k!"]);
}

#[test]
fn mounts_that_are_none_are_refused_where_the_target_needs_them() {
    let text = "FROM a AS b\nRUN --mount=type=secret,source=s,id=i x\nFROM c AS d\n";
    let parse = syntax::parse(text);
    let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
    let graph = StageGraph::with_statements(&parse, &statements, &Options::default());
    let problem = outline(&graph, &parse, &statements, 0).unwrap_err();
    assert_eq!(problem.range.slice(text), "type=secret,source=s,id=i");
    assert!(outline(&graph, &parse, &statements, 1).is_ok());
}

#[test]
fn descriptions_begin_with_the_name() {
    let description = |text: &str| read(text, None, &[]).description;
    assert_eq!(description("# b is it\nFROM a AS B").as_deref(), Some("is it"));
    assert_eq!(description("# other\n# b  one\n# b two\n\nFROM a AS b").as_deref(), Some(" one"));
    assert_eq!(description("# bis it\nFROM a AS b"), None);
    assert_eq!(description("# b is it\nARG X\nFROM a AS b"), None);
}

#[test]
fn targets_are_all_stages_as_they_are_written() {
    let text = "ARG V\n# one is first\nFROM --platform=$P a:$V AS One\nRUN x\nFROM one\n";
    let parse = syntax::parse(text);
    let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
    let found = targets(&parse, &statements);
    let shown: Vec<_> = found
        .iter()
        .map(|target| {
            (target.name.as_deref(), target.description.as_deref(), target.base.as_str(), target.default)
        })
        .collect();
    assert_eq!(shown, [(Some("one"), Some("is first"), "a:$V", false), (None, None, "one", true)]);
    assert_eq!((found[0].platform.as_deref(), found[1].platform.as_deref()), (Some("$P"), None));
}
