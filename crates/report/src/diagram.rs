//! What the graph formats have in common: nodes for stages and for what they are built on, links between them,
//! and the column of each.

use std::collections::BTreeMap;

use stage::{Base, EdgeKind, Source, StageGraph};

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NodeKind {
    /// An image from elsewhere, or a named context.
    Outside,
    /// A stage.
    Stage,
    /// The stage that is built.
    Target,
    /// A stage that the target does not need.
    Unused,
}

/// A box of the diagram.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) title: String,
    /// What the stage is built on, as one reads it.
    pub(crate) subtitle: String,
    /// Steps from the left: behind everything it needs.
    pub(crate) column: usize,
}

/// An arrow, from what is needed to what needs it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    pub(crate) to: usize,
    pub(crate) from: usize,
    pub(crate) kind: EdgeKind,
    /// The paths of all copies and mounts of the same kind.
    pub(crate) paths: Vec<String>,
}

/// Boxes and arrows of a graph. The stages come first, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Diagram {
    pub(crate) nodes: Vec<Node>,
    pub(crate) links: Vec<Link>,
}

impl Diagram {
    pub(crate) fn new(graph: &StageGraph) -> Self {
        let target = graph.target_or_last();
        let needed = graph.reachable(target);
        let mut diagram = Self::default();
        for stage in &graph.stages {
            let kind = match stage.index {
                index if index == target => NodeKind::Target,
                index if needed.contains(&index) => NodeKind::Stage,
                _ => NodeKind::Unused,
            };
            let subtitle = base_name(graph, &stage.base);
            diagram.nodes.push(Node { kind, title: stage.label(), subtitle, column: 0 });
        }
        diagram.connect(graph);
        diagram.place();
        diagram
    }

    fn connect(&mut self, graph: &StageGraph) {
        let mut outside = BTreeMap::new();
        let mut links: BTreeMap<(usize, usize, EdgeKind), Vec<String>> = BTreeMap::new();
        for edge in &graph.edges {
            links.entry((edge.to, edge.from, edge.kind)).or_default().extend(edge.sources.clone());
        }
        for stage in &graph.stages {
            if let Base::Image { .. } | Base::Context(_) | Base::Unknown { .. } = stage.base {
                let from = self.outside(&mut outside, &base_name(graph, &stage.base));
                links.entry((stage.index, from, EdgeKind::From)).or_default();
            }
        }
        for item in &graph.uses {
            if let Source::Image(_) | Source::Context(_) = item.source {
                let from = self.outside(&mut outside, &item.name.value);
                links.entry((item.stage, from, item.kind)).or_default().extend(item.paths.clone());
            }
        }
        let link = |((to, from, kind), paths)| Link { to, from, kind, paths };
        self.links = links.into_iter().map(link).collect();
    }

    /// The node of an image or context, made when it is first met.
    fn outside(&mut self, known: &mut BTreeMap<String, usize>, name: &str) -> usize {
        if let Some(found) = known.get(name) {
            return *found;
        }
        let node =
            Node { kind: NodeKind::Outside, title: name.to_owned(), subtitle: String::new(), column: 0 };
        self.nodes.push(node);
        known.insert(name.to_owned(), self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    /// Puts each node right of all it needs. Links between stages go from earlier to later ones, and what comes
    /// from outside needs nothing, so one pass in the order of the file is enough.
    fn place(&mut self) {
        for link in &self.links {
            let column = self.nodes[link.from].column + 1;
            let node = &mut self.nodes[link.to];
            node.column = node.column.max(column);
        }
    }
}

/// What a stage is built on, as one reads it.
pub(crate) fn base_name(graph: &StageGraph, base: &Base) -> String {
    match base {
        Base::Scratch => "scratch".to_owned(),
        Base::Stage(index) => graph.stages[*index].label(),
        Base::Context(name) => format!("context {name}"),
        Base::Image { text, .. } => text.clone(),
        Base::Unknown { written, .. } => written.clone(),
    }
}
