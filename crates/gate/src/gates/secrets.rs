//! # secrets
//!
//! ## What it asks
//! That no secret is found in the image: `true` for any, or the least severity that stops.
//!
//! ## Why
//! Who can pull the image can read it, also where a later layer hides it.
//!
//! ## Example
//! ```toml,policy
//! secrets = true
//! ```
//! ```image,passed
//! ```
//! ```image,stopped
//! secret: private-key high /app/id_rsa line 3
//! ```
//! ```toml,policy
//! secrets = "critical"
//! ```
//! ```image,passed
//! secret: private-key high /app/id_rsa line 3
//! ```
//! ```image,stopped
//! secret: private-key critical /app/id_rsa line 3
//! ```

use serde_json::{Value, json};

use facts::Risk;

use super::severity::risk;
use crate::evidence::Evidence;
use crate::gate::{Gate, Place, Sink};

pub(crate) static GATE: Gate = Gate {
    code: "GT011",
    name: "secrets",
    summary: "no secrets in files, variables and the history",
    schema: || json!({ "anyOf": [{ "type": "boolean" }, { "$ref": "#/$defs/risk" }] }),
    after_signing: false,
    run,
    source: include_str!("secrets.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let least = match value {
        Value::Bool(false) => return Ok(()),
        Value::Bool(true) => Risk::Unknown,
        other => risk(other)?,
    };
    let found = match evidence.scan() {
        Ok(found) => found,
        Err(why) => {
            sink.unknown("whether there are secrets", &why);
            return Ok(());
        }
    };
    for one in found.secrets.iter().filter(|one| one.severity >= least) {
        let place = one.place.text();
        sink.stop(format!("{} in `{place}` [{}]", one.description, one.rule))
            .at(one.origin.as_ref().and_then(Place::of))
            .about([one.fingerprint.clone(), one.rule.clone()])
            .help("take it out of the image and make it invalid: it is in the layers that were pushed");
    }
    Ok(())
}
