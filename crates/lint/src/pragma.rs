//! Comments that hide findings: cooper's own, hadolint's and `BuildKit`'s.
//!
//! `# cooper: ignore=CO101,latest-base why` hides findings of the instruction below, `# cooper: stage ignore=…` above
//! a FROM those of its stage, `# cooper: global ignore=…` those of the file; the same with `hadolint` for `cooper`.
//! `# check=skip=Rule,…` counts for the file as a directive at its top, else for the instruction below. Codes, names
//! and aliases of rules are taken.

use facts::Finding;
use kit::TextRange;
use syntax::Keyword;

use crate::context::Context;
use crate::rule::find_rule;

/// What is hidden where.
pub(crate) struct Pragmas {
    hidden: Vec<(TextRange, String)>,
}

/// What a pragma counts for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Instruction,
    Stage,
    File,
}

impl Pragmas {
    pub(crate) fn new(context: &Context<'_>) -> Self {
        let mut pragmas = Self { hidden: Vec::new() };
        let text = context.text();
        let whole = TextRange::of(0..text.len().saturating_add(1));
        if !text.contains("ignore") && !text.contains("skip") {
            return pragmas;
        }
        if let Some(check) = context.parse.directive("check") {
            pragmas.add(whole, skipped(check));
        }
        for instruction in context.parse.instructions() {
            for comment in instruction.comments_above(context.parse) {
                let Some((reach, names)) = pragma(comment.value) else { continue };
                let stage =
                    || context.graph.stages.iter().find(|stage| stage.range.start == instruction.range.start);
                let range = match reach {
                    Reach::File => whole,
                    Reach::Stage if instruction.kind == Keyword::From => {
                        stage().map_or(instruction.range, |stage| stage.range)
                    }
                    Reach::Stage | Reach::Instruction => instruction.range,
                };
                pragmas.add(range, names);
            }
        }
        pragmas
    }

    fn add(&mut self, range: TextRange, names: Vec<&str>) {
        self.hidden.extend(names.into_iter().map(|name| (range, name.to_owned())));
    }

    /// Whether a finding is hidden. What a build is refused for never is.
    pub(crate) fn hide(&self, finding: &Finding) -> bool {
        let at = finding.primary.range.start;
        let Some(rule) = find_rule(finding.code).filter(|rule| !rule.is_refusal()) else { return false };
        let names = |name: &str| name.eq_ignore_ascii_case("all") || rule.is_called(name);
        self.hidden.iter().any(|(range, name)| range.contains(at) && names(name))
    }
}

fn pragma(comment: &str) -> Option<(Reach, Vec<&str>)> {
    if let Some(rest) = comment.strip_prefix("check=") {
        return Some((Reach::Instruction, skipped(rest)));
    }
    let rest = comment.strip_prefix("cooper:").or_else(|| comment.strip_prefix("hadolint"))?.trim_start();
    let (reach, rest) = match rest.split_once(char::is_whitespace) {
        Some(("global", rest)) => (Reach::File, rest.trim_start()),
        Some(("stage", rest)) => (Reach::Stage, rest.trim_start()),
        _ => (Reach::Instruction, rest),
    };
    let list = rest.strip_prefix("ignore")?.trim_start().strip_prefix('=')?.trim_start();
    Some((reach, codes(list)))
}

/// The names of a list that ends at the first word that is none: what follows says why.
fn codes(list: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = list;
    loop {
        let end = rest.find(|ch: char| ch == ',' || ch.is_whitespace()).unwrap_or(rest.len());
        if end > 0 {
            names.push(&rest[..end]);
        }
        match rest[end..].trim_start().strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None => return names,
        }
    }
}

/// The names of `skip=A,B;error=true`.
fn skipped(check: &str) -> Vec<&str> {
    let lists = check.split(';').filter_map(|part| part.trim().strip_prefix("skip="));
    lists.flat_map(|list| list.split(',').map(str::trim)).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_where_the_reason_begins() {
        let check = |comment: &str, expect: Option<&[&str]>| {
            assert_eq!(pragma(comment).map(|(_, names)| names).as_deref(), expect, "{comment}");
        };
        check("cooper: ignore=CO101,latest-base because so", Some(&["CO101", "latest-base"]));
        check("hadolint ignore=DL3006, DL3007 # why", Some(&["DL3006", "DL3007"]));
        check("hadolint global ignore=DL3006", Some(&["DL3006"]));
        check(
            "check=skip=StageNameCasing,JSONArgsRecommended;error=true",
            Some(&["StageNameCasing", "JSONArgsRecommended"]),
        );
        check("cooper is nice", None);
        check("hadolint shell=powershell", None);
    }
}
