//! What keyless signatures are measured by: the trusted root, a file that names certificate authorities, logs and timestamp
//! authorities (protobuf-specs, `sigstore_trustroot.proto`).

use serde::Deserialize;

use crate::certificate::Certificate;
use crate::key::PublicKey;
use crate::statement::shown;
use crate::time::{self, Window};
use crate::{Reason, Result, TrustError, encoding, json};

/// Largest root.
const MAX: usize = 4 << 20;

/// A trusted root.
#[derive(Debug, Clone)]
pub struct TrustedRoot {
    pub(crate) authorities: Vec<Authority>,
    pub(crate) timestamp_authorities: Vec<Authority>,
    pub(crate) logs: Vec<Log>,
    /// It names logs, of which some may be of unknown kinds: a signature has to be in one that is known.
    pub(crate) names_logs: bool,
    pub(crate) certificate_logs: Vec<Log>,
    /// The same for logs of certificates.
    pub(crate) names_certificate_logs: bool,
}

/// An authority with the certificates that lead to its root, which is the last.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    pub(crate) chain: Vec<Certificate>,
    pub(crate) window: Window,
}

/// A log with its key.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) id: Vec<u8>,
    /// What names its key in its states, where that is another name.
    pub(crate) state_id: Option<Vec<u8>>,
    pub(crate) key: PublicKey,
    pub(crate) window: Window,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    media_type: String,
    #[serde(default)]
    tlogs: Vec<WireLog>,
    #[serde(default)]
    certificate_authorities: Vec<WireAuthority>,
    #[serde(default)]
    ctlogs: Vec<WireLog>,
    #[serde(default)]
    timestamp_authorities: Vec<WireAuthority>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireLog {
    public_key: WireKey,
    log_id: WireId,
    #[serde(default)]
    checkpoint_key_id: Option<WireId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireKey {
    raw_bytes: String,
    #[serde(default)]
    key_details: String,
    #[serde(default)]
    valid_for: Option<WireWindow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireId {
    key_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAuthority {
    cert_chain: WireChain,
    #[serde(default)]
    valid_for: Option<WireWindow>,
}

#[derive(Deserialize)]
struct WireChain {
    certificates: Vec<WireCertificate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCertificate {
    raw_bytes: String,
}

#[derive(Deserialize)]
struct WireWindow {
    #[serde(default)]
    start: Option<String>,
    #[serde(default)]
    end: Option<String>,
}

impl Log {
    /// Whether an entry is of this log; entries have either of its names.
    pub(crate) fn is(&self, id: &[u8]) -> bool {
        self.id == id || self.state_id.as_deref() == Some(id)
    }

    /// Whether a signature of a state may be of its key, by the bytes that name it there.
    pub(crate) fn has_hint(&self, hint: &[u8]) -> bool {
        self.state_id.as_ref().unwrap_or(&self.id).starts_with(hint)
    }
}

impl TrustedRoot {
    /// Reads the JSON document.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let wire: Wire = json::read(bytes, json::Limit::flat(MAX), "the trusted root")?;
        let known = [
            "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "application/vnd.dev.sigstore.trustedroot.v0.1+json",
            "application/vnd.dev.sigstore.trustedroot.v0.2+json",
        ];
        if !known.contains(&wire.media_type.as_str()) {
            let text = format!("`{}` is no known version of a trusted root", shown(&wire.media_type));
            return Err(TrustError::new(Reason::UnknownVersion, text));
        }
        let logs =
            |wires: &[WireLog]| wires.iter().filter_map(|wire| log(wire).transpose()).collect::<Result<_>>();
        let authorities = |wires: &[WireAuthority]| {
            wires.iter().filter_map(|wire| authority(wire).transpose()).collect::<Result<_>>()
        };
        Ok(Self {
            authorities: authorities(&wire.certificate_authorities)?,
            timestamp_authorities: authorities(&wire.timestamp_authorities)?,
            logs: logs(&wire.tlogs)?,
            names_logs: !wire.tlogs.is_empty(),
            certificate_logs: logs(&wire.ctlogs)?,
            names_certificate_logs: !wire.ctlogs.is_empty(),
        })
    }
}

/// A log; `None` for one whose key is of a kind that is not known, so that nothing of it counts.
fn log(wire: &WireLog) -> Result<Option<Log>> {
    let bytes = encoding::json_base64(&wire.public_key.raw_bytes, "a key of the trusted root")?;
    if wire.public_key.key_details.starts_with("PKCS1_") {
        return Ok(None);
    }
    let read = |id: &WireId| encoding::json_base64(&id.key_id, "the name of a log in the trusted root");
    let id = read(&wire.log_id)?;
    let state_id = wire.checkpoint_key_id.as_ref().map(read).transpose()?.filter(|id| !id.is_empty());
    let window = window(wire.public_key.valid_for.as_ref())?;
    match PublicKey::from_spki(&bytes) {
        Ok(key) => Ok(Some(Log { id, state_id, key, window })),
        Err(error) if error.reason() == Reason::Algorithm => Ok(None),
        Err(error) => Err(error),
    }
}

/// An authority; `None` for one without certificates, which vouches for nothing.
fn authority(wire: &WireAuthority) -> Result<Option<Authority>> {
    let read = |one: &WireCertificate| {
        Certificate::read(&encoding::json_base64(&one.raw_bytes, "a certificate of the trusted root")?)
    };
    let chain = wire.cert_chain.certificates.iter().map(read).collect::<Result<Vec<_>>>()?;
    let window = span(wire.valid_for.as_ref())?;
    Ok((!chain.is_empty()).then_some(Authority { chain, window }))
}

/// When the key of a log is good; it has to say from when.
fn window(wire: Option<&WireWindow>) -> Result<Window> {
    if wire.is_none_or(|wire| wire.start.is_none()) {
        return Err(TrustError::malformed("a log of the trusted root does not say from when it is good"));
    }
    span(wire)
}

/// When an authority is good. Without a bound that of its certificates is left.
fn span(wire: Option<&WireWindow>) -> Result<Window> {
    let time = |text: Option<&String>| text.map(|text| time::from_rfc3339(text)).transpose();
    let start = time(wire.and_then(|wire| wire.start.as_ref()))?;
    let end = time(wire.and_then(|wire| wire.end.as_ref()))?;
    Ok(Window { start: start.unwrap_or(i64::MIN), end })
}
