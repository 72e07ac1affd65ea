//! What is said of an image beside it: manifests whose subject it is (OCI image-spec, "Image Manifest"), so that a
//! signature or an attestation changes nothing of the image itself.

use std::fs;
use std::path::PathBuf;

use image::{Descriptor, Digest};

use crate::{Store, StoreError, images, usage};

impl Store {
    fn referrers_dir(&self, subject: &Digest) -> PathBuf {
        self.root().join("referrers").join(subject.hex())
    }

    /// Keeps a manifest of the store as one that refers to `subject`. It stays as long as its subject does.
    pub fn add_referrer(&self, subject: &Digest, descriptor: &Descriptor) -> Result<(), StoreError> {
        let path = self.referrers_dir(subject).join(descriptor.digest.hex());
        let bytes = images::to_json(descriptor)?;
        if fs::read(&path).is_ok_and(|old| old == bytes) {
            return Ok(());
        }
        self.write_small(&path, &bytes)
    }

    /// What refers to `subject`, sorted by digest. Manifests whose blob has gone are left out.
    pub fn referrers(&self, subject: &Digest) -> Vec<Descriptor> {
        let read = |path: PathBuf| serde_json::from_slice::<Descriptor>(&fs::read(path).ok()?).ok();
        let found = usage::files(&self.referrers_dir(subject)).into_iter().filter_map(read);
        found.filter(|descriptor| self.has_blob(&descriptor.digest)).collect()
    }

    /// Forgets one of the manifests that refer to `subject`.
    pub fn remove_referrer(&self, subject: &Digest, digest: &Digest) -> Result<(), StoreError> {
        let path = self.referrers_dir(subject).join(digest.hex());
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }
}
