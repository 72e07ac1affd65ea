//! Thousands of Dockerfiles from the wild keep their meaning.

mod common;

use std::collections::BTreeMap;

use common::{Fake, options};
use cooper_format::{Case, Chain, Indent, Refusal, Style, format};

#[test]
fn every_dockerfile_of_the_corpus_is_the_same_build_before_and_after() {
    let Some(files) = common::corpus("every_dockerfile_of_the_corpus_is_the_same_build_before_and_after")
    else {
        return;
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = |what| *counts.entry(what).or_default() += 1;
    for (name, text) in &files {
        count("files");
        let parse = syntax::parse(text);
        let formatted = match format(&parse, Style::default()) {
            Ok(formatted) => formatted,
            Err(Refusal::Syntax(errors)) => {
                assert!(!errors.is_empty());
                count("with errors");
                continue;
            }
            Err(Refusal::Meaning(range)) => panic!("{name}: the meaning changes: {}", range.slice(text)),
        };
        if formatted == *text {
            count("formatted already");
        }
        let again = format(&syntax::parse(&formatted), Style::default());
        assert_eq!(again.as_ref(), Ok(&formatted), "{name}: twice");
        let stages = plans(text);
        assert_eq!(plans(&formatted), stages, "{name}");
        for stage in stages {
            count(if stage.is_ok() { "stages planned" } else { "stages refused" });
        }
    }
    println!("{counts:?}");
    assert!(counts["files"] >= 2500 && counts["stages planned"] > 3000, "{counts:?}");
}

/// What each stage of a file is built by: digests, configuration and history, or why it cannot be planned.
fn plans(text: &str) -> Vec<Result<String, String>> {
    let parse = syntax::parse(text);
    let mut graph = stage::StageGraph::new(&parse, &stage::Options::default());
    let mut plans = Vec::new();
    for target in 0..graph.stages.len() {
        graph.target = Some(target);
        let plan = plan::plan(&parse, &graph, &options(), &Fake).map_err(|error| error.message);
        plans.push(plan.map(|plan| {
            let digests: Vec<_> =
                plan.nodes.iter().map(|node| (node.digest, node.input, node.needs())).collect();
            format!("{digests:?} {:?}", plan.outputs)
        }));
    }
    plans
}

#[test]
fn every_style_keeps_the_meaning() {
    let Some(files) = common::corpus("every_style_keeps_the_meaning") else { return };
    let styles = [
        Style { indent: Indent::Tab, keyword_case: Case::Lower, chain: Chain::Leading },
        Style { indent: Indent::Spaces(2), keyword_case: Case::Keep, chain: Chain::Trailing },
    ];
    let mut changed = [0, 0];
    for (name, text) in &files {
        for (count, style) in changed.iter_mut().zip(styles) {
            match format(&syntax::parse(text), style) {
                Ok(formatted) => {
                    *count += usize::from(formatted != *text);
                    let again = format(&syntax::parse(&formatted), style);
                    assert_eq!(again.as_ref(), Ok(&formatted), "{name}: twice");
                }
                Err(Refusal::Syntax(_)) => {}
                Err(Refusal::Meaning(range)) => panic!("{name}: the meaning changes: {}", range.slice(text)),
            }
        }
    }
    println!("{changed:?} of {} files change", files.len());
    assert!(changed.iter().all(|count| *count > 1000), "{changed:?}");
}

#[test]
fn the_corpus_is_formatted_fast() {
    let Some(files) = common::corpus("the_corpus_is_formatted_fast") else { return };
    let start = std::time::Instant::now();
    let formatted = files.iter().filter_map(|(_, text)| format(&syntax::parse(text), Style::default()).ok());
    let bytes: usize = formatted.map(|text| text.len()).sum();
    let took = start.elapsed();
    println!("{} files, {bytes} bytes in {took:?}", files.len());
    // Without optimisation, on a loaded machine, only the order of magnitude can be asked for.
    assert!(took.as_secs() < if cfg!(debug_assertions) { 60 } else { 2 }, "{took:?}");
}
