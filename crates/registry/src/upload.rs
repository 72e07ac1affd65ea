//! Blobs on the way out (distribution-spec, "Pushing blobs").

use image::{Descriptor, Digest, Reference};
use net::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use net::{HeaderName, Method};

use crate::auth::Access;
use crate::client::{Address, Call};
use crate::endpoint::Target;
use crate::http::{Answer, Body};
use crate::transfer::Part;
use crate::{BlobSource, Client, ErrorKind, Progress, Result};
use net::Url;

/// Blobs below this many bytes go in one request.
const SMALL: u64 = 8 << 20;

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

    /// Uploads a blob, into `session` when one is open already.
    pub(crate) fn upload(
        &self,
        target: &Target,
        blob: &Descriptor,
        source: &dyn BlobSource,
        progress: &dyn Progress,
        session: Option<Session>,
    ) -> Result<()> {
        let access = Access::push(&target.repository);
        let session = session.map_or_else(|| self.begin(target, &access), Ok)?;
        let mut upload = Upload {
            client: self,
            target,
            access,
            blob,
            source,
            progress,
            session,
            offset: 0,
            resumed: false,
        };
        let result = upload.run();
        if result.is_err() {
            self.abandon(target, &upload.session.location);
        }
        result
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
    blob: &'a Descriptor,
    source: &'a dyn BlobSource,
    progress: &'a dyn Progress,
    session: Session,
    offset: u64,
    resumed: bool,
}

impl Upload<'_> {
    fn run(&mut self) -> Result<()> {
        let (mut failures, mut reached) = (0, 0);
        loop {
            let error = match self.rest() {
                Ok(()) => return Ok(()),
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
                return Ok(());
            }
        }
    }

    /// Sends what is missing and commits.
    fn rest(&mut self) -> Result<()> {
        if self.offset == 0 && self.blob.size < SMALL {
            return self.commit(self.blob.size);
        }
        while self.offset < self.blob.size {
            self.patch()?;
        }
        self.commit(0)
    }

    fn part(&self, len: u64) -> Part<'_> {
        Part {
            source: self.source,
            digest: self.blob.digest,
            offset: self.offset,
            len,
            total: self.blob.size,
            progress: self.progress,
        }
    }

    fn patch(&mut self) -> Result<()> {
        let chunk = self.client.chunk().max(self.session.min_chunk);
        let len = chunk.min(self.blob.size - self.offset);
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
    fn commit(&self, len: u64) -> Result<()> {
        let part = self.part(len);
        let body = if len == 0 { Body::Bytes(&[]) } else { Body::Payload(&part) };
        let call =
            self.call(Method::PUT).param("digest", &self.blob.digest).header(CONTENT_TYPE, BYTES).body(body);
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
        let at_end = self.offset == self.blob.size || self.blob.size < SMALL;
        if at_end && self.client.blob_exists(self.target, &self.access, &self.blob.digest)? {
            return Ok(true);
        }
        if self.blob.size < SMALL {
            self.restart()?;
            return Ok(false);
        }
        let call = Call { repeat: true, ..self.call(Method::GET) };
        match self.client.call(self.target, &self.access, &call) {
            Ok(answer) => {
                self.note(&answer)?;
                let have = received(&answer).unwrap_or(0);
                answer.discard();
                self.offset = if have <= self.blob.size { have } else { 0 };
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

/// How many bytes the registry has: `Range: 0-99` means 100. `0-0` is what registries say of an empty upload too, and is
/// taken as that.
fn received(answer: &Answer) -> Option<u64> {
    let text = answer.header(RANGE)?.trim();
    let text = text.strip_prefix("bytes=").unwrap_or(text);
    let last: u64 = text.strip_prefix("0-")?.parse().ok()?;
    Some(if last == 0 { 0 } else { last.checked_add(1)? })
}
