//! # size
//!
//! ## What it asks
//! That the files of all layers together have no more bytes than this, before they are compressed.
//!
//! ## Why
//! What is not in an image need not be fetched, scanned or mended.
//!
//! ## Example
//! ```toml,policy
//! size = "100MB"
//! ```
//! ```image,passed
//! layer: 60000000 line 1
//! layer: 40000000 line 2
//! ```
//! ```image,stopped
//! layer: 60000000 line 1
//! layer: 50000000 line 2
//! ```

use serde_json::{Value, json};

use crate::evidence::Evidence;
use crate::gate::{Gate, Sink, setting};
use crate::units::{bytes, shown};

pub(crate) static GATE: Gate = Gate {
    code: "GT014",
    name: "size",
    summary: "the most bytes of the image",
    schema: || json!({ "$ref": "#/$defs/bytes" }),
    after_signing: false,
    run,
    source: include_str!("size.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let most = size(value)?;
    let layers = match evidence.layers() {
        Ok(layers) => layers,
        Err(why) => {
            sink.unknown("how large it is", &why);
            return Ok(());
        }
    };
    let all: u64 = layers.iter().map(|layer| layer.size).sum();
    if all > most {
        let largest = layers.iter().max_by_key(|layer| layer.size);
        let message = format!("the image has {}, and {} are allowed", shown(all), shown(most));
        let found = sink.stop(message);
        if let Some(largest) = largest {
            let step = largest.step.as_ref().map(|step| format!(": `{step}`")).unwrap_or_default();
            found
                .at(largest.place.clone())
                .help(format!("the largest layer has {}{step}", shown(largest.size)));
        }
    }
    Ok(())
}

/// A number of bytes.
pub(super) fn size(value: &Value) -> Result<u64, String> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        other => setting(other, "a size such as `200MB`")?,
    };
    bytes(&text).ok_or_else(|| format!("`{text}` is no size such as `200MB`"))
}
