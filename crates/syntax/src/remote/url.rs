//! Taking an address apart (RFC 3986), as strictly as Go's `net/url` does, which `BuildKit` uses.

/// The parts of `scheme://[user@]host[:port]/path[?query][#fragment]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// In lower case.
    pub(super) scheme: String,
    /// As written, without the `@`.
    pub(super) user: Option<&'a str>,
    /// Host with optional port.
    pub(super) host: &'a str,
    /// As written.
    pub(super) raw_path: &'a str,
    /// Decoded.
    pub(super) path: String,
    /// As written, without the `?`.
    pub(super) query: Option<&'a str>,
    /// Decoded, without the `#`.
    pub(super) fragment: String,
}

/// Takes an address with a scheme of letters and digits apart; the error says what is wrong.
pub(super) fn parts(text: &str) -> Result<Parts<'_>, String> {
    if text.chars().any(|c| c.is_ascii_control()) {
        return Err(format!("`{}` has a control character", text.escape_debug()));
    }
    let bad = |what: &str| format!("`{text}` is not a valid address: {what}");
    let (rest, fragment) = text.split_once('#').map_or((text, ""), |(rest, fragment)| (rest, fragment));
    let (scheme, rest) = rest.split_once("://").ok_or_else(|| bad("it has no scheme"))?;
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, raw_path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    check_host(host).map_err(|what| bad(&what))?;
    let decoded =
        |text: &str| decode(text, false).ok_or_else(|| bad("a `%` is not followed by two hex digits"));
    Ok(Parts {
        scheme: scheme.to_ascii_lowercase(),
        user: user.filter(|user| !user.is_empty()),
        host,
        raw_path,
        path: decoded(raw_path)?,
        query,
        fragment: decoded(fragment)?,
    })
}

fn check_host(host: &str) -> Result<(), String> {
    let after = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or("a `[` without `]`")?.1,
        None => host.split_once(':').map_or("", |(name, _)| &host[name.len()..]),
    };
    let port_fits = match after.strip_prefix(':') {
        Some(port) => port.bytes().all(|byte| byte.is_ascii_digit()),
        None => after.is_empty(),
    };
    if !port_fits {
        return Err(format!("`{}` is not a port", after.trim_start_matches(':')));
    }
    match host.bytes().find(|byte| b" \"<>\\^`{}|".contains(byte)) {
        Some(byte) => Err(format!("`{}` cannot stand in a host name", char::from(byte))),
        None => Ok(()),
    }
}

/// Replaces `%XX`, and with `form` also `+` by a blank; `None` when a `%` has no digits or the result is no UTF-8.
pub(super) fn decode(text: &str, form: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?
            }
            b'+' if form => b' ',
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

/// The pairs of a query, decoded, in order. A pair without `=` has an empty value.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, String> {
    let bad = || format!("`?{query}` is not a valid query");
    let mut out = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        if pair.contains(';') {
            return Err(bad());
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        out.push((decode(key, true).ok_or_else(bad)?, decode(value, true).ok_or_else(bad)?));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        let parts = parts("HTTPS://u:p%40@h.example:8080/a%20b/c?x=1&y#f%3Ag").unwrap();
        assert_eq!(
            (parts.scheme.as_str(), parts.user, parts.host),
            ("https", Some("u:p%40"), "h.example:8080")
        );
        assert_eq!((parts.raw_path, parts.path.as_str()), ("/a%20b/c", "/a b/c"));
        assert_eq!((parts.query, parts.fragment.as_str()), (Some("x=1&y"), "f:g"));
    }

    #[test]
    fn what_is_no_address_is_told() {
        for text in [
            "no-scheme",
            "http://h:x/",
            "http://h/%zz",
            "http://[::1/",
            "http://a b/",
            "http://h/\u{1}",
            "http://h/%",
        ] {
            assert!(parts(text).is_err(), "{text}");
        }
        for text in ["http://h", "ssh://git@h:22/x", "http://[::1]:80/", "git://h:/x", "http://h/ä"] {
            assert!(parts(text).is_ok(), "{text}: {:?}", parts(text));
        }
    }

    #[test]
    fn queries_are_decoded() {
        let found = pairs("a=1&b=x+y%26&&c").unwrap();
        let expect = [("a", "1"), ("b", "x y&"), ("c", "")];
        assert_eq!(found, expect.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert!(pairs("a;b=1").is_err() && pairs("a=%").is_err());
    }
}
