//! Files behind an http or https address.

use kit::Redacted;

use super::url::{Parts, decode, parts};

/// A file on a web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl {
    /// The address without login and fragment.
    pub url: String,
    /// Host without port.
    pub host: String,
    /// `user:password` of the address, decoded.
    pub login: Option<Redacted<String>>,
    /// The name of the file in a directory that it is put into.
    pub file_name: String,
}

/// The name of a file whose address has none.
const UNNAMED: &str = "__unnamed__";
/// The name of a file whose address ends in something that cannot be one.
const UNSAFE: &str = "download";

impl WebUrl {
    /// Reads an address that starts with `http://` or `https://`; `None` for everything else.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return None;
        }
        Some(parts(text).and_then(|parts| Self::of(text, &parts)))
    }

    fn of(text: &str, parts: &Parts<'_>) -> Result<Self, String> {
        if parts.host.is_empty() {
            return Err(format!("the address `{text}` has no host"));
        }
        let query = parts.query.map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Self {
            url: encoded(&format!("{}://{}{}{query}", parts.scheme, parts.host, parts.raw_path)),
            host: host_name(parts.host).to_owned(),
            login: login(parts.user),
            file_name: file_name(&parts.path),
        })
    }
}

/// The same with everything encoded that cannot stand in a request.
fn encoded(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{}|".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The host of `host[:port]`, without brackets.
fn host_name(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    }
}

/// `user[:password]` of an address as what basic authorization takes.
pub(super) fn login(user: Option<&str>) -> Option<Redacted<String>> {
    let (name, password) = user?.split_once(':').unwrap_or((user?, ""));
    let decoded = |text: &str| decode(text, false).unwrap_or_else(|| text.to_owned());
    Some(Redacted::new(format!("{}:{}", decoded(name), decoded(password))))
}

/// The last part of a decoded path, as far as it can be the name of a file.
fn file_name(path: &str) -> String {
    let path = path.trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.is_empty() || name == "." {
        return UNNAMED.to_owned();
    }
    let name = name.trim();
    if name.is_empty() || matches!(name, "." | "..") || name.chars().any(char::is_control) {
        return UNSAFE.to_owned();
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_path() {
        let check = |text: &str, expect: &str| {
            assert_eq!(WebUrl::parse(text).unwrap().unwrap().file_name, expect, "{text}");
        };
        check("https://example.com/foobar", "foobar");
        check("https://example.com/a/b.tar.gz?token=x#y", "b.tar.gz");
        check("https://example.com/x/y/", "y");
        check("https://example.com/a%20b.txt", "a b.txt");
        check("https://example.com/a%2Fb", "b");
        check("https://example.com", "__unnamed__");
        check("https://example.com/", "__unnamed__");
        check("https://example.com//?x", "__unnamed__");
        check("https://example.com/.", "__unnamed__");
        check("https://example.com/%2e%2e", "download");
        check("https://example.com/a%0Ab", "download");
        check("https://example.com/a%00b", "download");
        check("https://example.com/%20x%20", "x");
        check("https://example.com/資料", "資料");
    }

    #[test]
    fn logins_and_fragments_are_not_part_of_the_address() {
        let url = WebUrl::parse("https://me:p%40ss@h.example:8443/a b?q=1#f").unwrap().unwrap();
        assert_eq!((url.url.as_str(), url.host.as_str()), ("https://h.example:8443/a%20b?q=1", "h.example"));
        assert_eq!(url.login.as_ref().map(|login| login.reveal().as_str()), Some("me:p@ss"));
        assert!(!format!("{url:?}").contains("ss\""), "the password is not shown: {url:?}");
        assert_eq!(WebUrl::parse("http://[::1]:80/x").unwrap().unwrap().host, "::1");
    }

    #[test]
    fn only_lower_case_schemes_are_addresses() {
        for text in ["HTTP://h/x", "ftp://h/x", "h/x", "http:/h/x", ""] {
            assert_eq!(WebUrl::parse(text), None, "{text}");
        }
        for text in ["http://", "https:///x", "http://h:port/x", "http://h/%x"] {
            assert!(WebUrl::parse(text).unwrap().is_err(), "{text}");
        }
    }
}
