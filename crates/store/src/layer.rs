//! Layers: a directory of files and its index.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use image::{Descriptor, Digest};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};

use crate::{Index, Store, StoreError, Work, images, locked};

/// What a layer is called: its diffID when it came from outside, else [`Index::identity`].
pub type LayerId = Digest;

/// What is known of a layer beside its index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerMeta {
    /// Number of entries.
    pub entries: u64,
    /// Bytes of all files.
    pub size: u64,
    /// The blob that it was unpacked from; absent for a layer that was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<Descriptor>,
    /// Digest of the index file.
    pub index: Digest,
    /// Entries whose owner or node could not be made here, as in a user namespace of one user.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reduced: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// A layer of the store.
#[derive(Debug, Clone)]
pub struct Layer {
    id: LayerId,
    dir: PathBuf,
    store: Store,
    index: Arc<OnceLock<Arc<Index>>>,
}

impl Store {
    pub(crate) fn layer_dir(&self, id: &LayerId) -> PathBuf {
        self.root().join("layers").join(id.hex())
    }

    /// A layer that is not collected from now on.
    fn at(&self, id: LayerId) -> Option<Layer> {
        self.pin(&id);
        let dir = self.layer_dir(&id);
        dir.join("index").exists().then(|| Layer { id, dir, store: self.clone(), index: Arc::default() })
    }

    /// A layer by its id, or by the diffID under which it was exported before (its own id then differs).
    pub fn layer(&self, id: &LayerId) -> Result<Option<Layer>, StoreError> {
        if let Some(layer) = self.at(*id) {
            return Ok(Some(layer));
        }
        let path = self.root().join("diffs").join(id.hex());
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim().parse().ok().and_then(|id| self.at(id))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// Publishes the files of `work` as a layer with this index. A layer of the same identity that is there
    /// already is kept and returned.
    pub fn commit(&self, work: Work, index: Index) -> Result<Layer, StoreError> {
        let id = index.identity();
        self.publish(work, index, id, None, 0)
    }

    pub(crate) fn publish(
        &self,
        work: Work,
        index: Index,
        id: LayerId,
        blob: Option<Descriptor>,
        reduced: u64,
    ) -> Result<Layer, StoreError> {
        if let Some(layer) = self.at(id) {
            return Ok(layer);
        }
        let bytes = index.encode();
        let entries = index.entries().len() as u64;
        let meta = LayerMeta { entries, size: index.size(), blob, index: Digest::of(&bytes), reduced };
        let source = work.layer_dir();
        write(&source.join("meta.json"), &images::to_json(&meta)?)?;
        write(&source.join("index"), &bytes)?;
        let target = self.layer_dir(&id);
        match renameat_with(CWD, &source, CWD, &target, RenameFlags::NOREPLACE) {
            // Another thread or process made the same layer meanwhile: that one is as good as ours.
            Ok(()) | Err(rustix::io::Errno::EXIST | rustix::io::Errno::NOTEMPTY) => {}
            Err(error) => return Err(StoreError::os("publish the layer", &target)(error)),
        }
        drop(work);
        let layer = self.at(id).ok_or_else(|| StoreError::missing(format!("layer `{id}`")))?;
        locked(&self.inner.indexes).entry(id).or_insert_with(|| Arc::new(index));
        Ok(layer)
    }

    /// Ids of all layers, sorted.
    pub(crate) fn layer_ids(&self) -> Result<Vec<LayerId>, StoreError> {
        let dir = self.root().join("layers");
        let entries = fs::read_dir(&dir).map_err(StoreError::io("read", &dir))?.flatten();
        let mut ids: Vec<LayerId> =
            entries.filter_map(|entry| Digest::from_hex(&entry.file_name().to_string_lossy()).ok()).collect();
        ids.sort_unstable();
        Ok(ids)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    fs::write(path, bytes).map_err(StoreError::io("write", path))
}

/// The directories of stacked layers for an overlay, base first. Of a layer that is there several times, as steps that did
/// the same give, the kernel takes one: the highest, which says all that the others do.
pub fn lower_dirs(layers: &[Layer]) -> Vec<PathBuf> {
    let mut seen = std::collections::BTreeSet::new();
    let mut dirs: Vec<PathBuf> =
        layers.iter().rev().filter(|layer| seen.insert(layer.id)).map(Layer::fs_path).collect();
    dirs.reverse();
    dirs
}

impl Layer {
    /// Its id.
    pub fn id(&self) -> LayerId {
        self.id
    }

    /// Its files, usable as a lower directory of overlayfs.
    pub fn fs_path(&self) -> PathBuf {
        self.dir.join("fs")
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its entries; read once per process.
    pub fn index(&self) -> Result<Arc<Index>, StoreError> {
        if let Some(index) = self.index.get() {
            return Ok(index.clone());
        }
        let known = locked(&self.store.inner.indexes).get(&self.id).cloned();
        let index = match known {
            Some(index) => index,
            None => self.load()?,
        };
        Ok(self.index.get_or_init(|| index).clone())
    }

    fn load(&self) -> Result<Arc<Index>, StoreError> {
        let path = self.dir.join("index");
        let bytes = fs::read(&path).map_err(StoreError::io("read the index of a layer", &path))?;
        let index = Index::decode(&bytes).map_err(|error| match error {
            StoreError::Corrupt { detail, .. } => {
                StoreError::corrupt(format!("the index of layer `{}`", self.id), detail)
            }
            other => other,
        })?;
        let index = Arc::new(index);
        locked(&self.store.inner.indexes).insert(self.id, index.clone());
        Ok(index)
    }

    /// What is known of it beside its index.
    pub fn meta(&self) -> Result<LayerMeta, StoreError> {
        let path = self.dir.join("meta.json");
        let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
        images::parse(&bytes, &format!("the description of layer `{}`", self.id))
    }
}
