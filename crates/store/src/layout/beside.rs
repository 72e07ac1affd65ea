//! What is said beside an image in an OCI layout. What is signed has an entry of its own in `index.json`, as the tools of
//! others read it: bundles with their type (oras, notation), signatures of the older form under their tag and with the
//! `kind` that cosign looks for. Unsigned statements, which each build makes, are named by an annotation of the image instead:
//! a layout of one image stays one for tools that want to be told which of several is meant.

use std::collections::BTreeSet;

use image::{Descriptor, Digest, Index, Manifest, media_type, signature_tag};

use super::source::Source;
use super::{blob_name, reachable, read::bring};
use crate::Store;
use crate::images::REF_NAME;

/// Annotation of an image with the digest of an index of the unsigned statements about it.
pub(super) const REFERRERS: &str = "cooper.referrers";
/// Annotation by which cosign tells images and signatures apart, with its two values.
const KIND: &str = "kind";
const KIND_IMAGE: &str = "dev.cosignproject.cosign/image";
const KIND_SIGNATURES: &str = "dev.cosignproject.cosign/sigs";
/// Artifact types of unsigned statements.
const STATEMENTS: [&str; 2] =
    ["application/vnd.in-toto+json", "application/vnd.docker.attestation.manifest.v1+json"];
/// Most entries of a layout that are looked into for what they are about.
const MAX_ENTRIES: usize = 256;

/// What is said beside an image, and the images of an index.
#[derive(Default)]
pub(super) struct Beside {
    /// Unsigned statements.
    pub(super) statements: Vec<Descriptor>,
    /// Entries of all else.
    pub(super) entries: Vec<Descriptor>,
}

impl Beside {
    pub(super) fn of(store: &Store, image: &Descriptor) -> Self {
        let mut out = Self::default();
        for subject in subjects(store, image) {
            // What is not here as a whole is left out.
            let whole = |referrer: &Descriptor| reachable(store, referrer).is_ok();
            for referrer in store.referrers(&subject).into_iter().filter(whole) {
                match referrer.artifact_type.as_deref() {
                    Some(kind) if STATEMENTS.contains(&kind) => out.statements.push(referrer),
                    _ => out.entries.push(entry(&subject, &referrer)),
                }
            }
        }
        out
    }
}

fn subjects(store: &Store, image: &Descriptor) -> Vec<Digest> {
    let mut out = vec![image.digest];
    if media_type::is_index(&image.media_type)
        && let Ok(index) = store.document::<Index>(image, "index")
    {
        out.extend(index.manifests.iter().map(|entry| entry.digest));
    }
    out
}

/// The entry of a layout for what is said beside `subject`.
pub fn entry(subject: &Digest, referrer: &Descriptor) -> Descriptor {
    let mut entry = referrer.clone();
    if entry.artifact_type.is_none() {
        entry.annotations.insert(REF_NAME.to_owned(), signature_tag(subject));
        entry.annotations.insert(KIND.to_owned(), KIND_SIGNATURES.to_owned());
    }
    entry
}

/// Says in the entry of an image that it is the one that signatures beside it are about.
pub fn mark(image: &mut Descriptor) {
    image.annotations.insert(KIND.to_owned(), KIND_IMAGE.to_owned());
}

/// Whether an entry of a layout is an image and not what is said beside one.
pub fn is_image(entry: &Descriptor) -> bool {
    entry.artifact_type.is_none() && !is_signatures(entry)
}

fn is_signatures(entry: &Descriptor) -> bool {
    let kind = entry.annotations.get(KIND);
    kind.is_some_and(|kind| kind != KIND_IMAGE && kind.starts_with("dev.cosignproject."))
        || tagged_digest(entry).is_some()
}

/// The digest in a tag of signatures of the older form.
fn tagged_digest(entry: &Descriptor) -> Option<&str> {
    entry.annotations.get(REF_NAME)?.strip_prefix("sha256-")?.strip_suffix(".sig")
}

/// What an entry of a layout is about, by its manifest and, for signatures of the older form, by their tag or by the one image
/// beside them.
pub fn subject(index: &Index, entry: &Descriptor, manifest: &[u8]) -> Option<Digest> {
    let manifest = serde_json::from_slice::<Manifest>(manifest).ok()?;
    if let Some(subject) = manifest.subject {
        return Some(subject.digest);
    }
    if !is_signatures(entry) {
        return None;
    }
    if let Some(hex) = tagged_digest(entry) {
        return format!("sha256:{hex}").parse().ok();
    }
    let mut images = index.manifests.iter().filter(|one| is_image(one));
    images.next().filter(|_| images.next().is_none()).map(|image| image.digest)
}

/// The entries of a layout that may be said beside an image.
pub fn candidates(index: &Index) -> impl Iterator<Item = &Descriptor> {
    let may_be = |entry: &&Descriptor| media_type::is_manifest(&entry.media_type) && entry.platform.is_none();
    index.manifests.iter().filter(may_be).take(MAX_ENTRIES)
}

/// Brings what is said beside an image. An image is as good without: what is malformed is left out.
pub(super) fn bring_beside(store: &Store, source: &Source, index: &Index, image: &Descriptor) {
    let subjects = subjects(store, image);
    let mut seen = BTreeSet::new();
    let statements = statements(source, image);
    let listed = statements.iter().flat_map(|index| candidates(index).map(move |one| (index, one)));
    for (index, one) in listed.chain(candidates(index).map(|one| (index, one))) {
        let Ok(Some(bytes)) = source.document(&blob_name(one)) else { continue };
        let Some(about) = subject(index, one, &bytes).filter(|about| subjects.contains(about)) else {
            continue;
        };
        if one.digest != image.digest && bring(store, source, one, &mut seen).is_ok() {
            // Without the record it is a blob that the next collection removes.
            let _ = store.add_referrer(&about, &plain(one));
        }
    }
}

/// The unsigned statements that an image names.
fn statements(source: &Source, image: &Descriptor) -> Option<Index> {
    let digest = image.annotations.get(REFERRERS)?.parse::<Digest>().ok()?;
    let bytes = source.document(&format!("blobs/sha256/{}", digest.hex())).ok()??;
    serde_json::from_slice(&bytes).ok()
}

/// A descriptor without what a layout alone says of it.
fn plain(entry: &Descriptor) -> Descriptor {
    let mut plain = entry.clone();
    plain.annotations.retain(|key, _| key != REF_NAME && key != KIND);
    plain
}
