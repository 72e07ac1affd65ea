//! # layer-size
//!
//! ## What it asks
//! That the files of no layer have more bytes than this, before they are compressed.
//!
//! ## Why
//! A layer is fetched as a whole; what is that large is most often something that was not meant to be in an image.
//!
//! ## Example
//! ```toml,policy
//! layer-size = "50MB"
//! ```
//! ```image,passed
//! layer: 30000000 line 1
//! layer: 40000000 line 2
//! ```
//! ```image,stopped
//! layer: 30000000 line 1
//! layer: 60000000 line 2
//! ```

use serde_json::{Value, json};

use super::size::size;
use crate::evidence::Evidence;
use crate::gate::{Gate, Sink};
use crate::units::shown;

pub(crate) static GATE: Gate = Gate {
    code: "GT008",
    name: "layer-size",
    summary: "the most bytes of one layer",
    schema: || json!({ "$ref": "#/$defs/bytes" }),
    after_signing: false,
    run,
    source: include_str!("layer_size.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let most = size(value)?;
    let layers = match evidence.layers() {
        Ok(layers) => layers,
        Err(why) => {
            sink.unknown("how large its layers are", &why);
            return Ok(());
        }
    };
    for (number, layer) in layers.iter().enumerate().filter(|(_, layer)| layer.size > most) {
        let message =
            format!("layer {} has {}, and {} are allowed", number + 1, shown(layer.size), shown(most));
        let found = sink.stop(message).about([format!("layer {}", number + 1)]);
        found.at(layer.place.clone());
        if let Some(step) = &layer.step {
            found.help(format!("it was made by `{step}`"));
        }
    }
    Ok(())
}
