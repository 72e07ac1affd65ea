//! What must not become part of an image: lent values, and build arguments that are secrets.

use build_engine::{BuildError, Leaks};
use kit::{Redacted, TextRange};
use leak::names;
use plan::Plan;
use syntax::{Parse, Statement};

use crate::AppError;
use crate::build::Session;
use crate::lend::proxies;

/// Beginnings of names whose values are meant to be read by everybody who opens the page.
const PUBLIC: &[&str] =
    &["EXPO_PUBLIC_", "GATSBY_", "NEXT_PUBLIC_", "NUXT_PUBLIC_", "REACT_APP_", "VITE_", "VUE_APP_"];

/// Parts of values that stand where a secret would.
const STAND_INS: &[&str] = &["change-me", "change_me", "changeme", "dummy", "example", "placeholder"];

/// What the build has to be searched for.
pub(crate) fn leaks(session: &Session<'_>) -> Result<Option<Leaks>, AppError> {
    let lent_env = proxies(session.world);
    let passwords: Vec<(String, Redacted<Vec<u8>>)> = lent_env
        .iter()
        .filter_map(|(name, url)| Some((name.clone(), Redacted::new(password(url)?.as_bytes().to_vec()))))
        .collect();
    let secrets = session.secrets.iter().map(|(id, secret)| (id.as_str(), &secret.value));
    let all = secrets.chain(passwords.iter().map(|(name, value)| (name.as_str(), value)));
    let leaks = Leaks::new(session.store, all, session.request.allowed_leaks.clone())?;
    for id in leaks.iter().flat_map(Leaks::weak) {
        let text = format!(
            "the value of the secret `{id}` is too short or too common to be searched for in the image"
        );
        session.observer.note(&text);
    }
    Ok(leaks)
}

/// The password in the address of a proxy.
fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    Some(authority.rsplit_once('@')?.0.split_once(':')?.1)
}

/// Checks what the build writes into the image without running anything.
pub(crate) fn check(
    session: &Session<'_>,
    leaks: Option<&Leaks>,
    parse: &Parse,
    plan: &Plan,
) -> Result<(), BuildError> {
    let mut notes = Vec::new();
    for (name, value) in &session.request.build_args {
        let declared = declaration(parse, name);
        if let Some(leaks) = leaks {
            notes.extend(leaks.check_argument(name, value, declared)?);
        }
        if let Some(range) = declared
            && is_secret(name, value)
        {
            notes.extend(argument(session, name, range)?);
        }
    }
    if let Some(leaks) = leaks {
        notes.extend(leaks.check_plan(plan)?);
    }
    for note in &notes {
        session.observer.note(note);
    }
    Ok(())
}

fn argument(session: &Session<'_>, name: &str, range: TextRange) -> Result<Option<String>, BuildError> {
    if session.request.allowed_leaks.iter().any(|allowed| allowed.is_build_arg(name)) {
        return Ok(Some(format!("allowed by --allow-leak: the build argument `{name}`")));
    }
    let message =
        format!("the build argument `{name}` looks like a secret: it would be in the history of the image");
    let id = name.to_ascii_lowercase();
    Err(BuildError::new(message).at(range).help(format!(
        "give it as `--secret id={id},env={name}` and mount it where it is needed: \
         `RUN --mount=type=secret,id={id},env={name} …`; `--allow-leak build-arg:{name}` accepts it"
    )))
}

/// Where the file declares a build argument.
fn declaration(parse: &Parse, name: &str) -> Option<TextRange> {
    parse.instructions().find_map(|instruction| match instruction.statement(parse) {
        Ok(Statement::Arg(args)) => args.iter().any(|arg| arg.key.value == name).then_some(instruction.range),
        _ => None,
    })
}

/// Whether an argument is a secret by its name and its value, or by its value alone.
fn is_secret(name: &str, value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let stand_in = STAND_INS.iter().any(|part| lower.contains(part));
    let upper = name.to_ascii_uppercase();
    let public = PUBLIC.iter().any(|begin| upper.starts_with(begin));
    let named = names::is_secret_name(name) && names::may_be_secret(value) && !leak::is_common(value);
    !stand_in && !public && (named || !names::tokens(value).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_are_secrets_are_told_from_others() {
        let check = |name: &str, value: &str, expect: bool| {
            assert_eq!(is_secret(name, value), expect, "{name}={value}");
        };
        check("NPM_TOKEN", "npm_1a2b3c", true);
        check("DB_PASSWORD", "hunter2", true);
        check("api-key", "0123abcd4567", true);
        check("WHATEVER", "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", true);
        check("VERSION", "1.2.3", false);
        check("DB_PASSWORD", "postgres", false);
        check("SECRET_KEY_BASE", "dummy-for-assets", false);
        check("SECRET_KEY_BASE_DUMMY", "1", false);
        check("TOKEN_FILE", "/run/secrets/token", false);
        check("TOKEN", "", false);
        check("NEXT_PUBLIC_API_KEY", "abc123def456", false);
        check("GIT_SHA", "8d3f2c1b0a9e8d7c6b5a49382716050f4e3d2c1b", false);
    }

    #[test]
    fn the_password_of_a_proxy_is_found() {
        assert_eq!(password("http://user:pa@ss@proxy:3128/x"), Some("pa@ss"));
        assert_eq!(password("http://proxy:3128"), None);
    }
}
