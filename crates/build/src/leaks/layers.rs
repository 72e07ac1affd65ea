//! Layers: searched in the pass that reads what a step wrote, or when they are there; never twice for the same value.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use image::{Digest, Entry, EntryKind};
use leak::Outcome;
use plan::NodeId;

use super::Find;
use crate::engine::Engine;
use crate::{BuildError, EventKind};

/// Records of what layers were searched for and found to be without.
const KIND: &str = "searched";
/// Values that are remembered for a layer.
const MAX_MARKS: usize = 256;
/// Remarks on what could not be searched that are shown for a layer.
const MAX_NOTES: usize = 5;

/// What was found in the files of a layer in the making, by path.
#[derive(Default)]
pub(crate) struct Finds {
    files: Mutex<BTreeMap<Vec<u8>, Outcome>>,
}

impl Engine<'_> {
    /// Hashes a file, and searches it on the way.
    pub(crate) fn hash_watched(&self, host: &Path, path: &[u8], finds: &Finds) -> io::Result<(Digest, u64)> {
        let Some(leaks) = self.options.leaks else { return store::hash_file(host) };
        let mut search = leaks.needles.search();
        let hashed = store::hash_file_seen(host, &mut |bytes| search.update(bytes))?;
        let outcome = search.finish();
        if outcome != Outcome::default() {
            let mut files = finds.files.lock().unwrap_or_else(PoisonError::into_inner);
            files.insert(path.to_vec(), outcome);
        }
        Ok(hashed)
    }

    /// Fails when a layer whose files were searched has what nothing allows; whether it is without all lent values.
    pub(crate) fn judge_layer(
        &self,
        id: NodeId,
        entries: &[Entry],
        finds: Finds,
    ) -> Result<bool, BuildError> {
        let Some(leaks) = self.options.leaks else { return Ok(false) };
        let mut files = finds.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        let mut notes = Vec::new();
        for entry in entries {
            let outcome = files.remove(&entry.path).unwrap_or_default();
            let path = || entry.path.clone();
            found.extend(outcome.hits.into_iter().map(|hit| Find { path: path(), part: None, hit }));
            let shown = image::path_to_string(&entry.path);
            notes.extend(outcome.notes.into_iter().map(|note| format!("not searched: `/{shown}`: {note}")));
            for (part, text) in texts(entry) {
                let hits = leaks.needles.find(text).hits;
                found.extend(hits.into_iter().map(|hit| Find { path: path(), part: Some(part), hit }));
            }
        }
        let clean = found.is_empty();
        let stage = &self.plan.nodes[id.0].origin.stage_name;
        let more = notes.len().saturating_sub(MAX_NOTES);
        notes.truncate(MAX_NOTES);
        notes.extend((more > 0).then(|| format!("not searched: {more} more")));
        let allowed = leaks.judge(found, stage);
        for note in notes.into_iter().chain(allowed?) {
            self.event(id, EventKind::Note(leaks.needles.redact(&note)));
        }
        Ok(clean)
    }

    /// Remembers that a layer is searched; for later builds only when it is without all lent values.
    pub(crate) fn remember_searched(&self, layer: &Digest, clean: bool) -> Result<(), BuildError> {
        let Some(leaks) = self.options.leaks else { return Ok(()) };
        leaks.searched.lock().unwrap_or_else(PoisonError::into_inner).insert(*layer);
        if !clean {
            return Ok(());
        }
        let known = self.store.cache_get(KIND, layer)?.unwrap_or_default();
        let old = known.chunks_exact(16).filter(|mark| !leaks.marks.iter().any(|own| own == mark));
        let all: Vec<&[u8]> = leaks.marks.iter().map(|mark| &mark[..]).chain(old).take(MAX_MARKS).collect();
        Ok(self.store.cache_put_soon(KIND, layer, &all.concat())?)
    }

    /// Makes sure that a layer was searched for every lent value, in this build or before.
    pub(crate) fn ensure_searched(&self, id: NodeId, layer: &Digest) -> Result<(), BuildError> {
        let Some(leaks) = self.options.leaks else { return Ok(()) };
        if leaks.searched.lock().unwrap_or_else(PoisonError::into_inner).contains(layer) {
            return Ok(());
        }
        let known = self.store.cache_get(KIND, layer)?.unwrap_or_default();
        if leaks.marks.iter().all(|mark| known.chunks_exact(16).any(|known| known == mark)) {
            return Ok(());
        }
        // What another store has made is fetched for it.
        let layer = match self.store.layer(layer)? {
            Some(layer) => layer,
            None if self.options.imports.has(layer) => self.options.imports.bring(self.store, layer)?,
            None => return Ok(()),
        };
        let (index, finds) = (layer.index()?, Finds::default());
        let files: Vec<&Entry> =
            index.entries().iter().filter(|entry| entry.kind == EntryKind::File).collect();
        crate::parallel::map(&files, |entry| {
            use std::os::unix::ffi::OsStrExt;
            let host = layer.fs_path().join(std::ffi::OsStr::from_bytes(&entry.path));
            self.hash_watched(&host, &entry.path, &finds).map(drop)
        })?;
        let clean = self.judge_layer(id, index.entries(), finds)?;
        self.remember_searched(&layer.id(), clean)
    }
}

/// What an entry holds beside its content.
fn texts(entry: &Entry) -> Vec<(&'static str, &[u8])> {
    let mut out = vec![("name", entry.path.as_slice())];
    if entry.kind == EntryKind::Symlink {
        out.push(("target", entry.link.as_slice()));
    }
    for (name, value) in &entry.xattrs {
        out.push(("attributes", name.as_slice()));
        out.push(("attributes", value.as_slice()));
    }
    out
}
