//! JSON for programs: all that is known of the stages. `docs/schema/graph.json` says what is where.

use image::Reference;
use serde_json::{Value as Json, json};
use stage::{Base, Edge, GlobalArg, Source, Stage, StageGraph, Use, Value, Variable};

use crate::GraphFormat;

pub(crate) static FORMAT: GraphFormat = GraphFormat { name: "json", media_type: "application/json", render };

fn render(graph: &StageGraph) -> String {
    let target = (!graph.stages.is_empty()).then(|| graph.target_or_last());
    let needed = target.map(|target| graph.reachable(target)).unwrap_or_default();
    let document = json!({
        "schema": "cooper/graph/1",
        "target": target,
        "arguments": graph.global_args.iter().map(argument).collect::<Vec<_>>(),
        "stages": graph.stages.iter().map(|item| stage(item, &needed)).collect::<Vec<_>>(),
        "edges": graph.edges.iter().map(edge).collect::<Vec<_>>(),
        "uses": graph.uses.iter().map(used).collect::<Vec<_>>(),
        "problems": graph.problems,
    });
    format!("{document:#}\n")
}

fn argument(argument: &GlobalArg) -> Json {
    json!({
        "name": argument.name.value,
        "default": argument.default.as_ref().map(|text| &text.value),
        "value": argument.value.known(),
        "range": argument.range,
    })
}

fn stage(stage: &Stage, needed: &[usize]) -> Json {
    json!({
        "index": stage.index,
        "name": stage.name.as_ref().map(|name| &name.value),
        "label": stage.label(),
        "needed": needed.contains(&stage.index),
        "base": base(&stage.base),
        "base_range": stage.base_range,
        "platform": stage.platform.as_ref().map(|platform| json!({ "value": platform.known() })),
        "range": stage.range,
        "from_instruction": stage.from_instruction,
        "instructions": stage.instructions,
        "env": stage.scope.env().iter().map(|(name, item)| variable(name, item)).collect::<Vec<_>>(),
        "args": stage.scope.args().iter().map(|(name, item)| variable(name, item)).collect::<Vec<_>>(),
    })
}

fn base(base: &Base) -> Json {
    match base {
        Base::Scratch => json!({ "type": "scratch" }),
        Base::Stage(index) => json!({ "type": "stage", "stage": index }),
        Base::Context(name) => json!({ "type": "context", "name": name }),
        Base::Image { text, reference } => {
            json!({ "type": "image", "name": text, "reference": canonical(reference.as_ref()) })
        }
        Base::Unknown { written, unset } => json!({ "type": "unknown", "written": written, "unset": unset }),
    }
}

fn canonical(reference: Option<&Reference>) -> Option<String> {
    reference.map(ToString::to_string)
}

/// A variable whose value is `null` has none, or one that cannot be known from the file; `known` tells which.
fn variable(name: &str, variable: &Variable) -> Json {
    json!({
        "name": name,
        "value": variable.value.as_ref().and_then(Value::known),
        "known": variable.value != Some(Value::Unknown),
        "range": variable.range,
        "instruction": variable.instruction,
    })
}

fn edge(edge: &Edge) -> Json {
    json!({
        "from": edge.from,
        "to": edge.to,
        "kind": edge.kind,
        "range": edge.range,
        "paths": edge.sources,
    })
}

fn used(item: &Use) -> Json {
    json!({
        "stage": item.stage,
        "instruction": item.instruction,
        "kind": item.kind,
        "name": item.name.value,
        "range": item.name.range,
        "source": source(&item.source),
        "paths": item.paths,
    })
}

fn source(source: &Source) -> Json {
    match source {
        Source::Stage(index) => json!({ "type": "stage", "stage": index }),
        Source::Own => json!({ "type": "own" }),
        Source::Later(index) => json!({ "type": "later", "stage": index }),
        Source::NoStage => json!({ "type": "no-stage" }),
        Source::Context(name) => json!({ "type": "context", "name": name }),
        Source::Image(reference) => {
            json!({ "type": "image", "reference": canonical(reference.as_ref()) })
        }
    }
}
