//! `cooper key`: makes keys and shows public ones; how the other commands come by theirs.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use kit::{Redacted, read_bounded};
use trust::{PrivateKey, PublicKey, Reason};

use super::refused;
use crate::{AppError, World};

/// Largest key file.
const MAX_KEY: u64 = 64 << 10;

/// Gives a password; it is asked only when one is needed.
pub type Password<'a> = dyn Fn() -> Result<Redacted<Vec<u8>>, AppError> + 'a;

/// Files of a new key.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    /// The private key, sealed.
    pub private: PathBuf,
    /// The public key.
    pub public: PathBuf,
    /// Digest of the public key.
    pub fingerprint: String,
}

/// Makes a key: `<prefix>.key`, sealed with the password, and `<prefix>.pub`. Files that are there are kept.
pub fn generate(world: &World, prefix: &str, password: &Password<'_>) -> Result<KeyFiles, AppError> {
    let file = |end: &str| world.path(&format!("{prefix}.{end}"));
    let (private, public) = (file("key"), file("pub"));
    for path in [&private, &public] {
        if path.symlink_metadata().is_ok() {
            return Err(AppError::usage(format!("`{}` is there already", path.display()))
                .help("name another with `--output PREFIX`; a key that is lost cannot be made again"));
        }
    }
    let password = password()?;
    let key = PrivateKey::generate(&mut random).map_err(refused("the key"))?;
    let sealed = key.to_sealed_pem(&password, &mut random).map_err(refused("the key"))?;
    write_new(&private, sealed.as_bytes(), 0o600)?;
    write_new(&public, key.public().to_pem().as_bytes(), 0o644)?;
    Ok(KeyFiles { private, public, fingerprint: key.public().fingerprint() })
}

/// The public key of a file with a private one, as PEM.
pub fn public(world: &World, path: &str, password: &Password<'_>) -> Result<String, AppError> {
    Ok(private_key(world, path, password)?.public().to_pem())
}

/// Reads a private key.
pub(super) fn private_key(
    world: &World,
    path: &str,
    password: &Password<'_>,
) -> Result<PrivateKey, AppError> {
    let text = read(&world.path(path), path)?;
    let mut asked = None;
    let key = PrivateKey::from_pem(text.reveal(), || {
        password().map_err(|error| {
            let message = error.message.clone();
            asked = Some(error);
            trust::TrustError::new(Reason::Password, message)
        })
    });
    key.map_err(|error| match (asked, error.reason()) {
        (Some(asked), _) => asked,
        (None, Reason::Password) => AppError::usage(format!("the key `{path}`: {error}"))
            .help("`--password-file`, `COOPER_KEY_PASSWORD` or `COSIGN_PASSWORD` holds the password"),
        (None, _) => AppError::usage(format!("the key `{path}`: {error}")),
    })
}

/// Reads a public key.
pub(super) fn public_key(world: &World, path: &str) -> Result<PublicKey, AppError> {
    let text = read(&world.path(path), path)?;
    PublicKey::from_pem(text.reveal()).map_err(|error| {
        AppError::usage(format!("the key `{path}`: {error}"))
            .help("`cooper key public KEY` writes the public key of a private one")
    })
}

fn read(path: &Path, shown: &str) -> Result<Redacted<Vec<u8>>, AppError> {
    let failed = |error: std::io::Error| AppError::usage(format!("cannot read the key `{shown}`: {error}"));
    let file = File::open(path).map_err(failed)?;
    Ok(Redacted::new(read_bounded(file, MAX_KEY).map_err(failed)?))
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), AppError> {
    let failed = |error: std::io::Error| {
        AppError::environment(format!("cannot write the key `{}`: {error}", path.display()))
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}

fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    File::open("/dev/urandom")?.read_exact(bytes)
}
