//! Comments that hide findings: cooper's own, and those of hadolint, `BuildKit`, `ShellCheck`, Checkov, Trivy, KICS,
//! Semgrep and tally.
//!
//! `# cooper: ignore=CO101,latest-base why` hides findings of the instruction below, or around it when the comment is
//! within one; `ignore-stage=` above a FROM hides those of its stage, `ignore-file=` those of the file. Codes, names
//! and aliases of rules are taken, and `all`.

mod parse;

use std::cell::Cell;

use facts::Finding;
use kit::TextRange;
use syntax::{Instruction, Keyword, Parse};

use parse::Hides;
pub(crate) use parse::{Family, Reach};

use crate::CheckDirective;
use crate::context::Context;
use crate::rule::{Rule, find_rule, is_called};

/// What is hidden where.
#[derive(Default)]
pub(crate) struct Pragmas {
    pub(crate) all: Vec<Pragma>,
    /// What `# check=experimental=` names.
    experimental: Vec<String>,
}

/// The check of `BuildKit` that is off unless it is asked for.
const EXPERIMENTAL: &str = "InvalidDefinitionDescription";

/// A comment that hides findings.
pub(crate) struct Pragma {
    /// The comment from its `#`.
    pub(crate) range: TextRange,
    pub(crate) family: Family,
    pub(crate) has_reason: bool,
    /// What it was written for.
    pub(crate) reach: Reach,
    pub(crate) entries: Vec<Entry>,
    scope: TextRange,
}

/// One of the names of a comment.
pub(crate) struct Entry {
    /// Where it stands.
    pub(crate) range: TextRange,
    /// Whether it has hidden anything.
    pub(crate) used: Cell<bool>,
    /// The name; `None` for all rules.
    pub(crate) name: Option<String>,
    /// Which aliases are meant when it is not a name; `None` for all findings.
    aliases: Option<fn(&str) -> bool>,
}

/// Words of which every pragma has one.
const WORDS: &[&str] = &["ignore", "skip=", "disable=", "nosem"];

impl Pragmas {
    pub(crate) fn new(context: &Context<'_>) -> Self {
        let text = context.text();
        if !WORDS.iter().any(|word| text.contains(word)) {
            return Self::default();
        }
        let instructions: Vec<&Instruction> = context.parse.instructions().collect();
        let mut all = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if line.contains('#') {
                all.extend(read(context, &instructions, line, start));
            }
            start += line.len();
        }
        Self { all, experimental: CheckDirective::of(context.parse).experimental }
    }

    /// Whether a finding is hidden. What a build is refused for never is.
    pub(crate) fn hide(&self, finding: &Finding) -> bool {
        if self.all.is_empty() || find_rule(finding.code).is_none_or(Rule::is_refusal) {
            return false;
        }
        let mut hidden = false;
        let applies = |pragma: &&Pragma| {
            pragma.scope.contains(place(finding, pragma.family))
                && !(pragma.family == Family::BuildKit && self.is_asked_for(finding))
        };
        for pragma in self.all.iter().filter(applies) {
            for entry in pragma.entries.iter().filter(|entry| entry.hides(finding)) {
                entry.used.set(true);
                hidden = true;
            }
        }
        hidden
    }
}

impl Pragmas {
    /// Whether a finding is one of an experimental check that the directive names, which counts more than what it skips.
    fn is_asked_for(&self, finding: &Finding) -> bool {
        let names = |name: &String| finding.aliases.iter().any(|alias| alias == name);
        let is_experimental = finding.aliases.contains(&EXPERIMENTAL);
        is_experimental && self.experimental.iter().any(|name| name == "all" || names(name))
    }
}

impl Entry {
    fn hides(&self, finding: &Finding) -> bool {
        match &self.name {
            Some(name) => is_called(finding, name),
            None => self.aliases.is_none_or(|meant| finding.aliases.iter().any(|alias| meant(alias))),
        }
    }
}

/// Where a comment has to stand to hide a finding. Of instructions of which the last one counts, hadolint finds those
/// behind the first, `BuildKit` those before the last.
fn place(finding: &Finding, family: Family) -> u32 {
    let repeated = || finding.aliases.contains(&"MultipleInstructionsDisallowed");
    let next = finding.related.first().filter(|_| family == Family::Hadolint && repeated());
    next.map_or(finding.primary.range.start, |(next, _)| next.range.start)
}

/// Queries of KICS are known by a UUID, or by a name of words with `_` between them.
fn is_kics(alias: &str) -> bool {
    let uuid = alias.len() == 36 && alias.bytes().filter(|byte| *byte == b'-').count() == 4;
    let name = alias.contains('_') && alias.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    uuid || name
}

/// Whether an alias is a check of `BuildKit`: these are known by a name like `StageNameCasing`.
pub fn is_buildkit(alias: &str) -> bool {
    alias.starts_with(|ch: char| ch.is_ascii_uppercase())
        && alias.contains(|ch: char| ch.is_ascii_lowercase())
        && alias.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The pragma of a line.
fn read(context: &Context<'_>, instructions: &[&Instruction], line: &str, start: usize) -> Option<Pragma> {
    let is_whole = line.trim_start_matches('\u{feff}').trim_start().starts_with('#');
    let hash = if is_whole { line.find('#')? } else { line.rfind(" #").map(|at| at + 1)? };
    let comment = line[hash + 1..].trim_end();
    let found = parse::parse(comment, is_whole)?;
    let offset = |part: &str| start + hash + 1 + (part.as_ptr() as usize - comment.as_ptr() as usize);
    let range = TextRange::of(start + hash..start + hash + 1 + comment.len());
    let entry = |hides: &Hides<'_>| {
        let all = |aliases| Entry { range, used: Cell::new(false), name: None, aliases };
        match hides {
            Hides::Rule(name) => {
                let range = TextRange::of(offset(name)..offset(name) + name.len());
                Entry { range, name: Some((*name).to_owned()), ..all(None) }
            }
            Hides::All => all(None),
            Hides::Kics => all(Some(is_kics)),
            Hides::BuildKit => all(Some(is_buildkit)),
        }
    };
    let is_directive =
        context.parse.directives().iter().any(|directive| directive.range.contains(range.start));
    if found.family == Family::BuildKit && (!is_directive || context.options.no_directive) {
        return None;
    }
    let reach = if is_directive { Reach::File } else { found.reach };
    Some(Pragma {
        range,
        family: found.family,
        has_reason: found.has_reason,
        reach: found.reach,
        entries: found.hides.iter().map(entry).collect(),
        scope: scope(context, instructions, range, reach)?,
    })
}

/// What a comment counts for; `None` when there is nothing below it.
fn scope(
    context: &Context<'_>,
    instructions: &[&Instruction],
    comment: TextRange,
    reach: Reach,
) -> Option<TextRange> {
    let text = context.text();
    if reach == Reach::File {
        return Some(TextRange::of(0..text.len().saturating_add(1)));
    }
    let at = instructions.partition_point(|instruction| instruction.range.end <= comment.start);
    let Some(instruction) = instructions.get(at).filter(|it| is_directly_above(context.parse, comment, it))
    else {
        return Some(TextRange::new(comment.start, comment.start));
    };
    let stage = || context.graph.stages.iter().find(|stage| stage.range.start == instruction.range.start);
    match reach {
        Reach::Stage if instruction.kind == Keyword::From => stage().map(|stage| stage.range),
        _ => Some(instruction.range),
    }
}

/// Whether a comment is within an instruction, or nothing but comments is between them.
fn is_directly_above(parse: &Parse, comment: TextRange, instruction: &Instruction) -> bool {
    if instruction.range.start <= comment.start {
        return true;
    }
    let between = TextRange::new(comment.end, instruction.range.start).slice(parse.text());
    let mut lines =
        between.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n').unwrap_or(between).lines();
    lines.all(|line| line.trim_start().starts_with('#'))
}
