//! # credential-file
//!
//! ## What it does
//! Finds files whose name says that they hold a login or a private key, in any layer, also where a later one hides them.
//!
//! ## Why
//! Whoever can pull the image can read it, and has what it opens. What is hidden by a later layer can be read, too. Lend
//! secrets by `RUN --mount=type=secret`.
//!
//! ## Example
//! ```image,bad
//! file root/.aws/credentials 600 10
//! ```
//! ```image,bad
//! file app/.npmrc 600 10
//! layer
//! gone app/.npmrc
//! ```
//! ```image,bad
//! file home/app/.ssh/id_ed25519 600 10
//! ```
//! ```image,good
//! file etc/ssl/certs/ca.pem 644 10
//! ```
//! ```image,good
//! file usr/share/doc/x/.npmrc 644 1
//! ```
//! ```image,good
//! file app/.npmrc 644 0
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;
use crate::survey::Kind;

pub(crate) static CHECK: Check = Check {
    code: "IM007",
    name: "credential-file",
    aliases: &["CIS-DI-0010", "CIS 4.10"],
    severity: Severity::Error,
    summary: "a file that holds credentials is in the image",
    run,
    source: include_str!("credential_file.rs"),
};

/// Last parts of paths.
const NAMES: &[&str] = &[
    ".aws/credentials",
    ".azure/accessTokens.json",
    ".config/gcloud/application_default_credentials.json",
    ".docker/config.json",
    ".dockercfg",
    ".git-credentials",
    ".htpasswd",
    ".kube/config",
    ".my.cnf",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".s3cfg",
    ".ssh/id_dsa",
    ".ssh/id_ecdsa",
    ".ssh/id_ed25519",
    ".ssh/id_rsa",
    ".vault-token",
    "credentials.json",
    "etc/ssh/ssh_host_ecdsa_key",
    "etc/ssh/ssh_host_ed25519_key",
    "etc/ssh/ssh_host_rsa_key",
    "master.key",
    "secring.gpg",
    "terraform.tfstate",
];

/// Directories with what packages bring as examples.
const EXAMPLES: &[&str] =
    &["usr/share/", "node_modules/", "site-packages/", "dist-packages/", "/test/", "/tests/"];

fn run(image: &Image<'_>, sink: &mut Sink) {
    let mut told = std::collections::BTreeSet::new();
    for (layer, survey) in image.layers.iter().enumerate() {
        for entry in survey.entries.iter().filter(|entry| entry.kind == Kind::File && entry.size > 0) {
            let path = entry.path.as_str();
            let known = NAMES.iter().any(|end| path == *end || path.ends_with(&format!("/{end}")));
            let example = EXAMPLES.iter().any(|part| path.contains(part));
            if known && !example && told.insert(path) {
                let hidden = if image.at(path).is_none() {
                    "; a later layer hides it, and it can still be read"
                } else {
                    ""
                };
                sink.file(path, layer, format!("a file for credentials{hidden}"));
            }
        }
    }
}
