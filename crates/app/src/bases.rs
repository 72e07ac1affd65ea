//! Base images: from the store, from a layout, or from a registry.

use std::collections::BTreeMap;

use image::{Descriptor, Manifest, Platform, Reference, media_type};
use plan::BaseImage;
use store::Store;

use crate::lock::Lock;
use crate::request::ContextSpec;
use crate::transfer::pull_blob;
use crate::{AppError, ErrorClass, World, trust};

/// Finds base images for the planner and fetches their layers for the engine.
pub(crate) struct Finder<'a> {
    pub(crate) world: &'a World,
    pub(crate) store: &'a Store,
    /// Named contexts that are images.
    pub(crate) contexts: &'a BTreeMap<String, ContextSpec>,
    /// Whether the registry is asked although the store has the image.
    pub(crate) pull: bool,
    /// The lock file, where there is one.
    pub(crate) lock: Option<&'a Lock>,
}

impl Finder<'_> {
    /// The image of a reference.
    fn find(&self, reference: &Reference, platform: &Platform) -> Result<BaseImage, AppError> {
        let asked = reference;
        let reference = &match self.lock {
            Some(lock) => lock.image(asked)?,
            None => asked.clone(),
        };
        let known = self.store.image(reference)?;
        let top = match known {
            Some(top) if !self.pull || reference.digest().is_some() => top,
            known => match fetch_manifests(self.world, self.store, reference, platform) {
                Ok(top) => top,
                // A base that is here builds on without a network; `--pull` insists.
                Err(error) => known.filter(|_| !self.pull).ok_or(error)?,
            },
        };
        let base = self.base(reference, &top, platform)?;
        let mut found = vec![top.clone(), base.manifest.clone()];
        found.dedup_by_key(|one| one.digest);
        trust::check_base(self.world, self.store, reference, &found)?;
        if let Some(lock) = self.lock {
            lock.found(asked, top.digest, base.manifest.digest, platform);
        }
        Ok(base)
    }

    fn base(
        &self,
        reference: &Reference,
        top: &Descriptor,
        platform: &Platform,
    ) -> Result<BaseImage, AppError> {
        let read = || -> Result<BaseImage, AppError> {
            let (manifest, document) = self.store.manifest(top, platform)?;
            let config = self.store.config(&document)?;
            let layers =
                config.rootfs.diff_ids.iter().copied().zip(document.layers.iter().cloned()).collect();
            if config.rootfs.diff_ids.len() != document.layers.len() {
                let text = format!(
                    "`{}` names other layers in its configuration than in its manifest",
                    reference.familiar()
                );
                return Err(AppError::environment(text));
            }
            Ok(BaseImage { reference: reference.clone(), manifest, config, layers })
        };
        match read() {
            // The store may hold an index without the manifest of another platform.
            Err(_) if media_type::is_index(&top.media_type) => {
                fetch_manifests(self.world, self.store, reference, platform)?;
                read()
            }
            other => other,
        }
    }

    fn context(&self, name: &str, platform: &Platform) -> Result<BaseImage, AppError> {
        match self.contexts.get(name) {
            Some(ContextSpec::Image(reference)) => self.find(reference, platform),
            Some(ContextSpec::Layout { path, tag, digest }) => {
                let path = self.world.cwd.join(path);
                let top = store::layout::import(self.store, &path, tag.as_deref(), *digest)?;
                let reference = "localhost/oci-layout".parse::<Reference>();
                let reference = reference.map_err(|error| AppError::usage(error.to_string()))?;
                let reference = reference.with_digest(top.digest);
                self.store.set_base(&reference, &top)?;
                self.base(&reference, &top, platform)
            }
            Some(ContextSpec::Built(top)) => {
                let reference = "localhost/bake-target".parse::<Reference>();
                let reference = reference.map_err(|error| AppError::usage(error.to_string()))?;
                let reference = reference.with_digest(top.digest);
                self.store.set_base(&reference, top)?;
                self.base(&reference, top, platform)
            }
            _ => Err(AppError::usage(format!("the context `{name}` is not an image"))),
        }
    }
}

fn lower(error: AppError) -> (String, bool) {
    let environment = error.class == ErrorClass::Environment;
    let help = error.help.map(|help| format!(" ({help})")).unwrap_or_default();
    (format!("{}{help}", error.message), environment)
}

impl plan::Bases for Finder<'_> {
    fn image(&self, reference: &Reference, platform: &Platform) -> Result<BaseImage, (String, bool)> {
        self.find(reference, platform).map_err(lower)
    }

    fn context_image(&self, name: &str, platform: &Platform) -> Result<BaseImage, (String, bool)> {
        self.context(name, platform).map_err(lower)
    }
}

impl build_engine::Fetch for Finder<'_> {
    fn blob(&self, image: &Reference, blob: &Descriptor) -> Result<(), build_engine::BuildError> {
        let made = |error: AppError| build_engine::BuildError {
            help: error.help.clone(),
            ..build_engine::BuildError::environment(error.message)
        };
        let client = self.world.client().map_err(made)?;
        pull_blob(client, self.store, image, blob, &registry::NoProgress).map_err(made)
    }
}

/// Brings manifest and configuration of a reference into the store, layers not; the top descriptor. What it leads to is
/// remembered, but has no name.
pub(crate) fn fetch_manifests(
    world: &World,
    store: &Store,
    reference: &Reference,
    platform: &Platform,
) -> Result<Descriptor, AppError> {
    let client = world.client()?;
    let (top, bytes) = client.manifest(reference)?;
    store.put_blob(&bytes)?;
    let manifest_bytes = if media_type::is_index(&top.media_type) {
        let index: image::Index = serde_json::from_slice(&bytes).map_err(|error| {
            AppError::environment(format!("`{reference}` has a malformed index: {error}"))
        })?;
        let chosen = index.select(platform).ok_or_else(|| no_platform(reference, platform, &index))?;
        let (_, bytes) = client.manifest(&reference.with_digest(chosen.digest))?;
        store.put_blob(&bytes)?;
        bytes
    } else {
        bytes
    };
    let manifest: Manifest = serde_json::from_slice(&manifest_bytes)
        .map_err(|error| AppError::environment(format!("`{reference}` has a malformed manifest: {error}")))?;
    pull_blob(client, store, reference, &manifest.config, &registry::NoProgress)?;
    store.set_base(reference, &top)?;
    Ok(top)
}

fn no_platform(reference: &Reference, platform: &Platform, index: &image::Index) -> AppError {
    let has: Vec<String> =
        index.manifests.iter().filter_map(|m| Some(m.platform.as_ref()?.to_string())).collect();
    AppError::usage(format!("`{}` has no image for `{platform}`", reference.familiar()))
        .help(format!("it has: {}", has.join(", ")))
}
