//! The sigstore bundle: a signature with all that is needed to check it, in one JSON document (protobuf-specs,
//! `sigstore_bundle.proto`, versions 0.1 to 0.3).

use serde::{Deserialize, Serialize};

use crate::dsse::Wire as WireEnvelope;
use crate::statement::{MAX_STATEMENT, shown};
use crate::{Envelope, Reason, Result, TrustError, json};

/// Media type of a bundle, and type of the artifact that holds one.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// Largest bundle: base64 makes a statement a third larger.
pub const MAX_BUNDLE: usize = MAX_STATEMENT / 3 * 4 + (1 << 20);

/// A bundle with an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What names the key, where a key was used.
    pub key_hint: Option<String>,
    /// What is signed.
    pub envelope: Envelope,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    media_type: String,
    verification_material: Material,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dsse_envelope: Option<WireEnvelope>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key: Option<KeyHint>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeyHint {
    #[serde(default)]
    hint: String,
}

impl Bundle {
    /// Reads a bundle.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let wire: Wire = json::read(bytes, MAX_BUNDLE, "the bundle")?;
        check_version(&wire.media_type)?;
        let envelope = wire
            .dsse_envelope
            .ok_or_else(|| TrustError::new(Reason::Payload, "the bundle has no envelope with a statement"))?;
        let key_hint = wire.verification_material.public_key.map(|key| key.hint);
        Ok(Self { key_hint, envelope: Envelope::from_wire(&envelope)? })
    }

    /// Its JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        let wire = Wire {
            media_type: BUNDLE.to_owned(),
            verification_material: Material {
                public_key: self.key_hint.clone().map(|hint| KeyHint { hint }),
            },
            dsse_envelope: Some(self.envelope.to_wire()),
        };
        serde_json::to_vec(&wire).unwrap_or_default()
    }
}

fn check_version(media_type: &str) -> Result<()> {
    const KNOWN: [&str; 4] = [
        BUNDLE,
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
    ];
    if KNOWN.contains(&media_type) {
        return Ok(());
    }
    let text = format!("`{}` is no known version of a bundle", shown(media_type));
    Err(TrustError::new(Reason::UnknownVersion, text))
}
