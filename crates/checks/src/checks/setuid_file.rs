//! # setuid-file
//!
//! ## What it does
//! Lists files with the setuid or setgid bit.
//!
//! ## Why
//! A mistake in such a program gives the rights of its owner, mostly root, to whoever can start it. Most images need
//! none: `chmod a-s` in the step that brings them, or `no-new-privileges` where the image runs.
//!
//! ## Example
//! ```image,bad
//! file usr/bin/su 4755 100
//! ```
//! ```image,good
//! file usr/bin/su 755 100
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM005",
    name: "setuid-file",
    aliases: &["CIS-DI-0008", "CIS 4.8"],
    severity: Severity::Info,
    summary: "a program runs with the rights of its owner or group",
    run,
    source: include_str!("setuid_file.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    for (layer, entry) in image.files() {
        let bits = match entry.mode & 0o6000 {
            0 => continue,
            0o4000 => "setuid",
            0o2000 => "setgid",
            _ => "setuid and setgid",
        };
        sink.file(&entry.path, layer, format!("{bits}, mode {:o}, of user {}", entry.mode, entry.uid));
    }
}
