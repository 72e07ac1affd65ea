//! # labels
//!
//! ## What it asks
//! That the image has each of these labels, with a value; a table says in addition what the value has to be, with `*` for anything.
//!
//! ## Why
//! Who meets a container has to be able to tell what it is and whom to ask.
//!
//! ## Example
//! ```toml,policy
//! labels = ["org.opencontainers.image.source"]
//! ```
//! ```image,passed
//! label: org.opencontainers.image.source=https://git.example/app
//! ```
//! ```image,stopped
//! label: org.opencontainers.image.source=
//! ```
//! ```toml,policy
//! labels = { "org.opencontainers.image.vendor" = "Example *" }
//! ```
//! ```image,passed
//! label: org.opencontainers.image.vendor=Example Ltd
//! ```
//! ```image,stopped
//! label: org.opencontainers.image.vendor=Somebody
//! ```

use serde_json::{Value, json};

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::gate::{Gate, Sink, setting};
use crate::units::matches;

pub(crate) static GATE: Gate = Gate {
    code: "GT007",
    name: "labels",
    summary: "labels that have to be there",
    schema: || {
        json!({ "anyOf": [
        { "$ref": "#/$defs/texts" },
        { "type": "object", "additionalProperties": { "type": "string" } },
    ] })
    },
    after_signing: false,
    run,
    source: include_str!("labels.rs"),
};

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Setting {
    Names(Vec<String>),
    Values(BTreeMap<String, String>),
}

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let wanted: BTreeMap<String, String> =
        match setting(value, "a list of labels, or a table of labels with patterns")? {
            Setting::Names(names) => names.into_iter().map(|name| (name, "*".to_owned())).collect(),
            Setting::Values(values) => values,
        };
    for (name, pattern) in wanted {
        let found = evidence.config().labels.get(&name).filter(|found| !found.trim().is_empty());
        let message = match found {
            Some(found) if matches(&pattern, found) => continue,
            Some(found) => format!("the label `{name}` is `{found}`, which is not `{pattern}`"),
            None => format!("the label `{name}` is missing"),
        };
        sink.stop(message)
            .at(evidence.last_stage())
            .about([name.clone()])
            .help(format!("add `LABEL {name}=…`, or give it with `--label`"));
    }
    Ok(())
}
