//! # zypper-interactive
//!
//! ## What it does
//! Finds `zypper install`, `remove`, `patch` and their like without `--non-interactive` or `--no-confirm`.
//!
//! ## Why
//! There is nobody to answer its questions, so the build stops.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM opensuse/leap:15.6
//! RUN zypper install vim=9.1 && zypper clean --all
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM opensuse/leap:15.6
//! RUN zypper install -y vim=9.1 && zypper clean --all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM opensuse/leap:15.6
//! RUN zypper --non-interactive install vim=9.1 && zypper clean --all
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option, is_answered};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO619",
    name: "zypper-interactive",
    aliases: &["DL3034", "missing_zypper_non_interactive_switch", "missing-zypper-no-confirm-switch"],
    severity: Severity::Warning,
    summary: "zypper asks a question that nobody answers",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("zypper_interactive.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let asks = call.is("zypper", Verb::Install)
        || call.is("zypper", Verb::Remove)
        || ["source-install", "si", "patch"]
            .iter()
            .any(|verb| call.manager().name == "zypper" && call.says(verb));
    if !asks
        || call.has(&["-n", "--non-interactive", "-y", "--no-confirm", "--dry-run"])
        || is_answered(step, call)
    {
        return;
    }
    let draft =
        sink.report(call.head(), "`zypper` waits for an answer").help("add `-y`: there is nobody to answer");
    if let Some(edit) = add_option(context, call, "-y") {
        draft.fix("add `-y`", Safety::Safe, vec![edit]);
    }
}
