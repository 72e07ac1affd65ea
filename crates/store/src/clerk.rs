//! A thread that writes small files, so that nobody waits for it: a step leaves several records, and making a file takes
//! many times as long as what goes into it.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::{StoreError, locked};

/// Writes what it is given, in order, until it is dropped.
#[derive(Debug)]
pub(crate) struct Clerk {
    desk: Arc<Desk>,
    paths: Option<Sender<PathBuf>>,
    thread: Option<JoinHandle<()>>,
}

/// What is to be written, and what could not be.
#[derive(Debug, Default)]
struct Desk {
    pending: Mutex<HashMap<PathBuf, Arc<Vec<u8>>>>,
    /// Woken when there is nothing to be written.
    empty: Condvar,
    error: Mutex<Option<StoreError>>,
}

impl Clerk {
    /// Starts it, with a directory for files that are not whole yet; nothing where there can be no thread.
    pub(crate) fn start(dir: PathBuf) -> Option<Self> {
        let (paths, queue) = channel();
        let desk = Arc::<Desk>::default();
        let its = Arc::clone(&desk);
        let thread = Builder::new().name("clerk".to_owned()).spawn(move || its.work(&dir, &queue)).ok()?;
        Some(Self { desk, paths: Some(paths), thread: Some(thread) })
    }

    /// Has a file written: the old content or the new is seen, never a part. Fails with what went wrong before.
    pub(crate) fn write(&self, path: PathBuf, bytes: Vec<u8>) -> Result<(), StoreError> {
        if let Some(error) = locked(&self.desk.error).take() {
            return Err(error);
        }
        locked(&self.desk.pending).insert(path.clone(), Arc::new(bytes));
        // It takes all there is until it is dropped.
        let _ = self.paths.as_ref().map(|paths| paths.send(path));
        Ok(())
    }

    /// What is to be written to a path.
    pub(crate) fn pending(&self, path: &Path) -> Option<Arc<Vec<u8>>> {
        locked(&self.desk.pending).get(path).cloned()
    }

    /// Waits until all is written; fails with what went wrong.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        let pending = locked(&self.desk.pending);
        let waited = self.desk.empty.wait_while(pending, |pending| !pending.is_empty());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        locked(&self.desk.error).take().map_or(Ok(()), Err)
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        self.paths = None;
        if let Some(thread) = self.thread.take() {
            // One that panicked has nothing more to do, either.
            let _ = thread.join();
        }
    }
}

impl Desk {
    fn work(&self, dir: &Path, queue: &Receiver<PathBuf>) {
        for (number, path) in queue.iter().enumerate() {
            let Some(bytes) = locked(&self.pending).get(&path).cloned() else { continue };
            if let Err(error) = place(&dir.join(format!("record-{number}")), &path, &bytes) {
                locked(&self.error).get_or_insert(error);
            }
            let mut pending = locked(&self.pending);
            // Other bytes that came meanwhile have another turn.
            if pending.get(&path).is_some_and(|now| Arc::ptr_eq(now, &bytes)) {
                pending.remove(&path);
            }
            if pending.is_empty() {
                self.empty.notify_all();
            }
        }
    }
}

/// Writes a file under a temporary name, and gives it its own, in a directory that is made when it is missing.
pub(crate) fn place(temporary: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    fs::write(temporary, bytes).map_err(StoreError::io("write", temporary))?;
    match fs::rename(temporary, path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(StoreError::io("create", parent))?;
            }
            fs::rename(temporary, path).map_err(StoreError::io("write", path))
        }
        other => other.map_err(StoreError::io("write", path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_written_and_the_last_content_wins() {
        let dir = tempfile::tempdir().unwrap();
        let clerk = Clerk::start(dir.path().to_owned()).unwrap();
        let path = |number: usize| dir.path().join(format!("{}/{number}", number % 3));
        for round in 0..5 {
            for number in 0..20 {
                clerk.write(path(number), format!("{number} {round}").into_bytes()).unwrap();
            }
        }
        clerk.settle().unwrap();
        assert!((0..20).all(|number| clerk.pending(&path(number)).is_none()));
        for number in 0..20 {
            assert_eq!(fs::read_to_string(path(number)).unwrap(), format!("{number} 4"));
        }
        clerk.write(path(0), b"late".to_vec()).unwrap();
        drop(clerk);
        assert_eq!(fs::read(path(0)).unwrap(), b"late");
    }

    #[test]
    fn what_cannot_be_written_is_said_once() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), b"").unwrap();
        let clerk = Clerk::start(dir.path().to_owned()).unwrap();
        clerk.write(dir.path().join("file/below"), b"x".to_vec()).unwrap();
        let error = clerk.settle().unwrap_err().to_string();
        assert!(error.contains("file"), "{error}");
        clerk.settle().unwrap();
        clerk.write(dir.path().join("good"), b"x".to_vec()).unwrap();
        clerk.settle().unwrap();
        assert_eq!(fs::read(dir.path().join("good")).unwrap(), b"x");
    }
}
