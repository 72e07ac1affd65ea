//! The older way to sign an image: a small JSON text ("simple signing") that names its digest, signed as it is. cosign
//! before version 3, skopeo, podman and CRI-O read it.

use image::{Digest, Reference};
use serde::{Deserialize, Serialize};

use crate::{PrivateKey, PublicKey, Reason, Result, TrustError, encoding, json};

/// Media type of the signed text.
pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// Annotation with the signature of the text.
pub const SIGNATURE_ANNOTATION: &str = "dev.cosignproject.cosign/signature";
/// Largest text of this kind.
pub const MAX_SIMPLE: usize = 256 << 10;
const KIND: &str = "cosign container image signature";

/// A text and its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleSignature {
    /// The text.
    pub payload: Vec<u8>,
    /// Its signature.
    pub signature: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Wire {
    critical: Critical,
    #[serde(default)]
    optional: Option<serde_json::Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    reference: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

impl SimpleSignature {
    /// Signs an image under a name: podman compares it with the name that it pulls.
    pub fn sign(image: &Digest, name: &Reference, key: &PrivateKey) -> Result<Self> {
        let wire = Wire {
            critical: Critical {
                identity: Identity { reference: identity(name) },
                image: Image { digest: image.to_string() },
                kind: KIND.to_owned(),
            },
            optional: None,
        };
        let payload = serde_json::to_vec(&wire).unwrap_or_default();
        let signature = key.sign(&payload)?;
        Ok(Self { payload, signature })
    }

    /// The two parts as an OCI artifact has them: the layer, and its annotation.
    pub fn from_parts(payload: &[u8], signature: &str) -> Result<Self> {
        if payload.len() > MAX_SIMPLE {
            return Err(TrustError::new(Reason::TooLarge, "the signed text is larger than 256 KiB"));
        }
        Ok(Self { payload: payload.to_vec(), signature: encoding::base64(signature, "the signature")? })
    }

    /// The signature as its annotation has it.
    pub fn annotation(&self) -> String {
        encoding::to_base64(&self.signature)
    }

    /// Checks the signature, and that it is about this image; the name under which it was signed.
    pub fn verify(&self, key: &PublicKey, image: &Digest) -> Result<String> {
        key.verify(&self.payload, &self.signature)?;
        self.check(image)
    }

    fn check(&self, image: &Digest) -> Result<String> {
        let wire: Wire = json::read(&self.payload, json::Limit::flat(MAX_SIMPLE), "the signed text")?;
        let critical = wire.critical;
        // The other known word is that of containers/image; both say the same.
        if critical.kind != KIND && critical.kind != "atomic container signature" {
            return Err(TrustError::new(Reason::Payload, "the signed text is no signature of an image"));
        }
        if critical.image.digest != image.to_string() {
            let other = crate::statement::shown(&critical.image.digest);
            return Err(TrustError::new(
                Reason::Subject,
                format!("it is about `{other}`, not about `{image}`"),
            ));
        }
        Ok(crate::statement::shown(&critical.identity.reference))
    }
}

/// The name of an image as podman compares it: with its tag and without its digest.
fn identity(name: &Reference) -> String {
    match name.tag_or_latest() {
        Some(tag) => name.with_tag(tag).to_string(),
        None => format!("{}/{}", name.registry(), name.repository()),
    }
}
