//! What `cooper parse --emit` can show, one file each. The shape of each document stands in `docs/schema`; fields
//! are added to it, never renamed or removed, while the number in its `schema` stays the same.

use kit::LineIndex;
use serde_json::{Value, json};
use stage::StageGraph;
use syntax::{Parse, SyntaxError};

use crate::AppError;

/// A value on the way from a text to a build that can be shown.
#[derive(Debug)]
pub(crate) struct Emit {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Whether the document itself has the errors of the syntax.
    pub(crate) tells_errors: bool,
    /// Whether what is wrong with the stages counts.
    pub(crate) needs_graph: bool,
    /// Makes the document.
    pub(crate) render: fn(&Input<'_>) -> Result<String, AppError>,
}

/// What documents are made from.
pub(crate) struct Input<'a> {
    pub(crate) name: &'a str,
    pub(crate) parse: &'a Parse,
    pub(crate) graph: &'a StageGraph,
    pub(crate) options: &'a stage::Options,
}

kit::table! {
    Emit;
    ast::EMIT,
    graph::EMIT,
    plan::EMIT,
    source::EMIT,
    tree::EMIT,
}

/// Errors with their places.
fn errors(parse: &Parse) -> Vec<Value> {
    let lines = LineIndex::new(parse.text());
    let error = |error: SyntaxError| {
        let place = lines.line_col(parse.text(), error.range.start);
        json!({
            "range": error.range,
            "line": place.line,
            "column": place.col,
            "message": error.message,
            "help": error.help,
        })
    };
    parse.all_errors().into_iter().map(error).collect()
}

fn document(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests;
