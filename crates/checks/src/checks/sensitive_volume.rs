//! # sensitive-volume
//!
//! ## What it does
//! Finds volumes at directories of the system.
//!
//! ## Why
//! A volume hides what the image has there and keeps it when the image is updated; at such a place that is the system
//! itself, or a door to the host.
//!
//! ## Example
//! ```image,bad
//! config: {"Volumes":{"/etc":{}}}
//! ```
//! ```image,good
//! config: {"Volumes":{"/var/lib/app":{}}}
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM010",
    name: "sensitive-volume",
    aliases: &["DKL-DI-0002"],
    severity: Severity::Warning,
    summary: "a directory of the system is a volume",
    run,
    source: include_str!("sensitive_volume.rs"),
};

const SENSITIVE: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/var/run/docker.sock",
];

fn run(image: &Image<'_>, sink: &mut Sink) {
    for volume in image.config.config.volumes.keys() {
        let path = volume.trim_end_matches('/');
        if path.is_empty() || SENSITIVE.contains(&path) {
            sink.config("Volumes", format!("`{volume}` is a volume"));
        }
    }
}
