//! Which names mean a secret.

pub use leak::names::is_secret_name;
pub(crate) use leak::names::may_be_secret;

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
    fn files_that_hold_secrets_are_known() {
        for path in ["/root/.ssh/id_rsa", ".netrc", "home/.aws/credentials"] {
            assert!(is_secret_file(path), "{path}");
        }
        for path in ["/root/.ssh/id_rsa.pub", "credentials.go", "/etc/ssl/ca.pem", "docker/config.json"] {
            assert!(!is_secret_file(path), "{path}");
        }
    }
}
