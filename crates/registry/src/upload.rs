//! Blobs on the way out (distribution-spec, "Pushing blobs").

use std::io::{self, Read};

use image::{Descriptor, Digest, Reference};
use net::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use net::{HeaderName, Method};

use crate::auth::Access;
use crate::client::{Address, Call};
use crate::endpoint::Target;
use crate::http::{Answer, Body};
use crate::transfer::Part;
use crate::{BlobSource, Client, ErrorKind, GrowingSource, Progress, Reach, RegistryError, Result};
use net::Url;

/// Blobs below this many bytes go in one request.
const SMALL: u64 = 8 << 20;

/// Most bytes of a request while the blob is not whole.
const EARLY: u64 = 16 << 20;

const CHUNK_MIN: HeaderName = HeaderName::from_static("oci-chunk-min-length");

const BYTES: &str = "application/octet-stream";

/// What a registry says to a request to mount.
pub(crate) enum Mount {
    /// The blob is there now.
    Done,
    /// It is not; an upload is open instead.
    Upload(Session),
}

/// An open upload.
pub(crate) struct Session {
    location: Url,
    min_chunk: u64,
}

impl Client {
    /// Makes a blob of another repository of the same registry appear in `target`'s, without moving bytes. False when
    /// the registry will not: then the blob has to be pushed.
    pub fn mount_blob(&self, target: &Reference, digest: &Digest, from_repository: &str) -> Result<bool> {
        let server = self.origin(target);
        match self.mount(&server, digest, from_repository).map_err(|error| error.about(target))? {
            Mount::Done => Ok(true),
            Mount::Upload(session) => {
                self.abandon(&server, &session.location);
                Ok(false)
            }
        }
    }

    pub(crate) fn mount(&self, target: &Target, digest: &Digest, from: &str) -> Result<Mount> {
        let access = Access::push(&target.repository).and_pull(from);
        let call = begin_call().param("mount", digest).param("from", from);
        let answer = self.call(target, &access, &call)?;
        if answer.status == 201 {
            answer.discard();
            return Ok(Mount::Done);
        }
        open_session(answer).map(Mount::Upload)
    }

    /// Pushes a blob, unless the repository has it.
    ///
    /// Less than 8 MiB go in one request; more goes in chunks of [`crate::Config::chunk`] bytes, and after a failure
    /// the upload goes on from what the registry says it has. A registry that gives up an upload of which part of a chunk
    /// arrived (distribution before version 3 does) gets the whole blob again. The registry checks the digest.
    pub fn push_blob(
        &self,
        reference: &Reference,
        blob: &Descriptor,
        source: &dyn BlobSource,
        progress: &dyn Progress,
    ) -> Result<()> {
        let target = self.origin(reference);
        let name = || format!("{}/{}@{}", target.registry, target.repository, blob.digest);
        let result = match self.blob_exists(&target, &Access::push(&target.repository), &blob.digest) {
            Ok(true) => {
                progress.advance(&blob.digest, blob.size, blob.size);
                Ok(())
            }
            Ok(false) => self.upload(&target, blob, source, progress, None),
            Err(error) => Err(error),
        };
        result.map_err(|error| error.about(&name()))
    }

    /// Pushes a blob while it is made. A small one goes as [`Client::push_blob`] sends it; else the upload begins before the
    /// digest is known, so that a blob that the repository has already may be sent in part before that shows. An upload of
    /// what is never whole, or that fails, is taken back, and nothing of it becomes visible.
    pub fn push_growing(
        &self,
        reference: &Reference,
        source: &dyn GrowingSource,
        progress: &dyn Progress,
    ) -> Result<()> {
        if let Reach::Whole(blob) = reach(source, SMALL)? {
            return self.push_blob(reference, &blob, source, progress);
        }
        let target = self.origin(reference);
        let name = || format!("{}/{}", target.registry, target.repository);
        self.send(&target, source, progress, None).map_err(|error| error.about(&name()))
    }

    /// Uploads a blob, into `session` when one is open already.
    pub(crate) fn upload(
        &self,
        target: &Target,
        blob: &Descriptor,
        source: &dyn BlobSource,
        progress: &dyn Progress,
        session: Option<Session>,
    ) -> Result<()> {
        self.send(target, &Known { blob, source }, progress, session)
    }

    fn send(
        &self,
        target: &Target,
        source: &dyn GrowingSource,
        progress: &dyn Progress,
        session: Option<Session>,
    ) -> Result<()> {
        let access = Access::push(&target.repository);
        let session = session.map_or_else(|| self.begin(target, &access), Ok)?;
        let (client, blob) = (self, None);
        let mut upload = Upload {
            client,
            target,
            access,
            blob,
            size: 0,
            source,
            progress,
            session,
            offset: 0,
            resumed: false,
        };
        let result = upload.run();
        if !matches!(result, Ok(End::Committed)) {
            self.abandon(target, &upload.session.location);
        }
        result.map(drop)
    }

    fn begin(&self, target: &Target, access: &Access) -> Result<Session> {
        self.call(target, access, &begin_call()).and_then(open_session)
    }

    /// Tells the registry that an upload will not go on. It would find out by itself, so a failure does not matter.
    fn abandon(&self, target: &Target, location: &Url) {
        let call = Call::at(Method::DELETE, Address::Absolute(location.clone())).once();
        if let Ok(answer) = self.call(target, &Access::push(&target.repository), &call) {
            answer.discard();
        }
    }
}

fn begin_call() -> Call<'static> {
    Call::new(Method::POST, "blobs/uploads/").body(Body::Bytes(&[]))
}

fn open_session(answer: Answer) -> Result<Session> {
    let location = answer.location()?;
    let min_chunk = answer.header(CHUNK_MIN).and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    answer.discard();
    Ok(Session { location, min_chunk })
}

struct Upload<'a> {
    client: &'a Client,
    target: &'a Target,
    access: Access,
    source: &'a dyn GrowingSource,
    /// The blob, once all of it is there.
    blob: Option<Descriptor>,
    /// Bytes that are there to be sent.
    size: u64,
    progress: &'a dyn Progress,
    session: Session,
    /// Bytes that the registry has.
    offset: u64,
    resumed: bool,
}

/// How an upload ends.
enum End {
    Committed,
    /// The registry has the blob from somewhere else, so that the upload is not needed.
    There,
}

impl Upload<'_> {
    fn run(&mut self) -> Result<End> {
        let (mut failures, mut reached) = (0, 0);
        loop {
            let error = match self.rest() {
                Ok(end) => return Ok(end),
                Err(error) => error,
            };
            if self.offset > reached {
                (failures, reached) = (0, self.offset);
            }
            if self.resumed && error.has_code("DIGEST_INVALID") {
                // The registry and we disagree about where the first part ended; one start from zero settles that.
                self.restart()?;
                self.resumed = false;
                continue;
            }
            self.client.policy().pause(&self.target.host, failures, error)?;
            failures += 1;
            if self.recover()? {
                return Ok(End::Committed);
            }
        }
    }

    /// Sends what is missing and commits.
    fn rest(&mut self) -> Result<End> {
        loop {
            if self.blob.is_none()
                && let Reach::Whole(blob) = self.look(self.offset + self.chunk())?
                && self.is_there_meanwhile(&blob)?
            {
                return Ok(End::There);
            }
            if self.progress.cancelled() {
                return Err(RegistryError::cancelled());
            }
            match &self.blob {
                Some(blob) if self.offset == 0 && self.size < SMALL => self.commit(blob.digest, self.size)?,
                Some(blob) if self.offset == self.size => self.commit(blob.digest, 0)?,
                _ => {
                    self.patch(self.chunk().min(self.size - self.offset))?;
                    continue;
                }
            }
            return Ok(End::Committed);
        }
    }

    /// The most that one request takes: less while more is to come, so that the registry gets it early.
    fn chunk(&self) -> u64 {
        let most = self.client.chunk();
        let most = if self.blob.is_some() { most } else { most.min(EARLY) };
        most.max(self.session.min_chunk)
    }

    /// Waits for `size` bytes or the end.
    fn look(&mut self, size: u64) -> Result<Reach> {
        let reach = reach(self.source, size)?;
        match &reach {
            Reach::Growing(size) => self.size = *size,
            Reach::Whole(blob) => (self.size, self.blob) = (blob.size, Some(Descriptor::clone(blob))),
        }
        Ok(reach)
    }

    /// Whether an upload that began without a digest turns out to be one that need not go on.
    fn is_there_meanwhile(&self, blob: &Descriptor) -> Result<bool> {
        if self.offset == 0 || self.size - self.offset < SMALL {
            return Ok(false);
        }
        self.client.blob_exists(self.target, &self.access, &blob.digest)
    }

    fn part(&self, len: u64) -> Part<'_> {
        let (blob, offset) = (self.blob.as_ref(), self.offset);
        Part { source: self.source, blob, offset, len, progress: self.progress }
    }

    fn patch(&mut self, len: u64) -> Result<()> {
        let part = self.part(len);
        let call = self
            .call(Method::PATCH)
            .header(CONTENT_TYPE, BYTES)
            .header(CONTENT_RANGE, &format!("{}-{}", self.offset, self.offset + len - 1))
            .body(Body::Payload(&part));
        let answer =
            self.client.call(self.target, &self.access, &call).map_err(|error| match error.status() {
                // We are not where the registry thinks; asking it puts that right.
                Some(416) => error.retryable(),
                _ => error,
            })?;
        self.note(&answer)?;
        let expected = self.offset + len;
        self.offset =
            received(&answer).filter(|have| *have > self.offset && *have <= expected).unwrap_or(expected);
        answer.discard();
        Ok(())
    }

    /// Commits the upload, with the last `len` bytes.
    fn commit(&self, digest: Digest, len: u64) -> Result<()> {
        let part = self.part(len);
        let body = if len == 0 { Body::Bytes(&[]) } else { Body::Payload(&part) };
        let call = self.call(Method::PUT).param("digest", &digest).header(CONTENT_TYPE, BYTES).body(body);
        let answer = self.client.call(self.target, &self.access, &call).map_err(|error| {
            if error.has_code("DIGEST_INVALID") { error.with_kind(ErrorKind::DigestMismatch) } else { error }
        })?;
        answer.discard();
        Ok(())
    }

    fn call(&self, method: Method) -> Call<'static> {
        Call::at(method, Address::Absolute(self.session.location.clone())).once()
    }

    fn note(&mut self, answer: &Answer) -> Result<()> {
        // Every answer names the address for the next step; where it does not, the old one stays good.
        if answer.header("location").is_some() {
            self.session.location = answer.location()?;
        }
        Ok(())
    }

    /// Finds out what the registry has after a failure. True when it has all.
    fn recover(&mut self) -> Result<bool> {
        let small = self.blob.is_some() && self.size < SMALL;
        if let Some(blob) = &self.blob
            && (small || self.offset == self.size)
            && self.client.blob_exists(self.target, &self.access, &blob.digest)?
        {
            return Ok(true);
        }
        if small {
            self.restart()?;
            return Ok(false);
        }
        let call = Call { repeat: true, ..self.call(Method::GET) };
        match self.client.call(self.target, &self.access, &call) {
            Ok(answer) => {
                self.note(&answer)?;
                let have = received(&answer).unwrap_or(0);
                answer.discard();
                self.offset = if have <= self.size { have } else { 0 };
                self.resumed = true;
                Ok(false)
            }
            // The upload is gone, or the registry cannot tell.
            Err(error) if error.status().is_some_and(|status| (400..500).contains(&status)) => {
                self.restart()?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn restart(&mut self) -> Result<()> {
        self.session = self.client.begin(self.target, &self.access)?;
        self.offset = 0;
        Ok(())
    }
}

fn reach(source: &dyn GrowingSource, size: u64) -> Result<Reach> {
    source.wait(size).map_err(|error| RegistryError::local("the content cannot be read", error))
}

/// A blob that is there as a whole.
struct Known<'a> {
    blob: &'a Descriptor,
    source: &'a dyn BlobSource,
}

impl BlobSource for Known<'_> {
    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send + '_>> {
        self.source.open_at(offset)
    }
}

impl GrowingSource for Known<'_> {
    fn wait(&self, _: u64) -> io::Result<Reach> {
        Ok(Reach::Whole(Box::new(self.blob.clone())))
    }
}

/// How many bytes the registry has: `Range: 0-99` means 100. `0-0` is what registries say of an empty upload too, and is
/// taken as that.
fn received(answer: &Answer) -> Option<u64> {
    let text = answer.header(RANGE)?.trim();
    let text = text.strip_prefix("bytes=").unwrap_or(text);
    let last: u64 = text.strip_prefix("0-")?.parse().ok()?;
    Some(if last == 0 { 0 } else { last.checked_add(1)? })
}
