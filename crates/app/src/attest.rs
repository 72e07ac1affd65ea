//! Attestations: in-toto statements about an image, kept beside it as manifests that have it as their subject, so that
//! they change nothing of the image and go where it goes.

use std::collections::BTreeMap;

use image::{Descriptor, Digest, Manifest, media_type};
use serde::Deserialize;
use serde_json::{Value, json};
use store::Store;

use crate::AppError;

/// Media type of an in-toto statement.
pub(crate) const IN_TOTO: &str = "application/vnd.in-toto+json";
/// Annotation that says what kind of statement a blob holds.
pub(crate) const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";
/// Media type of the configuration of what has none (OCI image-spec, "Guidance for an Empty Descriptor").
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Larger statements than this are not read.
pub(crate) const MAX_STATEMENT: u64 = lineage::MAX_BYTES + (1 << 20);
const MAX_MANIFEST: u64 = 4 << 20;

/// A statement about an image: what kind, and what it says.
pub(crate) struct Statement<'a> {
    pub(crate) subject: &'a Descriptor,
    pub(crate) predicate_type: &'a str,
    pub(crate) predicate: Value,
}

impl Statement<'_> {
    /// The statement as JSON (in-toto attestation framework, "Statement"). Its subject has no name: the same image may
    /// have several, and is the same under each.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "_", "digest": { "sha256": self.subject.digest.hex() } }],
            "predicateType": self.predicate_type,
            "predicate": self.predicate,
        })
        .to_string()
        .into_bytes()
    }
}

/// Keeps a statement beside the image that it is about; the descriptor of its manifest.
pub(crate) fn keep(store: &Store, statement: &Statement<'_>) -> Result<Descriptor, AppError> {
    let bytes = statement.bytes();
    store.put_blob(&bytes)?;
    store.put_blob(b"{}")?;
    let kind = BTreeMap::from([(PREDICATE_TYPE.to_owned(), statement.predicate_type.to_owned())]);
    let blob = Descriptor { annotations: kind.clone(), ..Descriptor::of(IN_TOTO, &bytes) };
    let subject = statement.subject;
    let manifest = Manifest {
        artifact_type: Some(IN_TOTO.to_owned()),
        subject: Some(Descriptor::new(&subject.media_type, subject.digest, subject.size)),
        annotations: kind.clone(),
        ..Manifest::new(Descriptor::of(EMPTY, b"{}"), vec![blob])
    };
    let bytes = serde_json::to_vec(&manifest).map_err(|error| AppError::environment(error.to_string()))?;
    store.put_blob(&bytes)?;
    let descriptor = Descriptor {
        artifact_type: Some(IN_TOTO.to_owned()),
        annotations: kind,
        ..Descriptor::of(media_type::MANIFEST, &bytes)
    };
    store.add_referrer(&subject.digest, &descriptor)?;
    Ok(descriptor)
}

/// Whether what was kept under this key is still beside the image.
pub(crate) fn recall(
    store: &Store,
    kind: &str,
    key: &Digest,
    subject: &Descriptor,
) -> Result<bool, AppError> {
    let Some(bytes) = store.cache_get(kind, key)? else { return Ok(false) };
    let kept = serde_json::from_slice::<Digest>(&bytes).ok();
    Ok(kept.is_some_and(|kept| store.referrers(&subject.digest).iter().any(|known| known.digest == kept)))
}

/// Remembers what was kept, so that it need not be made again.
pub(crate) fn record(store: &Store, kind: &str, key: &Digest, kept: &Descriptor) -> Result<(), AppError> {
    let bytes = serde_json::to_vec(&kept.digest).map_err(|error| AppError::environment(error.to_string()))?;
    Ok(store.cache_put(kind, key, &bytes)?)
}

/// Forgets what of a kind is beside an image: another build made the same image in another way.
pub(crate) fn forget(store: &Store, subject: &Digest, predicate_type: &str) -> Result<(), AppError> {
    for known in store.referrers(subject) {
        if known.annotations.get(PREDICATE_TYPE).is_some_and(|kind| kind == predicate_type) {
            store.remove_referrer(subject, &known.digest)?;
        }
    }
    Ok(())
}

/// The predicate of a kind that is beside an image, as JSON text. What is malformed, or about another image, is passed
/// over.
pub(crate) fn predicate(store: &Store, subject: &Digest, predicate_type: &str) -> Option<Vec<u8>> {
    let of_kind = |descriptor: &Descriptor| {
        descriptor.annotations.get(PREDICATE_TYPE).is_some_and(|kind| kind == predicate_type)
    };
    store.referrers(subject).iter().filter(|descriptor| of_kind(descriptor)).find_map(|descriptor| {
        let manifest = store.read_blob(descriptor, MAX_MANIFEST).ok()?;
        let manifest: Manifest = serde_json::from_slice(&manifest).ok()?;
        let blob = manifest.layers.iter().find(|layer| layer.media_type == IN_TOTO)?;
        read(&store.read_blob(blob, MAX_STATEMENT).ok()?, subject, predicate_type)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    predicate_type: String,
    predicate: Value,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    digest: BTreeMap<String, String>,
}

/// The predicate of a statement, when it is of the kind and about the subject.
fn read(bytes: &[u8], subject: &Digest, predicate_type: &str) -> Option<Vec<u8>> {
    let read: Read = serde_json::from_slice(bytes).ok()?;
    let about = |one: &Subject| one.digest.get("sha256").is_some_and(|hex| *hex == subject.hex());
    let fits = read.kind.starts_with("https://in-toto.io/Statement/")
        && read.predicate_type == predicate_type
        && read.subject.iter().any(about);
    fits.then(|| read.predicate.to_string().into_bytes())
}
