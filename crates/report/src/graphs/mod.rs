//! Output formats of stage graphs, one file each.

use crate::GraphFormat;

kit::table! {
    GraphFormat;
    json::FORMAT,
    mermaid::FORMAT,
    svg::FORMAT,
    text::FORMAT,
}

#[cfg(test)]
mod tests;
