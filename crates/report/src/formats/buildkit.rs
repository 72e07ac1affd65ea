//! What `docker build --call=check,format=json` prints: the findings that `BuildKit` has a check for, each under its name.
//!
//! `{"warnings":[{"ruleName", "description", "url", "detail", "location":{"ranges":[{"start":{"line"},"end":{"line"}}]}}]}`

use std::io::{self, Write};

use facts::Finding;
use serde_json::{Value, json};

use crate::place::Places;
use crate::{Format, RenderOptions, Report};

pub(crate) static FORMAT: Format =
    Format { name: "buildkit", media_type: "application/json", wants_rules: true, render: write };

/// Where the pages of the checks are.
const PAGES: &str = "https://docs.docker.com/go/dockerfile/rule/";

fn write(report: &Report<'_>, out: &mut dyn Write, _options: &RenderOptions) -> io::Result<()> {
    let places = Places::new(report);
    let known = report.findings.iter().filter_map(|item| Some((item, check_name(item)?)));
    let warnings: Vec<Value> = known.map(|(item, name)| warning(report, &places, item, name)).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "warnings": warnings }))?;
    writeln!(out)
}

fn warning(report: &Report<'_>, places: &Places<'_>, item: &Finding, name: &str) -> Value {
    let (start, end) = places.of(&item.primary);
    let rule = report.rules.iter().find(|rule| rule.code == item.code);
    json!({
        "ruleName": name,
        "description": rule.map_or("", |rule| rule.summary),
        "url": format!("{PAGES}{}/", kebab(name)),
        "detail": item.message,
        "location": { "ranges": [{ "start": { "line": start.line }, "end": { "line": end.line } }] },
    })
}

/// The name of `BuildKit`'s check for a finding: one like `StageNameCasing`.
fn check_name(item: &Finding) -> Option<&'static str> {
    item.aliases.iter().copied().find(|alias| {
        alias.starts_with(|ch: char| ch.is_ascii_uppercase())
            && alias.contains(|ch: char| ch.is_ascii_lowercase())
            && alias.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
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
}
