//! # bases
//!
//! ## What it asks
//! That every image that this one is built on or copies from has a name of the list. Names are whole (`docker.io/library/debian`);
//! `*` stands for anything.
//!
//! ## Why
//! A base is a program that somebody else wrote, and runs with all that is given to the image.
//!
//! ## Example
//! ```toml,policy
//! bases = ["docker.io/library/*", "registry.example/team/*"]
//! ```
//! ```image,passed
//! base: docker.io/library/debian 12 days old, line 1
//! ```
//! ```image,stopped
//! base: docker.io/somebody/debian 12 days old, line 1
//! ```

use serde_json::{Value, json};

use crate::evidence::Evidence;
use crate::gate::{Gate, Sink, setting};
use crate::units::matches;

pub(crate) static GATE: Gate = Gate {
    code: "GT003",
    name: "bases",
    summary: "names that bases may have",
    schema: || json!({ "$ref": "#/$defs/texts" }),
    after_signing: false,
    run,
    source: include_str!("bases.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let patterns: Vec<String> = setting(value, "a list of names")?;
    let bases = match evidence.bases() {
        Ok(bases) => bases,
        Err(why) => {
            sink.unknown("what it is built on", &why);
            return Ok(());
        }
    };
    for base in bases {
        if !patterns.iter().any(|pattern| matches(pattern, &base.name)) {
            sink.stop(format!("the base `{}` is none of the allowed ones", base.name))
                .about([base.name.clone()])
                .at(base.place.clone())
                .help(format!("allowed are {}", patterns.join(", ")));
        }
    }
    Ok(())
}
