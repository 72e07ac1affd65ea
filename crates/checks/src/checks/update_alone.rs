//! # update-alone
//!
//! ## What it does
//! Finds steps that update the lists of a package manager and install nothing.
//!
//! ## Why
//! The step is cached: a later build installs from old lists, so that old packages come or none are found.
//!
//! ## Example
//! ```image,bad
//! history: RUN /bin/sh -c apt-get update # buildkit
//! history: RUN /bin/sh -c apt-get install -y curl
//! ```
//! ```image,good
//! history: RUN /bin/sh -c apt-get update && apt-get install -y curl
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM004",
    name: "update-alone",
    aliases: &["CIS-DI-0007", "CIS 4.7"],
    severity: Severity::Warning,
    summary: "package lists are updated in a step of their own",
    run,
    source: include_str!("update_alone.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    for (number, step) in image.steps() {
        let has = |words: &[&str]| words.iter().any(|word| step.contains(word));
        let updates = has(&["apt-get update", "apt update", "apk update", "yum check-update"]);
        if updates && !has(&["install", "apk add", "apk -U", "upgrade", "download", "build-dep"]) {
            sink.history(image, number, "package lists are updated, and nothing is installed");
        }
    }
}
