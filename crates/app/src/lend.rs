//! What a build lends: secrets, agents, a CA bundle, proxy settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use build_engine::Secret;
use kit::Redacted;

use crate::build::Request;
use crate::{AppError, SecretSpec, SshSpec, World};

/// Larger secrets than this are refused.
const MAX_SECRET: u64 = 1 << 20;

/// The values of `--secret`.
pub(crate) fn secrets(world: &World, specs: &[SecretSpec]) -> Result<BTreeMap<String, Secret>, AppError> {
    let mut out = BTreeMap::new();
    for spec in specs {
        let missing =
            |what: String| AppError::usage(format!("the secret `{}` cannot be read: {what}", spec.id));
        let value = match (&spec.file, &spec.env) {
            (Some(file), _) => {
                let opened = std::fs::File::open(world.path(file))
                    .and_then(|file| kit::read_bounded(file, MAX_SECRET));
                opened.map_err(|error| missing(format!("`{file}`: {error}")))?
            }
            (None, Some(name)) => {
                let value = world.env.get(name);
                value
                    .ok_or_else(|| missing(format!("the variable `{name}` is not set")))?
                    .clone()
                    .into_bytes()
            }
            (None, None) => continue,
        };
        out.insert(spec.id.clone(), Secret { value: Redacted::new(value) });
    }
    Ok(out)
}

/// The sockets of `--ssh`.
pub(crate) fn agents(world: &World, specs: &[SshSpec]) -> Result<BTreeMap<String, PathBuf>, AppError> {
    let mut out = BTreeMap::new();
    for spec in specs {
        let socket = spec.socket.clone().or_else(|| world.env.get("SSH_AUTH_SOCK").cloned());
        let socket = socket.ok_or_else(|| {
            AppError::usage(format!("there is no SSH agent for `--ssh {}`", spec.id))
                .help("start one and set `SSH_AUTH_SOCK`, or name its socket: `--ssh id=SOCKET`")
        })?;
        out.insert(spec.id.clone(), world.path(&socket));
    }
    Ok(out)
}

/// The usual places of the machine's CA bundle.
const CA_BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The CA bundle that steps and servers are lent.
pub(crate) fn ca_bundle(world: &World, request: &Request) -> Option<PathBuf> {
    let setting = || world.settings.build.ca_bundle.as_ref().map(PathBuf::from);
    let chosen = request.ca_bundle.clone().or_else(setting)?;
    match chosen.to_str() {
        Some("none") => None,
        Some("host") => {
            let named = world.env.get("SSL_CERT_FILE").map(PathBuf::from);
            named.into_iter().chain(CA_BUNDLES.iter().map(PathBuf::from)).find(|path| path.is_file())
        }
        _ => Some(world.cwd.join(chosen)),
    }
}

const PROXY_VARIABLES: &[&str] = &["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/// The proxy settings that steps are lent.
pub(crate) fn proxies(world: &World) -> BTreeMap<String, String> {
    if world.settings.build.lend_proxy == Some(false) {
        return BTreeMap::new();
    }
    let is_proxy = |name: &str| PROXY_VARIABLES.contains(&name.to_ascii_uppercase().as_str());
    world
        .env
        .iter()
        .filter(|(name, _)| is_proxy(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
