//! # dead-keyserver
//!
//! ## What it does
//! Finds the names of key servers that answer no more: the pools of `sks-keyservers.net`.
//!
//! ## Why
//! The pools were shut down in 2021, so the step fails, or waits for its time limit.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN gpg --batch --keyserver ha.pool.sks-keyservers.net --recv-keys 36D3E3A6F8F5B9A2E4C7D1B0A9F8E7D6C5B4A392
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN gpg --batch --keyserver hkps://keys.openpgp.org --recv-keys 36D3E3A6F8F5B9A2E4C7D1B0A9F8E7D6C5B4A392
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::RunCommand;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO430",
    name: "dead-keyserver",
    aliases: &["gpgUseHaPools"],
    severity: Severity::Warning,
    summary: "the key server is gone",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("dead_keyserver.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    let asks = |item: &&RunCommand<'_>| matches!(item.command.name(), "gpg" | "gpg2" | "apt-key" | "dirmngr");
    let alone = run.commands.iter().filter(asks).count() == 1;
    for item in run.commands.iter().filter(asks) {
        let dead = item.command.args().iter().find(|arg| arg.text.contains("sks-keyservers.net"));
        // Others are often tried when it does not answer.
        if let Some(arg) = dead.filter(|_| alone && !item.command.command().is_tested()) {
            sink.report(run.place_of_arg(arg), "this key server answers no more")
                .help("use `hkps://keys.openpgp.org` or `hkps://keyserver.ubuntu.com`");
        }
    }
}
