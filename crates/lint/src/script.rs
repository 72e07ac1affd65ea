//! What rules about shell texts are given, and the one walk over each text that they share.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use facts::Severity;
use kit::{Edit, TextRange};
use shell::{Dialect, Kind, Node, Settings, Word};

use crate::context::Context;
use crate::model::{RunCommand, RunStep, Script, Step};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

mod conditions;
mod dialect;
mod values;

pub(crate) use conditions::{Asks, Condition, Form, NAMES as CONDITIONS, plain};
pub(crate) use dialect::SystemShell;
pub(crate) use values::{Content, Values, is_number};

/// A shell text of a RUN.
pub(crate) struct ScriptView<'c, 'a> {
    pub(crate) context: &'c Context<'a>,
    pub(crate) step: &'c Step<'a>,
    pub(crate) run: &'c RunStep<'a>,
    pub(crate) script: &'a Script,
    values: OnceCell<Values<'a>>,
    settings: OnceCell<Settings>,
}

impl<'c, 'a> ScriptView<'c, 'a> {
    fn new(context: &'c Context<'a>, step: &'c Step<'a>, run: &'c RunStep<'a>, script: &'a Script) -> Self {
        Self { context, step, run, script, values: OnceCell::new(), settings: OnceCell::new() }
    }

    /// The tree.
    pub(crate) const fn parse(&self) -> &'a shell::Parse {
        &self.script.parse
    }

    /// Whether it is for bash.
    pub(crate) fn is_bash(&self) -> bool {
        self.parse().dialect() == Dialect::Bash
    }

    /// Where a node stands in the file.
    pub(crate) fn place(&self, node: Node<'_>) -> TextRange {
        self.script.place(node.range())
    }

    /// Where a part of the text stands in the file.
    pub(crate) fn place_of(&self, range: TextRange) -> TextRange {
        self.script.place(range)
    }

    /// Its commands.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &'c RunCommand<'a>> {
        let script = self.script;
        self.run.commands.iter().filter(move |item| script.holds(item.command.command().node()))
    }

    /// Where the first and the last command begin that run texts that are not known here, which can set and read its
    /// variables.
    pub(crate) fn reads_others(&self) -> Option<(u32, u32)> {
        let named = self.commands().filter(|item| matches!(item.command.name(), "." | "source" | "eval"));
        let mut starts = named.map(|item| item.command.command().range().end);
        let first = starts.next()?;
        Some((first, starts.last().unwrap_or(first)))
    }

    /// What is known of its variables.
    pub(crate) fn values(&self) -> &Values<'a> {
        self.values.get_or_init(|| {
            let scope = &self.step.scope;
            Values::new(self.parse(), scope.env().keys().chain(scope.args().keys()).cloned())
        })
    }

    /// Whether ENV or ARG of the stage have a variable.
    pub(crate) fn is_declared(&self, name: &str) -> bool {
        self.step.scope.env().contains_key(name) || self.step.scope.args().contains_key(name)
    }

    /// Which settings hold where.
    pub(crate) fn settings(&self) -> &Settings {
        self.settings.get_or_init(|| Settings::new(self.parse(), self.script.options))
    }

    /// The shell that runs it.
    pub(crate) fn system_shell(&self) -> SystemShell {
        if self.is_bash() { SystemShell::Bash } else { SystemShell::of_stage(self.context, self.step.stage) }
    }

    /// How bad it is to use what POSIX does not have and bash has, and the shells of `also`.
    pub(crate) fn portability(&self, also: &[SystemShell]) -> Severity {
        let shell = self.system_shell();
        if shell == SystemShell::Bash || also.contains(&shell) { Severity::Style } else { Severity::Warning }
    }

    /// Puts something else in the place of a part of the text. `None` where the file does not have the text as it
    /// stands: in backquotes, and in texts within texts.
    pub(crate) fn edit(&self, range: TextRange, replacement: impl Into<String>) -> Option<Edit> {
        let place = self.place_of(range);
        let same = place.slice(self.context.text()) == range.slice(self.parse().text());
        (same && self.script.outer.is_none()).then(|| Edit { range: place, replacement: replacement.into() })
    }

    /// Puts a word in double quotes; `None` where that needs more than two characters.
    pub(crate) fn quote(&self, word: Word<'_>) -> Option<Vec<Edit>> {
        let plain = word.pieces().all(|piece| {
            let kind = piece.node.kind();
            !piece.is_quoted() && (kind == Kind::Literal || piece.is_expansion() && kind != Kind::Backquote)
        });
        let in_quotes = word.node().ancestors().any(|node| node.kind() == Kind::Backquote);
        let range = word.range();
        if !plain || in_quotes || word.raw().contains('\\') {
            return None;
        }
        let place = self.edit(range, "")?.range;
        Some([place.start, place.end].map(insert_quote).to_vec())
    }
}

fn insert_quote(offset: u32) -> Edit {
    Edit { range: TextRange::new(offset, offset), replacement: "\"".to_owned() }
}

/// Rules about shell texts, by what they look at.
#[derive(Default)]
pub(crate) struct ScriptRules {
    scripts: Vec<(&'static Rule, ScriptCheck)>,
    /// By name of the command; the empty name for all.
    commands: BTreeMap<&'static str, Vec<(&'static Rule, CommandCheck)>>,
    /// By kind.
    nodes: Vec<Vec<(&'static Rule, NodeCheck)>>,
    conditions: Vec<(&'static Rule, ConditionCheck)>,
}

type ScriptCheck = fn(&ScriptView<'_, '_>, &mut Sink<'_>);
type CommandCheck = fn(&ScriptView<'_, '_>, &RunCommand<'_>, &mut Sink<'_>);
type NodeCheck = fn(&ScriptView<'_, '_>, Node<'_>, &mut Sink<'_>);
type ConditionCheck = fn(&ScriptView<'_, '_>, &Condition<'_>, &mut Sink<'_>);

impl ScriptRules {
    /// Adds a rule as far as it looks at shell texts.
    pub(crate) fn add(&mut self, rule: &'static Rule, check: &'static Check) {
        match check {
            Check::Script(check) => self.scripts.push((rule, *check)),
            Check::ScriptCommand([], check) => self.commands.entry("").or_default().push((rule, *check)),
            Check::ScriptCommand(names, check) => {
                names.iter().for_each(|name| self.commands.entry(name).or_default().push((rule, *check)));
            }
            Check::Condition(check) => self.conditions.push((rule, *check)),
            Check::Node(kinds, check) => kinds.iter().for_each(|kind| self.add_node(*kind, rule, *check)),
            Check::Each(checks) => checks.iter().for_each(|check| self.add(rule, check)),
            _ => {}
        }
    }

    fn add_node(&mut self, kind: Kind, rule: &'static Rule, check: NodeCheck) {
        let at = kind as usize;
        if self.nodes.len() <= at {
            self.nodes.resize_with(at + 1, Vec::new);
        }
        self.nodes[at].push((rule, check));
    }

    /// Looks at all texts of a file.
    pub(crate) fn run(&self, context: &Context<'_>, sink: &mut Sink<'_>) {
        for step in context.steps_and_triggers() {
            let Some(run) = step.run() else { continue };
            let known = run.scripts().iter().filter(|script| script.is_known() && script.is_as_written);
            known.for_each(|script| self.walk(&ScriptView::new(context, step, run, script), sink));
        }
    }

    /// Looks at a text. In one that its shell refuses nothing else counts.
    fn walk(&self, view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
        let before = sink.count();
        let refused = view.parse().errors().iter().any(|error| !error.late);
        for (rule, check) in self.scripts.iter().filter(|(rule, _)| !refused || rule.code == "CO900") {
            sink.enter(rule);
            check(view, sink);
        }
        if !refused {
            self.walk_tree(view, sink);
            sink.end_shellcheck(before);
        }
        if view.script.outer.is_some() {
            sink.hide_from_shellcheck(before);
        }
    }

    fn walk_tree(&self, view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
        for command in view.commands() {
            let name = command.command.name();
            let all = self.commands.get("").into_iter().flatten();
            let named = self.commands.get(name).filter(|_| !name.is_empty()).into_iter().flatten();
            for (rule, check) in all.chain(named) {
                sink.enter(rule);
                check(view, command, sink);
            }
            if CONDITIONS.contains(&name) {
                self.look_at_conditions(view, command.command.command().node(), sink);
            }
        }
        for node in view.parse().nodes() {
            if node.kind() == Kind::Test {
                self.look_at_conditions(view, node, sink);
            }
            for (rule, check) in self.nodes.get(node.kind() as usize).into_iter().flatten() {
                sink.enter(rule);
                check(view, node, sink);
            }
        }
    }

    fn look_at_conditions(&self, view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
        let found = if self.conditions.is_empty() { Vec::new() } else { Condition::of(node) };
        for condition in &found {
            for (rule, check) in &self.conditions {
                sink.enter(rule);
                check(view, condition, sink);
            }
        }
    }
}
