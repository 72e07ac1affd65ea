//! # expose-protocol-casing
//!
//! ## What it does
//! Finds `EXPOSE` with a protocol that is not in lower case.
//!
//! ## Why
//! Protocols are written in lower case everywhere else.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! EXPOSE 80/TCP
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! EXPOSE 80/tcp
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! EXPOSE 80/tcp
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::Edit;

use crate::context::Context;
use crate::model::Step;
use crate::ports::{ports, split_port};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO812",
    name: "expose-protocol-casing",
    aliases: &["ExposeProtoCasing"],
    severity: Severity::Warning,
    summary: "the protocol of EXPOSE is not lowercase",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("expose_protocol_casing.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    for (word, port) in ports(step) {
        let Some(proto) = split_port(&port).proto else { continue };
        let lower = proto.to_lowercase();
        // Others are for the rule `expose-unknown-protocol`.
        if proto == lower || !matches!(lower.as_str(), "tcp" | "udp" | "sctp") {
            continue;
        }
        let detail = format!("Defined protocol '{port}' in EXPOSE instruction should be lowercase");
        let draft = sink
            .report(word.range, format!("the protocol of `{port}` should be lowercase"))
            .buildkit(context.parse, step.instruction, detail);
        if word.value == port {
            let replacement = port.replace(&format!("/{proto}"), &format!("/{lower}"));
            draft.fix(
                format!("write `{lower}`"),
                Safety::Safe,
                vec![Edit { range: word.range, replacement }],
            );
        }
    }
}
