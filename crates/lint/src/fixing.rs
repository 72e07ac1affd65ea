//! Applies fixes until none is left: several at once where they do not touch, each only if the file is better afterwards.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Effect, Finding, Fix, Safety};
use kit::{Edit, LineIndex, apply_edits};

use crate::engine::{LintOptions, is_meant, lint};

/// Which fixes are applied.
#[derive(Debug, Clone)]
pub struct FixChoice {
    /// `Safe` for those alone, `Unsafe` for these, too.
    pub safety: Safety,
    /// Codes of rules whose fixes are left out.
    pub without: BTreeSet<&'static str>,
}

/// A file after its fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// What was done, in order.
    pub applied: Vec<Applied>,
    /// What was not done, as it would have made something worse.
    pub left_out: Vec<LeftOut>,
    /// Files to be added, with their text, from the directory of the build context.
    pub creates: Vec<(String, String)>,
    /// What is still found.
    pub findings: Vec<Finding>,
}

/// A fix that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The code of the rule.
    pub code: &'static str,
    /// Where it was then.
    pub line: u32,
    /// What it did.
    pub description: String,
    /// What of the image may differ.
    pub effects: Vec<Effect>,
}

/// A fix that was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The code of the rule.
    pub code: &'static str,
    /// Where it is.
    pub line: u32,
    /// Why it was not applied: a lowercase fragment.
    pub why: String,
}

/// Rules that are off and find what fixes of others are meant to write: a tag beside the digest that pins it.
const OPINIONS: [&str; 2] = ["CO309", "tag-and-digest"];

/// Applies the fixes of a file. Each one that is applied leaves fewer findings and none that is new, so this ends, and
/// what it gives has nothing left to apply.
pub fn fix(file: &str, text: &str, options: &LintOptions<'_>, choice: &FixChoice) -> Fixed {
    // A fix is judged by all rules, also where only some are asked for; by those that are off as far as they find more.
    let mut judges = options.clone();
    judges.enable.append(&mut judges.select);
    let mut all = LintOptions { enable: vec!["all".to_owned()], ..judges.clone() };
    if !judges.enable.iter().any(|name| OPINIONS.contains(&name.as_str())) {
        all.ignore.extend(OPINIONS.iter().map(|name| (*name).to_owned()));
    }
    let fixer = Fixer { file, options, judges, all, choice };
    let mut state = fixer.state(text.to_owned());
    let mut applied = Vec::new();
    let mut refused = BTreeMap::new();
    // How many at once: half as many after a batch that made something worse, so that one that does is soon found.
    let (mut most, mut progress) = (usize::MAX, false);
    loop {
        let batch = fixer.batch(&state, &refused, most);
        if batch.is_empty() {
            if !progress || refused.is_empty() {
                break;
            }
            // What was refused may do no harm any more.
            (progress, most) = (false, usize::MAX);
            refused.clear();
            continue;
        }
        match fixer.with(&state, &batch) {
            Ok(next) => {
                applied.extend(batch.iter().map(|(finding, fix)| state.applied(finding, fix)));
                progress = true;
                most = most.saturating_mul(2);
                state = next;
            }
            Err(_) if batch.len() > 1 => most = batch.len() / 2,
            Err(why) => {
                let (finding, _) = batch[0];
                let left_out = LeftOut { code: finding.code, line: state.line(finding), why };
                refused.insert(state.key(finding), left_out);
            }
        }
    }
    let creates = fixer.creates(&state);
    Fixed {
        text: state.text,
        applied,
        left_out: refused.into_values().collect(),
        creates,
        findings: state.findings,
    }
}

struct Fixer<'a> {
    file: &'a str,
    options: &'a LintOptions<'a>,
    judges: LintOptions<'a>,
    all: LintOptions<'a>,
    choice: &'a FixChoice,
}

/// A text and what is known of it.
struct State {
    text: String,
    findings: Vec<Finding>,
    /// How many findings of each rule there are with all rules.
    counts: BTreeMap<&'static str, usize>,
    errors: usize,
}

type Key = (&'static str, String, String);

impl State {
    fn line(&self, finding: &Finding) -> u32 {
        LineIndex::new(&self.text).line(finding.primary.range.start)
    }

    /// What tells a finding from others while lines above it come and go.
    fn key(&self, finding: &Finding) -> Key {
        let line = self.text.lines().nth(self.line(finding) as usize - 1).unwrap_or_default();
        (finding.code, finding.message.clone(), line.to_owned())
    }

    fn applied(&self, finding: &Finding, fix: &Fix) -> Applied {
        Applied {
            code: finding.code,
            line: self.line(finding),
            description: fix.description.clone(),
            effects: fix.effects.clone(),
        }
    }

    /// The lines that are comments, also those within instructions and scripts.
    fn comments(&self) -> BTreeMap<&str, usize> {
        let mut comments = BTreeMap::new();
        for line in self.text.lines().map(str::trim).filter(|line| line.starts_with('#')) {
            *comments.entry(line).or_default() += 1;
        }
        comments
    }
}

impl Fixer<'_> {
    fn state(&self, text: String) -> State {
        let findings = lint(self.file, &text, &self.judges);
        let errors = syntax::parse(&text).all_errors().len();
        let mut counts = BTreeMap::new();
        for finding in lint(self.file, &text, &self.all) {
            *counts.entry(finding.code).or_default() += 1;
        }
        State { text, findings, counts, errors }
    }

    /// The fixes that may be applied.
    fn candidates<'b>(&self, state: &'b State) -> impl Iterator<Item = (&'b Finding, &'b Fix)> {
        state.findings.iter().filter_map(|finding| {
            let fix = finding.fix.as_ref().filter(|fix| fix.safety <= self.choice.safety)?;
            let select = &self.options.select;
            let asked = select.is_empty() || select.iter().any(|name| is_meant(finding, name));
            (asked && !self.choice.without.contains(finding.code)).then_some((finding, fix))
        })
    }

    /// The first fixes that do not touch each other, in the order of the text.
    fn batch<'b>(
        &self,
        state: &'b State,
        refused: &BTreeMap<Key, LeftOut>,
        most: usize,
    ) -> Vec<(&'b Finding, &'b Fix)> {
        let mut batch: Vec<(&Finding, &Fix)> = Vec::new();
        for (finding, fix) in self.candidates(state).filter(|(_, fix)| !fix.edits.is_empty()) {
            let free = batch.iter().all(|(_, other)| !touch(&fix.edits, &other.edits));
            if free && (refused.is_empty() || !refused.contains_key(&state.key(finding))) {
                batch.push((finding, fix));
                if batch.len() == most {
                    break;
                }
            }
        }
        batch
    }

    /// The text after a batch; why not when something is worse then.
    fn with(&self, state: &State, batch: &[(&Finding, &Fix)]) -> Result<State, String> {
        let edits: Vec<Edit> = batch.iter().flat_map(|(_, fix)| fix.edits.iter().cloned()).collect();
        let text = apply_edits(&state.text, &edits).map_err(|_| "its changes overlap".to_owned())?;
        let next = self.state(text);
        if next.errors > state.errors {
            return Err("the file could not be read any more".to_owned());
        }
        let worse =
            |(code, count): &(&&str, &usize)| **count > state.counts.get(**code).copied().unwrap_or(0);
        if let Some((code, _)) = next.counts.iter().find(worse) {
            return Err(format!("it would make a finding of `{code}`"));
        }
        if next.findings.len() >= state.findings.len() {
            return Err("what is found would stay".to_owned());
        }
        let after = next.comments();
        let lost = |(comment, count): &(&&str, &usize)| after.get(**comment).is_none_or(|left| left < count);
        let about_comments = batch.iter().any(|(finding, _)| finding.code.starts_with("CO01"));
        if let Some((comment, _)) = state.comments().iter().find(lost).filter(|_| !about_comments) {
            return Err(format!("the comment `{comment}` would be lost"));
        }
        Ok(next)
    }

    /// The files that the fixes add, each once.
    fn creates(&self, state: &State) -> Vec<(String, String)> {
        let all = self.candidates(state).flat_map(|(_, fix)| fix.creates.iter().cloned());
        all.collect::<BTreeMap<_, _>>().into_iter().collect()
    }
}

/// Whether edits overlap or meet: then it is not known which comes first.
fn touch(one: &[Edit], other: &[Edit]) -> bool {
    one.iter().any(|a| other.iter().any(|b| a.range.start <= b.range.end && b.range.start <= a.range.end))
}
