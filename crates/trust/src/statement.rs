//! What is signed of an image: an in-toto statement, which says something (the predicate) of a subject (the digest).

use std::collections::BTreeMap;

use image::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::judge::Artifact;
use crate::key::Hash;
use crate::{Envelope, Reason, Result, TrustError, encoding, json};

/// Media type of a statement.
pub const STATEMENT: &str = "application/vnd.in-toto+json";
/// The kind of statement that a plain signature is.
pub const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";
/// Largest statement. SBOMs of large images have some tens of megabytes.
pub const MAX_STATEMENT: usize = 128 << 20;

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    /// What kind of thing is said.
    pub predicate_type: String,
    /// What is said.
    #[serde(default)]
    pub predicate: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Subject {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(default)]
    digest: BTreeMap<String, String>,
}

impl Statement {
    /// A statement about an image. `name` is for people: nothing rests on it.
    pub fn new(subject: &Digest, name: &str, predicate_type: &str, predicate: Value) -> Self {
        let digest = BTreeMap::from([("sha256".to_owned(), subject.hex())]);
        Self {
            kind: "https://in-toto.io/Statement/v1".to_owned(),
            subject: vec![Subject { name: name.to_owned(), digest }],
            predicate_type: predicate_type.to_owned(),
            predicate,
        }
    }

    /// Its JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The statement in an envelope. This says nothing of its signature.
    pub fn from_envelope(envelope: &Envelope) -> Result<Self> {
        if envelope.payload_type != STATEMENT {
            let text = format!(
                "what is signed is a `{}` and not an in-toto statement",
                shown(&envelope.payload_type)
            );
            return Err(TrustError::new(Reason::Payload, text));
        }
        let found: Self = json::read(&envelope.payload, json::Limit::deep(MAX_STATEMENT), "the statement")?;
        if matches!(
            found.kind.as_str(),
            "https://in-toto.io/Statement/v1" | "https://in-toto.io/Statement/v0.1"
        ) {
            return Ok(found);
        }
        Err(TrustError::new(
            Reason::Payload,
            format!("an unknown type of statement: `{}`", shown(&found.kind)),
        ))
    }

    /// Whether it is about this image.
    pub fn check_subject(&self, image: &Digest) -> Result<()> {
        self.check_artifact(&Artifact::Digest(Hash::Sha256, image.as_bytes()))
    }

    /// Whether it is about this file. Each hash counts of which the digest is known: npm names SHA-512 alone.
    pub fn check_artifact(&self, artifact: &Artifact<'_>) -> Result<()> {
        let names =
            |hash: Hash| self.subject.iter().filter_map(move |subject| subject.digest.get(hash.name()));
        let mut wanted = None;
        for hash in Hash::ALL {
            let Ok(digest) = artifact.digest(hash) else { continue };
            let hex = encoding::to_hex(&digest);
            if names(hash).any(|found| *found == hex) {
                return Ok(());
            }
            wanted.get_or_insert((hash, hex));
        }
        let shown =
            |hash: Hash| names(hash).map(move |hex| format!("`{}:{}`", hash.name(), shown_up_to(128, hex)));
        let others: Vec<String> = Hash::ALL.into_iter().flat_map(shown).take(3).collect();
        let about =
            if others.is_empty() { "nothing that has a digest".to_owned() } else { others.join(", ") };
        let wanted = wanted.map(|(hash, hex)| format!("`{}:{hex}`", hash.name())).unwrap_or_default();
        Err(TrustError::new(Reason::Subject, format!("it is about {about}, not about {wanted}")))
    }

    /// Whether it says this kind of thing.
    pub fn check_kind(&self, predicate_type: &str) -> Result<()> {
        if self.predicate_type == predicate_type {
            return Ok(());
        }
        let text =
            format!("it is a `{}`, and a `{predicate_type}` is asked for", shown(&self.predicate_type));
        Err(TrustError::new(Reason::Predicate, text))
    }
}

/// A text from outside as it may stand in a message.
pub(crate) fn shown(text: &str) -> String {
    shown_up_to(120, text)
}

/// The same of a text that people have to compare, such as a name.
pub(crate) fn shown_up_to(limit: usize, text: &str) -> String {
    text.chars().take(limit).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Names of kinds of statements, as people and cosign write them.
const KINDS: &[(&str, &str)] = &[
    ("cyclonedx", "https://cyclonedx.org/bom"),
    ("link", "https://in-toto.io/Link/v1"),
    ("openvex", "https://openvex.dev/ns"),
    ("signature", SIGNATURE),
    ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
    ("spdx", "https://spdx.dev/Document"),
    ("spdxjson", "https://spdx.dev/Document"),
    ("svr", "https://in-toto.io/attestation/svr/v0.2"),
    ("test-result", "https://in-toto.io/attestation/test-result/v0.1"),
    ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
];

/// The address of a kind of statement by its short name; an address stands for itself.
pub fn predicate_type(name: &str) -> Result<String> {
    if name.contains("://") {
        return Ok(name.to_owned());
    }
    let found = KINDS.iter().find(|(short, _)| *short == name);
    found.map(|(_, address)| (*address).to_owned()).ok_or_else(|| {
        let names: Vec<String> = KINDS.iter().map(|(short, _)| format!("`{short}`")).collect();
        let text = format!(
            "`{}` is no kind of statement; known are {} and any address",
            shown(name),
            names.join(", ")
        );
        TrustError::new(Reason::Predicate, text)
    })
}
