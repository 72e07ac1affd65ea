//! Programs `docker-credential-<name>` that keep credentials (protocol of docker-credential-helpers: the server's
//! name on standard input of `get`, a JSON document on standard output).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kit::{Redacted, read_bounded};
use serde::Deserialize;

use crate::error::printable;
use crate::{Credential, ErrorKind, RegistryError, Result};

/// Most that is read of a helper's answer.
const MAX_ANSWER: u64 = 64 << 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    secret: String,
}

/// Asks a helper for the credential of `server`. `None` when it has none.
pub(crate) fn get(name: &str, dir: Option<&Path>, server: &str) -> Result<Option<Credential>> {
    let program = format!("docker-credential-{name}");
    let failed = |text: String| RegistryError::new(ErrorKind::Config, format!("`{program}` {text}"));
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err(failed("is no name of a credential helper".to_owned()));
    }
    let path = dir.map_or_else(|| PathBuf::from(&program), |dir| dir.join(&program));
    let child = Command::new(path)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            failed("cannot be run".to_owned())
                .with_source(error)
                .with_hint("install the helper or take it out of the credential file")
        })?;
    let (success, answer) =
        talk(child, server).map_err(|error| failed("cannot be talked to".to_owned()).with_source(error))?;
    if success {
        return read_answer(&answer).map(Some).ok_or_else(|| failed("gave no usable answer".to_owned()));
    }
    // Helpers say what is wrong on standard output; this sentence means that there is no entry.
    let text = printable(&String::from_utf8_lossy(&answer), 200);
    if text.contains("credentials not found") {
        return Ok(None);
    }
    Err(failed(format!("failed: {text}")))
}

fn talk(mut child: Child, server: &str) -> std::io::Result<(bool, Vec<u8>)> {
    let exchange = || -> std::io::Result<Vec<u8>> {
        if let Some(mut input) = child.stdin.take() {
            // A helper that does not read its input may still answer.
            let _ = writeln!(input, "{server}");
        }
        child.stdout.take().map_or(Ok(Vec::new()), |output| read_bounded(output, MAX_ANSWER))
    };
    let answer = { exchange }();
    if answer.is_err() {
        // It still writes more than it may; without this, waiting for it could take forever.
        let _ = child.kill();
    }
    let status = child.wait()?;
    Ok((status.success(), answer?))
}

fn read_answer(bytes: &[u8]) -> Option<Credential> {
    let Answer { username, secret } = serde_json::from_slice(bytes).ok()?;
    let secret = Redacted::new(secret);
    // This name marks an identity token (docker-credential-helpers, README).
    if username == "<token>" {
        return Some(Credential::Identity(secret));
    }
    Some(Credential::Password { user: username, password: secret })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn ask(script: &str) -> Result<Option<Credential>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker-credential-test");
        fs::write(&path, format!("#!/bin/sh\nread server\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        get("test", Some(dir.path()), "r.example")
    }

    #[test]
    fn answers_are_read() {
        let found = ask(r#"echo "{\"ServerURL\":\"x\",\"Username\":\"$server\",\"Secret\":\"s\"}""#).unwrap();
        let expect = Credential::Password { user: "r.example".into(), password: Redacted::new("s".into()) };
        assert_eq!(found, Some(expect));
        let found = ask(r#"echo '{"Username":"<token>","Secret":"s"}'"#).unwrap();
        assert_eq!(found, Some(Credential::Identity(Redacted::new("s".into()))));
        assert_eq!(ask("echo credentials not found in native keychain; exit 1").unwrap(), None);
    }

    #[test]
    fn bad_helpers_are_errors() {
        for script in ["exit 1", "echo hello", "yes", "echo locked; exit 3"] {
            assert_eq!(ask(script).unwrap_err().kind(), ErrorKind::Config, "{script}");
        }
        for name in ["", "../x", "a b", "missing-helper"] {
            let dir = tempfile::tempdir().unwrap();
            assert_eq!(get(name, Some(dir.path()), "r").unwrap_err().kind(), ErrorKind::Config, "{name}");
        }
    }
}
