//! The sigstore bundle: a signature with all that is needed to check it, in one JSON document (protobuf-specs,
//! `sigstore_bundle.proto`, versions 0.1 to 0.3).

use serde::{Deserialize, Serialize};

use crate::dsse::Wire as WireEnvelope;
use crate::key::Hash;
use crate::statement::{MAX_STATEMENT, shown};
use crate::{Envelope, Reason, Result, TrustError, encoding, json};

/// Media type of a bundle, and type of the artifact that holds one.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// Largest bundle: base64 makes a statement a third larger.
pub const MAX_BUNDLE: usize = MAX_STATEMENT / 3 * 4 + (1 << 20);
/// Most entries of logs, timestamps and certificates of one bundle: checking each takes time.
const MAX_PARTS: usize = 32;

/// A bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    version: Version,
    /// With what it was signed.
    pub material: Material,
    /// What is signed.
    pub content: Content,
    pub(crate) entries: Vec<LogEntry>,
    pub(crate) timestamps: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    V1,
    V2,
    V3,
}

/// With what a bundle was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// A key that its owner keeps, and what names it.
    Key(String),
    /// A certificate in DER, and those that may lead to an authority.
    Certificates(Vec<Vec<u8>>),
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text within the bundle.
    Envelope(Envelope),
    /// A text elsewhere.
    Message {
        /// Its digest, where the bundle says it. It proves nothing.
        digest: Option<(Hash, Vec<u8>)>,
        /// The signature over it.
        signature: Vec<u8>,
    },
}

impl Content {
    /// The signature.
    pub(crate) fn signature(&self) -> &[u8] {
        match self {
            Self::Envelope(envelope) => &envelope.signature,
            Self::Message { signature, .. } => signature,
        }
    }
}

/// An entry of a log of signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogEntry {
    pub(crate) index: u64,
    pub(crate) log_id: Vec<u8>,
    pub(crate) kind: (String, String),
    /// Seconds since 1970.
    pub(crate) integrated: Option<i64>,
    pub(crate) promise: Option<Vec<u8>>,
    pub(crate) proof: Option<Proof>,
    pub(crate) body: Vec<u8>,
}

/// That an entry is in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) index: u64,
    pub(crate) size: u64,
    pub(crate) root: Vec<u8>,
    pub(crate) hashes: Vec<Vec<u8>>,
    pub(crate) checkpoint: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    media_type: String,
    verification_material: WireMaterial,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dsse_envelope: Option<WireEnvelope>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_signature: Option<WireMessage>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireMaterial {
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<WireHint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<WireBytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x509_certificate_chain: Option<WireChain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tlog_entries: Option<Vec<WireEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp_verification_data: Option<WireTimestamps>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct WireHint {
    #[serde(default)]
    hint: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBytes {
    raw_bytes: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct WireChain {
    certificates: Vec<WireBytes>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTimestamps {
    #[serde(default)]
    rfc3161_timestamps: Option<Vec<WireTimestamp>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTimestamp {
    signed_timestamp: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMessage {
    #[serde(default)]
    message_digest: Option<WireDigest>,
    signature: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct WireDigest {
    #[serde(default)]
    algorithm: String,
    #[serde(default)]
    digest: String,
}

impl WireDigest {
    /// The digest; `None` for an empty one, which cosign writes where the signature is of the whole text (Ed25519).
    fn read(&self) -> Result<Option<(Hash, Vec<u8>)>> {
        let hash = match self.algorithm.as_str() {
            "" if self.digest.is_empty() => return Ok(None),
            name => Hash::of_bundle(name).ok_or_else(|| {
                let text = format!("`{}` is no known hash of a bundle", shown(name));
                TrustError::new(Reason::Algorithm, text)
            })?,
        };
        Ok(Some((hash, encoding::json_base64(&self.digest, "the digest in the bundle")?)))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEntry {
    #[serde(default)]
    log_index: Number,
    log_id: WireId,
    kind_version: WireKind,
    #[serde(default)]
    integrated_time: Option<Number>,
    #[serde(default)]
    inclusion_promise: Option<WirePromise>,
    #[serde(default)]
    inclusion_proof: Option<WireProof>,
    canonicalized_body: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireId {
    key_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct WireKind {
    kind: String,
    version: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePromise {
    #[serde(default)]
    signed_entry_timestamp: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProof {
    #[serde(default)]
    log_index: Number,
    root_hash: String,
    tree_size: Number,
    #[serde(default)]
    hashes: Vec<String>,
    #[serde(default)]
    checkpoint: Option<WireCheckpoint>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct WireCheckpoint {
    #[serde(default)]
    envelope: String,
}

/// A number of 64 bits, which the JSON of protocol buffers writes as a text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Number {
    Text(String),
    Plain(i64),
}

impl Default for Number {
    fn default() -> Self {
        Self::Plain(0)
    }
}

impl Number {
    fn read(&self) -> Result<i64> {
        match self {
            Self::Plain(number) => Ok(*number),
            Self::Text(text) => text.parse().ok().filter(|_| !text.starts_with('+')).ok_or_else(|| {
                TrustError::malformed(format!("`{}` is no number of the bundle", shown(text)))
            }),
        }
    }

    fn unsigned(&self) -> Result<u64> {
        u64::try_from(self.read()?).map_err(|_| TrustError::malformed("a number of the bundle is negative"))
    }
}

impl Bundle {
    /// A statement that was signed with a key.
    pub fn of_key(hint: String, envelope: Envelope) -> Self {
        Self {
            version: Version::V3,
            material: Material::Key(hint),
            content: Content::Envelope(envelope),
            entries: Vec::new(),
            timestamps: Vec::new(),
        }
    }

    /// Reads a bundle.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let wire: Wire = json::read(bytes, json::Limit::flat(MAX_BUNDLE), "the bundle")?;
        let version = version(&wire.media_type)?;
        let material = wire.verification_material;
        let entries = bounded(material.tlog_entries.clone().unwrap_or_default(), "entries of logs")?;
        let stamps = material.timestamp_verification_data.clone();
        let stamps =
            bounded(stamps.and_then(|data| data.rfc3161_timestamps).unwrap_or_default(), "timestamps")?;
        let entries = entries.iter().map(|entry| entry.read(version)).collect::<Result<_>>()?;
        let timestamps = stamps
            .iter()
            .map(|stamp| encoding::json_base64(&stamp.signed_timestamp, "a timestamp"))
            .collect::<Result<_>>()?;
        let content = content(wire.dsse_envelope, wire.message_signature)?;
        Ok(Self { version, material: material.read(version)?, content, entries, timestamps })
    }

    /// The JSON of a bundle that was signed with a key; others are only read.
    pub fn to_bytes(&self) -> Vec<u8> {
        let hint = match &self.material {
            Material::Key(hint) => Some(WireHint { hint: hint.clone() }),
            Material::Certificates(_) => None,
        };
        let envelope = match &self.content {
            Content::Envelope(envelope) => Some(envelope.to_wire()),
            Content::Message { .. } => None,
        };
        let wire = Wire {
            media_type: BUNDLE.to_owned(),
            verification_material: WireMaterial { public_key: hint, ..WireMaterial::default() },
            dsse_envelope: envelope,
            message_signature: None,
        };
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    /// The envelope with a statement.
    pub fn envelope(&self) -> Result<&Envelope> {
        match &self.content {
            Content::Envelope(envelope) => Ok(envelope),
            Content::Message { .. } => {
                Err(TrustError::new(Reason::Payload, "the bundle has no envelope with a statement"))
            }
        }
    }
}

impl WireMaterial {
    fn read(self, version: Version) -> Result<Material> {
        let certificate =
            |bytes: &WireBytes| encoding::json_base64(&bytes.raw_bytes, "a certificate of the bundle");
        match (self.public_key, self.certificate, self.x509_certificate_chain) {
            (Some(key), None, None) => Ok(Material::Key(key.hint)),
            (None, Some(one), None) => Ok(Material::Certificates(vec![certificate(&one)?])),
            (None, None, Some(_)) if version == Version::V3 => {
                Err(TrustError::malformed("a bundle of version 0.3 has one certificate, not a chain"))
            }
            (None, None, Some(chain)) if !chain.certificates.is_empty() => {
                let chain = bounded(chain.certificates, "certificates")?;
                Ok(Material::Certificates(chain.iter().map(certificate).collect::<Result<_>>()?))
            }
            (None, None, _) => {
                Err(TrustError::new(Reason::Material, "the bundle names neither a key nor a certificate"))
            }
            _ => Err(TrustError::malformed("the bundle names a key and a certificate")),
        }
    }
}

impl WireEntry {
    fn read(&self, version: Version) -> Result<LogEntry> {
        let promise = self.inclusion_promise.as_ref().map(|promise| &promise.signed_entry_timestamp);
        let promise = promise.filter(|text| !text.is_empty());
        let proof = self.inclusion_proof.as_ref().map(WireProof::read).transpose()?;
        if proof.is_none() && version > Version::V1 {
            return Err(TrustError::new(Reason::Log, "the entry of the log has no proof that it is there"));
        }
        if promise.is_none() && version == Version::V1 {
            let text = "the entry of the log has no promise, which a bundle of version 0.1 has to have";
            return Err(TrustError::new(Reason::Log, text));
        }
        let integrated = self.integrated_time.as_ref().map(Number::read).transpose()?;
        Ok(LogEntry {
            index: self.log_index.unsigned()?,
            log_id: encoding::json_base64(&self.log_id.key_id, "the name of a log")?,
            kind: (self.kind_version.kind.clone(), self.kind_version.version.clone()),
            integrated: integrated.filter(|time| *time != 0),
            promise: promise.map(|text| encoding::json_base64(text, "the promise of a log")).transpose()?,
            proof,
            body: encoding::json_base64(&self.canonicalized_body, "the entry of a log")?,
        })
    }
}

impl WireProof {
    fn read(&self) -> Result<Proof> {
        let hash = |text: &String| encoding::json_base64(text, "a hash of a log");
        if self.hashes.len() > 64 {
            return Err(TrustError::malformed("the proof of a log is longer than any log is deep"));
        }
        Ok(Proof {
            index: self.log_index.unsigned()?,
            size: self.tree_size.unsigned()?,
            root: hash(&self.root_hash)?,
            hashes: self.hashes.iter().map(hash).collect::<Result<_>>()?,
            checkpoint: self.checkpoint.as_ref().map(|it| it.envelope.clone()).unwrap_or_default(),
        })
    }
}

fn content(envelope: Option<WireEnvelope>, message: Option<WireMessage>) -> Result<Content> {
    match (envelope, message) {
        (Some(envelope), None) => Ok(Content::Envelope(Envelope::from_wire(&envelope)?)),
        (None, Some(message)) => {
            let digest = message.message_digest.as_ref().map(WireDigest::read).transpose()?.flatten();
            Ok(Content::Message {
                digest,
                signature: encoding::json_base64(&message.signature, "the signature")?,
            })
        }
        (None, None) => Err(TrustError::new(Reason::Unsigned, "the bundle has no signature")),
        (Some(_), Some(_)) => Err(TrustError::malformed("the bundle has two kinds of signatures")),
    }
}

fn bounded<T>(items: Vec<T>, what: &str) -> Result<Vec<T>> {
    if items.len() <= MAX_PARTS {
        return Ok(items);
    }
    let text = format!("the bundle has {} {what}, and at most {MAX_PARTS} are read", items.len());
    Err(TrustError::new(Reason::TooLarge, text))
}

fn version(media_type: &str) -> Result<Version> {
    match media_type {
        BUNDLE | "application/vnd.dev.sigstore.bundle+json;version=0.3" => Ok(Version::V3),
        "application/vnd.dev.sigstore.bundle+json;version=0.2" => Ok(Version::V2),
        "application/vnd.dev.sigstore.bundle+json;version=0.1" => Ok(Version::V1),
        _ => {
            let text = format!("`{}` is no known version of a bundle", shown(media_type));
            Err(TrustError::new(Reason::UnknownVersion, text))
        }
    }
}
