//! Layers that were made elsewhere: a tar says everything of a layer but which of its times are dated, and those that it
//! limits. What the tar lacks is small, and goes beside it.

use serde::{Deserialize, Serialize};

use crate::lock::FileLock;
use crate::unpack::extract;
use crate::{ExportOptions, Exported, Index, Layer, LayerId, Store, StoreError, images};

/// What the tar of a layer does not say of the times of its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// How many entries in a row are dated, how many then are undated, and so on.
    pub runs: Vec<u32>,
    /// Dated entries, by position, that the tar gives another time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<(u32, i64)>,
}

impl Times {
    fn of(index: &Index, epoch: Option<i64>) -> Self {
        let (mut times, mut undated, mut run) = (Self::default(), false, 0);
        for (at, entry) in index.entries().iter().enumerate() {
            if entry.undated != undated {
                times.runs.push(run);
                (undated, run) = (entry.undated, 0);
            }
            run += 1;
            if !entry.undated && epoch.is_some_and(|epoch| entry.mtime > epoch) {
                times.later.push((u32::try_from(at).unwrap_or(u32::MAX), entry.mtime));
            }
        }
        times.runs.push(run);
        times
    }

    /// Puts the times back; what does not fit is an error.
    fn apply(&self, entries: &mut [image::Entry]) -> Result<(), &'static str> {
        let total: u64 = self.runs.iter().map(|run| u64::from(*run)).sum();
        if total != entries.len() as u64 {
            return Err("its times are those of another layer");
        }
        let runs = self.runs.iter().enumerate();
        let undated = runs.flat_map(|(at, run)| std::iter::repeat_n(at % 2 == 1, *run as usize));
        for (entry, undated) in entries.iter_mut().zip(undated) {
            entry.undated = undated;
        }
        for (at, time) in &self.later {
            let entry = entries.get_mut(*at as usize).ok_or("a time is that of no entry")?;
            entry.mtime = *time;
        }
        Ok(())
    }
}

impl Store {
    /// What has to be known beside the tar of a layer that was made here, to have the same layer again elsewhere.
    pub fn times(&self, id: &LayerId, epoch: Option<i64>) -> Result<Times, StoreError> {
        let layer = self.layer(id)?.ok_or_else(|| StoreError::missing(format!("layer `{id}`")))?;
        Ok(Times::of(&*layer.index()?, epoch))
    }

    /// Makes a layer of a blob that `options` made of it elsewhere. Everything is checked: the blob, its diffID, and
    /// whether the layer is the one of that id.
    pub fn revive(
        &self,
        id: &LayerId,
        exported: &Exported,
        times: &Times,
        options: &ExportOptions,
    ) -> Result<Layer, StoreError> {
        let path = self.root().join("tmp").join(format!("unpack-{}.lock", id.hex()));
        let lock = FileLock::wait(&path, false)?;
        let result = match self.layer(id)? {
            Some(layer) => Ok(layer),
            None => self.revive_held(id, exported, times, options),
        };
        lock.remove();
        result
    }

    fn revive_held(
        &self,
        id: &LayerId,
        exported: &Exported,
        times: &Times,
        options: &ExportOptions,
    ) -> Result<Layer, StoreError> {
        let work = self.work()?;
        let what = || format!("layer blob `{}`", exported.descriptor.digest);
        let reader = self.open_blob(&exported.descriptor)?;
        let (mut unpacked, found) = extract(reader, &work.fs(), Some(self.flavor()), &what())?;
        if found != exported.diff_id {
            let detail = format!("its diffID is `{found}` and not `{}`", exported.diff_id);
            return Err(StoreError::corrupt(what(), detail));
        }
        times.apply(&mut unpacked.entries).map_err(|why| StoreError::corrupt(what(), why))?;
        let index = Index::from_entries(unpacked.entries)?;
        if index.identity() != *id {
            return Err(StoreError::corrupt(what(), format!("it is not the layer `{id}`")));
        }
        let layer = self.publish(work, index, *id, None, unpacked.reduced)?;
        self.write_small(&layer.dir().join(options.file_name()), &images::to_json(exported)?)?;
        let diff = self.root().join("diffs").join(exported.diff_id.hex());
        self.write_small(&diff, id.to_string().as_bytes())?;
        Ok(layer)
    }
}
