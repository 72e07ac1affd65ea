//! Where an image and what is said of it are: in the store, in an OCI layout, at a registry.

use image::{Descriptor, Index, Manifest, Reference, signature_tag};
use registry::{NoProgress, VecSink};
use store::Store;
use trust::{Artifact, BUNDLE, MAX_BUNDLE, SIMPLE_SIGNING};

use super::MAX_MANIFEST;
use super::layout::Layout;
use crate::transfer::{self, not_here};
use crate::{AppError, World};

/// Most artifacts beside one image that are looked at.
pub(super) const MAX_ARTIFACTS: usize = 256;

/// An image that is signed or verified.
pub(super) struct Target<'a> {
    pub(super) world: &'a World,
    pub(super) place: Place,
    /// What is signed: the manifest or the index that the name stands for.
    pub(super) image: Descriptor,
    /// Its name, where it has one.
    pub(super) name: Option<Reference>,
}

/// Where it is.
pub(super) enum Place {
    Store(Store),
    Layout(Box<Layout>),
    Registry(Reference),
}

/// Finds an image: `oci-layout://DIR[:TAG]`, `docker://NAME` at its registry, or a name, which is looked for in the store
/// and then, unless `offline`, at its registry.
pub(super) fn find<'a>(world: &'a World, text: &str, offline: bool) -> Result<Target<'a>, AppError> {
    let parse = |text: &str| text.parse::<Reference>().map_err(|error| AppError::usage(error.to_string()));
    if let Some(name) = text.strip_prefix("docker://") {
        return at_registry(world, parse(name)?, offline);
    }
    let plain = text.strip_prefix("oci-layout://");
    if plain.is_some() || world.path(text).join("oci-layout").is_file() {
        let (layout, image) = Layout::open(world, plain.unwrap_or(text))?;
        return Ok(Target { world, place: Place::Layout(Box::new(layout)), image, name: None });
    }
    let store = world.store()?;
    let reference = text.parse::<Reference>();
    if let Ok(reference) = &reference
        && let Some(image) = store.image(reference)?
    {
        return Ok(Target { world, place: Place::Store(store), image, name: Some(reference.clone()) });
    }
    if let Some(image) = store.image_by_prefix(text.strip_prefix("sha256:").unwrap_or(text))? {
        return Ok(Target { world, place: Place::Store(store), image, name: None });
    }
    let reference = reference.map_err(|error| AppError::usage(error.to_string()))?;
    if offline { Err(not_here(&reference)) } else { at_registry(world, reference, offline) }
}

fn at_registry(world: &World, reference: Reference, offline: bool) -> Result<Target<'_>, AppError> {
    if offline {
        return Err(AppError::usage("`--offline` asks no registry")
            .help("`cooper pull` brings an image and its signatures into the store"));
    }
    let (image, _) = world.client()?.manifest(&reference)?;
    Ok(Target { world, place: Place::Registry(reference.clone()), image, name: Some(reference) })
}

impl Target<'_> {
    /// How messages call the place.
    pub(super) const fn place_name(&self) -> &'static str {
        match self.place {
            Place::Store(_) => "store",
            Place::Layout(_) => "layout",
            Place::Registry(_) => "registry",
        }
    }

    /// The manifests beside the image that may be signatures or attestations. What lists say of them proves nothing,
    /// so each is opened.
    pub(super) fn artifacts(&self) -> Result<Vec<(Descriptor, Manifest)>, AppError> {
        let mut found = match &self.place {
            Place::Store(store) => store.referrers(&self.image.digest),
            Place::Layout(layout) => layout.referrers(&self.image.digest),
            Place::Registry(reference) => {
                self.world.client()?.referrers(reference, &self.image.digest)?.manifests
            }
        };
        few("artifacts", found.len())?;
        if let Place::Registry(reference) = &self.place {
            let tagged = reference.with_tag(&signature_tag(&self.image.digest));
            found.extend(self.world.client()?.head(&tagged)?);
        }
        // One that cannot be had or read is no signature; the others may be.
        let open = |descriptor: Descriptor| {
            let bytes = self.document(&descriptor).ok()?;
            Some((descriptor, serde_json::from_slice(&bytes).ok()?))
        };
        Ok(found.into_iter().filter_map(open).collect())
    }

    fn document(&self, descriptor: &Descriptor) -> Result<Vec<u8>, AppError> {
        match &self.place {
            Place::Registry(reference) => {
                Ok(self.world.client()?.manifest(&reference.by_digest(descriptor.digest))?.1)
            }
            _ => self.blob(descriptor, MAX_MANIFEST),
        }
    }

    /// A blob of at most `limit` bytes.
    pub(super) fn blob(&self, descriptor: &Descriptor, limit: u64) -> Result<Vec<u8>, AppError> {
        if descriptor.size > limit {
            return Err(AppError::environment(format!(
                "it has {} bytes, and at most {limit} are read",
                descriptor.size
            )));
        }
        match &self.place {
            Place::Store(store) => Ok(store.read_blob(descriptor, limit)?),
            Place::Layout(layout) => layout.read(descriptor),
            Place::Registry(reference) => {
                let mut sink = VecSink::default();
                self.world.client()?.pull_blob(reference, descriptor, &mut sink, &NoProgress)?;
                Ok(sink.0)
            }
        }
    }

    /// Puts an artifact beside the image.
    pub(super) fn attach(&self, artifact: &Artifact) -> Result<(), AppError> {
        match &self.place {
            Place::Store(store) => keep(store, &self.image, artifact),
            Place::Layout(layout) => layout.attach(&self.image.digest, artifact),
            Place::Registry(reference) => self.send(reference, artifact),
        }
    }

    /// Puts an artifact beside the image at its registry.
    pub(super) fn send(&self, reference: &Reference, artifact: &Artifact) -> Result<(), AppError> {
        let client = self.world.client()?;
        for (descriptor, bytes) in &artifact.blobs {
            client.push_blob(reference, descriptor, bytes, &NoProgress)?;
        }
        let simple = is_simple(artifact);
        let target = if simple {
            reference.with_tag(&signature_tag(&self.image.digest))
        } else {
            reference.by_digest(artifact.descriptor.digest)
        };
        client.put_manifest(&target, &artifact.descriptor.media_type, &artifact.manifest)?;
        Ok(())
    }

    /// The artifact beside the image whose bundle is the wanted one.
    pub(super) fn known(&self, is_wanted: impl Fn(&[u8]) -> bool) -> Result<Option<Artifact>, AppError> {
        for (descriptor, manifest) in self.artifacts()? {
            let [layer] = &manifest.layers[..] else { continue };
            if layer.media_type != BUNDLE {
                continue;
            }
            let Ok(bundle) = self.blob(layer, MAX_BUNDLE as u64) else { continue };
            if is_wanted(&bundle) {
                let config = self.blob(&manifest.config, MAX_MANIFEST)?;
                let blobs = vec![(manifest.config.clone(), config), (layer.clone(), bundle)];
                let bytes = self.document(&descriptor)?;
                let (artifact_type, annotations) = (manifest.artifact_type, manifest.annotations);
                let descriptor = Descriptor { artifact_type, annotations, ..descriptor };
                return Ok(Some(Artifact { descriptor, manifest: bytes, blobs }));
            }
        }
        Ok(None)
    }

    /// The layers of the older form of signatures that are beside the image, for a new one to stand beside them.
    pub(super) fn simple_layers(&self) -> Result<Vec<Descriptor>, AppError> {
        let simple = |layer: &Descriptor| layer.media_type == SIMPLE_SIGNING;
        let all = self.artifacts()?;
        let manifests = all.into_iter().filter(|(_, manifest)| manifest.subject.is_none());
        Ok(manifests.flat_map(|(_, manifest)| manifest.layers).filter(simple).collect())
    }
}

/// Whether there are no more than are looked at: each costs time.
pub(super) fn few(what: &str, count: usize) -> Result<(), AppError> {
    if count <= MAX_ARTIFACTS {
        return Ok(());
    }
    Err(AppError::environment(format!(
        "{count} {what} are beside the image, and at most {MAX_ARTIFACTS} are looked at"
    )))
}

fn is_simple(artifact: &Artifact) -> bool {
    serde_json::from_slice::<Manifest>(&artifact.manifest)
        .is_ok_and(|manifest| transfer::is_simple_signature(&manifest))
}

/// Keeps an artifact in the store beside an image. Of the older form there is one manifest with all signatures.
fn keep(store: &Store, image: &Descriptor, artifact: &Artifact) -> Result<(), AppError> {
    for (_, bytes) in &artifact.blobs {
        store.put_blob(bytes)?;
    }
    store.put_blob(&artifact.manifest)?;
    store.add_referrer(&image.digest, &artifact.descriptor)?;
    if !is_simple(artifact) {
        return Ok(());
    }
    for known in store.referrers(&image.digest) {
        let bytes = store.read_blob(&known, MAX_MANIFEST)?;
        let older = serde_json::from_slice::<Manifest>(&bytes);
        if known.digest != artifact.descriptor.digest
            && older.is_ok_and(|older| transfer::is_simple_signature(&older))
        {
            store.remove_referrer(&image.digest, &known.digest)?;
        }
    }
    Ok(())
}

/// Reads an index.
pub(super) fn index(bytes: &[u8]) -> Result<Index, AppError> {
    serde_json::from_slice(bytes)
        .map_err(|error| AppError::environment(format!("the index is malformed: {error}")))
}
