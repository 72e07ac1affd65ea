//! Blobs on the way in (distribution-spec, "Pulling blobs").

use std::io::{self, Read};

use image::{Descriptor, Digest, Reference};
use kit::{Hasher, VerifyReader};
use net::Method;
use net::header::{ACCEPT_ENCODING, CONTENT_RANGE, RANGE};

use crate::auth::Access;
use crate::client::Call;
use crate::endpoint::Target;
use crate::http::{Answer, io_failure};
use crate::manifest::{found_or_none, mismatch};
use crate::{BlobSink, Client, ErrorKind, Progress, RegistryError, Result};
use net::Url;

/// Bytes that are moved at once.
const BUFFER: usize = 256 << 10;
/// After this many bytes a connection counts as working again, and earlier failures are forgotten.
const FORGIVE: u64 = 1 << 20;

impl Client {
    /// Opens a blob `from` bytes after its start.
    ///
    /// The reader goes on by itself where a connection breaks, as often as the retries allow. From the start it passes
    /// only the bytes that the descriptor promises; from elsewhere only their number is checked, and **the caller
    /// must verify the digest**. Errors of the reader hold a [`RegistryError`].
    pub fn blob(&self, reference: &Reference, blob: &Descriptor, from: u64) -> Result<Box<dyn Read + Send>> {
        let mut reader = self.blob_reader(reference, blob, from);
        reader.open()?;
        if from == 0 {
            return Ok(Box::new(VerifyReader::new(reader, blob.digest, Some(blob.size))));
        }
        Ok(Box::new(reader))
    }

    fn blob_reader(&self, reference: &Reference, blob: &Descriptor, from: u64) -> BlobReader {
        BlobReader {
            client: self.clone(),
            reference: reference.clone(),
            blob: blob.clone(),
            at: from.min(blob.size),
            body: None,
            failures: 0,
            failed_at: 0,
        }
    }

    /// Pulls a blob into `sink`, going on from what the sink holds, and again after each failure that may pass.
    ///
    /// When the sink was empty at the start, the digest is checked here. Bytes that it held before cannot be
    /// checked here: then **the caller must verify the whole**.
    pub fn pull_blob(
        &self,
        reference: &Reference,
        blob: &Descriptor,
        sink: &mut dyn BlobSink,
        progress: &dyn Progress,
    ) -> Result<()> {
        let name = || format!("{}/{}@{}", reference.registry(), reference.repository(), blob.digest);
        let result = match self.fill(reference, blob, sink, progress) {
            // Two halves of different servers need not fit; from one piece it is the registry's last word.
            Err((error, true)) if error.kind() == ErrorKind::DigestMismatch => reset(sink)
                .and_then(|()| self.fill(reference, blob, sink, progress).map_err(|(error, _)| error)),
            other => other.map_err(|(error, _)| error),
        };
        result.map_err(|error| error.about(&name()))
    }

    /// One pull; an error says whether the bytes came in several pieces.
    fn fill(
        &self,
        reference: &Reference,
        blob: &Descriptor,
        sink: &mut dyn BlobSink,
        progress: &dyn Progress,
    ) -> std::result::Result<(), (RegistryError, bool)> {
        if sink.len() > blob.size {
            reset(sink).map_err(|error| (error, false))?;
        }
        let mut hasher = sink.is_empty().then(Hasher::new);
        let mut reader = self.blob_reader(reference, blob, sink.len());
        let mut buffer = vec![0; BUFFER.min(usize::try_from(blob.size).unwrap_or(BUFFER)).max(1)];
        loop {
            let moved = reader.fill(&mut buffer).and_then(|count| {
                if let Some(hasher) = &mut hasher {
                    hasher.update(&buffer[..count]);
                }
                take(sink, &buffer[..count], blob, progress)?;
                Ok(count)
            });
            match moved {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return Err((error, reader.failures > 0)),
            }
        }
        let actual = hasher.map(Hasher::finish).filter(|actual| *actual != blob.digest);
        actual.map_or(Ok(()), |actual| Err((mismatch(blob.digest, actual), reader.failed_at > 0)))
    }

    /// Whether the reference's repository has a blob. Mirrors are not asked.
    pub fn has_blob(&self, reference: &Reference, digest: &Digest) -> Result<bool> {
        let target = self.origin(reference);
        let access = Access::pull(&target.repository);
        self.blob_exists(&target, &access, digest).map_err(|error| error.about(reference))
    }

    pub(crate) fn blob_exists(&self, target: &Target, access: &Access, digest: &Digest) -> Result<bool> {
        let call = Call::new(Method::HEAD, format!("blobs/{digest}"));
        let found = found_or_none(self.call(target, access, &call))?;
        Ok(found.map(Answer::discard).is_some())
    }
}

fn reset(sink: &mut dyn BlobSink) -> Result<()> {
    sink.reset().map_err(|error| RegistryError::local("the place for the content cannot be emptied", error))
}

fn take(sink: &mut dyn BlobSink, bytes: &[u8], blob: &Descriptor, progress: &dyn Progress) -> Result<()> {
    if progress.cancelled() {
        return Err(RegistryError::cancelled());
    }
    sink.write(bytes).map_err(|error| RegistryError::local("the content cannot be written", error))?;
    progress.advance(&blob.digest, sink.len(), blob.size);
    Ok(())
}

/// Reads a blob over as many connections as it takes. It passes the promised number of bytes; it does not check
/// their digest.
pub struct BlobReader {
    client: Client,
    reference: Reference,
    blob: Descriptor,
    at: u64,
    body: Option<(Url, Box<dyn Read + Send>)>,
    failures: u32,
    /// Where the last failure was; 0 when the bytes come in one piece.
    failed_at: u64,
}

impl BlobReader {
    fn fill(&mut self, buf: &mut [u8]) -> Result<usize> {
        loop {
            if self.body.is_none() {
                if self.at == self.blob.size {
                    return Ok(0);
                }
                self.open()?;
            }
            let Some((url, body)) = &mut self.body else { return Ok(0) };
            let error = match body.read(buf) {
                Ok(0) if self.at == self.blob.size => {
                    self.body = None;
                    return Ok(0);
                }
                Ok(0) => {
                    RegistryError::new(ErrorKind::Unreachable, "the connection ended too early").retryable()
                }
                Ok(count) if count as u64 > self.blob.size - self.at => {
                    return Err(too_long(&self.blob, url));
                }
                Ok(count) => {
                    self.at += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => io_failure(error, url).with_url(url).into(),
            };
            self.pause(error)?;
        }
    }

    /// Waits before the next connection, or gives up.
    fn pause(&mut self, error: RegistryError) -> Result<()> {
        self.body = None;
        if self.at - self.failed_at.min(self.at) >= FORGIVE {
            self.failures = 0;
        }
        self.failed_at = self.at;
        self.client.policy().pause(self.reference.registry(), self.failures, error)?;
        self.failures += 1;
        Ok(())
    }

    /// Opens a connection at the place reached. A registry that ignores the range is read from the start, and
    /// what is known already is skipped.
    fn open(&mut self) -> Result<()> {
        if self.at == self.blob.size {
            return Ok(());
        }
        let (at, digest) = (self.at, self.blob.digest);
        let answer = self.client.pull(&self.reference, |target| {
            let mut call =
                Call::new(Method::GET, format!("blobs/{digest}")).header(ACCEPT_ENCODING, "identity");
            if at > 0 {
                call = call.header(RANGE, &format!("bytes={at}-"));
            }
            self.client.call(target, &Access::pull(&target.repository), &call)
        })?;
        let start = match answer.status {
            206 => range_start(&answer).ok_or_else(|| {
                RegistryError::protocol("a partial answer does not say which part it is")
                    .with_url(&answer.url)
            })?,
            _ => 0,
        };
        if start > at {
            return Err(RegistryError::protocol("a partial answer starts too late").with_url(&answer.url));
        }
        if answer.content_length().is_some_and(|size| size != self.blob.size - start) {
            return Err(too_long(&self.blob, &answer.url));
        }
        let url = answer.url.clone();
        let mut body: Box<dyn Read + Send> = Box::new(answer.into_reader());
        // When this fails, the next read finds the body short, and that is handled there.
        let _ = io::copy(&mut (&mut body).take(at - start), &mut io::sink());
        self.body = Some((url, body));
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.fill(buf).map_err(io::Error::other)
    }
}

fn too_long(blob: &Descriptor, url: &Url) -> RegistryError {
    let text = format!("the registry's content is not the {} bytes that the manifest promises", blob.size);
    RegistryError::new(ErrorKind::DigestMismatch, text).with_url(url)
}

/// The first byte's place in `Content-Range: bytes 10-19/20`.
fn range_start(answer: &Answer) -> Option<u64> {
    answer.header(CONTENT_RANGE)?.trim().strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}
