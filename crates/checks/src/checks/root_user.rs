//! # root-user
//!
//! ## What it does
//! Finds images whose user is root, or that name none.
//!
//! ## Why
//! Whoever breaks into the process is root in the container, and closer to being root outside.
//!
//! ## Example
//! ```image,bad
//! config: {"User":"0:0"}
//! ```
//! ```image,bad
//! config: {}
//! ```
//! ```image,good
//! config: {"User":"app"}
//! ```
//! ```image,good
//! config: {"User":"1000:1000"}
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM001",
    name: "root-user",
    aliases: &["CIS-DI-0001", "CIS 4.1"],
    severity: Severity::Warning,
    summary: "the image runs as root",
    run,
    source: include_str!("root_user.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    let user = &image.config.config.user;
    let name = user.split(':').next().unwrap_or_default();
    if name.is_empty() {
        sink.config("User", "no user is set, so the image runs as root");
    } else if name == "root" || name.parse() == Ok(0_u32) {
        sink.config("User", format!("the user is `{user}`"));
    }
}
