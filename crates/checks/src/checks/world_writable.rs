//! # world-writable
//!
//! ## What it does
//! Finds files that everybody may write, outside of temporary directories.
//!
//! ## Why
//! Any process of the container can put its own program or setting there.
//!
//! ## Example
//! ```image,bad
//! file app/start.sh 777 10
//! ```
//! ```image,good
//! file app/start.sh 755 10
//! file tmp/x 777 1
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM019",
    name: "world-writable",
    aliases: &[],
    severity: Severity::Warning,
    summary: "anybody can change a file",
    run,
    source: include_str!("world_writable.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    for (layer, entry) in image.files() {
        let temporary =
            ["tmp/", "var/tmp/", "dev/", "proc/", "run/"].iter().any(|dir| entry.path.starts_with(dir));
        if entry.mode & 0o002 != 0 && !temporary {
            sink.file(&entry.path, layer, format!("everybody may write it, mode {:o}", entry.mode));
        }
    }
}
