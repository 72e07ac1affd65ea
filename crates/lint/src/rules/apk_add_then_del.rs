//! # apk-add-then-del
//!
//! ## What it does
//! Finds `apk del` of packages by name that the same RUN has added.
//!
//! ## Why
//! A list that is written twice is soon not the same. With `--virtual` the packages have a name together, by which
//! they are removed.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN apk add --no-cache gcc~14 musl-dev~1 && make && apk del gcc musl-dev
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! RUN apk add --no-cache --virtual .build gcc~14 musl-dev~1 && make && apk del .build
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO611",
    name: "apk-add-then-del",
    aliases: &["apkadd-missing-virtual"],
    severity: Severity::Style,
    summary: "packages that are removed again are listed twice",
    enabled: false,
    check: Check::Call(check),
    source: include_str!("apk_add_then_del.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !call.is("apk", Verb::Remove) {
        return;
    }
    let added = call
        .run
        .calls()
        .filter(|other| other.is("apk", Verb::Install))
        .flat_map(|other| other.packages(step));
    let added: Vec<String> = added.map(|package| package.name().to_owned()).collect();
    if call.operands().any(|arg| added.iter().any(|name| *name == arg.text)) {
        sink.report(call.head(), "the packages are listed twice")
            .help("add them with `--virtual .build`, and remove `.build`");
    }
}
