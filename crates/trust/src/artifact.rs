//! Signatures as OCI artifacts: the manifest that refers to the image, and the one that stands under a tag made of its digest.

use std::collections::BTreeMap;

use image::{Descriptor, Manifest, media_type};
use serde_json::json;

use crate::bundle::BUNDLE;
use crate::simple::{SIGNATURE_ANNOTATION, SIMPLE_SIGNING};
use crate::{Bundle, SimpleSignature};

/// Media type of an empty configuration (OCI image-spec, "Guidance for an Empty Descriptor").
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Annotation with the time at which something was made.
const CREATED: &str = "org.opencontainers.image.created";
/// Annotation of an artifact with the kind of statement in its bundle.
pub const PREDICATE_ANNOTATION: &str = "dev.sigstore.bundle.predicateType";

/// A manifest with all that it names.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The manifest; its descriptor has the type and the annotations by which lists name it.
    pub descriptor: Descriptor,
    /// Its bytes.
    pub manifest: Vec<u8>,
    /// The blobs that it names.
    pub blobs: Vec<(Descriptor, Vec<u8>)>,
}

/// A bundle as a manifest that refers to `subject`.
pub fn bundle_artifact(
    subject: &Descriptor,
    bundle: &Bundle,
    predicate_type: &str,
    created: &str,
) -> Artifact {
    let bytes = bundle.to_bytes();
    let layer = Descriptor::of(BUNDLE, &bytes);
    let config = Descriptor::of(EMPTY, b"{}");
    let annotations = BTreeMap::from([
        ("dev.sigstore.bundle.content".to_owned(), "dsse-envelope".to_owned()),
        (PREDICATE_ANNOTATION.to_owned(), predicate_type.to_owned()),
        (CREATED.to_owned(), created.to_owned()),
    ]);
    let manifest = Manifest {
        artifact_type: Some(BUNDLE.to_owned()),
        subject: Some(Descriptor::new(&subject.media_type, subject.digest, subject.size)),
        annotations: annotations.clone(),
        ..Manifest::new(config.clone(), vec![layer.clone()])
    };
    let manifest = serde_json::to_vec(&manifest).unwrap_or_default();
    let descriptor = Descriptor {
        artifact_type: Some(BUNDLE.to_owned()),
        annotations,
        ..Descriptor::of(media_type::MANIFEST, &manifest)
    };
    Artifact { descriptor, manifest, blobs: vec![(config, b"{}".to_vec()), (layer, bytes)] }
}

/// A simple signature as the layer of an image, beside those that are there already.
pub fn simple_artifact(known: Vec<Descriptor>, signature: &SimpleSignature) -> Artifact {
    let annotations = BTreeMap::from([(SIGNATURE_ANNOTATION.to_owned(), signature.annotation())]);
    let layer = Descriptor { annotations, ..Descriptor::of(SIMPLE_SIGNING, &signature.payload) };
    let mut layers = known;
    if !layers.contains(&layer) {
        layers.push(layer.clone());
    }
    // Readers of this form expect the configuration of an image.
    let diff_ids: Vec<String> = layers.iter().map(|layer| layer.digest.to_string()).collect();
    let config = json!({
        "architecture": "",
        "config": {},
        "history": layers.iter().map(|_| json!({ "created": "0001-01-01T00:00:00Z" })).collect::<Vec<_>>(),
        "os": "",
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    })
    .to_string()
    .into_bytes();
    let config_descriptor = Descriptor::of(media_type::CONFIG, &config);
    let manifest = Manifest::new(config_descriptor.clone(), layers);
    let manifest = serde_json::to_vec(&manifest).unwrap_or_default();
    Artifact {
        descriptor: Descriptor::of(media_type::MANIFEST, &manifest),
        manifest,
        blobs: vec![(config_descriptor, config), (layer, signature.payload.clone())],
    }
}
