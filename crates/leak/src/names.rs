//! Names that mean a secret, and texts that are one by their form.

use std::ops::Range;

/// Parts of a name, between underscores, that mean a secret.
const SECRET_PARTS: &[&str] = &[
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "PASSPHRASE",
    "PASS",
    "PASSWD",
    "PASSWORD",
    "PAT",
    "PRIVATEKEY",
    "PWD",
    "SECRET",
    "SECRETKEY",
    "SECRETS",
    "TOKEN",
];
/// Two parts in a row that mean one.
const SECRET_PAIRS: &[(&str, &str)] = &[
    ("ACCESS", "KEY"),
    ("API", "KEY"),
    ("AUTH", "KEY"),
    ("DEPLOY", "KEY"),
    ("ENCRYPTION", "KEY"),
    ("LICENSE", "KEY"),
    ("MASTER", "KEY"),
    ("NPM", "AUTH"),
    ("PRIVATE", "KEY"),
    ("SSH", "KEY"),
];
/// Last parts that make it something about a secret rather than the secret: where it is, how it is called.
const HARMLESS_ENDS: &[&str] = &[
    "ALG",
    "ALGORITHM",
    "ARN",
    "CACHE",
    "CHECK",
    "CLASS",
    "COUNT",
    "DIR",
    "DIRECTORY",
    "DISABLED",
    "ENABLED",
    "ENDPOINT",
    "EXPIRATION",
    "EXPIRES",
    "EXPIRY",
    "FILE",
    "FORMAT",
    "HEADER",
    "HOST",
    "ID",
    "ISSUER",
    "KEYS",
    "LEN",
    "LENGTH",
    "LIFETIME",
    "LIMIT",
    "LOCATION",
    "MAX",
    "METHOD",
    "MIN",
    "MODE",
    "NAME",
    "NAMES",
    "PATH",
    "POLICY",
    "PORT",
    "PREFIX",
    "PROVIDER",
    "REQUIRED",
    "RESET",
    "SERVICE",
    "SIZE",
    "SUFFIX",
    "TIMEOUT",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "USER",
    "USERNAME",
    "VERSION",
];
/// First parts that make it a switch or something public.
const HARMLESS_BEGINS: &[&str] =
    &["ALLOW", "DISABLE", "ENABLE", "HAS", "IS", "NO", "PUBLIC", "REQUIRE", "SKIP", "USE"];
/// Whole names that look like a secret and are none.
const HARMLESS: &[&str] = &["OLDPWD", "PWD"];

/// Whether a variable of this name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase().replace('-', "_");
    let parts: Vec<&str> = upper.split('_').filter(|part| !part.is_empty()).collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    if HARMLESS.contains(&upper.as_str()) || HARMLESS_ENDS.contains(last) || HARMLESS_BEGINS.contains(first) {
        return false;
    }
    let single = parts.iter().any(|part| SECRET_PARTS.contains(part) || part.ends_with("PASSWORD"));
    single || parts.windows(2).any(|pair| SECRET_PAIRS.contains(&(pair[0], pair[1])))
}

/// Whether a value can be a secret: neither empty nor a switch, a path, a URL without a password or a variable
/// alone.
pub fn may_be_secret(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let switch = matches!(
        lower.as_str(),
        "" | "true" | "false" | "yes" | "no" | "on" | "off" | "0" | "1" | "null" | "none"
    );
    let path = value.starts_with(['/', '.', '~']) || lower.starts_with("file:");
    let url = (lower.starts_with("http://") || lower.starts_with("https://")) && !value.contains('@');
    !switch && !path && !url
}

/// Begin of a token, the least length of what follows, and what it is.
const TOKENS: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an AWS access key"),
    ("AIza", 35, "a Google API key"),
    ("dckr_pat_", 20, "a Docker access token"),
    ("ghp_", 36, "a GitHub token"),
    ("gho_", 36, "a GitHub token"),
    ("ghs_", 36, "a GitHub token"),
    ("github_pat_", 40, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("hf_", 34, "a Hugging Face token"),
    ("npm_", 36, "an npm token"),
    ("pypi-AgEIcHlwaS5vcmc", 50, "a PyPI token"),
    ("sk_live_", 24, "a Stripe key"),
    ("xoxb-", 24, "a Slack token"),
    ("xoxp-", 24, "a Slack token"),
];

/// Tokens of well-known services in a text: where, and what they are.
pub fn tokens(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| is_token_byte(**byte)).count();
        if length >= SHORTEST {
            let word = &text[at..at + length];
            out.extend(token(word).map(|what| (at..at + length, what)));
        }
        at += length + 1;
    }
    out.extend(secret_keys(text));
    out.sort_by_key(|(range, _)| range.start);
    out
}

/// Secret access keys of AWS. They have no form of their own but their length, so that only their name tells them.
fn secret_keys(text: &str) -> impl Iterator<Item = (Range<usize>, &'static str)> {
    const LENGTH: usize = 40;
    let names = ["secret_access_key", "SECRET_ACCESS_KEY"]
        .into_iter()
        .flat_map(|name| text.match_indices(name).map(|(at, name)| at + name.len()));
    names.filter_map(|end| {
        let rest = text[end..].trim_start_matches([' ', '\t', '"', '\'', '=', ':']);
        let at = text.len() - rest.len();
        let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'=');
        let key = &rest[..rest.bytes().take_while(is_key).count()];
        let fits = at > end && key.len() == LENGTH && is_random(key);
        fits.then_some((at..at + LENGTH, "an AWS secret access key"))
    })
}

/// No token is shorter.
const SHORTEST: usize = 20;

/// What a whole word is.
fn token(word: &str) -> Option<&'static str> {
    let fits = |(begin, least, _): &&(&str, usize, &str)| {
        word.strip_prefix(*begin).is_some_and(|rest| rest.len() >= *least && is_random(rest))
    };
    TOKENS.iter().find(fits).map(|(_, _, what)| *what)
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Examples repeat a character or say that they are one.
fn is_random(text: &str) -> bool {
    let mut seen = [false; 128];
    text.bytes().for_each(|byte| seen[usize::from(byte & 127)] = true);
    seen.iter().filter(|seen| **seen).count() >= 8 && !text.to_ascii_uppercase().contains("EXAMPLE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_name() {
        let key = "aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0vWxYz+/1Qw";
        let all = [
            (format!("AWS_SECRET_ACCESS_KEY={key} x"), Some(22)),
            (format!("echo 'aws_secret_access_key = \"{key}\"'"), Some(31)),
            (format!("ENV AWS_SECRET_ACCESS_KEY {key}"), Some(26)),
            (format!("AWS_SECRET_ACCESS_KEY={key}0"), None),
            (format!("AWS_SECRET_ACCESS_KEY{key}"), None),
            ("AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY".to_owned(), None),
            (format!("AWS_SECRET_ACCESS_KEY={}", "EXAMPLEKEY".repeat(4)), None),
        ];
        for (text, at) in all {
            let found = tokens(&text).first().map(|(range, _)| range.start);
            assert_eq!(found, at, "{text}");
        }
    }

    #[test]
    fn names_of_secrets_are_known() {
        for name in [
            "NPM_TOKEN",
            "password",
            "DB_PASSWORD",
            "AWS_SECRET_ACCESS_KEY",
            "api-key",
            "PGPASSWORD",
            "NPM_AUTH",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "GOPRIVATE",
            "TRAVIS_OS_NAME",
            "TOKEN_FILE",
            "DB_PASSWORD_FILE",
            "USERNAME",
            "PWD",
            "PATH",
            "KEY",
            "TOKENIZERS",
            "ALLOW_EMPTY_PASSWORD",
            "PUBLIC_KEY",
            "AWS_ACCESS_KEY_ID",
            "TOKEN_TTL",
            "",
            "_",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn values_that_are_no_secrets_are_known() {
        for (value, expect) in
            [("s3cr3t", true), ("", false), ("true", false), ("/run/x", false), ("https://u:p@h", true)]
        {
            assert_eq!(may_be_secret(value), expect, "{value}");
        }
    }
}
