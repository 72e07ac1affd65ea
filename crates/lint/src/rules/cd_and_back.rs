//! # cd-and-back
//!
//! ## What it does
//! Finds `cd directory; …; cd ..`.
//!
//! ## Why
//! When the first `cd` fails, the second one leads elsewhere. `( cd directory && … )` comes back by itself.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN cd /opt; make; cd ..
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN (cd /opt && make)
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO992",
    name: "cd-and-back",
    aliases: &["SC2103"],
    severity: Severity::Info,
    summary: "cd to a directory and back",
    enabled: true,
    check: Check::Node(&[Kind::Script, Kind::List], check),
    source: include_str!("cd_and_back.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let mut inside = false;
    for chain in node.children_of(Kind::AndOr) {
        let mut pipelines = chain.children_of(Kind::Pipeline);
        let (Some(first), None) = (pipelines.next(), pipelines.next()) else {
            inside = false;
            continue;
        };
        let Some(command) = first.child(Kind::Simple).and_then(Command::cast).filter(|found| is_cd(*found))
        else {
            continue;
        };
        let to = command.words().nth(1).map_or("", shell::Word::raw);
        if matches!(to, ".." | "-") {
            let errexit = view.settings().at(shell::Setting::Errexit, chain) != Some(false);
            if std::mem::take(&mut inside) && !errexit {
                sink.report(view.place(command.node()), "when the first `cd` failed, this leads elsewhere")
                    .help("use `( cd … && … )`");
            }
        } else {
            inside = !to.split('/').all(|part| part == "..");
        }
    }
}

fn is_cd(command: Command<'_>) -> bool {
    command.name().as_deref() == Some("cd")
}
