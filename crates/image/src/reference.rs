//! Image references: `[registry/]repository[:tag][@digest]` with Docker's defaults.

use std::fmt;
use std::str::FromStr;

use kit::Digest;

const DEFAULT_REGISTRY: &str = "docker.io";

/// A normalized reference (distribution/reference grammar): a registry is always named, and a name without
/// one means `docker.io`, where a single component lives under `library/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl Reference {
    /// Host with optional port.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Path within the registry, for example `library/debian`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag as given.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest as given.
    pub const fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The tag, or `latest` where neither tag nor digest is given.
    pub fn tag_or_latest(&self) -> Option<&str> {
        match (&self.tag, self.digest) {
            (Some(tag), _) => Some(tag),
            (None, None) => Some("latest"),
            (None, Some(_)) => None,
        }
    }

    /// The same reference with another tag and no digest.
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Self {
        Self { tag: Some(tag.to_owned()), digest: None, ..self.clone() }
    }

    /// The same reference pinned to a digest, the tag kept.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { digest: Some(digest), ..self.clone() }
    }

    /// What a digest names in the same repository, without a tag: what is pushed by it gets no other name.
    #[must_use]
    pub fn by_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }

    /// The same repository path on another registry.
    #[must_use]
    pub fn on_registry(&self, registry: &str) -> Self {
        Self { registry: registry.to_owned(), ..self.clone() }
    }

    /// As people write it: without `docker.io/` and `library/`.
    pub fn familiar(&self) -> String {
        let name = if self.registry == DEFAULT_REGISTRY {
            self.repository.strip_prefix("library/").unwrap_or(&self.repository).to_owned()
        } else {
            format!("{}/{}", self.registry, self.repository)
        };
        name + &self.suffix()
    }

    fn suffix(&self) -> String {
        let tag = self.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        tag + &digest
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.registry, self.repository, self.suffix())
    }
}

/// The name under which a context is looked up: that of an image without registry and tag where these are the usual ones.
/// Behind a `::` stands the platform that it is for.
pub fn context_name(text: &str) -> String {
    let (name, platform) =
        text.split_once("::").map_or((text, None), |(name, platform)| (name, Some(platform)));
    let short = name.parse::<Reference>().map_or_else(
        |_| name.to_owned(),
        |reference| {
            let familiar = reference.familiar();
            familiar.strip_suffix(":latest").map_or_else(|| familiar.clone(), str::to_owned)
        },
    );
    platform.map_or_else(|| short.clone(), |platform| format!("{short}::{platform}"))
}

/// A text that is no image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceError {
    text: String,
    why: &'static str,
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an image reference: {}", self.text, self.why)
    }
}

impl std::error::Error for ReferenceError {}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let bad = |why| ReferenceError { text: text.chars().take(200).collect(), why };
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse().map_err(|_| bad("the digest is malformed"))?)),
            None => (text, None),
        };
        let (name, tag) = split_tag(rest);
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(bad(if tag.is_empty() {
                "the tag is empty"
            } else {
                "the tag has characters that are not allowed"
            }));
        }
        let (registry, path) = split_registry(name);
        if path.is_empty() {
            return Err(bad("the name is empty"));
        }
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(bad("the repository name must be lowercase"));
        }
        if !path.split('/').all(is_component) {
            return Err(bad("the repository name has characters that are not allowed"));
        }
        if !is_registry(registry) {
            return Err(bad("the registry name is malformed"));
        }
        let official = registry == DEFAULT_REGISTRY && !path.contains('/');
        let repository = if official { format!("library/{path}") } else { path.to_owned() };
        if repository.len() > 255 {
            return Err(bad("the repository name is longer than 255 characters"));
        }
        Ok(Self { registry: registry.to_owned(), repository, tag: tag.map(str::to_owned), digest })
    }
}

/// Cuts the tag off: the last `:` counts only when no `/` follows it, as a port may stand before.
fn split_tag(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (text, None),
    }
}

/// The first component is a registry when it has a dot or a port or is `localhost` (or upper case, as Docker reads it).
fn split_registry(name: &str) -> (&str, &str) {
    let Some((first, rest)) = name.split_once('/') else { return (DEFAULT_REGISTRY, name) };
    let is_host =
        first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase());
    match (is_host, first) {
        (true, "index.docker.io") => (DEFAULT_REGISTRY, rest),
        (true, host) => (host, rest),
        (false, _) => (DEFAULT_REGISTRY, name),
    }
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = tag.as_bytes();
    (1..=128).contains(&bytes.len())
        && word(bytes[0])
        && bytes.iter().all(|byte| word(*byte) || b".-".contains(byte))
}

/// Lower-case letters and digits, joined by one `.`, one or two `_`, or any number of `-`.
fn is_component(part: &str) -> bool {
    let alnum = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends_well = bytes.first().is_some_and(|b| alnum(*b)) && bytes.last().is_some_and(|b| alnum(*b));
    let mut separators =
        part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).filter(|s| !s.is_empty());
    ends_well && separators.all(|s| matches!(s, "." | "_" | "__") || s.bytes().all(|b| b == b'-'))
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let label = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let ipv6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host_ok = ipv6.map_or_else(
        || host.split('.').all(label),
        |inner| inner.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':'),
    );
    host_ok && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_their_defaults() {
        for (text, full, familiar) in [
            ("debian", "docker.io/library/debian", "debian"),
            ("debian:12", "docker.io/library/debian:12", "debian:12"),
            ("a/b:c", "docker.io/a/b:c", "a/b:c"),
            ("localhost:5000/x", "localhost:5000/x", "localhost:5000/x"),
            ("127.0.0.1:5000/base/x:1", "127.0.0.1:5000/base/x:1", "127.0.0.1:5000/base/x:1"),
            ("index.docker.io/library/a", "docker.io/library/a", "a"),
            ("[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x"),
            ("gcr.io/a/b__c/d-e.f", "gcr.io/a/b__c/d-e.f", "gcr.io/a/b__c/d-e.f"),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), full);
            assert_eq!(reference.familiar(), familiar);
        }
    }

    #[test]
    fn malformed_names_are_refused() {
        for text in [
            "",
            "Debian",
            "a:",
            "a:b c",
            "a//b",
            "-a",
            "a-",
            "a@sha256:12",
            ":tag",
            "a___b",
            "a..b",
            "h:99999/x",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
        // The length counts with what is added to a short name.
        assert!("a".repeat(248).parse::<Reference>().is_err());
        assert!("a".repeat(247).parse::<Reference>().is_ok());
    }

    #[test]
    fn a_digest_stands_beside_a_tag() {
        let digest = Digest::of(b"x");
        let reference: Reference = format!("debian:12@{digest}").parse().unwrap();
        assert_eq!((reference.tag(), reference.digest()), (Some("12"), Some(digest)));
        assert_eq!(reference.tag_or_latest(), Some("12"));
    }
}
