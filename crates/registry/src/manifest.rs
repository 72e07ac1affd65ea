//! Manifests: fetched, asked for, put, deleted (distribution-spec, "Pulling manifests", "Pushing Manifests").

use image::{Descriptor, Digest, Index, Reference, media_type};
use net::header::{ACCEPT, CONTENT_TYPE};
use net::{HeaderName, Method};
use serde::Deserialize;

use crate::auth::Access;
use crate::client::Call;
use crate::endpoint::Target;
use crate::http::{Answer, Body};
use crate::{Client, ErrorKind, RegistryError, Result};

/// Largest manifest (distribution-spec asks registries to take 4 MiB).
pub(crate) const MAX_MANIFEST: u64 = 4 << 20;

const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

/// Types with a signature around the manifest, which nothing reads any more.
const SCHEMA_1: [&str; 2] = [
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

/// What every kind of manifest may say of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    manifests: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    layers: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    config: Option<Typed>,
    #[serde(default)]
    artifact_type: Option<String>,
    #[serde(default)]
    subject: Option<Descriptor>,
    #[serde(default)]
    annotations: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Typed {
    #[serde(default)]
    media_type: String,
}

impl Client {
    /// Fetches the manifest or index that a reference names, at most 4 MiB.
    ///
    /// The bytes are checked against the reference's digest, or against what the registry says the tag's digest is.
    /// Mirrors are asked first. A document that is manifest and index at once, or whose own media type is
    /// not the one it is served with, is refused.
    pub fn manifest(&self, reference: &Reference) -> Result<(Descriptor, Vec<u8>)> {
        self.pull(reference, |target| self.get_manifest(target, reference))
            .map_err(|error| error.about(reference))
    }

    fn get_manifest(&self, target: &Target, reference: &Reference) -> Result<(Descriptor, Vec<u8>)> {
        let call = accepting(Call::new(Method::GET, tail(reference)));
        let answer = self.call(target, &Access::pull(&target.repository), &call)?;
        let (url, served_as, said) = (answer.url.clone(), content_type(&answer), said_digest(&answer));
        let bytes = answer.read(MAX_MANIFEST)?;
        let digest = Digest::of(&bytes);
        if let Some(expected) = reference.digest().or(said).filter(|expected| *expected != digest) {
            return Err(mismatch(expected, digest).with_url(&url));
        }
        let kind = check_kind(&bytes, served_as.as_deref()).map_err(|error| error.with_url(&url))?;
        Ok((Descriptor::new(&kind, digest, bytes.len() as u64), bytes))
    }

    /// Asks what a reference names without fetching it. `None` when there is no such thing.
    pub fn head(&self, reference: &Reference) -> Result<Option<Descriptor>> {
        let found = self.pull(reference, |target| self.head_manifest(target, reference));
        found_or_none(found).map_err(|error| error.about(reference))
    }

    fn head_manifest(&self, target: &Target, reference: &Reference) -> Result<Descriptor> {
        let call = accepting(Call::new(Method::HEAD, tail(reference)));
        let answer = self.call(target, &Access::pull(&target.repository), &call)?;
        let digest = reference.digest().or_else(|| said_digest(&answer));
        let (Some(kind), Some(digest), Some(size)) = (content_type(&answer), digest, answer.content_length())
        else {
            // A registry that leaves a header out is asked for the whole, which tells all three.
            return self.get_manifest(target, reference).map(|(descriptor, _)| descriptor);
        };
        if let Some(said) = said_digest(&answer).filter(|said| *said != digest) {
            return Err(mismatch(digest, said).with_url(&answer.url));
        }
        Ok(Descriptor::new(&kind, digest, size))
    }

    /// Puts a manifest or index under the reference's tag, or under its digest when it has no tag.
    ///
    /// What it refers to must be there already. When it has a `subject` and the registry does not keep lists of
    /// referrers, the list under the fallback tag is updated.
    pub fn put_manifest(&self, reference: &Reference, media_type: &str, bytes: &[u8]) -> Result<Descriptor> {
        self.put(reference, media_type, bytes).map_err(|error| error.about(reference))
    }

    /// Puts a manifest under its digest only, whatever the reference's tag.
    pub(crate) fn put_by_digest(
        &self,
        reference: &Reference,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Descriptor> {
        self.put_as(reference, None, media_type, bytes).map_err(|error| error.about(reference))
    }

    fn put(&self, reference: &Reference, media_type: &str, bytes: &[u8]) -> Result<Descriptor> {
        let actual = Digest::of(bytes);
        if let Some(expected) = reference.digest().filter(|expected| *expected != actual) {
            return Err(mismatch(expected, actual));
        }
        self.put_as(reference, reference.tag_or_latest(), media_type, bytes)
    }

    fn put_as(
        &self,
        reference: &Reference,
        tag: Option<&str>,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Descriptor> {
        let descriptor = Descriptor::of(media_type, bytes);
        let target = self.origin(reference);
        let name = tag.map_or_else(|| descriptor.digest.to_string(), str::to_owned);
        let call = Call::new(Method::PUT, format!("manifests/{name}"))
            .header(CONTENT_TYPE, media_type)
            .body(Body::Bytes(bytes));
        let answer = self.call(&target, &Access::push(&target.repository), &call)?;
        if let Some(said) = said_digest(&answer).filter(|said| *said != descriptor.digest) {
            return Err(mismatch(descriptor.digest, said).with_url(&answer.url));
        }
        let lists_referrers = answer.header(SUBJECT).is_some();
        answer.discard();
        if !lists_referrers {
            self.add_referrer(reference, &descriptor, bytes)?;
        }
        Ok(descriptor)
    }

    /// Keeps the list of referrers for a registry that does not (distribution-spec, "Pushing Manifests with Subject").
    fn add_referrer(&self, reference: &Reference, descriptor: &Descriptor, bytes: &[u8]) -> Result<()> {
        let Ok(Head { subject: Some(subject), artifact_type, config, annotations, .. }) =
            serde_json::from_slice(bytes)
        else {
            return Ok(());
        };
        let fallback = reference.with_tag(&fallback_tag(&subject.digest));
        let target = self.origin(&fallback);
        let mut index = found_or_none(self.get_manifest(&target, &fallback))?
            .and_then(|(_, bytes)| serde_json::from_slice::<Index>(&bytes).ok())
            .unwrap_or_else(|| Index::new(Vec::new()));
        if index.manifests.iter().any(|entry| entry.digest == descriptor.digest) {
            return Ok(());
        }
        let artifact_type = artifact_type.or_else(|| config.map(|config| config.media_type));
        index.manifests.push(Descriptor { artifact_type, annotations, ..descriptor.clone() });
        let bytes = serde_json::to_vec(&index).map_err(|error| {
            RegistryError::protocol("the list of referrers cannot be written").with_source(error)
        })?;
        // The list itself has no subject, so this does not come back here.
        self.put(&fallback, media_type::INDEX, &bytes).map(|_| ())
    }

    /// Deletes what the reference names: its digest, else its tag. Registries may keep the blobs, and some allow
    /// deletion by digest only.
    pub fn delete(&self, reference: &Reference) -> Result<()> {
        let target = self.origin(reference);
        let call = Call::new(Method::DELETE, tail(reference));
        let answer = self.call(&target, &Access::delete(&target.repository), &call);
        let refused = |error: RegistryError| {
            let by_tag = reference.digest().is_none();
            match error.status() {
                Some(405) => error.with_hint("this registry does not allow deletion"),
                Some(400) if by_tag => {
                    error.with_hint("this registry deletes by digest only: name `@sha256:...`")
                }
                _ => error,
            }
        };
        answer.map(Answer::discard).map_err(|error| refused(error).about(reference))
    }
}

/// Turns "not found" into `None`.
pub(crate) fn found_or_none<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The tag that stands in for the referrers API (distribution-spec, "Referrers Tag Schema").
pub(crate) fn fallback_tag(digest: &Digest) -> String {
    digest.to_string().replace(':', "-")
}

pub(crate) fn mismatch(expected: Digest, actual: Digest) -> RegistryError {
    let text = format!("expected digest `{expected}`, got `{actual}`");
    RegistryError::new(ErrorKind::DigestMismatch, text)
}

fn tail(reference: &Reference) -> String {
    let digest = reference.digest().map(|digest| digest.to_string());
    let name = digest.as_deref().or(reference.tag_or_latest()).unwrap_or("latest");
    format!("manifests/{name}")
}

fn accepting(call: Call<'_>) -> Call<'_> {
    let kinds =
        [media_type::INDEX, media_type::MANIFEST, media_type::DOCKER_LIST, media_type::DOCKER_MANIFEST];
    kinds.iter().fold(call, |call, kind| call.header(ACCEPT, kind))
}

fn content_type(answer: &Answer) -> Option<String> {
    let text = answer.header(CONTENT_TYPE)?.split(';').next()?.trim().to_ascii_lowercase();
    (!text.is_empty()).then_some(text)
}

/// The digest that the registry names; one of another algorithm cannot be checked and counts as none.
fn said_digest(answer: &Answer) -> Option<Digest> {
    answer.header(DIGEST)?.trim().parse().ok()
}

/// The media type of a manifest. A document that two readers could take for different things is refused
/// (CVE-2021-41190).
fn check_kind(bytes: &[u8], served_as: Option<&str>) -> Result<String> {
    let head: Head = serde_json::from_slice(bytes)
        .map_err(|error| RegistryError::protocol("the manifest is not valid JSON").with_source(error))?;
    let own = head.media_type.as_deref().filter(|kind| !kind.is_empty());
    let known = |kind: &&str| media_type::is_index(kind) || media_type::is_manifest(kind);
    // Some registries serve everything as plain JSON or as bytes.
    let kind = served_as.filter(known).or(own).or(served_as).unwrap_or_default();
    if SCHEMA_1.contains(&kind) {
        return Err(RegistryError::protocol(
            "the image has the old format `schema 1`, which is not supported",
        )
        .with_hint("push the image again with a current tool"));
    }
    if !known(&kind) {
        return Err(RegistryError::protocol(format!("`{kind}` is no type of a manifest or index")));
    }
    if let Some(own) = own.filter(|own| *own != kind) {
        return Err(RegistryError::protocol(format!(
            "the manifest says it is `{own}`, but is served as `{kind}`"
        )));
    }
    let is_index = media_type::is_index(kind);
    let fits =
        if is_index { head.layers.is_none() && head.config.is_none() } else { head.manifests.is_none() };
    if !fits {
        return Err(RegistryError::protocol("the document is a manifest and an index at once"));
    }
    Ok(kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_manifest_is_unambiguous() {
        let check = |json: &str, served_as: Option<&str>, expect: Option<&str>| {
            assert_eq!(
                check_kind(json.as_bytes(), served_as).ok().as_deref(),
                expect,
                "{json} {served_as:?}"
            );
        };
        let (manifest, index) = (media_type::MANIFEST, media_type::INDEX);
        let own = |kind: &str, rest: &str| format!(r#"{{"mediaType":"{kind}"{rest}}}"#);
        check(&own(manifest, ""), Some(manifest), Some(manifest));
        check(r#"{"config":{},"layers":[]}"#, Some(manifest), Some(manifest));
        check(&own(index, r#","manifests":[]"#), Some("application/json"), Some(index));
        check(&own(index, ""), None, Some(index));
        check(&own(index, ""), Some(manifest), None);
        check("{}", Some("application/json"), None);
        check("{}", None, None);
        check("<html>", Some(manifest), None);
        check(r#"{"layers":[],"manifests":[]}"#, Some(manifest), None);
        check(r#"{"layers":[],"manifests":[]}"#, Some(index), None);
        check(r#"{"schemaVersion":1}"#, Some(SCHEMA_1[1]), None);
    }
}
