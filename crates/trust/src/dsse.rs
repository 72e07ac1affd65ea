//! The envelope around what is signed (DSSE v1): a text, its type, and signatures over both.

use serde::{Deserialize, Serialize};

use crate::{PrivateKey, PublicKey, Reason, Result, TrustError, encoding};

/// An envelope with one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Type of the text.
    pub payload_type: String,
    /// The text.
    pub payload: Vec<u8>,
    /// The signature over [`Envelope::signed_bytes`].
    pub signature: Vec<u8>,
    /// What the signer calls the key; it proves nothing.
    pub key_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wire {
    payload: String,
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct WireSignature {
    sig: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    keyid: String,
}

impl Envelope {
    /// Signs a text.
    pub fn sign(payload_type: &str, payload: Vec<u8>, key: &PrivateKey) -> Result<Self> {
        let signature = key.sign(&pre_authentication(payload_type, &payload))?;
        Ok(Self { payload_type: payload_type.to_owned(), payload, signature, key_id: String::new() })
    }

    /// What the signature is over (DSSE, "PAE").
    pub fn signed_bytes(&self) -> Vec<u8> {
        pre_authentication(&self.payload_type, &self.payload)
    }

    /// Checks the signature.
    pub fn verify(&self, key: &PublicKey) -> Result<()> {
        key.verify(&self.signed_bytes(), &self.signature)
    }

    /// What an envelope of JSON says. Of several signatures it would be open which one counts, so there has to be one.
    pub(crate) fn from_wire(wire: &Wire) -> Result<Self> {
        let one = match &wire.signatures[..] {
            [one] => one,
            [] => return Err(TrustError::new(Reason::Unsigned, "the envelope has no signature")),
            _ => {
                return Err(TrustError::malformed(
                    "the envelope has several signatures, and one is expected",
                ));
            }
        };
        Ok(Self {
            payload_type: wire.payload_type.clone(),
            payload: encoding::json_base64(&wire.payload, "the text in the envelope")?,
            signature: encoding::json_base64(&one.sig, "the signature of the envelope")?,
            key_id: one.keyid.clone(),
        })
    }

    pub(crate) fn to_wire(&self) -> Wire {
        let signature =
            WireSignature { sig: encoding::to_base64(&self.signature), keyid: self.key_id.clone() };
        Wire {
            payload: encoding::to_base64(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: vec![signature],
        }
    }
}

fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_has_its_type_and_both_lengths() {
        let envelope = Envelope {
            payload_type: "http://example.com/HelloWorld".to_owned(),
            payload: b"hello world".to_vec(),
            signature: Vec::new(),
            key_id: String::new(),
        };
        assert_eq!(envelope.signed_bytes(), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }
}
