//! File locks, and the temporary directory of a process that lives exactly as long as its lock is held.
//!
//! A lock file that was removed while somebody waited for it is not the lock any more; therefore every taker
//! checks afterwards that the name still leads to the file it locked.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{Builder, JoinHandle};

use rustix::fs::{FlockOperation, Timespec, Timestamps, UTIME_NOW, flock, futimens};

use crate::clerk::Clerk;
use crate::{StoreError, Work, locked};

/// A held lock on a file; freed when dropped or when the process ends in whatever way.
#[derive(Debug)]
pub(crate) struct FileLock {
    file: File,
    path: PathBuf,
}

impl FileLock {
    /// Takes a lock and waits for it.
    pub(crate) fn wait(path: &Path, shared: bool) -> Result<Self, StoreError> {
        let operation = if shared { FlockOperation::LockShared } else { FlockOperation::LockExclusive };
        loop {
            let file = open(path)?;
            loop {
                match flock(&file, operation) {
                    Ok(()) => break,
                    Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(StoreError::os("lock", path)(error)),
                }
            }
            if is_current(&file, path) {
                return Ok(Self { file, path: path.to_owned() });
            }
        }
    }

    /// Takes a lock, `None` when somebody holds it.
    pub(crate) fn attempt(path: &Path, shared: bool) -> Result<Option<Self>, StoreError> {
        let operation = if shared {
            FlockOperation::NonBlockingLockShared
        } else {
            FlockOperation::NonBlockingLockExclusive
        };
        loop {
            let file = open(path)?;
            match flock(&file, operation) {
                Ok(()) if is_current(&file, path) => return Ok(Some(Self { file, path: path.to_owned() })),
                Ok(()) | Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
                Err(error) => return Err(StoreError::os("lock", path)(error)),
            }
        }
    }

    /// Marks what the lock is for as used, which collection goes by.
    pub(crate) fn touch(&self) {
        touch(&self.file);
    }

    /// Removes the lock file while it is held, and frees it.
    pub(crate) fn remove(self) {
        // A file that stays is taken for the trace of a killed process and removed later.
        let _ = fs::remove_file(&self.path);
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(StoreError::io("open the lock file", path))
}

/// Sets the time of a file. A file of another user cannot be marked; it only ages faster.
pub(crate) fn touch(file: &File) {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let _ = futimens(file, &Timestamps { last_access: now, last_modification: now });
}

fn is_current(file: &File, path: &Path) -> bool {
    let (Ok(held), Ok(named)) = (file.metadata(), fs::metadata(path)) else { return false };
    (held.dev(), held.ino()) == (named.dev(), named.ino())
}

/// The temporary directory of a process: `tmp/<name>/` under the lock `tmp/<name>.lock`.
#[derive(Debug)]
pub(crate) struct Session {
    dir: PathBuf,
    lock: Option<FileLock>,
    count: AtomicU64,
    cleaner: OnceLock<Option<Cleaner>>,
    clerk: OnceLock<Option<Clerk>>,
}

/// A thread that cleans the directories of works that are over, so that nobody waits for it: a file system that tells
/// its disk of every freed block takes half a millisecond for each directory it removes.
#[derive(Debug)]
struct Cleaner {
    used: Sender<PathBuf>,
    clean: Arc<Mutex<Vec<PathBuf>>>,
    thread: JoinHandle<()>,
}

impl Cleaner {
    /// Starts it; nothing where there can be no thread.
    fn start() -> Option<Self> {
        let (used, queue) = channel::<PathBuf>();
        let clean = Arc::new(Mutex::new(Vec::new()));
        let done = Arc::clone(&clean);
        // What cannot be removed is not used again, and removed by the next writer.
        let work = move || {
            let cleaned = queue.iter().filter(|dir| Work::clean(dir).is_ok());
            cleaned.for_each(|dir| locked(&done).push(dir));
        };
        let thread = Builder::new().name("cleaner".to_owned()).spawn(work).ok()?;
        Some(Self { used, clean, thread })
    }
}

impl Session {
    /// Makes a new one in `tmp`, and removes those whose process has gone.
    pub(crate) fn begin(tmp: &Path) -> Result<Self, StoreError> {
        sweep(tmp)?;
        for number in 0_u64.. {
            let name = format!("{}.{number}", std::process::id());
            let path = tmp.join(format!("{name}.lock"));
            let Some(lock) = FileLock::attempt(&path, false)? else { continue };
            let dir = tmp.join(name);
            match fs::create_dir(&dir) {
                Ok(()) => {
                    spread(&dir);
                    return Ok(Self {
                        dir,
                        lock: Some(lock),
                        count: AtomicU64::new(0),
                        cleaner: OnceLock::new(),
                        clerk: OnceLock::new(),
                    });
                }
                // Left by a killed process and not removable just now.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(StoreError::io("create", &dir)(error)),
            }
        }
        Err(StoreError::Busy)
    }

    /// The directory.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Takes back the directory of a work that is over, to clean it while others go on.
    pub(crate) fn recycle(&self, dir: PathBuf) {
        if let Some(cleaner) = self.cleaner.get_or_init(Cleaner::start) {
            // It takes all there is until the session ends.
            let _ = cleaner.used.send(dir);
        }
    }

    /// The directory of a work that is over, cleaned: making and removing one would wait for removals beside it.
    pub(crate) fn recycled(&self) -> Option<PathBuf> {
        let cleaner = self.cleaner.get()?.as_ref()?;
        locked(&cleaner.clean).pop()
    }

    /// Who writes small files; nobody where there can be no thread.
    pub(crate) fn clerk(&self) -> Option<&Clerk> {
        self.clerk.get_or_init(|| Clerk::start(self.dir.clone())).as_ref()
    }

    /// What is to be written to a path.
    pub(crate) fn pending(&self, path: &Path) -> Option<Arc<Vec<u8>>> {
        self.clerk.get()?.as_ref()?.pending(path)
    }

    /// Waits until the small files are written.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        self.clerk.get().and_then(Option::as_ref).map_or(Ok(()), Clerk::settle)
    }

    /// A path in the directory that nothing has yet.
    pub(crate) fn fresh(&self) -> PathBuf {
        self.dir.join(self.count.fetch_add(1, Ordering::Relaxed).to_string())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.clerk.take());
        if let Some(Cleaner { used, thread, .. }) = self.cleaner.take().flatten() {
            drop(used);
            let _ = thread.join();
        }
        // What cannot be removed now is removed by the next writer.
        let _ = fs::remove_dir_all(&self.dir);
        if let Some(lock) = self.lock.take() {
            lock.remove();
        }
    }
}

/// Asks ext4 to place the directories in `dir` far from each other, as it does with home directories. It would
/// put all layers side by side otherwise, and making a file there is slow for minutes after many were removed near
/// by, because the place of a removed file is not given away at once: each new one passes all of them by.
pub fn spread(dir: &Path) {
    let Ok(dir) = File::open(dir) else { return };
    if let Ok(flags) = rustix::fs::ioctl_getflags(&dir) {
        // Other file systems refuse the flag and do without.
        let _ = rustix::fs::ioctl_setflags(&dir, flags | rustix::fs::IFlags::TOPDIR);
    }
}

/// Removes the directories in `tmp` that no living process holds; how many.
pub(crate) fn sweep(tmp: &Path) -> Result<usize, StoreError> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(tmp).map_err(StoreError::io("read", tmp))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        names.push(name.strip_suffix(".lock").unwrap_or(&name).to_owned());
    }
    names.sort_unstable();
    names.dedup();
    let mut removed = 0;
    for name in names {
        let Some(lock) = FileLock::attempt(&tmp.join(format!("{name}.lock")), false)? else { continue };
        let path = tmp.join(&name);
        // Trees with files of other owners stay for a process that may remove them.
        let gone = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path)).is_ok();
        removed += usize::from(gone);
        lock.remove();
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_removed_and_what_a_living_one_holds_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let living = Session::begin(dir.path()).unwrap();
        fs::write(living.fresh(), b"x").unwrap();
        fs::create_dir_all(dir.path().join("77.0/fs")).unwrap();
        fs::write(dir.path().join("77.0.lock"), b"").unwrap();
        fs::write(dir.path().join("78.0.lock"), b"").unwrap();
        assert_eq!(sweep(dir.path()).unwrap(), 1);
        assert!(living.dir.is_dir());
        drop(living);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_lock_excludes_until_it_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.lock");
        let held = FileLock::wait(&path, false).unwrap();
        assert!(FileLock::attempt(&path, false).unwrap().is_none());
        held.remove();
        assert!(FileLock::attempt(&path, false).unwrap().is_some());
    }
}
