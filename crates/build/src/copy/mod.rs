//! COPY, ADD and WORKDIR: which files are picked, where they go, and the layer that comes of it.

mod archive;
mod origins;
mod pick;
mod place;
mod select;
mod users;

use std::collections::BTreeMap;

use image::{Chmod, Digest};
use plan::{CopyOp, NodeId};
use store::Merged;

use crate::BuildError;
use crate::engine::{Chain, Engine};

pub(crate) use origins::{Placed, PlacedFrom};
pub(crate) use pick::{Content, Picked, Role};
pub(crate) use place::Placer;
pub use users::Owner;
pub(crate) use users::UserDb;

/// Larger account files than this are refused.
const MAX_ACCOUNTS: u64 = 4 << 20;

impl Engine<'_> {
    /// Makes the layer of a COPY or ADD, `None` when it changes nothing; and where what is placed was before.
    pub(crate) fn copy(
        &self,
        copy: &CopyOp,
        input: &Chain,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<(Option<Digest>, Placed), BuildError> {
        let lower = self.merged(input)?;
        let work = self.store.work()?;
        let placer = self.place(copy, &lower, chains, &work)?;
        let origins = placer.origins();
        Ok((self.commit(work, placer)?, origins))
    }

    /// Where the files of a COPY were before; nothing is written.
    pub(crate) fn placing(
        &self,
        copy: &CopyOp,
        input: &Chain,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<Placed, BuildError> {
        let lower = self.merged(input)?;
        let work = self.store.work()?;
        Ok(self.place(copy, &lower, chains, &work)?.origins())
    }

    fn place<'a>(
        &self,
        copy: &CopyOp,
        lower: &'a Merged,
        chains: &BTreeMap<NodeId, Chain>,
        work: &store::Work,
    ) -> Result<Placer<'a>, BuildError> {
        let picked = self.pick(copy, chains)?;
        let owner = copy
            .chown
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(|text| user_db(lower).resolve(text, false))
            .transpose();
        let chmod = copy.chmod.as_deref().filter(|text| !text.is_empty()).map(Chmod::parse).transpose();
        let mut placer = Placer::new(
            lower,
            self.seconds(),
            owner.map_err(BuildError::new)?,
            chmod.map_err(BuildError::new)?,
        );
        placer.place(&copy.dest, &picked, work)?;
        Ok(placer)
    }

    /// Makes the layer of a WORKDIR; `None` when the directory is there.
    pub(crate) fn mkdir(&self, path: &str, user: &str, input: &Chain) -> Result<Option<Digest>, BuildError> {
        let lower = self.merged(input)?;
        let mut placer = Placer::new(&lower, self.seconds(), None, None);
        if placer.has_dir(path).map_err(BuildError::new)? {
            return Ok(None);
        }
        let owner = user_db(&lower).resolve(user, false).map_err(BuildError::new)?;
        placer.make_dir(path, &owner).map_err(BuildError::new)?;
        let work = self.store.work()?;
        self.commit(work, placer)
    }

    pub(crate) fn seconds(&self) -> i64 {
        i64::try_from((self.options.now)() / 1_000_000_000).unwrap_or(0)
    }

    fn commit(&self, work: store::Work, placer: Placer<'_>) -> Result<Option<Digest>, BuildError> {
        let entries = placer.write(&work.fs())?;
        if entries.is_empty() {
            return Ok(None);
        }
        let layer = self.store.commit(work, store::Index::from_entries(entries)?)?;
        Ok(Some(layer.id()))
    }
}

/// Resolves `user[:group]` for a process of a file system; the error says what is missing.
pub fn resolve_user(root: &Merged, user: &str) -> Result<Owner, String> {
    user_db(root).resolve(user, true)
}

/// The accounts of a file system.
pub(crate) fn user_db(root: &Merged) -> UserDb {
    let read = |path: &str| {
        let bytes = root.read_file(path.as_bytes(), MAX_ACCOUNTS).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    UserDb { passwd: read("etc/passwd"), group: read("etc/group") }
}
