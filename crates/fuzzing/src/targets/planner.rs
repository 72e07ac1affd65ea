//! Stage graphs and plans of any text.

use stage::StageGraph;

use super::dockerfile::{SEEDS, WORDS, inside};
use crate::Target;

pub(crate) static TARGET: Target = Target { name: "planner", run, seeds: SEEDS, words: WORDS };

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parse = syntax::parse(&text);
    let options = stage::Options { all_stages: true, complete: true, ..stage::Options::default() };
    let graph = StageGraph::new(&parse, &options);
    for problem in &graph.problems {
        inside(&text, problem.range);
    }
    for edge in &graph.edges {
        assert!(edge.from < edge.to && edge.to < graph.stages.len(), "edges lead to later stages");
    }
    let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
    for problem in plan::refusals(&parse, &statements, &graph, &options) {
        inside(&text, problem.range);
    }
}
