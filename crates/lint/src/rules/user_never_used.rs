//! # user-never-used
//!
//! ## What it does
//! Finds final stages that make a user and have no `USER`.
//!
//! ## Why
//! The image runs as root all the same. Off by default, as a start script can switch to the user.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN useradd --uid 1000 app
//! CMD ["app"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN useradd --uid 1000 app
//! USER 1000
//! CMD ["app"]
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::User;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO520",
    name: "user-never-used",
    aliases: &["user-created-but-never-used"],
    severity: Severity::Info,
    summary: "a user is made and never used",
    enabled: false,
    check: Check::File(check),
    source: include_str!("user_never_used.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target().filter(|target| target.user == User::Base) else { return };
    let made = target.runs().find_map(|(_, run)| Some((run, run.named(&["adduser", "useradd"]).next()?)));
    if let Some((run, item)) = made {
        sink.report(run.place_of_command(&item.command), "the user that is made here is never used")
            .help("add `USER` with its number");
    }
}
