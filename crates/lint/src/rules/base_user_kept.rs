//! # base-user-kept
//!
//! ## What it does
//! Finds images without `USER` whose base is not known to run as root, where the file does not say what containers do;
//! otherwise there is the rule `user-left-to-base`.
//!
//! ## Why
//! It may be root. Off by default, as such an image is often one to build others on.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM registry.example.com/base:1.0
//! COPY tools /usr/local/bin/
//! COPY share /usr/local/share/
//! COPY etc /usr/local/etc/
//! RUN /usr/local/bin/prepare
//! ```
//! ```dockerfile,good
//! FROM registry.example.com/base:1.0
//! COPY tools /usr/local/bin/
//! COPY share /usr/local/share/
//! COPY etc /usr/local/etc/
//! RUN /usr/local/bin/prepare
//! USER 1000
//! ```

use facts::Severity;

use super::{no_user, user_left_to_base};
use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::service::{is_sketch, is_to_be_run};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO523",
    name: "base-user-kept",
    aliases: no_user::ALIASES,
    severity: Severity::Info,
    summary: "the user of the image is that of its base",
    enabled: false,
    check: Check::File(check),
    source: include_str!("base_user_kept.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if !is_to_be_run(context) && !is_sketch(context) {
        user_left_to_base::report(context, sink);
    }
}
