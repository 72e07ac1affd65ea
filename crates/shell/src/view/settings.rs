//! `set -e` and its like: which settings hold where, as far as that can be told without running the text.

use kit::TextRange;

use super::{Arg, Invocation};
use crate::kind::Kind;
use crate::tree::{Node, Parse};

/// A setting of the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// `-e`: end with the first command that fails.
    Errexit,
    /// `-u`: unset variables are errors.
    Nounset,
    /// `-o pipefail`: a pipeline fails with any of its commands.
    Pipefail,
}

/// Settings that a shell is started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShellOptions {
    /// `-e`
    pub errexit: bool,
    /// `-u`
    pub nounset: bool,
    /// `-o pipefail`
    pub pipefail: bool,
}

impl ShellOptions {
    /// From the arguments of a shell: `-euxo pipefail -c`.
    pub fn of_arguments<'t>(args: impl IntoIterator<Item = &'t str>) -> Self {
        let mut options = Self::default();
        for (setting, on) in changes(args) {
            match setting {
                Setting::Errexit => options.errexit = on,
                Setting::Nounset => options.nounset = on,
                Setting::Pipefail => options.pipefail = on,
            }
        }
        options
    }

    /// Whether a setting is on.
    pub const fn has(self, setting: Setting) -> bool {
        match setting {
            Setting::Errexit => self.errexit,
            Setting::Nounset => self.nounset,
            Setting::Pipefail => self.pipefail,
        }
    }
}

/// The settings of a text, place by place.
#[derive(Debug, Clone)]
pub struct Settings {
    begin: ShellOptions,
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
struct Change {
    setting: Setting,
    /// `None` when it may or may not be changed.
    on: Option<bool>,
    /// Where it holds.
    range: TextRange,
}

impl Settings {
    /// Reads the `set` commands of a text whose shell is started with `begin`.
    pub fn new(parse: &Parse, begin: ShellOptions) -> Self {
        let mut changes = Vec::new();
        for command in parse.commands().filter(|command| command.name().as_deref() == Some("set")) {
            let invocation = Invocation::new(command);
            let args = invocation.args().iter().map(text);
            let (end, certain) = scope(command.node());
            let range = TextRange::new(command.range().end, end);
            changes.extend(self::changes(args).map(|(setting, on)| Change {
                setting,
                on: certain.then_some(on),
                range,
            }));
        }
        Self { begin, changes }
    }

    /// Whether a setting is on at a node; `None` when that depends on what is run.
    pub fn at(&self, setting: Setting, node: Node<'_>) -> Option<bool> {
        let start = node.range().start;
        let holds = |change: &&Change| change.setting == setting && change.range.contains(start);
        self.changes.iter().rev().find(holds).map_or(Some(self.begin.has(setting)), |change| change.on)
    }
}

fn text<'b>(arg: &'b Arg<'_>) -> &'b str {
    &arg.text
}

/// The changes that arguments like those of `set` make.
fn changes<'t>(args: impl IntoIterator<Item = &'t str>) -> impl Iterator<Item = (Setting, bool)> {
    let mut name = None;
    args.into_iter().take_while(|arg| *arg != "--").flat_map(move |arg| {
        let on = arg.starts_with('-');
        if let Some(on) = std::mem::take(&mut name) {
            let setting = match arg {
                "errexit" => Some(Setting::Errexit),
                "nounset" => Some(Setting::Nounset),
                "pipefail" => Some(Setting::Pipefail),
                _ => None,
            };
            return setting.map(|setting| (setting, on)).into_iter().collect::<Vec<_>>();
        }
        if !arg.starts_with(['-', '+']) || arg.starts_with("--") {
            return Vec::new();
        }
        name = arg[1..].contains('o').then_some(on);
        let letters = [('e', Setting::Errexit), ('u', Setting::Nounset)];
        let found = letters.into_iter().filter(|(letter, _)| arg[1..].contains(*letter));
        found.map(|(_, setting)| (setting, on)).collect()
    })
}

/// Where what a command sets ends to hold, and whether the command is run for sure.
fn scope(command: Node<'_>) -> (u32, bool) {
    let mut certain = true;
    let mut node = command;
    while let Some(parent) = node.parent() {
        if parent.is_subshell() || parent.kind() == Kind::Function {
            return (parent.range().end, certain);
        }
        let optional = match parent.kind() {
            Kind::AndOr => node.siblings_before().next().is_some(),
            Kind::CaseItem => true,
            kind => kind.is_compound() && !matches!(kind, Kind::Group) && node.kind() != Kind::Condition,
        };
        certain &= !optional;
        node = parent;
    }
    (node.range().end, certain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, parse};

    /// The state of `-e` at each command that is called `?`.
    fn check(text: &str, expect: &[Option<bool>]) {
        let parse = parse(text, Dialect::Bash);
        let settings = Settings::new(&parse, ShellOptions::default());
        let asked = parse.commands().filter(|command| command.node().text().trim() == "ask");
        let found: Vec<_> = asked.map(|command| settings.at(Setting::Errexit, command.node())).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn settings_hold_from_their_command_to_the_end_of_their_shell() {
        let (on, off) = (Some(true), Some(false));
        check("ask; set -e; ask; set +e; ask", &[off, on, off]);
        check("set -ex\nask && (set +e; ask); ask", &[on, off, on]);
        check("(set -e); ask", &[off]);
        check("set -e | a; ask", &[off]);
        check("set -euo pipefail; { ask; }; x=$(ask)", &[on, on]);
        check("set -o errexit; ask", &[on]);
        check("if a; then set -e; fi; ask", &[None]);
        check("a && set -e; ask", &[None]);
        check("if set -e; then ask; fi", &[on]);
        check("f() { set -e; ask; }; ask", &[on, off]);
        check("set -- -e; ask", &[off]);
    }

    #[test]
    fn shells_are_started_with_settings() {
        let check = |line: &str, errexit, nounset, pipefail| {
            let found = ShellOptions::of_arguments(line.split(' '));
            assert_eq!(found, ShellOptions { errexit, nounset, pipefail }, "{line}");
        };
        check("-o pipefail -c", false, false, true);
        check("-euxo pipefail -c", true, true, true);
        check("-oe pipefail -c", true, false, true);
        check("-e +e -c", false, false, false);
        check("-lc", false, false, false);
    }
}
