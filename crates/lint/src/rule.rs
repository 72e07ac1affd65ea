//! What a rule is.

use facts::Severity;

use crate::context::Context;
use crate::model::{RunCommand, RunStep, StageModel, Step};
use crate::sink::Sink;

/// A rule. Its file begins with its page of the manual.
#[derive(Debug)]
pub struct Rule {
    /// Its code; it never changes its meaning. The hundreds are groups: 0 the file itself, 1 secrets, 2 the flow
    /// between stages, 3 base images, 4 what is run and downloaded, 5 users, 6 packages, 7 copies, layers and caches,
    /// 8 instructions and metadata, 9 the language of the shell.
    pub code: &'static str,
    /// Its name in kebab-case.
    pub name: &'static str,
    /// What other tools call the same thing: pragmas and options take these, too.
    pub aliases: &'static [&'static str],
    /// How bad its findings are unless something else is known.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Whether it runs without being asked for.
    pub enabled: bool,
    pub(crate) check: Check,
    pub(crate) source: &'static str,
}

/// How a rule looks at a file.
#[derive(Debug)]
pub(crate) enum Check {
    /// At each instruction behind a FROM.
    Step(fn(&Context<'_>, &Step<'_>, &mut Sink<'_>)),
    /// The same, and at the trigger of each ONBUILD as if it were done here: for what is wrong wherever it is done.
    StepOrTrigger(fn(&Context<'_>, &Step<'_>, &mut Sink<'_>)),
    /// At each command of these names that a RUN, or a RUN of an ONBUILD, runs.
    Command(&'static [&'static str], fn(&Context<'_>, &At<'_, '_>, &mut Sink<'_>)),
    /// At each stage.
    Stage(fn(&Context<'_>, &StageModel<'_>, &mut Sink<'_>)),
    /// At the whole.
    File(fn(&Context<'_>, &mut Sink<'_>)),
    /// In several ways.
    Each(&'static [Self]),
}

/// A command and the RUN it is of.
pub(crate) struct At<'a, 'b> {
    pub(crate) step: &'b Step<'a>,
    pub(crate) run: &'b RunStep<'a>,
    pub(crate) item: &'b RunCommand<'a>,
}

impl Rule {
    /// Whether `name` means this rule: its code, its name or an alias, in any case.
    pub fn is_called(&self, name: &str) -> bool {
        let same = |known: &&str| known.eq_ignore_ascii_case(name);
        same(&self.code) || same(&self.name) || self.aliases.iter().any(same)
    }

    /// Whether a build of the file is refused for what it finds: then no comment hides it.
    pub fn is_refusal(&self) -> bool {
        self.code.starts_with("CO0") || self.name == "copy-from-own-stage"
    }

    /// Its page of the manual, in Markdown.
    pub fn manual(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
    }
}

/// All rules, by code.
pub fn rules() -> &'static [&'static Rule] {
    crate::rules::ALL
}

/// The rule of a code, a name or an alias, in any case.
pub fn find_rule(name: &str) -> Option<&'static Rule> {
    rules().iter().copied().find(|rule| rule.is_called(name))
}
