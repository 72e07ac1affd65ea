//! # end-of-life-image
//!
//! ## What it does
//! Finds base images whose release has reached its end of life.
//!
//! ## Why
//! Holes that are found in it are not mended any more.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:9
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! ```

use facts::Severity;
use stage::Base;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO310",
    name: "end-of-life-image",
    aliases: &["ruby/eol-ruby-version"],
    severity: Severity::Info,
    summary: "a base image is no longer maintained",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("end_of_life_image.rs"),
};

/// The last releases that are no longer maintained, by image.
const ENDED: &[(&str, &[u32])] = &[
    ("alpine", &[3, 19]),
    ("centos", &[8]),
    ("debian", &[10]),
    ("fedora", &[40]),
    ("node", &[18]),
    ("php", &[8, 0]),
    ("python", &[3, 8]),
    ("ruby", &[3, 1]),
    ("ubuntu", &[18, 4]),
];
/// The same for releases with names.
const ENDED_NAMES: &[(&str, &[&str])] = &[
    ("debian", &["buster", "jessie", "stretch", "wheezy", "squeeze"]),
    ("ubuntu", &["bionic", "trusty", "xenial", "precise", "artful", "cosmic", "disco", "eoan", "groovy"]),
];

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    if !matches!(stage.stage.base, Base::Image { .. } | Base::Unknown { .. }) {
        return;
    }
    let Some((image, Some(tag))) = context.root_image(stage.index) else { return };
    if has_ended(&image, &tag) {
        sink.report(stage.stage.base_range, format!("`{image}:{tag}` is no longer maintained"))
            .help("move to a release that gets fixes");
    }
}

fn has_ended(image: &str, tag: &str) -> bool {
    let word = tag.split('-').next().unwrap_or(tag);
    let named = ENDED_NAMES.iter().find(|(name, _)| *name == image).map_or(&[][..], |(_, names)| names);
    if named.contains(&word) {
        return true;
    }
    let Some((_, last)) = ENDED.iter().find(|(name, _)| *name == image) else { return false };
    let digits = word.trim_start_matches(image);
    let version: Option<Vec<u32>> = digits.split('.').map(|part| part.parse().ok()).collect();
    // A version with fewer numbers than needed stands for the newest of its kind.
    version.is_some_and(|version| {
        let known = version.len().min(last.len());
        let order = version[..known].cmp(&last[..known]);
        order.is_lt() || order.is_eq() && version.len() >= last.len()
    })
}
