//! The text, put together from the tokens of the tree: the same bytes as the file.

use super::{Emit, Input};
use crate::AppError;

pub(crate) static EMIT: Emit = Emit { name: "source", tells_errors: false, needs_graph: false, render };

#[expect(clippy::unnecessary_wraps, reason = "all documents have the same signature")]
fn render(input: &Input<'_>) -> Result<String, AppError> {
    Ok(input.parse.print())
}
