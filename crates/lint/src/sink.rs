//! Takes findings from rules.

use facts::{BuildkitWarning, Effect, Finding, Fix, Location, Safety, Severity};
use kit::{Edit, TextRange};
use syntax::{Instruction, Parse};

use crate::rule::Rule;

/// Collects the findings of one file.
pub(crate) struct Sink<'a> {
    file: &'a str,
    rule: &'static Rule,
    findings: Vec<Finding>,
}

impl<'a> Sink<'a> {
    pub(crate) const fn new(file: &'a str, rule: &'static Rule) -> Self {
        Self { file, rule, findings: Vec::new() }
    }

    /// Says whose findings come next.
    pub(crate) const fn enter(&mut self, rule: &'static Rule) {
        self.rule = rule;
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// How many findings there are.
    pub(crate) const fn count(&self) -> usize {
        self.findings.len()
    }

    /// Takes what `ShellCheck` calls them from the findings behind the first `count`: it does not look there.
    pub(crate) fn hide_from_shellcheck(&mut self, count: usize) {
        for finding in self.findings.iter_mut().skip(count) {
            finding.aliases.retain(|alias| !alias.starts_with("SC"));
        }
    }

    /// The same for what `ShellCheck` does not get to, as one of the findings behind the first `count` ends its reading.
    pub(crate) fn end_shellcheck(&mut self, count: usize) {
        let ends = |finding: &Finding| finding.aliases.contains(&"SC1072");
        if self.findings[count..].iter().any(ends) {
            for finding in self.findings[count..].iter_mut().filter(|finding| !ends(finding)) {
                finding.aliases.retain(|alias| !alias.starts_with("SC"));
            }
        }
    }

    /// Takes what hadolint calls them from the findings behind the first `count`: it does not look there.
    pub(crate) fn hide_from_hadolint(&mut self, count: usize) {
        self.findings.iter_mut().skip(count).for_each(hide_from_hadolint);
    }

    /// Adds a finding, to which more can be added.
    pub(crate) fn report(&mut self, range: TextRange, message: impl Into<String>) -> Draft<'_> {
        let rule = self.rule;
        self.findings.push(Finding {
            code: rule.code,
            rule: rule.name,
            severity: rule.severity,
            message: message.into(),
            primary: Location { file: self.file.to_owned(), range },
            related: Vec::new(),
            help: None,
            fix: None,
            aliases: rule.aliases.to_vec(),
            buildkit: None,
        });
        let last = self.findings.len() - 1;
        Draft { finding: &mut self.findings[last] }
    }
}

fn hide_from_hadolint(finding: &mut Finding) {
    finding.aliases.retain(|alias| !alias.starts_with("DL"));
}

/// A finding to which more can be added.
pub(crate) struct Draft<'a> {
    finding: &'a mut Finding,
}

impl Draft<'_> {
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        self.finding.help = Some(help.into());
        self
    }

    pub(crate) fn severity(self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    pub(crate) fn related(self, range: TextRange, message: impl Into<String>) -> Self {
        let file = self.finding.primary.file.clone();
        self.finding.related.push((Location { file, range }, message.into()));
        self
    }

    pub(crate) fn fix(self, description: impl Into<String>, safety: Safety, edits: Vec<Edit>) -> Self {
        let description = description.into();
        self.finding.fix = Some(Fix { description, edits, creates: Vec::new(), safety, effects: Vec::new() });
        self.effects([])
    }

    /// A file that the fix that was given before adds, by its path from the directory of the build context.
    pub(crate) fn creates(self, path: &str, text: String) -> Self {
        if let Some(fix) = &mut self.finding.fix {
            fix.creates.push((path.to_owned(), text));
        }
        self
    }

    /// What other tools call this very finding, where it is not all that the rule's aliases say.
    pub(crate) fn aliases(self, aliases: impl IntoIterator<Item = &'static str>) -> Self {
        self.finding.aliases = aliases.into_iter().collect();
        self
    }

    /// Takes away what hadolint calls it, where it does not find this one.
    pub(crate) fn unlike_hadolint(self, differs: bool) -> Self {
        if differs {
            hide_from_hadolint(self.finding);
        }
        self
    }

    /// The same for Checkov.
    pub(crate) fn unlike_checkov(self, differs: bool) -> Self {
        if differs {
            self.finding.aliases.retain(|alias| !alias.starts_with("CKV"));
        }
        self
    }

    /// What `BuildKit` says of it, for one of its checks. It counts the first line of an instruction, so the finding begins
    /// there, and what it is about becomes a place beside it.
    pub(crate) fn buildkit(
        self,
        parse: &Parse,
        instruction: &Instruction,
        detail: impl Into<String>,
    ) -> Self {
        let place = self.finding.primary.range;
        let (begin, end) = (instruction.range.start, place.start.max(instruction.range.start));
        let draft = self.buildkit_at(instruction.range, detail);
        if !TextRange::new(begin, end).slice(parse.text()).contains('\n') {
            return draft;
        }
        let draft = draft.related(place, "here");
        draft.finding.primary.range = instruction.keyword;
        draft
    }

    /// The same for a check that counts other lines.
    pub(crate) fn buildkit_at(self, range: TextRange, detail: impl Into<String>) -> Self {
        self.finding.buildkit = Some(Box::new(BuildkitWarning { detail: detail.into(), range }));
        self
    }

    /// What of the image may differ after the fix that was given before; without it `cooper fix --verify` keeps the fix
    /// only if the image stays the same.
    pub(crate) fn effects(self, effects: impl IntoIterator<Item = Effect>) -> Self {
        if let Some(fix) = &mut self.finding.fix {
            fix.effects.extend(effects);
        }
        self
    }
}
