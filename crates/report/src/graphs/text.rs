//! Plain text: one block per stage, in the order of the file.

use std::fmt::Write;

use stage::{EdgeKind, Source, StageGraph, Use};

use crate::GraphFormat;
use crate::diagram::{Diagram, NodeKind, base_name};

pub(crate) static FORMAT: GraphFormat = GraphFormat { name: "text", media_type: "text/plain", render };

fn render(graph: &StageGraph) -> String {
    let diagram = Diagram::new(graph);
    let width = graph.stages.iter().map(|stage| stage.label().chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for stage in &graph.stages {
        let mark = match diagram.nodes[stage.index].kind {
            NodeKind::Target => "  <- target",
            NodeKind::Unused => "  (not needed)",
            NodeKind::Stage | NodeKind::Outside => "",
        };
        let base = base_name(graph, &stage.base);
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{:>3}  {:width$}  FROM {base}{mark}", stage.index, stage.label());
        for item in graph.uses.iter().filter(|item| item.stage == stage.index) {
            let _ = writeln!(out, "{:>width$}  {}", "", used(graph, item), width = width + 5);
        }
    }
    out
}

fn used(graph: &StageGraph, item: &Use) -> String {
    let name = match item.source {
        Source::Stage(index) => graph.stages[index].label(),
        _ => item.name.value.clone(),
    };
    let verb = if item.kind == EdgeKind::Mount { "mount" } else { "COPY" };
    let paths = if item.paths.is_empty() { "/".to_owned() } else { item.paths.join(" ") };
    format!("{verb} {paths} from {name}")
}
