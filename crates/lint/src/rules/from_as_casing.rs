//! # from-as-casing
//!
//! ## What it does
//! Finds `FROM … as …` where one of the two keywords is in upper case and the other one is not.
//!
//! ## Why
//! Keywords in one case are easier to tell from names.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 as build
//! RUN make -C /src
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12 AS build
//! RUN make -C /src
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! RUN make -C /src
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::Edit;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO212",
    name: "from-as-casing",
    aliases: &["FromAsCasing"],
    severity: Severity::Warning,
    summary: "FROM and AS are written in different cases",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("from_as_casing.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Some(word) = context.stage_from(stage).and_then(|from| from.as_keyword.as_ref()) else { return };
    let Some(from) = context.line_of_from(stage) else { return };
    let keyword = from.keyword_text(context.parse);
    let same = match keyword.as_str() {
        "FROM" => "AS",
        "from" => "as",
        // A keyword in both cases is what `instruction-casing` is about.
        _ => return,
    };
    if word.value != same {
        let edit = Edit { range: word.range, replacement: same.to_owned() };
        let detail = format!("'{}' and '{keyword}' keywords' casing do not match", word.value);
        sink.report(word.range, format!("the cases of `{}` and `{keyword}` do not match", word.value))
            .buildkit(context.parse, from, detail)
            .fix(format!("write `{same}`"), Safety::Safe, vec![edit]);
    }
}
