//! # no-healthcheck
//!
//! ## What it does
//! Finds images that say a port and no health check.
//!
//! ## Why
//! Nobody notices when the service hangs without ending.
//!
//! ## Example
//! ```image,bad
//! config: {"ExposedPorts":{"80/tcp":{}}}
//! ```
//! ```image,good
//! config: {"ExposedPorts":{"80/tcp":{}},"Healthcheck":{"Test":["CMD","check"]}}
//! ```
//! ```image,good
//! config: {}
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM003",
    name: "no-healthcheck",
    aliases: &["CIS-DI-0006", "CIS 4.6"],
    severity: Severity::Info,
    summary: "the image of a service has no health check",
    run,
    source: include_str!("no_healthcheck.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    let config = &image.config.config;
    let test = config.healthcheck.as_ref().map_or(&[][..], |check| &check.test);
    if !config.exposed_ports.is_empty() && test.is_empty() {
        sink.config("Healthcheck", "the image exposes ports and has no health check");
    }
}
