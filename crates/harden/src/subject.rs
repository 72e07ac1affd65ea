//! The image that is looked at.

use image::{Entry, EntryKind, ImageConfig};
use store::Merged;

/// Larger files are not read.
const MAX_FILE: u64 = 1 << 20;

/// An image.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// As a user calls it.
    pub name: &'a str,
    /// Its configuration.
    pub config: &'a ImageConfig,
    /// Its files.
    pub files: &'a Merged,
}

impl<'a> Subject<'a> {
    /// The file that a path leads to.
    pub(crate) fn file(&self, path: &str) -> Option<&'a Entry> {
        let found = self.files.resolve(path.as_bytes(), true).found()?;
        let entry = self.files.get(&found)?;
        match entry.kind {
            EntryKind::Hardlink => self.files.get(&entry.link),
            EntryKind::File => Some(entry),
            _ => None,
        }
    }

    /// The text of a small file; empty where there is none.
    pub(crate) fn text(&self, path: &str) -> String {
        let bytes = self.files.read_file(path.as_bytes(), MAX_FILE).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether a path is a directory and no link to one.
    pub(crate) fn is_dir(&self, path: &str) -> bool {
        self.files.get(path.trim_matches('/').as_bytes()).is_some_and(|entry| entry.kind.is_dir())
    }

    /// What the image runs: entry point and arguments.
    pub(crate) fn args(&self) -> Vec<String> {
        let config = &self.config.config;
        config.entrypoint.iter().chain(&config.cmd).flatten().cloned().collect()
    }

    /// The last part of its name, without tag and digest, as a name of containers.
    pub(crate) fn short_name(&self) -> String {
        let name = self.name.split('@').next().unwrap_or_default();
        let last = name.rsplit('/').next().unwrap_or_default();
        let last = last.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let plain: String =
            last.chars().map(|ch| if ch.is_ascii_alphanumeric() { ch } else { '-' }).collect();
        let plain = plain.trim_matches('-');
        if plain.is_empty() { "app".to_owned() } else { plain.chars().take(50).collect() }
    }
}
