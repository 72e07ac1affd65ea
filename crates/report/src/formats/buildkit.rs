//! What `docker build --call=check,format=json` prints: the findings that `BuildKit` has a check for, each under its name
//! and in its words.
//!
//! `{"warnings":[{"ruleName", "description", "url", "detail", "location":{"ranges":[{"start":{"line"},"end":{"line"}}]}}],
//! "buildError":{"message","location"}}`; the error is there when the build would be refused. Each line of an instruction
//! is a range of its own.

use std::io::{self, Write};

use facts::Finding;
use kit::TextRange;
use serde_json::{Value, json};

use crate::place::{Places, shown};
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "buildkit", media_type: "application/json", wants_rules: false, render: write };

/// Where the pages of the checks are.
const PAGES: &str = "https://docs.docker.com/go/dockerfile/rule/";

/// The check that has no page.
const WITHOUT_PAGE: &str = "InvalidBaseImagePlatform";

/// The checks, and what each is about.
const CHECKS: &[(&str, &str)] = &[
    (
        "ConsistentInstructionCasing",
        "All commands within the Dockerfile should use the same casing (either upper or lower)",
    ),
    ("CopyIgnoredFile", "Attempting to Copy file that is excluded by .dockerignore"),
    ("DuplicateStageName", "Stage names should be unique"),
    (
        "ExposeInvalidFormat",
        "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release",
    ),
    ("ExposeProtoCasing", "Protocol in EXPOSE instruction should be lowercase"),
    ("FromAsCasing", "The 'as' keyword should match the case of the 'from' keyword"),
    ("FromPlatformFlagConstDisallowed", "FROM --platform flag should not use a constant value"),
    ("InvalidBaseImagePlatform", "Base image platform does not match expected target platform"),
    (
        "InvalidDefaultArgInFrom",
        "Default value for global ARG results in an empty or invalid base image name",
    ),
    (
        "InvalidDefinitionDescription",
        "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.",
    ),
    (
        "JSONArgsRecommended",
        "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
    ),
    ("LegacyKeyValueFormat", "Legacy key/value format with whitespace separator should not be used"),
    (
        "MaintainerDeprecated",
        "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    ),
    (
        "MultipleInstructionsDisallowed",
        "Multiple instructions of the same type should not be used in the same stage",
    ),
    ("NoEmptyContinuation", "Empty continuation lines will become errors in a future release"),
    (
        "RedundantTargetPlatform",
        "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
    ),
    ("ReservedStageName", "Reserved words should not be used as stage names"),
    ("SecretsUsedInArgOrEnv", "Sensitive data should not be used in the ARG or ENV commands"),
    ("StageNameCasing", "Stage names should be lowercase"),
    ("UndefinedArgInFrom", "FROM command must use declared ARGs"),
    ("UndefinedVar", "Variables should be defined before their use"),
    (
        "WorkdirRelativePath",
        "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes",
    ),
];

/// The checks that are made while the file is read.
const WHILE_READING: &[&str] = &["FromAsCasing", "StageNameCasing"];

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    let places = Places::new(report);
    // A syntax error, and what stands before the first FROM, end the reading; most checks would come after that.
    let broken = |item: &Finding| {
        let errors = report.findings.iter().filter(|error| matches!(error.code, "CO001" | "CO004"));
        errors
            .filter(|error| error.primary.file == item.primary.file)
            .map(|error| (!is_split_first(&error.message)).then_some(error.primary.range.start))
            .min()
    };
    let reached = |item: &Finding, check: &(&str, &str)| {
        let start = item.primary.range.start;
        broken(item).is_none_or(|at| {
            at.is_some_and(|at| match check.0 {
                // Lines are joined before any instruction is read.
                "NoEmptyContinuation" => true,
                // This is said before the argument is looked for.
                "MaintainerDeprecated" => start <= at,
                name => start < at && WHILE_READING.contains(&name),
            })
        })
    };
    let known = report.findings.iter().filter_map(|item| Some((item, check_of(item)?)));
    let known: Vec<_> = known.filter(|(item, check)| reached(item, check)).collect();
    let warnings: Vec<Value> =
        known.iter().map(|(item, check)| warning(report, &places, item, check)).collect();
    let mut document = json!({ "warnings": warnings });
    let names = known.iter().map(|(_, check)| check.0);
    if let Some(error) = build_error(report, &places, names) {
        document["buildError"] = error;
    }
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Whether an error is one of splitting the file into words, which `BuildKit` does before it makes any check.
fn is_split_first(message: &str) -> bool {
    let begins = ["no `=` in ", "`ENV` requires a name", "`LABEL` requires a name", "unterminated heredoc"];
    begins.iter().any(|begin| message.starts_with(begin))
}

fn warning(report: &Report<'_>, places: &Places<'_>, item: &Finding, check: &(&str, &str)) -> Value {
    let (range, detail) = match &item.buildkit {
        Some(theirs) => (theirs.range, &theirs.detail),
        None => (item.primary.range, &item.message),
    };
    let mut warning = json!({
        "ruleName": check.0,
        "description": check.1,
        "detail": detail,
        "location": { "ranges": ranges(report, places, item, range) },
    });
    if check.0 != WITHOUT_PAGE {
        warning["url"] = format!("{PAGES}{}/", kebab(check.0)).into();
    }
    warning
}

/// Why a build would be refused: the first such finding, or the checks when the file asks that these be errors.
fn build_error<'a>(
    report: &Report<'_>,
    places: &Places<'_>,
    names: impl Iterator<Item = &'a str>,
) -> Option<Value> {
    if let Some(error) = report.findings.iter().find(|item| ends_builds(item)) {
        let ranges = ranges(report, places, error, error.primary.range);
        return Some(json!({ "message": error.message, "location": { "ranges": ranges } }));
    }
    if !report.refused {
        return None;
    }
    let mut unique: Vec<&str> = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    let message = format!("lint violation found for rules: {}", unique.join(", "));
    Some(json!({ "message": message, "location": {} }))
}

/// Whether a build is refused for it: what cannot be read or planned, and copies from a stage that is not before them.
fn ends_builds(item: &Finding) -> bool {
    item.code.starts_with("CO00") || item.code == "CO203"
}

/// One range for each line of a part of the text.
fn ranges(report: &Report<'_>, places: &Places<'_>, item: &Finding, range: TextRange) -> Vec<Value> {
    let file = &item.primary.file;
    let (start, end) = places.exact(file, shown(report.text(file), range));
    (start.line..=end.line)
        .map(|line| json!({ "start": { "line": line }, "end": { "line": line } }))
        .collect()
}

/// The check of `BuildKit` that finds the same.
fn check_of(item: &Finding) -> Option<&'static (&'static str, &'static str)> {
    item.aliases.iter().find_map(|alias| CHECKS.iter().find(|(name, _)| name == alias))
}

/// `StageNameCasing` as `stage-name-casing`, and `JSONArgs` as `json-args`.
fn kebab(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, ch) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let begins = before.is_some_and(|before| before.is_ascii_lowercase())
            || before.is_some() && chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if ch.is_ascii_uppercase() && begins {
            out.push('-');
        }
        out.push(ch.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pages_are_made_of_those_of_checks() {
        let check = |name: &str, expect: &str| assert_eq!(kebab(name), expect);
        check("StageNameCasing", "stage-name-casing");
        check("JSONArgsRecommended", "json-args-recommended");
        check("UndefinedArgInFrom", "undefined-arg-in-from");
    }

    #[test]
    fn some_errors_end_a_build_before_any_check() {
        assert!(is_split_first("`ENV` requires a name and a value"));
        assert!(!is_split_first("`USER` requires a name"));
    }
}
