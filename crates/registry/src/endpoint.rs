//! Which server to ask for a repository, and how it is spoken to.

use image::Reference;

use net::is_loopback;

/// Whether a server is spoken to by plain http.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    /// Never.
    Never,
    /// When https does not work.
    Fallback,
    /// It is tried first, because nobody listens in on this machine and the answer is there at once.
    First,
    /// Always: the address says so.
    Only,
}

/// A repository on one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The name under which credentials are kept.
    pub(crate) registry: String,
    /// Host with optional port.
    pub(crate) host: String,
    /// Path of the repository there.
    pub(crate) repository: String,
    /// How it is spoken to.
    pub(crate) plain: Plain,
    /// Whether this stands in for another registry.
    pub(crate) mirror: bool,
}

impl Target {
    /// The registry that a reference names.
    pub(crate) fn origin(reference: &Reference, insecure: impl Fn(&str) -> bool) -> Self {
        let registry = reference.registry();
        // Docker Hub's API lives under another name than its images.
        let host = if registry == "docker.io" { "registry-1.docker.io" } else { registry };
        Self {
            registry: registry.to_owned(),
            host: host.to_owned(),
            repository: reference.repository().to_owned(),
            plain: plain_for(host, insecure),
            mirror: false,
        }
    }

    /// A mirror: `[http[s]://]host[:port][/prefix]`.
    pub(crate) fn mirror(text: &str, reference: &Reference, insecure: impl Fn(&str) -> bool) -> Self {
        let (only, secure) = (text.strip_prefix("http://"), text.strip_prefix("https://"));
        let rest = only.or(secure).unwrap_or(text).trim_end_matches('/');
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = match (only, secure) {
            (Some(_), _) => Plain::Only,
            (_, Some(_)) => Plain::Never,
            _ => plain_for(host, insecure),
        };
        let slash = if prefix.is_empty() { "" } else { "/" };
        Self {
            registry: host.to_owned(),
            host: host.to_owned(),
            repository: format!("{prefix}{slash}{}", reference.repository()),
            plain,
            mirror: true,
        }
    }

    /// Path of something in the repository.
    pub(crate) fn path(&self, tail: &str) -> String {
        format!("/v2/{}/{tail}", self.repository)
    }
}

fn plain_for(host: &str, insecure: impl Fn(&str) -> bool) -> Plain {
    if is_loopback(host) {
        Plain::First
    } else if insecure(host) {
        Plain::Fallback
    } else {
        Plain::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_made_of_references_and_mirrors() {
        let reference: Reference = "debian:12".parse().unwrap();
        let origin = Target::origin(&reference, |_| false);
        assert_eq!((origin.registry.as_str(), origin.host.as_str()), ("docker.io", "registry-1.docker.io"));
        assert_eq!(origin.path("tags/list"), "/v2/library/debian/tags/list");
        let check = |text: &str, host: &str, repository: &str, plain: Plain| {
            let mirror = Target::mirror(text, &reference, |host| host == "m.example:5000");
            assert_eq!(
                (mirror.host.as_str(), mirror.repository.as_str(), mirror.plain),
                (host, repository, plain),
                "{text}"
            );
        };
        check("m.example", "m.example", "library/debian", Plain::Never);
        check("m.example:5000", "m.example:5000", "library/debian", Plain::Fallback);
        check("localhost:5000/hub/", "localhost:5000", "hub/library/debian", Plain::First);
        check("http://m.example/a/b", "m.example", "a/b/library/debian", Plain::Only);
        check("https://localhost", "localhost", "library/debian", Plain::Never);
    }
}
