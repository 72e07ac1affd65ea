//! Images from one repository to another, without a stop on disk.

use std::collections::BTreeSet;
use std::io;

use image::{Descriptor, Digest, Index, Manifest, Platform, Reference, media_type};

use crate::auth::Access;
use crate::upload::Mount;
use crate::{Client, ErrorKind, NoProgress, Progress, RegistryError, Result, WithCancel, parallel};

/// How deep indexes may lie in each other.
const MAX_DEPTH: usize = 4;
/// Most manifests of one copy.
const MAX_MANIFESTS: usize = 10_000;

/// How [`Client::copy_image`] does it.
#[derive(Clone, Copy)]
pub struct CopyOptions<'a> {
    /// Blobs that are moved at once.
    pub jobs: usize,
    /// Of an index, only the image for this platform; `None` copies the whole index.
    pub platform: Option<&'a Platform>,
    /// Who is told.
    pub progress: &'a dyn Progress,
}

impl Default for CopyOptions<'_> {
    fn default() -> Self {
        Self { jobs: 4, platform: None, progress: &NoProgress }
    }
}

struct Copy<'a> {
    client: &'a Client,
    from: &'a Reference,
    to: &'a Reference,
    options: CopyOptions<'a>,
    /// Manifests that are at the destination already.
    done: BTreeSet<Digest>,
}

impl Client {
    /// Copies an image or a whole index. Blobs that the destination has are not moved; within one registry they are
    /// mounted, else streamed from one to the other. Manifests are copied byte for byte, the named one last.
    pub fn copy_image(
        &self,
        from: &Reference,
        to: &Reference,
        options: CopyOptions<'_>,
    ) -> Result<Descriptor> {
        let (mut descriptor, mut bytes) = self.manifest(from)?;
        if let (true, Some(platform)) = (media_type::is_index(&descriptor.media_type), options.platform) {
            let index: Index = parse(&bytes).map_err(|error| error.about(from))?;
            let chosen = index.select(platform).ok_or_else(|| {
                RegistryError::new(ErrorKind::NotFound, format!("no image for platform `{platform}`"))
                    .about(from)
            })?;
            (descriptor, bytes) = self.manifest(&from.with_digest(chosen.digest))?;
        }
        if self.head(to)?.is_some_and(|there| there.digest == descriptor.digest) {
            return Ok(descriptor);
        }
        let mut copy = Copy { client: self, from, to, options, done: BTreeSet::new() };
        copy.children(&descriptor, &bytes, 0)?;
        self.put_manifest(to, &descriptor.media_type, &bytes)
    }

    /// Copies one blob between repositories: not at all, by mounting, or by streaming.
    fn copy_blob(
        &self,
        from: &Reference,
        to: &Reference,
        blob: &Descriptor,
        progress: &dyn Progress,
    ) -> Result<()> {
        let target = self.origin(to);
        if self.blob_exists(&target, &Access::push(&target.repository), &blob.digest)? {
            progress.advance(&blob.digest, blob.size, blob.size);
            return Ok(());
        }
        let mut session = None;
        if from.registry() == to.registry() && from.repository() != to.repository() {
            match self.mount(&target, &blob.digest, from.repository())? {
                Mount::Done => {
                    progress.advance(&blob.digest, blob.size, blob.size);
                    return Ok(());
                }
                Mount::Upload(open) => session = Some(open),
            }
        }
        let source = |offset: u64| self.blob(from, blob, offset).map_err(io::Error::other);
        self.upload(&target, blob, &source, progress, session)
    }
}

impl Copy<'_> {
    /// Copies everything that a manifest or index refers to.
    fn children(&mut self, descriptor: &Descriptor, bytes: &[u8], depth: usize) -> Result<()> {
        if !media_type::is_index(&descriptor.media_type) {
            return self.blobs(bytes);
        }
        let index: Index = parse(bytes).map_err(|error| error.about(self.from))?;
        if depth >= MAX_DEPTH || self.done.len() + index.manifests.len() > MAX_MANIFESTS {
            let text = "the index is nested too deep or holds too many manifests";
            return Err(RegistryError::new(ErrorKind::TooLarge, text).about(self.from));
        }
        for entry in &index.manifests {
            if self.done.insert(entry.digest) {
                let (child, bytes) = self.client.manifest(&self.from.with_digest(entry.digest))?;
                self.children(&child, &bytes, depth + 1)?;
                self.client.put_by_digest(self.to, &child.media_type, &bytes)?;
            }
        }
        Ok(())
    }

    fn blobs(&self, bytes: &[u8]) -> Result<()> {
        let manifest: Manifest = parse(bytes).map_err(|error| error.about(self.from))?;
        let mut seen = BTreeSet::new();
        let blobs: Vec<Descriptor> = std::iter::once(manifest.config)
            .chain(manifest.layers)
            .filter(|blob| !is_foreign(blob) && seen.insert(blob.digest))
            .collect();
        parallel(&blobs, self.options.jobs, |blob, cancel| {
            let progress = WithCancel { progress: self.options.progress, cancel };
            let result = self.client.copy_blob(self.from, self.to, blob, &progress);
            result.map_err(|error| error.about(&format!("{}@{}", self.from, blob.digest)))
        })
    }
}

/// Layers that registries do not keep, and that only their owner gives out.
fn is_foreign(blob: &Descriptor) -> bool {
    blob.media_type.contains(".nondistributable.") || blob.media_type.contains(".foreign.")
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes)
        .map_err(|error| RegistryError::protocol("the manifest is malformed").with_source(error))
}
