//! # dist-upgrade
//!
//! ## What it does
//! Finds steps that run `dist-upgrade` or `full-upgrade`.
//!
//! ## Why
//! What it changes depends on the day, and it may remove packages. A newer base image has the same packages, for
//! everybody alike.
//!
//! ## Example
//! ```image,bad
//! history: RUN /bin/sh -c apt-get update && apt-get -y dist-upgrade
//! ```
//! ```image,good
//! history: RUN /bin/sh -c apt-get update && apt-get -y upgrade
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM011",
    name: "dist-upgrade",
    aliases: &["DKL-DI-0003"],
    severity: Severity::Warning,
    summary: "a step upgrades the whole distribution",
    run,
    source: include_str!("dist_upgrade.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    for (number, step) in image.steps() {
        if step.contains("apt") && (step.contains("dist-upgrade") || step.contains("full-upgrade")) {
            sink.history(image, number, "the whole distribution is upgraded");
        }
    }
}
