//! # unverified-package
//!
//! ## What it does
//! Finds steps that tell a package manager not to check signatures, or pipe what was downloaded into a shell.
//!
//! ## Why
//! What is installed may come from anybody on the way.
//!
//! ## Example
//! ```image,bad
//! history: RUN /bin/sh -c apk add --allow-untrusted x.apk
//! ```
//! ```image,bad
//! history: RUN /bin/sh -c curl -fsSL https://example.com/i.sh | sh
//! ```
//! ```image,good
//! history: RUN /bin/sh -c apk add --no-cache curl
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM020",
    name: "unverified-package",
    aliases: &["CIS-DI-0011", "CIS 4.11"],
    severity: Severity::Warning,
    summary: "packages are installed without their signatures being checked",
    run,
    source: include_str!("unverified_package.rs"),
};

const UNCHECKED: &[&str] = &[
    "--allow-unauthenticated",
    "--allow-untrusted",
    "--force-yes",
    "--no-gpg-checks",
    "--nogpgcheck",
    "AllowUnauthenticated=true",
    "AllowInsecureRepositories=true",
    "gpgcheck=0",
    "[trusted=yes]",
];

fn run(image: &Image<'_>, sink: &mut Sink) {
    for (number, step) in image.steps() {
        if let Some(option) = UNCHECKED.iter().find(|option| step.contains(*option)) {
            sink.history(image, number, format!("signatures are not checked: `{}`", option.trim()));
        }
        let mut parts = step.split('|').map(str::trim);
        let fetches = parts.next().is_some_and(|first| first.contains("curl ") || first.contains("wget "));
        let shell = |part: &str| {
            let word = part.trim_start_matches("sudo ").split_whitespace().next().unwrap_or_default();
            ["sh", "bash", "/bin/sh", "/bin/bash", "python3", "python"].contains(&word)
        };
        if fetches && parts.any(shell) {
            sink.history(image, number, "what was downloaded is run without a look at it");
        }
    }
}
