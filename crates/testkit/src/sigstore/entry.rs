//! Entries of logs of signatures, as they are in either version, and the proofs that a log has them.

use serde_json::{Value, json};
use trust::PrivateKey;

use super::{LogForm, base64, hex, log_id, sha256};

/// A signature, as entries of logs tell of it.
pub(super) struct Made<'a> {
    pub(super) text: &'a [u8],
    pub(super) payload: Option<&'a [u8]>,
    pub(super) signature: &'a [u8],
    pub(super) verifier: &'a str,
}

impl Made<'_> {
    /// What the log has; `verifier` is the key as version 2 has it.
    pub(super) fn body(&self, form: LogForm, verifier: &Value) -> Value {
        let payload = self.payload.filter(|_| !matches!(form, LogForm::Hashed | LogForm::HashedTwo));
        match (form, payload) {
            (LogForm::Intoto, Some(payload)) => self.intoto(payload),
            (LogForm::Two | LogForm::HashedTwo, _) => self.body_2(payload, verifier),
            _ => self.body_1(payload),
        }
    }

    /// The body of an entry of version 1. Its keys are sorted, as canonical JSON has them.
    fn body_1(&self, payload: Option<&[u8]>) -> Value {
        let (signature, verifier) = (base64(self.signature), base64(self.verifier.as_bytes()));
        let spec = match payload {
            Some(payload) => json!({
                "envelopeHash": { "algorithm": "sha256", "value": hex(&sha256(b"envelope")) },
                "payloadHash": { "algorithm": "sha256", "value": hex(&sha256(payload)) },
                "signatures": [{ "signature": signature, "verifier": verifier }],
            }),
            None => json!({
                "data": { "hash": { "algorithm": "sha256", "value": hex(&sha256(self.text)) } },
                "signature": { "content": signature, "publicKey": { "content": verifier } },
            }),
        };
        json!({ "apiVersion": "0.0.1", "kind": kind(payload), "spec": spec })
    }

    fn body_2(&self, payload: Option<&[u8]>, verifier: &Value) -> Value {
        let signature = json!({ "content": base64(self.signature), "verifier": verifier });
        let spec = match payload {
            Some(payload) => json!({ "dsseV002": {
                "payloadHash": { "algorithm": "SHA2_256", "digest": base64(&sha256(payload)) },
                "signatures": [signature],
            } }),
            None => json!({ "hashedRekordV002": {
                "data": { "algorithm": "SHA2_256", "digest": base64(&sha256(self.text)) },
                "signature": signature,
            } }),
        };
        json!({ "apiVersion": "0.0.2", "kind": kind(payload), "spec": spec })
    }

    /// An entry of an envelope as version 1 once had it, without the text: the base64 of the signature is encoded once more.
    fn intoto(&self, payload: &[u8]) -> Value {
        let signature = json!({
            "publicKey": base64(self.verifier.as_bytes()),
            "sig": base64(base64(self.signature).as_bytes()),
        });
        let content = json!({
            "envelope": { "payloadType": "application/vnd.in-toto+json", "signatures": [signature] },
            "hash": { "algorithm": "sha256", "value": hex(&sha256(b"envelope")) },
            "payloadHash": { "algorithm": "sha256", "value": hex(&sha256(payload)) },
        });
        json!({ "apiVersion": "0.0.2", "kind": "intoto", "spec": { "content": content } })
    }
}

const fn kind(payload: Option<&[u8]>) -> &'static str {
    if payload.is_some() { "dsse" } else { "hashedrekord" }
}

/// The proof that a log of two entries has this one as its second (RFC 6962, section 2.1.1), and its signed state.
pub(super) fn proof(log: &PrivateKey, body: &[u8], origin: &str, signer: &str) -> Value {
    let leaf = |bytes: &[u8]| sha256(&[&[0][..], bytes].concat());
    let first = leaf(b"the first entry");
    let root = sha256(&[&[1][..], &first, &leaf(body)].concat());
    let text = format!("{origin}\n2\n{}\n", base64(&root));
    json!({
        "logIndex": "1",
        "treeSize": "2",
        "rootHash": base64(&root),
        "hashes": [base64(&first)],
        "checkpoint": { "envelope": note(log, &text, signer) },
    })
}

/// A text with the signature of a log below it (C2SP, "signed-note").
pub(super) fn note(log: &PrivateKey, text: &str, signer: &str) -> String {
    let signature = log.sign(text.as_bytes()).unwrap();
    let signature = base64(&[&log_id(&log.public())[..4], &signature].concat());
    format!("{text}\n\u{2014} {signer} {signature}\n")
}
