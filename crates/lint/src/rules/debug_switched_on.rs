//! # debug-switched-on
//!
//! ## What it does
//! Finds `ENV` in the image that switches the debug mode of a framework on.
//!
//! ## Why
//! Error pages then show code, settings and secrets, and some run what a visitor types.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.12-slim
//! ENV FLASK_DEBUG=1
//! USER 1000
//! CMD ["flask", "run"]
//! ```
//! ```dockerfile,good
//! FROM python:3.12-slim
//! USER 1000
//! CMD ["flask", "run"]
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO416",
    name: "debug-switched-on",
    aliases: &["S4507"],
    severity: Severity::Info,
    summary: "the image has debugging switched on",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("debug_switched_on.rs"),
};

/// Variables with the values that switch a debug mode on.
const SWITCHES: &[(&str, &[&str])] = &[
    ("APP_DEBUG", &["1", "true", "True"]),
    ("ASPNETCORE_ENVIRONMENT", &["Development"]),
    ("DJANGO_DEBUG", &["1", "true", "True"]),
    ("FLASK_DEBUG", &["1", "true", "True"]),
    ("FLASK_ENV", &["development"]),
    ("PYTHONASYNCIODEBUG", &["1"]),
    ("RAILS_ENV", &["development"]),
    ("WERKZEUG_DEBUG_PIN", &["off"]),
];

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    if !context.is_shipped(stage.index) {
        return;
    }
    for step in &stage.steps {
        let Some(Statement::Env(pairs)) = step.statement else { continue };
        for (key, value) in &pairs.pairs {
            let text = step.expand(&value.value).unwrap_or_default();
            let on =
                SWITCHES.iter().any(|(name, values)| *name == key.value && values.contains(&text.as_str()));
            if on {
                sink.report(
                    key.range.cover(value.range),
                    format!("`{}={text}` switches debugging on", key.value),
                )
                .help("set it when a container is started that is to be debugged");
            }
        }
    }
}
