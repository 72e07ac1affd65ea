//! # ssh-port
//!
//! ## What it does
//! Finds images that expose port 22.
//!
//! ## Why
//! A login into a container goes around everything that starts and watches it; `docker exec` and its like need no server.
//!
//! ## Example
//! ```image,bad
//! config: {"ExposedPorts":{"22/tcp":{}}}
//! ```
//! ```image,good
//! config: {"ExposedPorts":{"8080/tcp":{}}}
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM017",
    name: "ssh-port",
    aliases: &["CIS 5.7"],
    severity: Severity::Warning,
    summary: "the image exposes SSH",
    run,
    source: include_str!("ssh_port.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    for port in image.config.config.exposed_ports.keys() {
        if port == "22" || port == "22/tcp" {
            sink.config("ExposedPorts", format!("port `{port}` is exposed"));
        }
    }
}
