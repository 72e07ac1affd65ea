//! A self-contained SVG: columns from left to right, each box right of all it needs. Readable in light and dark
//! mode, without scripts or fonts from elsewhere.

use std::fmt::Write;

use stage::{EdgeKind, StageGraph};

use crate::GraphFormat;
use crate::diagram::{Diagram, Link, Node, NodeKind};

pub(crate) static FORMAT: GraphFormat = GraphFormat { name: "svg", media_type: "image/svg+xml", render };

/// Measures in pixels. The font is monospaced, so that the width of a text is known without measuring it.
const CHAR: usize = 8;
const BOX_HEIGHT: usize = 44;
const ROW: usize = 68;
const GAP: usize = 110;
const MARGIN: usize = 24;
/// Longer names are cut; the whole name is in the tooltip.
const LONGEST: usize = 38;

const STYLE: &str = "\
:root{--ink:#1f2328;--paper:#fff;--line:#656d76;--fill:#f6f8fa;--mark:#0969da}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--line:#8b949e;--fill:#161b22;--mark:#58a6ff}}
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:var(--ink)}
.sub{font-size:11px;fill:var(--line)}
.page{fill:var(--paper)}
rect.box{fill:var(--fill);stroke:var(--line)}
.target rect.box{stroke:var(--mark);stroke-width:2.5}
.unused{opacity:.55}
.unused rect.box{stroke-dasharray:4 3}
path.link{fill:none;stroke:var(--line);stroke-width:1.5}
path.from{stroke-width:2.5}
path.mount{stroke-dasharray:3 4}
.tip{fill:var(--line)}
";

/// Where a box stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

fn render(graph: &StageGraph) -> String {
    let diagram = Diagram::new(graph);
    let places = layout(&diagram);
    let right = places.iter().map(|place| place.x + place.width).max().unwrap_or(0) + MARGIN;
    let bottom = places.iter().map(|place| place.y + BOX_HEIGHT).max().unwrap_or(0) + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {right} {bottom}\" width=\"{right}\" \
         height=\"{bottom}\" role=\"img\">\n<title>Stages of the Dockerfile</title>\n<style>\n{STYLE}</style>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n\
         <rect class=\"page\" width=\"{right}\" height=\"{bottom}\"/>\n",
    );
    for link in &diagram.links {
        out.push_str(&arrow(link, &diagram, &places));
    }
    for (node, place) in diagram.nodes.iter().zip(&places) {
        out.push_str(&boxed(node, *place));
    }
    out.push_str("</svg>\n");
    out
}

/// Boxes of a column stand below each other; within a column first the stages, in the order of the file.
fn layout(diagram: &Diagram) -> Vec<Place> {
    let columns = diagram.nodes.iter().map(|node| node.column + 1).max().unwrap_or(0);
    let mut places = vec![Place::default(); diagram.nodes.len()];
    let mut x = MARGIN;
    for column in 0..columns {
        let members = || diagram.nodes.iter().enumerate().filter(move |(_, node)| node.column == column);
        let width = members().map(|(_, node)| width(node)).max().unwrap_or(0);
        for (row, (index, _)) in members().enumerate() {
            places[index] = Place { x, y: MARGIN + row * ROW, width };
        }
        x += width + GAP;
    }
    places
}

fn width(node: &Node) -> usize {
    let longest = node.title.chars().count().max(node.subtitle.chars().count());
    longest.min(LONGEST) * CHAR + 24
}

fn boxed(node: &Node, place: Place) -> String {
    let Place { x, y, width } = place;
    let class = match node.kind {
        NodeKind::Outside => "outside",
        NodeKind::Stage => "stage",
        NodeKind::Target => "target",
        NodeKind::Unused => "unused",
    };
    let radius = if node.kind == NodeKind::Outside { BOX_HEIGHT / 2 } else { 6 };
    let alone = node.subtitle.is_empty();
    let mut out = format!(
        "<g class=\"{class}\"><title>{} {}</title><rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" \
         height=\"{BOX_HEIGHT}\" rx=\"{radius}\"/><text x=\"{}\" y=\"{}\">{}</text>",
        escape(&node.title),
        escape(&node.subtitle),
        x + 12,
        y + if alone { 27 } else { 19 },
        escape(&cut(&node.title)),
    );
    if !alone {
        // Writing to a text cannot fail.
        let _ = write!(
            out,
            "<text class=\"sub\" x=\"{}\" y=\"{}\">{}</text>",
            x + 12,
            y + 35,
            escape(&cut(&node.subtitle))
        );
    }
    out + "</g>\n"
}

fn arrow(link: &Link, diagram: &Diagram, places: &[Place]) -> String {
    let (from, to) = (places[link.from], places[link.to]);
    let (x1, y1) = (from.x + from.width, from.y + BOX_HEIGHT / 2);
    let (x2, y2) = (to.x, to.y + BOX_HEIGHT / 2);
    let bend = GAP / 2;
    let class = match link.kind {
        EdgeKind::From => "from",
        EdgeKind::Copy => "copy",
        EdgeKind::Mount => "mount",
    };
    let (needed, user) = (&diagram.nodes[link.from].title, &diagram.nodes[link.to].title);
    let tooltip = format!("{}: {needed} to {user} {}", link.kind.name(), link.paths.join(" "));
    format!(
        "<path class=\"link {class}\" marker-end=\"url(#tip)\" d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\">\
         <title>{}</title></path>\n",
        x1 + bend,
        x2.saturating_sub(bend),
        escape(tooltip.trim_end()),
    )
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Escapes for XML; characters that XML 1.0 cannot hold become U+FFFD.
fn escape(text: &str) -> String {
    let clean = |ch: char| if ch < ' ' || matches!(ch, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { ch };
    let text: String = text.chars().map(clean).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
