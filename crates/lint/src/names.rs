//! Which names mean a secret.

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
pub(crate) fn may_be_secret(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let switch = matches!(
        lower.as_str(),
        "" | "true" | "false" | "yes" | "no" | "on" | "off" | "0" | "1" | "null" | "none"
    );
    let path = value.starts_with(['/', '.', '~']) || lower.starts_with("file:");
    let url = (lower.starts_with("http://") || lower.starts_with("https://")) && !value.contains('@');
    !switch && !path && !url
}

/// Names of files that hold a secret and nothing else.
const SECRET_FILES: &[&str] = &[
    ".dockercfg",
    ".git-credentials",
    ".htpasswd",
    ".netrc",
    ".pgpass",
    ".pypirc",
    ".vault-token",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
];
/// The same for files whose directory matters.
const SECRET_PATHS: &[&str] =
    &[".aws/credentials", ".docker/config.json", ".kube/config", ".azure/accessTokens.json"];

/// Whether a file of this path is a secret for sure.
pub(crate) fn is_secret_file(path: &str) -> bool {
    let name = crate::paths::base_name(path);
    SECRET_FILES.contains(&name)
        || SECRET_PATHS.iter().any(|known| path == *known || path.ends_with(&format!("/{known}")))
}

/// Parts of file names that mean a secret, where something else tells so, too, as its removal does.
const SECRET_WORDS: &[&str] =
    &["secret", "credential", "password", "passwd", "token", ".npmrc", "private", "deploy_key", "id_"];

/// Whether a file of this path can be a secret.
pub(crate) fn may_be_secret_file(path: &str) -> bool {
    let lower = crate::paths::base_name(path).to_ascii_lowercase();
    let key = std::path::Path::new(&lower)
        .extension()
        .is_some_and(|end| matches!(end.to_str(), Some("key" | "pem" | "p12" | "pfx")));
    let env = lower == ".env" || lower.starts_with(".env.");
    is_secret_file(path) || key || env || SECRET_WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn files_that_hold_secrets_are_known() {
        for path in ["/root/.ssh/id_rsa", ".netrc", "home/.aws/credentials"] {
            assert!(is_secret_file(path), "{path}");
        }
        for path in ["/root/.ssh/id_rsa.pub", "credentials.go", "/etc/ssl/ca.pem", "docker/config.json"] {
            assert!(!is_secret_file(path), "{path}");
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
