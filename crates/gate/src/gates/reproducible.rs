//! # reproducible
//!
//! ## What it asks
//! That the image was built with `--verify`, which builds it a second time in another sandbox and compares.
//!
//! ## Why
//! Who can build the same bytes from the same sources need not believe that nothing was added on the way.
//!
//! ## Example
//! ```toml,policy
//! reproducible = true
//! ```
//! ```image,passed
//! reproduced: yes
//! ```
//! ```image,stopped
//! reproduced: no
//! ```

use serde_json::{Value, json};

use crate::evidence::Evidence;
use crate::gate::{Gate, Sink, switch};

pub(crate) static GATE: Gate = Gate {
    code: "GT010",
    name: "reproducible",
    summary: "the build gave the same image twice",
    schema: || json!({ "type": "boolean" }),
    after_signing: false,
    run,
    source: include_str!("reproducible.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    if switch(value)?
        && let Err(why) = evidence.reproduced()
    {
        sink.stop(format!("it is not shown to be reproducible: {why}"))
            .help("`cooper build --verify` builds twice and compares");
    }
    Ok(())
}
