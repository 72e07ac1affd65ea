//! Values that are in many files of any image: to look for them would find nothing but strangers.

/// Sorted; compared without case.
const WORDS: &[&str] = &[
    "111111",
    "123123",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "abc123",
    "abcdef",
    "abcdefg",
    "access",
    "admin",
    "admin123",
    "administrator",
    "anonymous",
    "authorization",
    "bearer",
    "changeit",
    "changeme",
    "changethis",
    "client_secret",
    "config",
    "database",
    "debian",
    "default",
    "development",
    "disable",
    "disabled",
    "docker",
    "dummy",
    "enable",
    "enabled",
    "example",
    "foobar",
    "foobarbaz",
    "github",
    "guest",
    "letmein",
    "localhost",
    "master",
    "mysecret",
    "mysql",
    "nobody",
    "notasecret",
    "passphrase",
    "passwd",
    "password",
    "password1",
    "password123",
    "placeholder",
    "postgres",
    "postgresql",
    "private",
    "private_key",
    "production",
    "public",
    "qwerty",
    "rabbitmq",
    "registry",
    "replaceme",
    "root",
    "secret",
    "secret_key",
    "secretkey",
    "secrets",
    "secure",
    "staging",
    "system",
    "template",
    "testing",
    "token",
    "ubuntu",
    "undefined",
    "unknown",
    "username",
    "x-access-token",
    "x-oauth-basic",
];

/// Whether a value is one of them.
pub(crate) fn is_common(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let lower = text.to_ascii_lowercase();
    WORDS.binary_search(&lower.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_and_found() {
        assert!(WORDS.is_sorted());
        assert!(is_common(b"ChangeMe") && !is_common(b"changeme2"));
    }
}
