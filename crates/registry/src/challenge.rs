//! What a registry asks for: the `WWW-Authenticate` header (RFC 9110 §11.6.1, distribution token specification).

/// A challenge that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// User name and password with each request.
    Basic,
    /// A token of a token server.
    Bearer {
        /// Address of the token server.
        realm: String,
        /// Name of the registry for it.
        service: Option<String>,
        /// What the registry says is needed.
        scope: Option<String>,
    },
}

/// The best challenge of all header values: Bearer, else Basic.
pub(crate) fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Challenge> {
    let all: Vec<Challenge> = values.into_iter().flat_map(parse_one).collect();
    all.iter().find(|one| matches!(one, Challenge::Bearer { .. })).or(all.first()).cloned()
}

/// All challenges of one header value: `Scheme key=value, key="value", Scheme ...`.
fn parse_one(value: &str) -> Vec<Challenge> {
    let mut out = Vec::new();
    let mut current: Option<(String, Vec<(String, String)>)> = None;
    for item in split_items(value) {
        let key_end = item.find(['=', ' ', '\t']).unwrap_or(item.len());
        let is_scheme =
            item[key_end..].trim_start().is_empty() || !item[key_end..].trim_start().starts_with('=');
        let pair = if is_scheme {
            out.extend(current.take().and_then(finish));
            current = Some((item[..key_end].to_ascii_lowercase(), Vec::new()));
            item[key_end..].trim()
        } else {
            item
        };
        if let (Some((_, pairs)), Some((key, value))) = (&mut current, pair.split_once('=')) {
            pairs.push((key.trim().to_ascii_lowercase(), unquote(value.trim())));
        }
    }
    out.extend(current.and_then(finish));
    out
}

/// Splits at commas outside of quotes.
fn split_items(value: &str) -> Vec<&str> {
    let (mut out, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                out.push(value[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(value[start..].trim());
    out.retain(|item| !item.is_empty());
    out
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut out = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            out.push(c);
            escaped = false;
        }
    }
    out
}

fn finish((scheme, pairs): (String, Vec<(String, String)>)) -> Option<Challenge> {
    let get = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
    match scheme.as_str() {
        "basic" => Some(Challenge::Basic),
        "bearer" => {
            Some(Challenge::Bearer { realm: get("realm")?, service: get("service"), scope: get("scope") })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
            scope: scope.map(str::to_owned),
        }
    }

    #[test]
    fn headers_of_the_field_are_read() {
        let check = |values: &[&str], expect: Option<Challenge>| {
            assert_eq!(parse(values.iter().copied()), expect, "{values:?}");
        };
        let hub = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#;
        let expect = bearer(
            "https://auth.docker.io/token",
            Some("registry.docker.io"),
            Some("repository:a/b:pull,push"),
        );
        check(&[hub], Some(expect));
        check(&["Basic realm=\"a, b\""], Some(Challenge::Basic));
        check(&["basic"], Some(Challenge::Basic));
        check(&["Basic realm=x, Bearer realm=https://t"], Some(bearer("https://t", None, None)));
        check(&["Basic realm=x", "BEARER realm=\"https://t\""], Some(bearer("https://t", None, None)));
        check(
            &[r#"Bearer realm="https://t", service="a \"q\"", error="x""#],
            Some(bearer("https://t", Some("a \"q\""), None)),
        );
        check(&["Bearer service=x"], None);
        check(&["Negotiate"], None);
        check(&["", ",,", "=", "\"", "Bearer realm=\""], Some(bearer("", None, None)));
        check(&[], None);
    }
}
