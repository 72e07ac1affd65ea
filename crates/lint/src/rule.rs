//! What a rule is.

use facts::{Finding, Severity};
use shell::{Kind, Node};

use crate::context::Context;
use crate::model::{RunCommand, RunStep, StageModel, Step};
use crate::packages::Call;
use crate::pragma::Pragmas;
use crate::script::{Condition, ScriptView};
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
    /// At each command to a package manager of a RUN, or of a RUN of an ONBUILD.
    Call(fn(&Context<'_>, &Step<'_>, &Call<'_, '_>, &mut Sink<'_>)),
    /// At each stage.
    Stage(fn(&Context<'_>, &StageModel<'_>, &mut Sink<'_>)),
    /// At the whole.
    File(fn(&Context<'_>, &mut Sink<'_>)),
    /// At the comments that hide findings, when what they hide is known.
    Pragmas(fn(&Context<'_>, &Pragmas, &mut Sink<'_>)),
    /// At each shell text whose language is known, those of triggers too.
    Script(fn(&ScriptView<'_, '_>, &mut Sink<'_>)),
    /// At each node of one of these kinds in these texts.
    Node(&'static [Kind], fn(&ScriptView<'_, '_>, Node<'_>, &mut Sink<'_>)),
    /// At each command of these names in these texts, for what is about the language of the shell; no names for all.
    ScriptCommand(&'static [&'static str], fn(&ScriptView<'_, '_>, &RunCommand<'_>, &mut Sink<'_>)),
    /// At each question of `[`, `test` and `[[` in these texts.
    Condition(fn(&ScriptView<'_, '_>, &Condition<'_>, &mut Sink<'_>)),
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
        let name = canonical(name);
        same(self.code, &name)
            || same(self.name, &name)
            || self.aliases.iter().any(|alias| same(alias, &name))
    }

    /// Whether its code or an alias begins with `begin`, as in `CO1`, `DL` or `CKV_DOCKER`.
    pub fn begins_with(&self, begin: &str) -> bool {
        let begins =
            |name: &str| name.get(..begin.len()).is_some_and(|part| part.eq_ignore_ascii_case(begin));
        begin.len() >= 2 && (begins(self.code) || self.aliases.iter().any(|alias| begins(alias)))
    }

    /// Whether a build of the file is refused for what it finds: then no comment hides it.
    pub fn is_refusal(&self) -> bool {
        self.code.starts_with("CO00") || self.name == "copy-from-own-stage"
    }

    /// Its page of the manual, in Markdown.
    pub fn manual(&self) -> String {
        kit::manual(self.source)
    }

    /// The same with what its table says of it below the title: code, severity, aliases.
    pub fn page(&self) -> String {
        let state = if self.enabled { "on by default" } else { "off by default" };
        let mut facts = format!("`{}` · {} · {state}", self.code, self.severity);
        if !self.aliases.is_empty() {
            facts += &format!(" · also known as {}", self.aliases.join(", "));
        }
        kit::with_facts(&self.manual(), &facts)
    }
}

/// A name as it is compared: without the group that some tools put before it, and ids of Trivy in their newest form.
pub(crate) fn canonical(name: &str) -> String {
    let name = name.trim();
    let last = name.rsplit(['/', ':']).next().unwrap_or(name);
    let dotted = ["dockerfile.", "generic."].iter().any(|group| last.starts_with(group));
    let last = if dotted { last.rsplit('.').next().unwrap_or(last) } else { last };
    // Titles of KICS are the names of its queries with blanks: `Missing User Instruction`.
    let upper = last.replace('\'', "").replace("--", "").replace(' ', "_").to_ascii_uppercase();
    let id = upper.strip_prefix("AVD-").unwrap_or(&upper);
    match id.strip_prefix("DS") {
        Some(number) if number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("DS-0{number}")
        }
        _ => id.to_owned(),
    }
}

fn same(known: &str, canonical: &str) -> bool {
    known.strip_prefix("AVD-").unwrap_or(known).eq_ignore_ascii_case(canonical)
}

/// Whether `name` means this very finding: the code or the name of its rule, or what another tool calls it. Where no
/// other tool finds this one, all that its rule is called by others counts.
pub(crate) fn is_called(finding: &Finding, name: &str) -> bool {
    let name = canonical(name);
    if same(finding.code, &name) || same(finding.rule, &name) {
        return true;
    }
    if finding.aliases.is_empty() {
        let rule = rules().iter().find(|rule| rule.code == finding.code);
        return rule.is_some_and(|rule| rule.aliases.iter().any(|alias| same(alias, &name)));
    }
    finding.aliases.iter().any(|alias| same(alias, &name))
}

/// All rules, by code.
pub fn rules() -> &'static [&'static Rule] {
    crate::rules::ALL
}

/// The rule of a code, a name or an alias, in any case.
pub fn find_rule(name: &str) -> Option<&'static Rule> {
    rules().iter().copied().find(|rule| rule.is_called(name))
}
