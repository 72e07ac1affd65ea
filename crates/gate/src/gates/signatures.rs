//! # signatures
//!
//! ## What it asks
//! That each of these has signed the image: the owner of a key, or somebody with a certificate of a sigstore authority.
//!
//! ## Why
//! A name at a registry can be made to mean something else by everybody who may write there; a signature cannot.
//!
//! ## Example
//! ```toml,policy
//! signatures = [{ key = "cooper.pub" }]
//! ```
//! ```image,passed
//! signed: cooper.pub
//! ```
//! ```image,stopped
//! signed: other.pub
//! ```

use serde_json::{Value, json};

use crate::evidence::{Evidence, Signer};
use crate::gate::{Gate, Sink, setting};

pub(crate) static GATE: Gate = Gate {
    code: "GT013",
    name: "signatures",
    summary: "who has to have signed the image",
    schema: || json!({ "$ref": "#/$defs/signers" }),
    after_signing: true,
    run,
    source: include_str!("signatures.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let wanted =
        "a list of signers: `[{ key = \"cooper.pub\" }]`, or with `identity`, `issuer` and `trusted-root`";
    let signers: Vec<Signer> = setting(value, wanted)?;
    for signer in &signers {
        if let Err(why) = evidence.signed(signer, None) {
            sink.stop(format!("it is not signed by {}: {why}", signer.name())).about([signer.name()]).help(
                "`cooper sign --key FILE IMAGE` signs it; `cooper verify --explain` shows what is there",
            );
        }
    }
    Ok(())
}
