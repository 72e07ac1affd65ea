//! Files of web servers.
//!
//! A file that a checksum pins is found by its content, from whatever address it came, and nobody is asked. Of any
//! other the server is asked whether it changed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fetch::{Ask, FetchError, Progress, Sink, Validators, WebAnswer, WebFile};
use image::{Digest, Entry, EntryKind};
use kit::Hasher;
use plan::WebOp;
use serde::{Deserialize, Serialize};
use store::Work;

use super::{Fetched, LIMIT, Remotes};
use crate::BuildError;

/// Records of what an address, or a pinned content, became.
const KIND: &str = "web";
/// Records of where a content lies.
const CONTENT: &str = "content";

/// Fetching of one file.
pub(super) struct Job<'a> {
    pub(super) remotes: &'a Remotes<'a>,
    pub(super) op: &'a WebOp,
    pub(super) progress: &'a dyn Progress,
}

/// What an address became.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    layer: Digest,
    content: Digest,
    validators: Validators,
    #[serde(default)]
    modified: Option<i64>,
    unpacked: bool,
}

/// Where a content lies.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    layer: Digest,
    file: String,
    #[serde(default)]
    modified: Option<i64>,
}

impl Job<'_> {
    pub(super) fn run(&self) -> Result<Fetched, BuildError> {
        let (remotes, key) = (self.remotes, self.key());
        let mut record = remotes.record::<Record>(KIND, &key)?;
        if let Some(known) = &record
            && !remotes.has_layer(&known.layer)?
        {
            record = None;
        }
        if let (Some(known), Some(_)) = (&record, &self.op.checksum) {
            return Ok(known.fetched(true));
        }
        if let Some(pinned) = &self.op.checksum
            && let Some(record) = self.known_content(pinned)?
        {
            remotes.keep(KIND, &key, &record)?;
            return Ok(record.fetched(true));
        }
        let known = record.as_ref().map(|record| &record.validators);
        let work = remotes.store.work()?;
        fs::create_dir_all(work.extra())?;
        let download = work.extra().join("download");
        let ask = Ask { url: &self.op.url, known, checked: self.op.checksum.is_some(), limit: LIMIT };
        let answer = match (self.fetch(&ask, &download), &record) {
            // A file that is here builds on without a network, as a base does.
            (Err(error), Some(record)) if error.unreachable => {
                let url = &self.op.url.url;
                self.progress.line(&format!("{}; the `{url}` of the last build is used", error.message));
                return Ok(record.fetched(true));
            }
            (answer, _) => answer.map_err(|error| self.explained(error))?,
        };
        match (answer, record) {
            (WebAnswer::Unchanged, Some(record)) => Ok(record.fetched(true)),
            (WebAnswer::Unchanged, None) => Err(BuildError::environment(format!(
                "`{}`: the server says that nothing changed, but nothing is known",
                self.op.url.url
            ))),
            (WebAnswer::New(file), _) => {
                self.check(&file)?;
                let record = self.layer(work, &download, file)?;
                remotes.keep(KIND, &key, &record)?;
                Ok(record.fetched(false))
            }
        }
    }

    /// The content that it had when it was fetched last.
    pub(super) fn content(&self) -> Option<Digest> {
        let known = self.remotes.record::<Record>(KIND, &self.key()).ok().flatten();
        known.map(|record| record.content).or(self.op.checksum)
    }

    /// What is asked for: a content, or whatever an address has.
    fn key(&self) -> Digest {
        let mut hash = Hasher::new();
        hash.field(b"cooper web 1");
        match &self.op.checksum {
            Some(digest) => hash.field(digest.as_bytes()),
            None => hash.field(self.op.url.url.as_bytes()),
        }
        hash.field(self.op.file_name.as_bytes());
        hash.field(&[u8::from(self.op.unpack)]);
        hash.finish()
    }

    fn fetch(&self, ask: &Ask<'_>, download: &Path) -> Result<WebAnswer, FetchError> {
        let mut sink = FileSink { path: download.to_owned(), file: None };
        self.remotes.fetcher.web(ask, &mut sink, self.progress)
    }

    /// An error with what would have helped.
    fn explained(&self, error: FetchError) -> BuildError {
        let offline = error.unreachable && self.op.checksum.is_none();
        let mut error = BuildError::from(error);
        if offline {
            let own = error.help.map(|help| format!("{help}; ")).unwrap_or_default();
            let more = "a file that is pinned by `--checksum` needs no network once it is in the store";
            error.help = Some(format!("{own}{more}"));
        }
        error
    }

    fn check(&self, file: &WebFile) -> Result<(), BuildError> {
        let Some(expected) = self.op.checksum.filter(|expected| *expected != file.digest) else {
            return Ok(());
        };
        let (url, found) = (&self.op.url.url, file.digest);
        Err(BuildError::environment(format!(
            "`{url}` does not have the content that is pinned: expected `{expected}`, found `{found}`"
        ))
        .help("check the address; if the new content is the right one, change the checksum, or run `cooper lock --update`"))
    }

    /// Makes the layer of a download.
    fn layer(&self, work: Work, download: &Path, file: WebFile) -> Result<Record, BuildError> {
        let WebFile { validators, digest: content, modified, .. } = file;
        if self.op.unpack && store::is_tar_file(download)? {
            let layer = self.remotes.unpacked(work, File::open(download)?)?;
            return Ok(Record { layer, content, validators, modified, unpacked: true });
        }
        fs::rename(download, work.fs().join(&self.op.file_name))?;
        let layer = self.file_layer(work, (content, file.size), modified)?;
        Ok(Record { layer, content, validators, modified, unpacked: false })
    }

    fn file_layer(
        &self,
        work: Work,
        (content, size): (Digest, u64),
        modified: Option<i64>,
    ) -> Result<Digest, BuildError> {
        let mut entry = Entry::new(self.op.file_name.as_str(), EntryKind::File, 0o600);
        (entry.digest, entry.size, entry.mtime) = (Some(content), size, modified.unwrap_or(0));
        // What is pinned is the same from every server, whatever time it states.
        entry.undated = self.op.checksum.is_some();
        let layer = self.remotes.commit(work, vec![entry])?;
        let place = Place { layer, file: self.op.file_name.clone(), modified };
        self.remotes.keep(CONTENT, &content_key(&content), &place)?;
        Ok(layer)
    }

    /// The layer of a content that is in the store under another name.
    fn known_content(&self, content: &Digest) -> Result<Option<Record>, BuildError> {
        let remotes = self.remotes;
        let Some(place) = remotes.record::<Place>(CONTENT, &content_key(content))? else { return Ok(None) };
        let Some(layer) = remotes.store.layer(&place.layer)? else { return Ok(None) };
        let index = layer.index()?;
        let Some(entry) = index.get(place.file.as_bytes()) else { return Ok(None) };
        if entry.digest != Some(*content) {
            return Ok(None);
        }
        let work = remotes.store.work()?;
        fs::create_dir_all(work.extra())?;
        let copy = work.extra().join("download");
        store::copy_file(&layer.fs_path().join(&place.file), &copy)?;
        let file = WebFile {
            digest: *content,
            size: entry.size,
            validators: Validators::default(),
            modified: place.modified,
        };
        Ok(Some(self.layer(work, &copy, file)?))
    }
}

fn content_key(content: &Digest) -> Digest {
    let mut hash = Hasher::new();
    hash.field(b"cooper content 1");
    hash.field(content.as_bytes());
    hash.finish()
}

impl Record {
    fn fetched(&self, cached: bool) -> Fetched {
        Fetched { layer: self.layer, time: self.modified, unpacked: self.unpacked, cached }
    }
}

/// A file that is made when the first bytes come.
struct FileSink {
    path: PathBuf,
    file: Option<File>,
}

impl Sink for FileSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(File::create(&self.path)?);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes))
    }

    fn reset(&mut self) -> io::Result<()> {
        self.file = Some(File::create(&self.path)?);
        Ok(())
    }
}
