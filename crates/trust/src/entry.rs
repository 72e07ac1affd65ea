//! What an entry of a log says, and whether it is of this signature (CVE-2022-36056): kinds `hashedrekord`, `dsse` and
//! `intoto` of Rekor.

use serde_json::Value;

use crate::bundle::{Content, LogEntry};
use crate::judge::Artifact;
use crate::key::{Hash, PublicKey};
use crate::statement::shown;
use crate::{Reason, Result, TrustError, encoding, json, pem};

/// Largest entry.
const MAX: usize = 1 << 20;

/// What a signature was made of.
pub(crate) struct Made<'a> {
    pub(crate) content: &'a Content,
    /// The text that is signed.
    pub(crate) text: Artifact<'a>,
    pub(crate) by: By<'a>,
}

/// Who made it.
pub(crate) enum By<'a> {
    Key(&'a PublicKey),
    Certificate(&'a [u8]),
}

/// Checks that the entry is of this signature.
pub(crate) fn check(entry: &LogEntry, made: &Made<'_>) -> Result<()> {
    let body = json::value(&entry.body, json::Limit::flat(MAX), "the entry of the log")?;
    let (kind, version) = (text(&body, "/kind")?, text(&body, "/apiVersion")?);
    if (kind, version) != (&entry.kind.0, &entry.kind.1) {
        return Err(other("the entry of the log is of another kind than the bundle says"));
    }
    match (kind, version) {
        ("hashedrekord", "0.0.1") => made.hashedrekord_1(&body),
        ("hashedrekord", "0.0.2") => made.hashedrekord_2(&body),
        ("dsse", "0.0.1") => made.dsse_1(&body),
        ("dsse", "0.0.2") => made.dsse_2(&body),
        ("intoto", "0.0.2") => made.intoto(&body),
        _ => Err(other(&format!("`{} {}` is no known kind of entry", shown(kind), shown(version)))),
    }
}

impl Made<'_> {
    fn hashedrekord_1(&self, body: &Value) -> Result<()> {
        let digest = self.digest(Hash::of_name(text(body, "/spec/data/hash/algorithm")?))?;
        same(text(body, "/spec/data/hash/value")?, &encoding::to_hex(&digest), "digest")?;
        self.same_signature(&decoded(body, "/spec/signature/content")?)?;
        self.same_pem(&decoded(body, "/spec/signature/publicKey/content")?)
    }

    fn hashedrekord_2(&self, body: &Value) -> Result<()> {
        let spec =
            body.pointer("/spec/hashedRekordV002").ok_or_else(|| other("the entry of the log is empty"))?;
        let digest = self.digest(Hash::of_bundle(text(spec, "/data/algorithm")?))?;
        same_bytes(&decoded(spec, "/data/digest")?, &digest, "digest")?;
        self.same_signature(&decoded(spec, "/signature/content")?)?;
        self.same_verifier(spec.pointer("/signature/verifier"))
    }

    fn dsse_1(&self, body: &Value) -> Result<()> {
        same(text(body, "/spec/payloadHash/algorithm")?, "sha256", "hash")?;
        let payload = encoding::to_hex(&encoding::sha256(self.payload()?));
        same(text(body, "/spec/payloadHash/value")?, &payload, "digest")?;
        let signature = only(body, "/spec/signatures")?;
        self.same_signature(&decoded(signature, "/signature")?)?;
        self.same_pem(&decoded(signature, "/verifier")?)
    }

    fn dsse_2(&self, body: &Value) -> Result<()> {
        let spec = body.pointer("/spec/dsseV002").ok_or_else(|| other("the entry of the log is empty"))?;
        same(text(spec, "/payloadHash/algorithm")?, "SHA2_256", "hash")?;
        let payload = encoding::sha256(self.payload()?);
        same_bytes(&decoded(spec, "/payloadHash/digest")?, &payload, "digest")?;
        let signature = only(spec, "/signatures")?;
        self.same_signature(&decoded(signature, "/content")?)?;
        self.same_verifier(signature.pointer("/verifier"))
    }

    fn intoto(&self, body: &Value) -> Result<()> {
        let content = body.pointer("/spec/content").ok_or_else(|| other("the entry of the log is empty"))?;
        same(text(content, "/payloadHash/algorithm")?, "sha256", "hash")?;
        let payload = encoding::to_hex(&encoding::sha256(self.payload()?));
        same(text(content, "/payloadHash/value")?, &payload, "digest")?;
        let signature = only(content, "/envelope/signatures")?;
        // This kind has the base64 of the base64.
        let inner = decoded(signature, "/sig")?;
        let inner = String::from_utf8(inner).map_err(|_| other("the signature in the log is no text"))?;
        self.same_signature(&encoding::base64(&inner, "the signature in the log")?)?;
        self.same_pem(&decoded(signature, "/publicKey")?)
    }

    /// The digest of what is signed with the hash that the log names.
    fn digest(&self, hash: Option<Hash>) -> Result<Vec<u8>> {
        self.text.digest(hash.ok_or_else(|| other("the entry of the log has an unknown hash"))?)
    }

    fn payload(&self) -> Result<&[u8]> {
        match self.content {
            Content::Envelope(envelope) => Ok(&envelope.payload),
            Content::Message { .. } => {
                Err(other("the entry of the log is of an envelope, and there is none"))
            }
        }
    }

    fn same_signature(&self, found: &[u8]) -> Result<()> {
        same_bytes(found, self.content.signature(), "signature")
    }

    /// A key or certificate in PEM.
    fn same_pem(&self, text: &[u8]) -> Result<()> {
        let block = pem::one(text)?;
        match (&self.by, block.label.as_str()) {
            (By::Certificate(certificate), "CERTIFICATE") => {
                same_bytes(&block.bytes, certificate, "certificate")
            }
            (By::Key(key), "PUBLIC KEY") => same_bytes(&block.bytes, key.spki(), "key"),
            _ => Err(other("the entry of the log is of another kind of key")),
        }
    }

    /// A key or certificate as version 2 of Rekor has it.
    fn same_verifier(&self, verifier: Option<&Value>) -> Result<()> {
        let verifier = verifier.ok_or_else(|| other("the entry of the log has no key"))?;
        match &self.by {
            By::Certificate(certificate) => {
                same_bytes(&decoded(verifier, "/x509Certificate/rawBytes")?, certificate, "certificate")
            }
            By::Key(key) => same_bytes(&decoded(verifier, "/publicKey/rawBytes")?, key.spki(), "key"),
        }
    }
}

fn text<'a>(value: &'a Value, path: &str) -> Result<&'a str> {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .ok_or_else(|| other(&format!("the entry of the log has no text at `{path}`")))
}

fn decoded(value: &Value, path: &str) -> Result<Vec<u8>> {
    encoding::json_base64(text(value, path)?, "a part of the entry of the log")
}

fn only<'a>(value: &'a Value, path: &str) -> Result<&'a Value> {
    match value.pointer(path).and_then(Value::as_array).map(Vec::as_slice) {
        Some([one]) => Ok(one),
        _ => Err(other("the entry of the log has not one signature")),
    }
}

fn same(found: &str, expected: &str, what: &str) -> Result<()> {
    same_bytes(found.as_bytes(), expected.as_bytes(), what)
}

fn same_bytes(found: &[u8], expected: &[u8], what: &str) -> Result<()> {
    if found == expected { Ok(()) } else { Err(other(&format!("the entry of the log has another {what}"))) }
}

fn other(text: &str) -> TrustError {
    TrustError::new(Reason::LogEntry, text)
}
