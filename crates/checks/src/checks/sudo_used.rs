//! # sudo-used
//!
//! ## What it does
//! Finds steps that run `sudo`.
//!
//! ## Why
//! A step is root already, or `USER` says who it is; what `sudo` leaves in the image is one more way to root.
//!
//! ## Example
//! ```image,bad
//! history: RUN /bin/sh -c sudo apt-get install -y curl
//! ```
//! ```image,good
//! history: RUN /bin/sh -c apt-get install -y sudo
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM009",
    name: "sudo-used",
    aliases: &["DKL-DI-0001"],
    severity: Severity::Warning,
    summary: "a step uses sudo",
    run,
    source: include_str!("sudo_used.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    for (number, step) in image.steps() {
        let commands = step.split(['&', ';', '|', '\n']).map(str::trim_start);
        if commands.into_iter().any(|command| command.starts_with("sudo ")) {
            sink.history(image, number, "a command runs through `sudo`");
        }
    }
}
