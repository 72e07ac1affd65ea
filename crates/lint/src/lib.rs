//! Checks Dockerfiles: the rules, one file each in `rules/`, and the engine that runs them over a model of all
//! stages, so that a rule can follow a file from the stage that makes it to the image that ships it.

mod context;
mod directive;
mod engine;
mod fixing;
mod flow;
mod known;
mod labels;
mod lines;
mod model;
mod names;
mod packages;
mod paths;
mod ports;
mod pragma;
mod repeated;
mod rule;
mod rules;
mod script;
mod service;
mod settings;
mod shell_form;
mod sink;
mod variables;
mod workdirs;

pub use directive::CheckDirective;
pub use engine::{LintOptions, Refusals, lint};
pub use fixing::{Applied, FixChoice, Fixed, LeftOut, fix};
pub use names::is_secret_name;
pub use pragma::is_buildkit;
pub use rule::{Rule, find_rule, rules};
pub use settings::{LabelKind, Package, Project, Settings};
