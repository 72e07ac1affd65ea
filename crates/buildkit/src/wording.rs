//! What `BuildKit` says when a build fails, in words that say what to do.

use crate::EngineError;

/// An error of what an engine says.
pub(crate) fn error(message: &str) -> EngineError {
    let text = message.strip_prefix("failed to solve: ").unwrap_or(message);
    process(text).or_else(|| missing(text)).or_else(|| secret(text)).unwrap_or_else(|| other(text))
}

/// `process "…" did not complete successfully: exit code: 1`.
fn process(text: &str) -> Option<EngineError> {
    let (_, why) = text.strip_prefix("process \"")?.rsplit_once("\" did not complete successfully: ")?;
    let code = why.strip_prefix("exit code: ").and_then(|code| code.trim().parse().ok());
    Some(match code {
        Some(code) => EngineError {
            exit: Some(code),
            ..EngineError::build(format!("the process ended with exit code {code}"))
        },
        None => EngineError::build(format!("the engine could not run the process: {why}")),
    })
}

/// `failed to compute cache key: failed to calculate checksum of ref …::…: "/x": not found`.
fn missing(text: &str) -> Option<EngineError> {
    let (_, rest) = text.split_once("failed to calculate checksum of ref ")?;
    let path = rest.split_once(": \"")?.1.strip_suffix("\": not found")?;
    Some(EngineError::build(format!("`{}` does not exist", path.trim_start_matches('/'))))
}

/// `secret x: not found`.
fn secret(text: &str) -> Option<EngineError> {
    let id = text.strip_prefix("secret ")?.strip_suffix(": not found")?;
    let help = format!("add `--secret id={id},src=FILE` or `--secret id={id},env=NAME` to the command");
    Some(EngineError::build(format!("the step needs the secret `{id}`, which was not given")).help(help))
}

fn other(text: &str) -> EngineError {
    let error = EngineError::build(text);
    if text.contains("unknown cache exporter") {
        return error.help(
            "a `buildkitd` writes caches to registries, and a Docker Engine that keeps its images with containerd does",
        );
    }
    if text.contains("exporter \"oci\" could not be found") {
        return error.help(
            "this engine gives no OCI archives; is it a Docker Engine? Then use `--engine docker=ADDRESS`",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_in_the_same_words_as_those_of_this_machine() {
        let check = |text: &str, message: &str, exit: Option<i32>, help: &str| {
            let error = error(text);
            assert_eq!((error.message.as_str(), error.exit), (message, exit), "{text}");
            assert!(error.help.unwrap_or_default().contains(help), "{text}");
        };
        let process =
            r#"failed to solve: process "/bin/sh -c echo \"a: b\" && false" did not complete successfully: "#;
        check(&format!("{process}exit code: 7"), "the process ended with exit code 7", Some(7), "");
        let bridge = "the engine could not run the process: network bridge not found";
        check(&format!("{process}network bridge not found"), bridge, None, "");
        let checksum =
            r#"failed to compute cache key: failed to calculate checksum of ref a::b: "/x/y": not found"#;
        check(checksum, "`x/y` does not exist", None, "");
        check(
            "secret s: not found",
            "the step needs the secret `s`, which was not given",
            None,
            "id=s,src=FILE",
        );
        check(
            r#"unknown cache exporter: "registry""#,
            r#"unknown cache exporter: "registry""#,
            None,
            "containerd",
        );
        check("what else", "what else", None, "");
    }
}
