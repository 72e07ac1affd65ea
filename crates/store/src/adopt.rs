//! Layers that another builder made: they become like those that are made here, so that the same content gives the same
//! layer wherever it was built.

use image::{Descriptor, Digest};
use kit::Hasher;

use crate::unpack::extract;
use crate::{Index, Layer, Store, StoreError};

/// The records of what became of a blob.
const RECORDS: &str = "adopted";

impl Store {
    /// Makes a layer of a blob of the store, named by its content; digest and size of the blob, and `diff_id`, are checked.
    /// A time from `epoch` on says when the other builder wrote the file and is undated; earlier ones stay.
    pub fn adopt(&self, blob: &Descriptor, diff_id: &Digest, epoch: i64) -> Result<Layer, StoreError> {
        let mut key = Hasher::new();
        key.field(diff_id.as_bytes());
        key.update(&epoch.to_le_bytes());
        let key = key.finish();
        if let Some(known) = self.cache_get(RECORDS, &key)?
            && let Some(id) = std::str::from_utf8(&known).ok().and_then(|text| text.parse().ok())
            && let Some(layer) = self.layer(&id)?
        {
            return Ok(layer);
        }
        let work = self.work()?;
        let what = format!("layer blob `{}`", blob.digest);
        let reader = self.open_blob(blob)?;
        let (mut unpacked, found) = extract(reader, &work.fs(), Some(self.flavor()), &what)?;
        if found != *diff_id {
            return Err(StoreError::corrupt(what, format!("its diffID is `{found}` and not `{diff_id}`")));
        }
        for entry in &mut unpacked.entries {
            entry.undated = entry.mtime >= epoch;
        }
        let index = Index::from_entries(unpacked.entries)?;
        let id = index.identity();
        let layer = self.publish(work, index, id, None, unpacked.reduced)?;
        self.cache_put(RECORDS, &key, id.to_string().as_bytes())?;
        Ok(layer)
    }
}
