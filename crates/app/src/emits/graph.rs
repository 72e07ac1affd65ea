//! The stage graph, as `cooper graph --format json` shows it.

use super::{Emit, Input};
use crate::AppError;

pub(crate) static EMIT: Emit = Emit { name: "graph", tells_errors: false, needs_graph: true, render };

fn render(input: &Input<'_>) -> Result<String, AppError> {
    let format = report::graph_format("json").ok_or_else(|| AppError::usage("there is no JSON of graphs"))?;
    Ok((format.render)(input.graph))
}
