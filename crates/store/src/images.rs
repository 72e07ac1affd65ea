//! Names of images, and the documents that they lead to.

use std::fs;
use std::path::PathBuf;

use image::{
    Descriptor, Digest, ImageConfig, Index as ImageIndex, Manifest, Platform, Reference, media_type,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::lock::{FileLock, touch};
use crate::usage::files;
use crate::{Store, StoreError};

/// Larger manifests, indexes and configurations than this are refused.
pub(crate) const MAX_DOCUMENT: u64 = 8 << 20;

/// The annotation by which OCI layouts name their images.
pub(crate) const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A named image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRecord {
    /// Its name with tag or digest.
    pub name: Reference,
    /// Its manifest or index.
    pub descriptor: Descriptor,
    /// The configuration's digest (Docker's image ID), where a manifest for some platform is here.
    pub config: Option<Digest>,
    /// When it was made, as its configuration says (RFC 3339).
    pub created: Option<String>,
    /// Bytes of all its layers as stored.
    pub size: Option<u64>,
    /// Platform of that manifest.
    pub platform: Option<Platform>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    name: String,
    descriptor: Descriptor,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sniffed {
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
    layers: Option<serde::de::IgnoredAny>,
}

/// The index of a layout without images.
pub(crate) fn empty_index() -> String {
    serde_json::to_string(&ImageIndex::new(Vec::new())).unwrap_or_default()
}

/// The name under which a reference is recorded: with its digest, else with its tag or `latest`.
fn record_name(reference: &Reference) -> String {
    match (reference.digest(), reference.tag_or_latest()) {
        (None, Some(tag)) => reference.with_tag(tag).to_string(),
        _ => reference.to_string(),
    }
}

impl Store {
    fn record_path(&self, name: &str) -> PathBuf {
        self.root().join("images").join(Digest::of(name.as_bytes()).hex())
    }

    /// Gives a manifest or index a name; an image that had the name loses it.
    pub fn set_image(&self, name: &Reference, descriptor: &Descriptor) -> Result<(), StoreError> {
        let name = record_name(name);
        let path = self.record_path(&name);
        let descriptor = Descriptor { annotations: std::collections::BTreeMap::new(), ..descriptor.clone() };
        let bytes = to_json(&Record { name, descriptor })?;
        if fs::read(&path).is_ok_and(|old| old == bytes) {
            return Ok(());
        }
        let _held = self.lock_names()?;
        self.write_small(&path, &bytes)?;
        self.write_index()
    }

    /// What a name leads to. A reference with a digest needs no name: the blob itself is looked for.
    pub fn image(&self, name: &Reference) -> Result<Option<Descriptor>, StoreError> {
        if let Some(digest) = name.digest() {
            // It need not be remembered to be found, but it ages.
            return match self.base(name).filter(|known| self.has_blob(&known.digest)) {
                Some(known) => Ok(Some(known)),
                None => self.describe(&digest),
            };
        }
        let path = self.record_path(&record_name(name));
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(parse::<Record>(&bytes, "an image record")?.descriptor)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(self.base(name)),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    fn base_path(&self, name: &Reference) -> PathBuf {
        self.root().join("bases").join(Digest::of(record_name(name).as_bytes()).hex())
    }

    /// Remembers what a name leads to, without giving it the name: it goes when it was not used for long. Where somebody
    /// gave it the name, the name follows.
    pub fn set_base(&self, name: &Reference, descriptor: &Descriptor) -> Result<(), StoreError> {
        if self.record_path(&record_name(name)).exists() {
            return self.set_image(name, descriptor);
        }
        if self.base(name).as_ref() == Some(descriptor) {
            return Ok(());
        }
        let record = Record { name: record_name(name), descriptor: descriptor.clone() };
        self.write_small(&self.base_path(name), &to_json(&record)?)
    }

    /// What was remembered for a name; what cannot be read was not.
    fn base(&self, name: &Reference) -> Option<Descriptor> {
        let file = fs::File::open(self.base_path(name)).ok()?;
        touch(&file);
        Some(serde_json::from_reader::<_, Record>(file).ok()?.descriptor)
    }

    /// All that was remembered, with its file.
    pub(crate) fn bases(&self) -> Vec<(PathBuf, Descriptor)> {
        let read = |path: PathBuf| {
            let record = serde_json::from_slice::<Record>(&fs::read(&path).ok()?).ok()?;
            Some((path, record.descriptor))
        };
        files(&self.root().join("bases")).into_iter().filter_map(read).collect()
    }

    /// The image whose manifest or configuration digest begins with these hex digits; `None` when there is none
    /// or more than one.
    pub fn image_by_prefix(&self, hex: &str) -> Result<Option<Descriptor>, StoreError> {
        let matches = |digest: &Digest| hex.len() >= 4 && digest.hex().starts_with(hex);
        let mut found: Vec<Descriptor> = Vec::new();
        for record in self.images()? {
            if matches(&record.descriptor.digest) || record.config.as_ref().is_some_and(matches) {
                found.push(record.descriptor);
            }
        }
        found.sort_by_key(|descriptor| descriptor.digest);
        found.dedup_by_key(|descriptor| descriptor.digest);
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// Takes a name away; whether it was there.
    pub fn remove_image(&self, name: &Reference) -> Result<bool, StoreError> {
        let path = self.record_path(&record_name(name));
        let _held = self.lock_names()?;
        match fs::remove_file(&path) {
            Ok(()) => self.write_index().map(|()| true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StoreError::io("remove", &path)(error)),
        }
    }

    /// All names, sorted, with what is known of their images.
    pub fn images(&self) -> Result<Vec<ImageRecord>, StoreError> {
        let named = self.names()?;
        Ok(named.into_iter().map(|(name, descriptor)| self.record(name, descriptor)).collect())
    }

    /// Names and descriptors, sorted by name. Records that cannot be read are left out; verify reports them.
    pub(crate) fn names(&self) -> Result<Vec<(Reference, Descriptor)>, StoreError> {
        let dir = self.root().join("images");
        let mut out = Vec::new();
        for entry in fs::read_dir(&dir).map_err(StoreError::io("read", &dir))?.flatten() {
            let Ok(bytes) = fs::read(entry.path()) else { continue };
            let Ok(record) = serde_json::from_slice::<Record>(&bytes) else { continue };
            let Ok(name) = record.name.parse::<Reference>() else { continue };
            out.push((name, record.descriptor));
        }
        out.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(out)
    }

    fn record(&self, name: Reference, descriptor: Descriptor) -> ImageRecord {
        let manifest = self.some_manifest(&descriptor);
        let config = manifest.as_ref().and_then(|manifest| self.config(manifest).ok());
        let size = |manifest: &Manifest| manifest.layers.iter().map(|layer| layer.size).sum();
        ImageRecord {
            name,
            config: manifest.as_ref().map(|manifest| manifest.config.digest),
            size: manifest.as_ref().map(size),
            created: config.as_ref().and_then(|config| config.created.clone()),
            platform: config
                .map(|config| Platform::new(&config.os, &config.architecture, config.variant.as_deref())),
            descriptor,
        }
    }

    /// The first manifest of an index whose blob is here, or the manifest itself.
    pub(crate) fn some_manifest(&self, descriptor: &Descriptor) -> Option<Manifest> {
        self.any_manifest(descriptor).map(|(_, manifest)| manifest)
    }

    /// The manifest of any platform that is here, and its own descriptor.
    pub fn any_manifest(&self, descriptor: &Descriptor) -> Option<(Descriptor, Manifest)> {
        if !media_type::is_index(&descriptor.media_type) {
            return Some((descriptor.clone(), self.document(descriptor, "manifest").ok()?));
        }
        let index: ImageIndex = self.document(descriptor, "index").ok()?;
        index.manifests.iter().find_map(|entry| Some((entry.clone(), self.document(entry, "manifest").ok()?)))
    }

    /// The manifest for `platform` that a descriptor leads to, and its own descriptor.
    pub fn manifest(
        &self,
        descriptor: &Descriptor,
        platform: &Platform,
    ) -> Result<(Descriptor, Manifest), StoreError> {
        let mut descriptor = descriptor.clone();
        if media_type::is_index(&descriptor.media_type) {
            let index: ImageIndex = self.document(&descriptor, "index")?;
            let missing =
                || StoreError::missing(format!("an image for `{platform}` in index `{}`", descriptor.digest));
            descriptor = index.select(platform).cloned().ok_or_else(missing)?;
        }
        let manifest = self.document(&descriptor, "manifest")?;
        Ok((descriptor, manifest))
    }

    /// The configuration of an image.
    pub fn config(&self, manifest: &Manifest) -> Result<ImageConfig, StoreError> {
        self.document(&manifest.config, "configuration")
    }

    /// Reads and parses a JSON blob.
    pub(crate) fn document<T: DeserializeOwned>(
        &self,
        descriptor: &Descriptor,
        what: &str,
    ) -> Result<T, StoreError> {
        let bytes = self.read_blob(descriptor, MAX_DOCUMENT)?;
        parse(&bytes, &format!("{what} `{}`", descriptor.digest))
    }

    /// A descriptor of a manifest or index that is here.
    pub(crate) fn describe(&self, digest: &Digest) -> Result<Option<Descriptor>, StoreError> {
        let Some(size) = self.blob_size(digest) else { return Ok(None) };
        let mut descriptor = Descriptor::new("", *digest, size);
        let bytes = self.read_blob(&descriptor, MAX_DOCUMENT)?;
        let Ok(sniffed) = serde_json::from_slice::<Sniffed>(&bytes) else { return Ok(None) };
        descriptor.media_type = match (sniffed.media_type, sniffed.manifests, sniffed.layers) {
            (Some(text), ..) if media_type::is_index(&text) || media_type::is_manifest(&text) => text,
            (None, Some(_), _) => media_type::INDEX.to_owned(),
            (None, None, Some(_)) => media_type::MANIFEST.to_owned(),
            _ => return Ok(None),
        };
        Ok(Some(descriptor))
    }

    fn lock_names(&self) -> Result<FileLock, StoreError> {
        FileLock::wait(&self.root().join("images.lock"), false)
    }

    /// Writes `index.json` anew from the records, so that other tools find the images.
    fn write_index(&self) -> Result<(), StoreError> {
        let manifests = self.names()?.into_iter().map(|(name, mut descriptor)| {
            descriptor.annotations.insert(REF_NAME.to_owned(), name.familiar());
            descriptor
        });
        let bytes = to_json(&ImageIndex::new(manifests.collect()))?;
        self.write_small(&self.root().join("index.json"), &bytes)
    }
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::corrupt("a document", error))
}

pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::corrupt(what, error))
}
