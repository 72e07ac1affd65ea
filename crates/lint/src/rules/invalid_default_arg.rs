//! # invalid-default-arg
//!
//! ## What it does
//! Finds `FROM` lines whose image is blank or invalid when no build argument is given.
//!
//! ## Why
//! Everybody who builds the file has to know which arguments are needed. Tools that look at it cannot tell the base
//! image.
//!
//! ## Example
//! ```dockerfile,bad
//! ARG VERSION
//! FROM debian:$VERSION
//! USER 1000
//! ```
//! ```dockerfile,good
//! ARG VERSION=12
//! FROM debian:$VERSION
//! USER 1000
//! ```

use facts::Severity;
use image::Reference;
use std::collections::BTreeMap;
use syntax::expand_word;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use crate::variables::is_automatic;

pub(crate) static RULE: Rule = Rule {
    code: "CO305",
    name: "invalid-default-arg",
    aliases: &["InvalidDefaultArgInFrom"],
    severity: Severity::Warning,
    summary: "the default of an ARG gives no valid base image",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("invalid_default_arg.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Some(image) = context.stage_from(stage).map(|from| &from.image) else { return };
    let defaults = defaults(context);
    let value = expand(context, &defaults, &image.value);
    if value.is_some_and(|text| text.parse::<Reference>().is_err()) {
        let message = if image.value.contains('$') {
            format!("the defaults of the arguments of `{}` give an empty or invalid image name", image.value)
        } else {
            format!("`{}` is an invalid image name", image.value)
        };
        let Some(from) = context.line_of_from(stage) else { return };
        let detail =
            format!("Default value for ARG {} results in empty or invalid base image name", image.value);
        sink.report(image.range, message)
            .buildkit(context.parse, from, detail)
            .help("give the `ARG` a default that works");
    }
}

/// The values of the arguments before the first FROM when no build argument is given.
fn defaults(context: &Context<'_>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for arg in &context.graph.global_args {
        let default = arg.default.as_ref().and_then(|word| expand(context, &values, &word.value));
        if let Some(text) = default {
            values.insert(arg.name.value.clone(), text);
        }
    }
    values
}

fn expand(context: &Context<'_>, values: &BTreeMap<String, String>, word: &str) -> Option<String> {
    let automatic = |name: &str| is_automatic(name).then(|| context.graph.global_value(name)).flatten();
    let lookup = |name: &str| values.get(name).cloned().or_else(|| automatic(name));
    expand_word(word, context.parse.escape(), &lookup).ok().map(|expanded| expanded.text)
}
