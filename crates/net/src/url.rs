//! Addresses, as far as a client needs them: absolute http(s) addresses and what a `Location` header holds.

use std::fmt;

/// An absolute http or https address without user name and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    https: bool,
    authority: String,
    path: String,
    query: Option<String>,
}

/// Query keys that hold nothing secret; all others are left out of what people see.
const HARMLESS: &[&str] = &[
    "digest",
    "n",
    "last",
    "mount",
    "from",
    "service",
    "scope",
    "artifactType",
    "client_id",
    "offline_token",
];

impl Url {
    /// An address of parts; `path` starts with `/`.
    pub fn new(https: bool, authority: &str, path: String) -> Self {
        Self { https, authority: authority.to_owned(), path, query: None }
    }

    /// Reads an absolute address. `None` for anything else, also for one with a user name.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let clean = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if authority.is_empty() || authority.contains('@') || !clean(text) {
            return None;
        }
        let (path, query) = split_query(tail);
        let path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
        Some(Self { https, authority: authority.to_owned(), path, query })
    }

    /// Resolves the value of a `Location` or `Link` header against this address.
    pub fn join(&self, location: &str) -> Option<Self> {
        let location = location.split('#').next().unwrap_or_default().trim();
        if location.contains("://") && !location.starts_with(['/', '?']) {
            return Self::parse(location);
        }
        let scheme = if self.https { "https" } else { "http" };
        if location.starts_with("//") {
            return Self::parse(&format!("{scheme}:{location}"));
        }
        let base = match location.bytes().next()? {
            b'/' => String::new(),
            b'?' => self.path.clone(),
            _ => self.path[..=self.path.rfind('/').unwrap_or(0)].to_owned(),
        };
        Self::parse(&format!("{scheme}://{}{base}{location}", self.authority))
    }

    /// The same address with one more query parameter, encoded.
    #[must_use]
    pub fn with_param(mut self, key: &str, value: &str) -> Self {
        let query = self.query.get_or_insert_default();
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(key);
        query.push('=');
        query.push_str(&encode(value));
        self
    }

    /// Whether it is spoken to by TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The same address by https.
    #[must_use]
    pub fn with_https(self) -> Self {
        Self { https: true, ..self }
    }

    /// Host with optional port.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether both go to the same server in the same way, so that what is secret may go along.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.https == other.https && self.authority.eq_ignore_ascii_case(&other.authority)
    }

    /// The address for people: queries cut to what is known to be harmless.
    pub fn redacted(&self) -> String {
        let mut copy = self.clone();
        let Some(query) = copy.query.take() else { return copy.to_string() };
        let harmless = |pair: &&str| HARMLESS.contains(&pair.split('=').next().unwrap_or_default());
        let kept: Vec<&str> = query.split('&').filter(harmless).collect();
        let cut = kept.len() < query.split('&').count();
        let mark = if cut { "..." } else { "" };
        format!("{copy}?{}{mark}", kept.join("&"))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)?;
        self.query.as_ref().map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

fn split_query(tail: &str) -> (&str, Option<String>) {
    match tail.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (tail, None),
    }
}

/// Percent-encodes what RFC 3986 does not call unreserved, but leaves `:` and `/`, which are legal in a query.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(b"0123456789ABCDEF"[usize::from(byte >> 4)]));
            out.push(char::from(b"0123456789ABCDEF"[usize::from(byte & 15)]));
        }
    }
    out
}

/// The host of `host[:port]`, without the brackets of an IPv6 address.
pub fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    authority.split(':').next().unwrap_or(authority)
}

/// Whether `host[:port]` is this machine: `localhost`, names under it, and loopback addresses.
pub fn is_loopback(authority: &str) -> bool {
    let host = host_of(authority).to_ascii_lowercase();
    let by_name = host == "localhost" || host.ends_with(".localhost");
    by_name || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_resolved() {
        let base = Url::parse("https://r.example:5000/v2/a/blobs/uploads/?x=1").unwrap();
        let check = |location: &str, expect: Option<&str>| {
            let found = base.join(location).map(|url| url.to_string());
            assert_eq!(found.as_deref(), expect, "{location}");
        };
        check("/v2/b?c=d", Some("https://r.example:5000/v2/b?c=d"));
        check("https://cdn.example/x#frag", Some("https://cdn.example/x"));
        check("//cdn.example/x", Some("https://cdn.example/x"));
        check("id?state=1", Some("https://r.example:5000/v2/a/blobs/uploads/id?state=1"));
        check("?last=2", Some("https://r.example:5000/v2/a/blobs/uploads/?last=2"));
        check("/next?u=http://x/", Some("https://r.example:5000/next?u=http://x/"));
        check("ftp://x/", None);
        check("https://user:pw@x/", None);
        check("/a b", None);
        check("/a\r\nEvil: 1", None);
        check("", None);
    }

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let url = Url::parse("https://cdn.example/x?X-Amz-Signature=abc&digest=sha256:1").unwrap();
        assert_eq!(url.redacted(), "https://cdn.example/x?digest=sha256:1...");
        assert_eq!(Url::parse("http://h/v2/").unwrap().redacted(), "http://h/v2/");
    }

    #[test]
    fn loopback_is_known() {
        for yes in ["localhost:5000", "127.0.0.1", "127.8.0.1:1", "[::1]:5000", "a.localhost"] {
            assert!(is_loopback(yes), "{yes}");
        }
        for no in ["localhost.example", "10.0.0.1:5000", "[fe80::1]", "127.0.0.1.example"] {
            assert!(!is_loopback(no), "{no}");
        }
    }

    #[test]
    fn parameters_are_encoded() {
        let url = Url::parse("https://a/t").unwrap().with_param("scope", "repository:a/b:pull,push x&y");
        assert_eq!(url.to_string(), "https://a/t?scope=repository:a/b:pull%2Cpush%20x%26y");
    }
}
