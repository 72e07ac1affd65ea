//! Attestations: in-toto statements about an image, kept beside it as manifests that have it as their subject, so that
//! they change nothing of the image and go where it goes.

use std::collections::BTreeMap;

use image::{Descriptor, Digest, Index, Manifest, Platform, media_type};
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
/// Type of a manifest of statements, as `BuildKit` keeps them.
const ATTESTATION_MANIFEST: &str = "application/vnd.docker.attestation.manifest.v1+json";
/// Annotations by which an index says that an entry is a manifest of statements, and about which image.
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
pub(crate) const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";
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
    let kind = BTreeMap::from([(PREDICATE_TYPE.to_owned(), statement.predicate_type.to_owned())]);
    let blob = Descriptor { annotations: kind.clone(), ..put(store, statement)? };
    keep_manifest(store, statement.subject, IN_TOTO, kind, vec![blob])
}

/// Keeps a statement beside its image together with those that are there already, in the form in which `BuildKit` puts
/// them into an index; the entry for it.
pub(crate) fn keep_for_index(store: &Store, statement: &Statement<'_>) -> Result<Descriptor, AppError> {
    let subject = statement.subject;
    let mut blobs: Vec<Descriptor> = Vec::new();
    for known in
        store.referrers(&subject.digest).iter().filter(|one| one.artifact_type.as_deref() == Some(IN_TOTO))
    {
        blobs.extend(manifest(store, known).into_iter().flat_map(|manifest| manifest.layers));
    }
    let kind = BTreeMap::from([(PREDICATE_TYPE.to_owned(), statement.predicate_type.to_owned())]);
    blobs.push(Descriptor { annotations: kind, ..put(store, statement)? });
    let kept = keep_manifest(store, subject, ATTESTATION_MANIFEST, BTreeMap::new(), blobs)?;
    let about =
        [(REFERENCE_DIGEST, subject.digest.to_string()), (REFERENCE_TYPE, "attestation-manifest".to_owned())];
    Ok(Descriptor {
        artifact_type: None,
        annotations: about.map(|(key, value)| (key.to_owned(), value)).into(),
        platform: Some(Platform::new("unknown", "unknown", None)),
        ..kept
    })
}

/// The entries of an index that are statements about one of its images.
pub(crate) fn entries_about<'a>(index: &'a Index, image: &Digest) -> impl Iterator<Item = &'a Descriptor> {
    let image = image.to_string();
    index.manifests.iter().filter(move |entry| {
        entry.annotations.get(REFERENCE_TYPE).is_some_and(|kind| kind == "attestation-manifest")
            && entry.annotations.get(REFERENCE_DIGEST) == Some(&image)
    })
}

fn put(store: &Store, statement: &Statement<'_>) -> Result<Descriptor, AppError> {
    let bytes = statement.bytes();
    store.put_blob(&bytes)?;
    Ok(Descriptor::of(IN_TOTO, &bytes))
}

fn keep_manifest(
    store: &Store,
    subject: &Descriptor,
    kind: &str,
    annotations: BTreeMap<String, String>,
    blobs: Vec<Descriptor>,
) -> Result<Descriptor, AppError> {
    store.put_blob(b"{}")?;
    let manifest = Manifest {
        artifact_type: Some(kind.to_owned()),
        subject: Some(Descriptor::new(&subject.media_type, subject.digest, subject.size)),
        annotations: annotations.clone(),
        ..Manifest::new(Descriptor::of(EMPTY, b"{}"), blobs)
    };
    let bytes = serde_json::to_vec(&manifest).map_err(|error| AppError::environment(error.to_string()))?;
    store.put_blob(&bytes)?;
    let descriptor = Descriptor {
        artifact_type: Some(kind.to_owned()),
        annotations,
        ..Descriptor::of(media_type::MANIFEST, &bytes)
    };
    store.add_referrer(&subject.digest, &descriptor)?;
    Ok(descriptor)
}

fn manifest(store: &Store, descriptor: &Descriptor) -> Option<Manifest> {
    serde_json::from_slice(&store.read_blob(descriptor, MAX_MANIFEST).ok()?).ok()
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
    let of_kind = |blob: &Descriptor| {
        let kind = blob.annotations.get(PREDICATE_TYPE);
        blob.media_type == IN_TOTO && kind.is_none_or(|kind| kind == predicate_type)
    };
    let referrers = store.referrers(subject);
    let mut blobs =
        referrers.iter().filter_map(|one| manifest(store, one)).flat_map(|manifest| manifest.layers);
    blobs.find_map(|blob| {
        let bytes = of_kind(&blob).then(|| store.read_blob(&blob, MAX_STATEMENT).ok())??;
        read(&bytes, subject, predicate_type)
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
