//! # attestations
//!
//! ## What it asks
//! That somebody has signed statements of these kinds about the image: an SBOM, provenance, results of tests. Who, says `by`: the key or
//! the name that counts; without it whoever `signatures` names.
//!
//! ## Why
//! What is not signed could have been put there by anybody who may write to the registry.
//!
//! ## Example
//! ```toml,policy
//! attestations = { kinds = ["spdxjson", "slsaprovenance1"], by = [{ key = "cooper.pub" }] }
//! ```
//! ```image,passed
//! signed: cooper.pub spdxjson
//! signed: cooper.pub slsaprovenance1
//! ```
//! ```image,stopped
//! signed: cooper.pub spdxjson
//! signed: other.pub slsaprovenance1
//! ```

use serde_json::{Value, json};

use crate::evidence::{Evidence, Signer};
use crate::gate::{Gate, Sink, setting};

pub(crate) static GATE: Gate = Gate {
    code: "GT001",
    name: "attestations",
    summary: "kinds of signed statements that have to be there",
    schema: || {
        json!({ "type": "object", "required": ["kinds", "by"], "additionalProperties": false,
        "properties": { "kinds": { "$ref": "#/$defs/texts" }, "by": { "$ref": "#/$defs/signers" } } })
    },
    after_signing: true,
    run,
    source: include_str!("attestations.rs"),
};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    kinds: Vec<String>,
    by: Vec<Signer>,
}

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let wanted =
        "a table with `kinds` and `by`: `{ kinds = [\"spdxjson\"], by = [{ key = \"cooper.pub\" }] }`";
    let Setting { kinds, by } = setting(value, wanted)?;
    for kind in kinds {
        let tried: Vec<_> = by.iter().map(|signer| (signer, evidence.signed(signer, Some(&kind)))).collect();
        if tried.iter().any(|(_, found)| found.is_ok()) {
            continue;
        }
        let why = tried.iter().filter_map(|(signer, found)| Some((signer.name(), found.as_ref().err()?)));
        let why: Vec<String> = why.map(|(name, why)| format!("{name}: {why}")).collect();
        sink.stop(format!("no trusted statement of the kind `{kind}` is about it ({})", why.join("; ")))
            .about([kind.clone()])
            .help(format!("`cooper attest --type {kind} --predicate FILE` signs one"));
    }
    Ok(())
}
