//! The comments of each tool, read as text.

use crate::directive::first_word;

/// Whose comment it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Cooper's own.
    Cooper,
    /// hadolint's.
    Hadolint,
    /// The directive of `BuildKit`.
    BuildKit,
    /// That of any other tool.
    Other,
}

/// What a pragma counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Instruction,
    Stage,
    File,
}

/// Whose findings are hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hides<'a> {
    /// Those of a rule.
    Rule(&'a str),
    /// All.
    All,
    /// All that KICS has a query for.
    Kics,
    /// All that `BuildKit` checks.
    BuildKit,
}

/// A comment that hides findings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pragma<'a> {
    pub(crate) family: Family,
    pub(crate) reach: Reach,
    pub(crate) hides: Vec<Hides<'a>>,
    /// Whether it says why.
    pub(crate) has_reason: bool,
}

/// Reads a comment without its `#`. One that stands behind a command counts only where its tool says so.
pub(crate) fn parse(comment: &str, is_whole_line: bool) -> Option<Pragma<'_>> {
    let text = comment.trim();
    let own = cooper(text).or_else(|| checkov(text)).or_else(|| trivy(text));
    let own = own.or_else(|| kics(text)).or_else(|| semgrep(text));
    if own.is_some() || !is_whole_line {
        return own;
    }
    hadolint(text).or_else(|| tally(text)).or_else(|| buildkit(text)).or_else(|| shellcheck(text))
}

/// `cooper: ignore=A,B why`, `ignore-stage=`, `ignore-file=`; with a word before it as hadolint has it, too.
fn cooper(text: &str) -> Option<Pragma<'_>> {
    reached(Family::Cooper, text.strip_prefix("cooper:")?)
}

/// `hadolint ignore=A,B # why`, `hadolint stage ignore=`, `hadolint global ignore=`.
fn hadolint(text: &str) -> Option<Pragma<'_>> {
    reached(Family::Hadolint, text.strip_prefix("hadolint")?)
}

/// `tally ignore=A,B;reason=why`, `tally global ignore=`.
fn tally(text: &str) -> Option<Pragma<'_>> {
    reached(Family::Other, text.strip_prefix("tally")?)
}

fn reached(family: Family, text: &str) -> Option<Pragma<'_>> {
    let rest = text.trim_start();
    let (before, rest) = match rest.split_once(char::is_whitespace) {
        Some(("global", rest)) => (Reach::File, rest.trim_start()),
        Some(("stage", rest)) => (Reach::Stage, rest.trim_start()),
        _ => (Reach::Instruction, rest),
    };
    let rest = rest.strip_prefix("ignore")?;
    let (reach, rest) = match (rest.strip_prefix("-file"), rest.strip_prefix("-stage")) {
        (Some(rest), _) => (Reach::File, rest),
        (_, Some(rest)) => (Reach::Stage, rest),
        _ => (before, rest),
    };
    let list = rest.trim_start().strip_prefix('=')?;
    let (names, why) = codes(list);
    some(family, reach, names, !why.is_empty())
}

/// What is behind `check=`, in any case and with blanks around the sign.
fn check_of(text: &str) -> Option<&str> {
    let (name, value) = text.split_once('=')?;
    name.trim().eq_ignore_ascii_case("check").then(|| value.trim())
}

/// `check=skip=A,B;error=true`, which counts where it is a directive.
fn buildkit(text: &str) -> Option<Pragma<'_>> {
    let mut found = some(Family::BuildKit, Reach::File, skipped(first_word(check_of(text)?)), true)?;
    for all in found.hides.iter_mut().filter(|hides| **hides == Hides::All) {
        *all = Hides::BuildKit;
    }
    Some(found)
}

/// `checkov:skip=A,B:why`, anywhere for the whole file.
fn checkov(text: &str) -> Option<Pragma<'_>> {
    let list = text.strip_prefix("checkov:skip=").or_else(|| text.strip_prefix("bridgecrew:skip="))?;
    let (list, why) = list.split_once(':').unwrap_or((list, ""));
    some(Family::Other, Reach::File, codes(list).0, !why.trim().is_empty())
}

/// `trivy:ignore:A`, one for each rule; `:exp:` and the like may follow.
fn trivy(text: &str) -> Option<Pragma<'_>> {
    let begins = ["trivy:ignore:", "tfsec:ignore:"];
    let rest = |word: &'_ str| begins.iter().find_map(|begin| word.strip_prefix(begin).map(str::len));
    rest(text)?;
    let names = text.split_whitespace().filter_map(|word| {
        let name = &word[word.len() - rest(word)?..];
        Some(name.split([':', '[']).next().unwrap_or(name))
    });
    some(Family::Other, Reach::Instruction, names.collect(), true)
}

/// `kics-scan ignore` for the file, `ignore-line` and `ignore-block` for what follows, `disable=ID,ID` for the file.
fn kics(text: &str) -> Option<Pragma<'_>> {
    let rest = text.strip_prefix("kics-scan")?.trim_start();
    let (reach, hides) = if let Some(list) = rest.strip_prefix("disable=") {
        (Reach::File, codes(list).0.into_iter().map(Hides::Rule).collect())
    } else {
        match rest.split_whitespace().next()? {
            "ignore" => (Reach::File, vec![Hides::Kics]),
            "ignore-line" | "ignore-block" => (Reach::Instruction, vec![Hides::Kics]),
            _ => return None,
        }
    };
    Some(Pragma { family: Family::Other, reach, hides, has_reason: true })
}

/// `nosemgrep` for all, `nosemgrep: A, B` for some rules.
fn semgrep(text: &str) -> Option<Pragma<'_>> {
    let rest = text.strip_prefix("nosemgrep").or_else(|| text.strip_prefix("nosem"))?;
    match rest.strip_prefix(':') {
        Some(list) => some(Family::Other, Reach::Instruction, codes(list).0, true),
        None if rest.is_empty() || rest.starts_with(char::is_whitespace) => {
            some(Family::Other, Reach::Instruction, vec!["all"], true)
        }
        None => None,
    }
}

/// `shellcheck disable=SC2086,SC2046`.
fn shellcheck(text: &str) -> Option<Pragma<'_>> {
    let rest = text.strip_prefix("shellcheck")?;
    let list = rest.split_whitespace().find_map(|word| word.strip_prefix("disable="))?;
    some(Family::Other, Reach::Instruction, codes(list).0, true)
}

fn some<'a>(family: Family, reach: Reach, names: Vec<&'a str>, has_reason: bool) -> Option<Pragma<'a>> {
    let hides = |name: &'a str| if name.eq_ignore_ascii_case("all") { Hides::All } else { Hides::Rule(name) };
    let hides: Vec<_> = names.into_iter().map(hides).collect();
    (!hides.is_empty()).then_some(Pragma { family, reach, hides, has_reason })
}

/// The names of a list that ends at the first word that is none, and the words that follow: they say why.
fn codes(list: &str) -> (Vec<&str>, &str) {
    let mut names = Vec::new();
    let mut rest = list.trim_start();
    loop {
        let end = rest.find(|ch: char| matches!(ch, ',' | ';') || ch.is_whitespace()).unwrap_or(rest.len());
        if end > 0 {
            names.push(&rest[..end]);
        }
        let Some(more) = rest[end..].trim_start().strip_prefix(',') else {
            let why = rest[end..].trim_start_matches([' ', '\t', '#', ';', '-', ':']);
            return (names, why.strip_prefix("reason=").unwrap_or(why).trim());
        };
        rest = more.trim_start();
    }
}

/// The names of `skip=A,B;error=true`.
fn skipped(check: &str) -> Vec<&str> {
    let lists = check.split(';').filter_map(|part| part.trim().strip_prefix("skip="));
    let names = lists.flat_map(|list| list.split(',').map(str::trim));
    // `BuildKit` knows its checks in their own letters only.
    names.filter(|name| *name == "all" || name.starts_with(|ch: char| !ch.is_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::Reach::{File, Instruction, Stage};
    use super::*;

    #[test]
    fn comments_of_all_tools_are_read() {
        let check = |comment: &str, reach: Reach, expect: &[&str]| {
            let found = parse(comment, true).unwrap_or_else(|| panic!("{comment}"));
            let names = found.hides.iter().map(|hides| match hides {
                Hides::Rule(name) => *name,
                Hides::All => "all",
                Hides::Kics => "kics",
                Hides::BuildKit => "buildkit",
            });
            assert_eq!((found.reach, &names.collect::<Vec<_>>()[..]), (reach, expect), "{comment}");
        };
        check(" cooper: ignore=CO101,latest-base because so", Instruction, &["CO101", "latest-base"]);
        check("cooper: ignore-file=CO101", File, &["CO101"]);
        check("cooper: stage ignore=all", Stage, &["all"]);
        check("cooper: ignore-stage=sudo", Stage, &["sudo"]);
        check(" hadolint ignore=DL3006, DL3007 # why", Instruction, &["DL3006", "DL3007"]);
        check("hadolint global ignore=DL3006", File, &["DL3006"]);
        check(
            "check=skip=StageNameCasing,JSONArgsRecommended;error=true",
            File,
            &["StageNameCasing", "JSONArgsRecommended"],
        );
        check("check=skip=all", File, &["buildkit"]);
        check("Check = skip=all", File, &["buildkit"]);
        check("check=skip=A,stagenamecasing,B # why", File, &["A", "B"]);
        check(
            "checkov:skip=CKV_DOCKER_2,CKV_DOCKER_3:no need, really",
            File,
            &["CKV_DOCKER_2", "CKV_DOCKER_3"],
        );
        check(
            "trivy:ignore:AVD-DS-0002 trivy:ignore:DS001:exp:2030-01-01",
            Instruction,
            &["AVD-DS-0002", "DS001"],
        );
        check("kics-scan ignore", File, &["kics"]);
        check("kics-scan ignore-line", Instruction, &["kics"]);
        check("kics-scan disable=aa-bb,cc", File, &["aa-bb", "cc"]);
        check("nosemgrep", Instruction, &["all"]);
        check(
            "nosemgrep: dockerfile.security.missing-user.missing-user, b",
            Instruction,
            &["dockerfile.security.missing-user.missing-user", "b"],
        );
        check("shellcheck disable=SC2086,SC2046", Instruction, &["SC2086", "SC2046"]);
        check("shellcheck shell=sh disable=SC2086 # why", Instruction, &["SC2086"]);
        check("tally global ignore=no-unreachable-stages;reason=x", File, &["no-unreachable-stages"]);
    }

    #[test]
    fn other_comments_are_left_alone() {
        for comment in [
            "cooper is nice",
            "cooper: ignore",
            "cooper: ignore= ",
            "hadolint shell=powershell",
            "nosemgrepping",
            "shellcheck shell=sh",
            "trivy is nice",
            "kics-scan",
            "check=error=true",
            "",
        ] {
            assert_eq!(parse(comment, true), None, "{comment}");
        }
        assert!(parse("hadolint ignore=DL3006", false).is_none());
        assert!(parse("nosemgrep", false).is_some());
    }

    #[test]
    fn what_follows_the_list_is_the_reason() {
        let check =
            |comment: &str, expect| assert_eq!(parse(comment, true).unwrap().has_reason, expect, "{comment}");
        check("cooper: ignore=CO101", false);
        check("cooper: ignore=CO101 -", false);
        check("cooper: ignore=CO101, CO102 the base has no other", true);
        check("hadolint ignore=DL3006 # why", true);
        check("checkov:skip=CKV_DOCKER_2", false);
        check("checkov:skip=CKV_DOCKER_2:why", true);
        check("tally ignore=a;reason=b", true);
    }
}
