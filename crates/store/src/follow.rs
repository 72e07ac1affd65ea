//! A blob that is read while it is written: what packs a layer tells how far it is, and others wait for more.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use image::Descriptor;

use crate::locked;

/// How far a blob in the making is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// So many bytes are there, and more will come.
    Growing(u64),
    /// All is there.
    Whole(Box<Descriptor>),
    /// It will not be finished.
    Gone,
}

/// The place where a writer and its followers meet. It serves one blob.
#[derive(Debug)]
pub struct Follow {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    reach: Reach,
    file: Option<Arc<File>>,
}

impl Default for Follow {
    fn default() -> Self {
        Self::new()
    }
}

impl Follow {
    /// A blob of which nothing is there.
    pub const fn new() -> Self {
        let state = State { reach: Reach::Growing(0), file: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Blocks until `size` bytes are there or the end is known.
    pub fn wait(&self, size: u64) -> Reach {
        let short = |state: &mut State| matches!(state.reach, Reach::Growing(have) if have < size);
        let state = self.changed.wait_while(locked(&self.state), short);
        state.unwrap_or_else(PoisonError::into_inner).reach.clone()
    }

    /// Reads what is there from `offset` on; `None` for a blob that was there before anybody followed it.
    pub fn open_at(&self, offset: u64) -> Option<FollowReader> {
        let file = locked(&self.state).file.clone()?;
        Some(FollowReader { file, at: offset })
    }

    /// The file that is written, opened for reading; it stays the same when the blob gets its name.
    pub(crate) fn begin(&self, file: File) {
        locked(&self.state).file = Some(Arc::new(file));
    }

    /// Has the disk take what was written.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let file = locked(&self.state).file.clone();
        file.map_or(Ok(()), |file| file.sync_data())
    }

    /// More is there.
    pub(crate) fn grew(&self, size: u64) {
        self.set(Reach::Growing(size));
    }

    /// What became of it; only the first word counts.
    pub(crate) fn end(&self, blob: Option<&Descriptor>) {
        self.set(blob.map_or(Reach::Gone, |blob| Reach::Whole(Box::new(blob.clone()))));
    }

    fn set(&self, reach: Reach) {
        let mut state = locked(&self.state);
        if matches!(state.reach, Reach::Growing(_)) {
            state.reach = reach;
            self.changed.notify_all();
        }
    }
}

/// Reads a blob in the making. Its end is only where the writer is now.
#[derive(Debug)]
pub struct FollowReader {
    file: Arc<File>,
    at: u64,
}

impl Read for FollowReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buf, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::thread;

    use super::*;

    #[test]
    fn followers_see_what_is_written_and_how_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("blob");
        for ends_well in [true, false] {
            let follow = Follow::new();
            let blob = Descriptor::of("any", b"onetwo");
            let mut file = File::create(&path).unwrap();
            follow.begin(File::open(&path).unwrap());
            thread::scope(|scope| {
                let reader = scope.spawn(|| {
                    let begun = follow.wait(3);
                    let mut seen = String::new();
                    follow.open_at(0).unwrap().take(3).read_to_string(&mut seen).unwrap();
                    (begun, seen, follow.wait(u64::MAX))
                });
                file.write_all(b"one").unwrap();
                follow.grew(3);
                while !reader.is_finished() {
                    file.write_all(b"two").unwrap();
                    follow.end(ends_well.then_some(&blob));
                    follow.grew(9);
                    thread::yield_now();
                }
                let (begun, seen, end) = reader.join().unwrap();
                assert!(begun != Reach::Growing(0) && seen == "one", "{begun:?} {seen}");
                assert_eq!(end, if ends_well { Reach::Whole(Box::new(blob.clone())) } else { Reach::Gone });
            });
        }
    }
}
