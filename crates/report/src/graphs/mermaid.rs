//! A Mermaid flowchart, which many code hosts draw in Markdown.

use std::fmt::Write;

use stage::{EdgeKind, StageGraph};

use crate::GraphFormat;
use crate::diagram::{Diagram, NodeKind};

pub(crate) static FORMAT: GraphFormat =
    GraphFormat { name: "mermaid", media_type: "text/vnd.mermaid", render };

fn render(graph: &StageGraph) -> String {
    let diagram = Diagram::new(graph);
    let mut out = "flowchart LR\n".to_owned();
    // Writing to a text cannot fail.
    for (index, node) in diagram.nodes.iter().enumerate() {
        let title = escape(&node.title);
        let _ = match node.kind {
            NodeKind::Outside => writeln!(out, "  n{index}([\"{title}\"]):::outside"),
            NodeKind::Stage => writeln!(out, "  n{index}[\"{title}\"]"),
            NodeKind::Target => writeln!(out, "  n{index}[\"{title}\"]:::target"),
            NodeKind::Unused => writeln!(out, "  n{index}[\"{title}\"]:::unused"),
        };
    }
    for link in &diagram.links {
        let (from, to) = (link.from, link.to);
        let label = escape(&link.paths.join(" "));
        let _ = match (link.kind, label.is_empty()) {
            (EdgeKind::From, _) => writeln!(out, "  n{from} ==> n{to}"),
            (EdgeKind::Copy, true) => writeln!(out, "  n{from} --> n{to}"),
            (EdgeKind::Copy, false) => writeln!(out, "  n{from} -->|\"{label}\"| n{to}"),
            (EdgeKind::Mount, true) => writeln!(out, "  n{from} -.-> n{to}"),
            (EdgeKind::Mount, false) => writeln!(out, "  n{from} -.->|\"{label}\"| n{to}"),
        };
    }
    out.push_str("  classDef target stroke-width:3px\n");
    out.push_str("  classDef unused stroke-dasharray:4 4,opacity:0.6\n");
    out.push_str("  classDef outside opacity:0.8\n");
    out
}

/// Mermaid has entities of its own, which begin with `#`.
fn escape(text: &str) -> String {
    text.replace('#', "#35;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
        .replace('\n', " ")
}
