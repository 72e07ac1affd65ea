//! # unsigned-image
//!
//! ## What it does
//! Finds images of the store beside which there is no signature and no signed attestation. `cooper pull` brings those of the
//! registry. Of archives and layouts nothing is said.
//!
//! ## Why
//! Without a signature nobody can tell an image from one that somebody else has put in its place. `cooper sign` makes
//! one, and `cooper verify` checks it.
//!
//! ## Example
//! ```image,bad
//! config: {}
//! signed: no
//! ```
//! ```image,good
//! config: {}
//! signed: yes
//! ```
//! ```image,good
//! config: {}
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM002",
    name: "unsigned-image",
    aliases: &["CIS-DI-0005", "CIS 4.5", "CIS 4.12"],
    severity: Severity::Info,
    summary: "nothing proves who made the image",
    run,
    source: include_str!("unsigned_image.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    if image.signed == Some(false) {
        sink.config("signature", "there is no signature beside the image");
    }
}
