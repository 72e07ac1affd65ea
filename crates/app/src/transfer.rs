//! Images between the store and registries.

use std::collections::BTreeMap;
use std::io::{self, Write};

use image::{Descriptor, Digest, Index, Manifest, Platform, Reference, media_type};
use registry::{BlobSink, Client, CopyOptions, FileSource, NoProgress, Progress, WithCancel, parallel};
use store::Store;

use crate::bases::fetch_manifests;
use crate::{AppError, World, attest};

/// Blobs that are moved at once.
const JOBS: usize = 4;

/// Writes what a registry sends into a blob of the store.
struct StoreSink {
    writer: Option<store::BlobWriter>,
    store: Store,
    len: u64,
}

impl BlobSink for StoreSink {
    fn len(&self) -> u64 {
        self.len
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.writer.is_none() {
            self.writer = Some(self.store.blob_writer().map_err(io::Error::other)?);
        }
        if let Some(writer) = &mut self.writer {
            writer.write_all(bytes)?;
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn reset(&mut self) -> io::Result<()> {
        self.writer = None;
        self.len = 0;
        Ok(())
    }
}

/// Brings one blob into the store, verified.
pub(crate) fn pull_blob(
    client: &Client,
    store: &Store,
    reference: &Reference,
    blob: &Descriptor,
    progress: &dyn Progress,
) -> Result<(), AppError> {
    if store.has_blob(&blob.digest) {
        return Ok(());
    }
    let mut sink = StoreSink { writer: None, store: store.clone(), len: 0 };
    client.pull_blob(reference, blob, &mut sink, progress)?;
    let writer = match sink.writer {
        Some(writer) => writer,
        None => store.blob_writer()?,
    };
    writer.commit(Some((blob.digest, Some(blob.size))))?;
    Ok(())
}

/// Pulls an image with its layers and unpacks them, so that a build or a run starts at once; the descriptor of
/// what the reference names.
pub fn pull(
    world: &World,
    reference: &Reference,
    platform: &Platform,
    progress: &dyn Progress,
) -> Result<Descriptor, AppError> {
    let store = world.store()?;
    let top = fetch_manifests(world, &store, reference, platform)?;
    if reference.tag_or_latest().is_some() {
        store.set_image(reference, &top)?;
    }
    let (chosen, manifest) = store.manifest(&top, platform)?;
    let client = world.client()?;
    let config = store.config(&manifest)?;
    let layers: Vec<_> = config.rootfs.diff_ids.iter().zip(&manifest.layers).collect();
    parallel(&layers, JOBS, |(diff_id, layer), cancel| {
        let progress = WithCancel { progress, cancel };
        pull_blob(client, &store, reference, layer, &progress)?;
        store.unpack(layer, diff_id).map(drop).map_err(AppError::from)
    })?;
    pull_referrers(client, &store, reference, &chosen);
    if top.digest != chosen.digest {
        pull_referrers(client, &store, reference, &top);
        pull_attestations(client, &store, reference, &top, &chosen);
    }
    Ok(top)
}

/// Pushes an image of the store to `target`: blobs, then manifests.
pub fn push(
    world: &World,
    source: &Reference,
    target: &Reference,
    progress: &dyn Progress,
) -> Result<Descriptor, AppError> {
    let store = world.store()?;
    let top = store.image(source)?.ok_or_else(|| not_here(source))?;
    let origins = Origins { known: BTreeMap::new(), other: Some(source.clone()) };
    push_descriptor(world, &Cargo { store: &store, origins: &origins, progress }, &top, target)?;
    Ok(top)
}

/// Where the blobs of an image came from, so that a registry that has one need not get it again.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// The image that a blob is part of.
    pub(crate) known: BTreeMap<Digest, Reference>,
    /// The same for all others.
    pub(crate) other: Option<Reference>,
}

impl Origins {
    fn of(&self, digest: &Digest) -> Option<&Reference> {
        self.known.get(digest).or(self.other.as_ref())
    }
}

/// What is pushed from.
pub(crate) struct Cargo<'a> {
    pub(crate) store: &'a Store,
    pub(crate) origins: &'a Origins,
    pub(crate) progress: &'a dyn Progress,
}

/// The error of an image that the store does not have.
pub(crate) fn not_here(reference: &Reference) -> AppError {
    AppError::usage(format!("there is no image `{}` in the store", reference.familiar()))
        .help("`cooper images` lists what is there; `cooper pull` fetches one")
}

/// Pushes what a descriptor of the store names.
pub(crate) fn push_descriptor(
    world: &World,
    cargo: &Cargo<'_>,
    top: &Descriptor,
    target: &Reference,
) -> Result<(), AppError> {
    let (client, store) = (world.client()?, cargo.store);
    let bytes = store.read_blob(top, MAX_MANIFEST)?;
    if media_type::is_index(&top.media_type) {
        let index: Index =
            serde_json::from_slice(&bytes).map_err(|error| AppError::environment(error.to_string()))?;
        // Only the images that are here can be pushed, and an index must be whole.
        if let Some(gone) = index.manifests.iter().find(|entry| !store.has_blob(&entry.digest)) {
            let platform = gone.platform.as_ref().map(ToString::to_string).unwrap_or_default();
            return Err(AppError::usage(format!(
                "the store has only a part of this index: `{platform}` is missing"
            ))
            .help("copy it from registry to registry with `cooper copy`"));
        }
        for entry in &index.manifests {
            let by_digest = target.by_digest(entry.digest);
            push_descriptor(world, cargo, entry, &by_digest)?;
        }
    } else {
        push_blobs(client, cargo, &bytes, target)?;
    }
    client.put_manifest(target, &top.media_type, &bytes)?;
    for referrer in store.referrers(&top.digest) {
        push_referrer(client, cargo, &top.digest, &referrer, target).map_err(|error| {
            let message = format!("the image is pushed, but not what is beside it: {}", error.message);
            AppError { message, ..error }
        })?;
    }
    Ok(())
}

/// Pushes a statement about an image that is there; a registry that keeps no lists of them gets a tag for the list.
/// Signatures of the older form have no subject: a tag made of the image's digest leads to them.
fn push_referrer(
    client: &Client,
    cargo: &Cargo<'_>,
    subject: &Digest,
    referrer: &Descriptor,
    target: &Reference,
) -> Result<(), AppError> {
    let bytes = cargo.store.read_blob(referrer, MAX_MANIFEST)?;
    let simple = serde_json::from_slice(&bytes).is_ok_and(|manifest| is_simple_signature(&manifest));
    let target = if simple {
        target.with_tag(&image::signature_tag(subject))
    } else {
        target.by_digest(referrer.digest)
    };
    push_blobs(client, &Cargo { origins: &Origins::default(), ..*cargo }, &bytes, &target)?;
    client.put_manifest(&target, &referrer.media_type, &bytes)?;
    Ok(())
}

/// Whether a manifest holds signatures of the older form.
pub(crate) fn is_simple_signature(manifest: &Manifest) -> bool {
    let mut layers = manifest.layers.iter().peekable();
    manifest.subject.is_none()
        && layers.peek().is_some()
        && layers.all(|layer| layer.media_type == ::trust::SIMPLE_SIGNING)
}

/// Whether something that is signed is beside an image of the store; who signed it is left to verification.
pub(crate) fn has_signature(store: &Store, subject: &Digest) -> bool {
    let simple = |referrer: &Descriptor| {
        let bytes = store.read_blob(referrer, MAX_MANIFEST).unwrap_or_default();
        serde_json::from_slice(&bytes).is_ok_and(|manifest| is_simple_signature(&manifest))
    };
    let referrers = store.referrers(subject);
    referrers.iter().any(|one| one.artifact_type.as_deref() == Some(::trust::BUNDLE) || simple(one))
}

/// Most statements about one image that are fetched.
const MAX_REFERRERS: usize = 64;

/// Brings what is said beside these into the store, as far as it can be had.
pub(crate) fn pull_beside(client: &Client, store: &Store, reference: &Reference, found: &[Descriptor]) {
    for subject in found {
        pull_referrers(client, store, reference, subject);
    }
}

/// Brings what is said beside an image into the store. An image is as good without: what cannot be had is left out.
fn pull_referrers(client: &Client, store: &Store, reference: &Reference, subject: &Descriptor) {
    let _ = pull_simple_signatures(client, store, reference, subject);
    let Ok(index) = client.referrers(reference, &subject.digest) else { return };
    for referrer in index.manifests.iter().take(MAX_REFERRERS) {
        // One that is malformed or too large does not stand in the way of the next.
        let _ = pull_referrer(client, store, reference, subject, referrer);
    }
}

/// Brings the signatures of the older form, which stand under a tag.
fn pull_simple_signatures(
    client: &Client,
    store: &Store,
    reference: &Reference,
    subject: &Descriptor,
) -> Result<(), AppError> {
    let Some(there) = client.head(&reference.with_tag(&image::signature_tag(&subject.digest)))? else {
        return Ok(());
    };
    let (found, bytes) = client.manifest(&reference.by_digest(there.digest))?;
    let malformed = |error: serde_json::Error| AppError::environment(error.to_string());
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(malformed)?;
    let parts = || manifest.layers.iter().chain([&manifest.config]);
    if !is_simple_signature(&manifest) || parts().any(|part| part.size > ::trust::MAX_SIMPLE as u64) {
        return Ok(());
    }
    for part in parts() {
        pull_blob(client, store, reference, part, &NoProgress)?;
    }
    store.put_blob(&bytes)?;
    Ok(store.add_referrer(&subject.digest, &found)?)
}

/// Brings the statements that stand in the index of an image, as `BuildKit` keeps them.
fn pull_attestations(
    client: &Client,
    store: &Store,
    reference: &Reference,
    top: &Descriptor,
    image: &Descriptor,
) {
    let bytes = store.read_blob(top, MAX_MANIFEST).ok();
    let index = bytes.and_then(|bytes| serde_json::from_slice::<Index>(&bytes).ok());
    for entry in
        index.iter().flat_map(|index| attest::entries_about(index, &image.digest)).take(MAX_REFERRERS)
    {
        // As with referrers, one that cannot be had is left out.
        let _ = pull_referrer(client, store, reference, image, entry);
    }
}

fn pull_referrer(
    client: &Client,
    store: &Store,
    reference: &Reference,
    subject: &Descriptor,
    listed: &Descriptor,
) -> Result<(), AppError> {
    let (found, bytes) = client.manifest(&reference.with_digest(listed.digest))?;
    let malformed = |error: serde_json::Error| AppError::environment(error.to_string());
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(malformed)?;
    let parts = || manifest.layers.iter().chain([&manifest.config]);
    // Statements in an index may be manifests without a subject; the index says what they are about.
    let is_about = manifest.subject.as_ref().map_or_else(
        || listed.annotations.get(attest::REFERENCE_DIGEST) == Some(&subject.digest.to_string()),
        |about| about.digest == subject.digest,
    );
    if !is_about || parts().any(|part| part.size > attest::MAX_STATEMENT) {
        return Ok(());
    }
    for part in parts() {
        pull_blob(client, store, reference, part, &NoProgress)?;
    }
    store.put_blob(&bytes)?;
    let kept = Descriptor {
        artifact_type: manifest.artifact_type.clone(),
        annotations: manifest.annotations.clone(),
        ..found
    };
    Ok(store.add_referrer(&subject.digest, &kept)?)
}

/// Larger manifests than this are not read.
const MAX_MANIFEST: u64 = 4 << 20;

fn push_blobs(
    client: &Client,
    cargo: &Cargo<'_>,
    manifest: &[u8],
    target: &Reference,
) -> Result<(), AppError> {
    let manifest: Manifest =
        serde_json::from_slice(manifest).map_err(|error| AppError::environment(error.to_string()))?;
    let mut blobs: BTreeMap<_, _> =
        manifest.layers.iter().map(|layer| (layer.digest, layer.clone())).collect();
    blobs.insert(manifest.config.digest, manifest.config.clone());
    let blobs: Vec<Descriptor> = blobs.into_values().collect();
    parallel(&blobs, JOBS, |blob, cancel| {
        let progress = WithCancel { progress: cargo.progress, cancel };
        push_blob(client, cargo, blob, target, &progress)
    })?;
    Ok(())
}

/// Pushes a blob of the store, unless the registry has it.
fn push_stored_blob(
    client: &Client,
    store: &Store,
    blob: &Descriptor,
    target: &Reference,
    progress: &dyn Progress,
) -> Result<(), AppError> {
    Ok(client.push_blob(target, blob, &FileSource(store.blob_path(&blob.digest)), progress)?)
}

/// Pushes a blob by the shortest way: it is there; another repository there has it; the store has it; or it is
/// fetched from where its image is.
fn push_blob(
    client: &Client,
    cargo: &Cargo<'_>,
    blob: &Descriptor,
    target: &Reference,
    progress: &dyn Progress,
) -> Result<(), AppError> {
    let (store, origin) = (cargo.store, cargo.origins.of(&blob.digest));
    let elsewhere = origin.filter(|origin| {
        origin.registry() == target.registry() && origin.repository() != target.repository()
    });
    if elsewhere.is_some() || !store.has_blob(&blob.digest) {
        let known = client.has_blob(target, &blob.digest)?;
        let mounted = |origin: &Reference| client.mount_blob(target, &blob.digest, origin.repository());
        if known || elsewhere.map_or(Ok(false), mounted)? {
            progress.advance(&blob.digest, blob.size, blob.size);
            return Ok(());
        }
    }
    if !store.has_blob(&blob.digest) {
        let origin = origin.ok_or_else(|| {
            AppError::environment(format!(
                "blob `{}` is neither in the store nor at the registry",
                blob.digest
            ))
        })?;
        pull_blob(client, store, origin, blob, progress)?;
    }
    push_stored_blob(client, store, blob, target, progress)
}

/// Copies an image from one registry to another, and what is said beside it.
pub fn copy(
    world: &World,
    from: &Reference,
    to: &Reference,
    platform: Option<&Platform>,
) -> Result<Descriptor, AppError> {
    let options = CopyOptions { jobs: JOBS, platform, progress: &NoProgress };
    let client = world.client()?;
    let top = client.copy_image(from, to, options)?;
    let mut subjects = vec![top.digest];
    if media_type::is_index(&top.media_type) {
        let (_, bytes) = client.manifest(&from.with_digest(top.digest))?;
        let index: Index =
            serde_json::from_slice(&bytes).map_err(|error| AppError::environment(error.to_string()))?;
        subjects.extend(index.manifests.iter().map(|entry| entry.digest));
    }
    for subject in subjects {
        let simple = image::signature_tag(&subject);
        if client.head(&from.with_tag(&simple))?.is_some() {
            let options = CopyOptions { platform: None, ..options };
            client.copy_image(&from.with_tag(&simple), &to.with_tag(&simple), options)?;
        }
        for referrer in client.referrers(from, &subject)?.manifests.iter().take(MAX_REFERRERS) {
            let digest = referrer.digest;
            client.copy_image(
                &from.by_digest(digest),
                &to.by_digest(digest),
                CopyOptions { platform: None, ..options },
            )?;
        }
    }
    Ok(top)
}

/// What `inspect` shows.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// Where it was found: `store` or `registry`.
    pub place: &'static str,
    /// Descriptor of what the reference names.
    pub top: Descriptor,
    /// The document as it is stored.
    pub raw: Vec<u8>,
    /// The manifest for the platform and its configuration, where it is an image.
    pub image: Option<(Descriptor, Manifest, Vec<u8>)>,
}

/// Looks an image up in the store, then at its registry, without fetching layers.
pub fn inspect(world: &World, reference: &Reference, platform: &Platform) -> Result<Inspected, AppError> {
    let store = world.store()?;
    if let Some(top) = store.image(reference)? {
        let raw = store.read_blob(&top, MAX_MANIFEST)?;
        let image = match store.manifest(&top, platform) {
            Ok((descriptor, manifest)) => {
                let config = store.read_blob(&manifest.config, MAX_MANIFEST)?;
                Some((descriptor, manifest, config))
            }
            Err(_) => None,
        };
        return Ok(Inspected { place: "store", top, raw, image });
    }
    let client = world.client()?;
    let (top, raw) = client.manifest(reference)?;
    let (descriptor, bytes) = if media_type::is_index(&top.media_type) {
        let index: Index =
            serde_json::from_slice(&raw).map_err(|error| AppError::environment(error.to_string()))?;
        match index.select(platform) {
            Some(chosen) => client.manifest(&reference.with_digest(chosen.digest))?,
            None => return Ok(Inspected { place: "registry", top, raw, image: None }),
        }
    } else {
        (top.clone(), raw.clone())
    };
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|error| AppError::environment(error.to_string()))?;
    let mut config = registry::VecSink(Vec::new());
    client.pull_blob(reference, &manifest.config, &mut config, &NoProgress)?;
    Ok(Inspected { place: "registry", top, raw, image: Some((descriptor, manifest, config.0)) })
}
