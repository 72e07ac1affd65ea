//! # value-lost-in-subshell
//!
//! ## What it does
//! Finds variables that are set in `( … )`, in a member of a pipeline or in `$( … )` and read behind it.
//!
//! ## Why
//! What is set there ends with the process: the variable has the value that it had before, or none.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN n=0; ls /opt | while read -r f; do n=$f; done; echo "$n"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN n=$(cat /opt/last); echo "$n"
//! USER 1000
//! ```

use facts::Severity;
use shell::{Access, Kind, Node};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO976",
    name: "value-lost-in-subshell",
    aliases: &["SC2030", "SC2031"],
    severity: Severity::Info,
    summary: "a variable is set in a process of its own and read outside of it",
    enabled: true,
    check: Check::Script(check),
    source: include_str!("value_lost_in_subshell.rs"),
};

fn check(view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
    let uses = view.values().uses();
    for read in uses.iter().filter(|found| matches!(found.access, Access::Read | Access::ReadIfSet)) {
        let set = view.values().last_set(read.name, read.range.start);
        if let Some(set) = set.filter(|set| lost(*set, read.node).is_some()) {
            let name = read.name;
            sink.report(
                view.place_of(read.range),
                format!("`{name}` was set in a process of its own, and is not seen here"),
            )
            .related(view.place(set), "set here")
            .aliases(["SC2031"]);
            sink.report(view.place(set), format!("`{name}` is set for this process alone"))
                .aliases(["SC2030"]);
        }
    }
}

/// The process that a variable is set in, when `read` is not part of it.
fn lost<'a>(set: Node<'a>, read: Node<'a>) -> Option<Node<'a>> {
    let at = read.range();
    let around = |node: &Node<'_>| node.range().start <= at.start && at.end <= node.range().end;
    set.ancestors()
        .take_while(|node| !around(node) || is_pipeline_between(*node, set, read))
        .find(|node| node.is_subshell() && (!around(node) || is_pipeline_between(*node, set, read)))
}

/// Whether both stand in the same pipeline, in other members of it.
fn is_pipeline_between(node: Node<'_>, set: Node<'_>, read: Node<'_>) -> bool {
    let holds = |member: &Node<'_>, inner: Node<'_>| {
        member.range().start <= inner.range().start && inner.range().end <= member.range().end
    };
    let mut members = node.children().filter(|child| child.kind().is_command());
    node.kind() == Kind::Pipeline
        && node.is_subshell()
        && members.all(|member| !(holds(&member, set) && holds(&member, read)))
}
