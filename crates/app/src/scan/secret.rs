//! Secrets of an image or a directory: those in files of all layers, and those in the configuration, by whoever built it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use ::scan::{FoundSecret, LayerFacts};
use ::secrets::{Finding, Ignored, Rules, Search, builtin, load};
use facts::{Origin, Risk, Secret, SecretPlace};
use image::ImageConfig;

use super::SecretRules;
use super::subject::{Opened, Source};
use crate::{AppError, World};

/// The rules, and what is known already.
pub(super) struct Known {
    own: Option<Rules>,
    ignored: Ignored,
    notes: Vec<String>,
}

impl Known {
    pub(super) fn rules(&self) -> &Rules {
        self.own.as_ref().unwrap_or_else(|| builtin())
    }
}

/// Reads the rules that are asked for, or those of the project, or takes own ones.
pub(super) fn rules(world: &World, opened: &Opened, wish: &SecretRules) -> Result<Known, AppError> {
    let beside = |name: &str| match &opened.source {
        Source::Directory(dir) => Some(dir.join(name)).filter(|path| path.is_file()),
        _ => None,
    };
    let chosen =
        |wish: &Option<String>, name| wish.as_ref().map(|path| world.path(path)).or_else(|| beside(name));
    let read = |path: &PathBuf| {
        fs::read_to_string(path)
            .map_err(|error| AppError::usage(format!("`{}` cannot be read: {error}", path.display())))
    };
    let mut known = Known { own: None, ignored: Ignored::default(), notes: Vec::new() };
    if let Some(path) = chosen(&wish.file, ".gitleaks.toml") {
        let other = |name: &str| {
            let at = path.parent().map_or_else(|| PathBuf::from(name), |dir| dir.join(name));
            // gitleaks takes such a path from where it is called; beside the file is where people put it.
            let at = if at.is_file() { at } else { world.path(name) };
            fs::read_to_string(at).map_err(|error| error.to_string())
        };
        let rules = load(&path.display().to_string(), &read(&path)?, &other);
        known.own = Some(rules.map_err(|error| AppError::usage(error.to_string()))?);
    }
    if let Some(path) = chosen(&wish.ignore, ".gitleaksignore") {
        let (ignored, unknown) = Ignored::parse(&read(&path)?);
        known.ignored = ignored;
        if unknown > 0 {
            let text = format!("{unknown} lines of `{}` are no `path:rule:line`", path.display());
            known.notes.push(text);
        }
    }
    Ok(known)
}

/// All secrets, each with the number of its layer: those of files first.
pub(super) fn all(
    opened: &Opened,
    layers: &[(LayerFacts, Vec<FoundSecret>)],
    known: &Known,
    notes: &mut Vec<String>,
) -> Vec<(usize, Secret)> {
    notes.extend(known.notes.iter().cloned());
    let facts: Vec<&LayerFacts> = layers.iter().map(|(facts, _)| facts).collect();
    let is_image = !matches!(opened.source, Source::Directory(_));
    let (mut seen, mut out) = (BTreeSet::new(), Vec::new());
    for (layer, (_, found)) in layers.iter().enumerate().rev() {
        for one in found {
            let hidden_by = ::scan::hidden_by(&facts, layer, &one.path);
            // The same secret in the same file of two layers is told once: as what can still be seen, from where it came first.
            if seen.insert((one.path.clone(), one.rule.clone(), one.mark.clone())) {
                out.push((layer, of_file(known, one, is_image, hidden_by.map(|above| above + 1))));
            } else if let Some((first, _)) = out.iter_mut().find(|(_, known)| is_same(known, one, is_image)) {
                *first = layer;
            }
        }
    }
    let config = match &opened.source {
        Source::Directory(_) => None,
        Source::Foreign(image) => Some(&image.config),
        Source::Store(image) => Some(&image.config),
    };
    out.retain(|(_, secret)| !is_ignored(known, secret));
    out.sort_by_key(|(_, secret)| order(secret));
    if let Some(config) = config {
        let found = of_config(known, config);
        out.extend(found.into_iter().filter(|one| !is_ignored(known, one)).map(|one| (0, one)));
    }
    out
}

/// A value without secrets; its name says what it may be.
pub(crate) fn masked_value(name: &str, value: &str) -> String {
    let begin = format!("{name}=");
    let whole = masked(builtin(), &format!("{begin}{value}"));
    whole.strip_prefix(&begin).map_or_else(|| "***".to_owned(), str::to_owned)
}

/// A text without the secrets that rules find in it.
pub(crate) fn masked(rules: &Rules, text: &str) -> String {
    let mut search = Search::new(rules, "");
    search.update(text.as_bytes());
    let mut found = search.finish();
    found.sort_by_key(|one| one.offset);
    let (mut out, mut end) = (text.to_owned(), usize::MAX);
    for one in found.iter().rev() {
        let begin = usize::try_from(one.offset).unwrap_or(usize::MAX);
        let range = begin..begin.saturating_add(one.length).min(end);
        if out.get(range.clone()).is_some_and(|secret| !secret.is_empty()) {
            end = begin;
            out.replace_range(range, "***");
        }
    }
    out
}

/// Whether the history says a secret.
pub(super) fn is_said<'a>(mut secrets: impl Iterator<Item = &'a Secret>) -> bool {
    secrets.any(|secret| matches!(secret.place, SecretPlace::History { .. } | SecretPlace::Argument { .. }))
}

/// Takes secrets out of what is said of steps.
pub(super) fn mask_steps<'a>(rules: &Rules, origins: impl Iterator<Item = &'a mut Origin>) {
    for origin in origins {
        for text in [&mut origin.created_by, &mut origin.instruction].into_iter().flatten() {
            *text = masked(rules, text);
        }
    }
}

fn order(secret: &Secret) -> (String, u32, u32, String) {
    match &secret.place {
        SecretPlace::File { path, line, column, .. } => (path.clone(), *line, *column, secret.rule.clone()),
        _ => (String::new(), 0, 0, secret.rule.clone()),
    }
}

fn is_same(known: &Secret, one: &FoundSecret, is_image: bool) -> bool {
    let at = if is_image { "/" } else { "" };
    matches!(&known.place, SecretPlace::File { path, .. } if path.strip_prefix(at) == Some(&one.path))
        && (&known.rule, &known.mark) == (&one.rule, &one.mark)
}

fn is_ignored(known: &Known, secret: &Secret) -> bool {
    let Some((rest, line)) = secret.fingerprint.rsplit_once(':') else { return false };
    let Some((path, rule)) = rest.rsplit_once(':') else { return false };
    known.ignored.has(path, rule, line.parse().unwrap_or_default())
}

/// What a rule that anything can be called by finds is less sure.
fn severity(rule: &str) -> Risk {
    if rule.contains("generic") { Risk::Medium } else { Risk::High }
}

fn description(known: &Known, rule: &str) -> String {
    known.rules().description(rule).filter(|text| !text.is_empty()).unwrap_or("a secret").to_owned()
}

fn of_file(known: &Known, one: &FoundSecret, is_image: bool, hidden_by: Option<usize>) -> Secret {
    let path = if is_image { format!("/{}", one.path) } else { one.path.clone() };
    Secret {
        description: description(known, &one.rule),
        severity: severity(&one.rule),
        fingerprint: format!("{}:{}:{}", one.path, one.rule, one.line),
        rule: one.rule.clone(),
        place: SecretPlace::File { path, line: one.line, end_line: one.end_line, column: one.column },
        length: one.length,
        mark: one.mark.clone(),
        origin: None,
        hidden_by,
    }
}

/// Secrets of the configuration: variables, labels, commands, and what the history tells of steps and of their arguments.
fn of_config(known: &Known, config: &ImageConfig) -> Vec<Secret> {
    let mut out = Vec::new();
    for variable in &config.config.env {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        pair(known, name, value, &SecretPlace::Variable { name: name.to_owned() }, &mut out);
    }
    for (name, value) in &config.config.labels {
        pair(known, name, value, &SecretPlace::Label { name: name.clone() }, &mut out);
    }
    let commands = [
        ("Entrypoint", config.config.entrypoint.clone().unwrap_or_default()),
        ("Cmd", config.config.cmd.clone().unwrap_or_default()),
        (
            "Healthcheck",
            config.config.healthcheck.as_ref().map(|check| check.test.clone()).unwrap_or_default(),
        ),
        ("OnBuild", config.config.on_build.clone()),
    ];
    for (name, words) in commands {
        text(known, &words.join(" "), &SecretPlace::Command { name: name.to_owned() }, &mut out);
    }
    let mut layer = 0;
    for (number, history) in config.history.iter().enumerate() {
        layer += usize::from(!history.empty_layer);
        let Some(by) = &history.created_by else { continue };
        let (arguments, step) = arguments(by);
        let (entry, begin) = (number + 1, out.len());
        for (name, value) in arguments {
            pair(known, name, value, &SecretPlace::Argument { name: name.to_owned(), entry }, &mut out);
        }
        // What an ENV or LABEL has put into the configuration is told there.
        if !is_told(step) {
            text(known, step, &SecretPlace::History { entry }, &mut out);
        }
        for one in &mut out[begin..] {
            let created_by = Some(first_word(step));
            let layer = if history.empty_layer { 0 } else { layer };
            one.origin = (layer > 0).then(|| Origin { layer, created_by, ..Origin::default() });
        }
    }
    let mut seen = BTreeSet::new();
    out.retain(|one| seen.insert((one.rule.clone(), one.place.text(), one.mark.clone())));
    out
}

fn is_told(step: &str) -> bool {
    let step = step.strip_prefix("/bin/sh -c #(nop) ").unwrap_or(step).trim_start();
    step.starts_with("ENV ") || step.starts_with("LABEL ")
}

/// The instruction without what follows, which may hold the secret.
fn first_word(step: &str) -> String {
    step.split_whitespace().next().unwrap_or_default().to_owned()
}

/// The build arguments that a history tells before a command: `|2 A=1 B=2 /bin/sh -c …`. Values that hold blanks are cut there.
fn arguments(by: &str) -> (Vec<(&str, &str)>, &str) {
    let text = by.strip_prefix("RUN ").unwrap_or(by).trim_start();
    let Some((count, rest)) = text.strip_prefix('|').and_then(|text| text.split_once(' ')) else {
        return (Vec::new(), by);
    };
    let Ok(count) = count.parse::<usize>() else { return (Vec::new(), by) };
    let (list, step) = rest.find(" /bin/").map_or((rest, ""), |at| (&rest[..at], rest[at..].trim_start()));
    let words = list.split_whitespace().filter_map(|word| word.split_once('='));
    (words.take(count).collect(), step)
}

/// A value under a name: by the rules with the name before it, else by the name alone.
fn pair(known: &Known, name: &str, value: &str, place: &SecretPlace, out: &mut Vec<Secret>) {
    let before = out.len();
    text(known, &format!("{name}={value}\n"), place, out);
    let by_name = leak::names::is_secret_name(name) && leak::names::may_be_secret(value);
    if out.len() == before && by_name && !leak::is_common(value) {
        let mark = image::Digest::of(value.as_bytes()).hex()[..8].to_owned();
        let found = Finding {
            rule: "secret-by-name".to_owned(),
            line: 1,
            end_line: 1,
            column: 1,
            offset: 0,
            length: value.len(),
            entropy: 0.0,
            mark,
        };
        out.push(of_text(known, found, place));
    }
}

fn text(known: &Known, text: &str, place: &SecretPlace, out: &mut Vec<Secret>) {
    let mut search = Search::new(known.rules(), "");
    search.update(text.as_bytes());
    out.extend(search.finish().into_iter().map(|found| of_text(known, found, place)));
}

fn of_text(known: &Known, found: Finding, place: &SecretPlace) -> Secret {
    let description = match found.rule.as_str() {
        "secret-by-name" => "a value whose name says that it is a secret".to_owned(),
        rule => description(known, rule),
    };
    Secret {
        description,
        severity: severity(&found.rule),
        fingerprint: format!("{}:{}:{}", place.text(), found.rule, found.line),
        rule: found.rule,
        place: place.clone(),
        length: found.length,
        mark: found.mark,
        origin: None,
        hidden_by: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        Known { own: None, ignored: Ignored::default(), notes: Vec::new() }
    }

    #[test]
    fn arguments_are_read_from_the_history() {
        let check = |text: &str, expect: &[(&str, &str)], step: &str| {
            assert_eq!(arguments(text), (expect.to_vec(), step), "{text}");
        };
        check(
            "RUN |2 A=1 B=x=y /bin/sh -c make # buildkit",
            &[("A", "1"), ("B", "x=y")],
            "/bin/sh -c make # buildkit",
        );
        check("|1 T=a /bin/sh -c id", &[("T", "a")], "/bin/sh -c id");
        check("RUN make", &[], "RUN make");
        check("|x A=1", &[], "|x A=1");
    }

    #[test]
    fn configurations_are_searched_and_values_are_not_told() {
        let text = r#"{"architecture":"amd64","os":"linux","config":{
            "Env":["PATH=/bin","DB_PASSWORD=q7Gm2xV9kd","TOKEN_FILE=/run/t","API_TOKEN=changeme"],
            "Labels":{"deploy.token":"glXat-x9Kq3vR7tB2nM5wZ8cLd"},
            "Cmd":["run","--key=AKXIQYLPMN5HHHFPZAM2"]},
            "rootfs":{"type":"layers","diff_ids":[]},
            "history":[{"created_by":"RUN |1 NPM_TOKEN=hunter2hunter /bin/sh -c npm ci"},{"created_by":"ENV DB_PASSWORD=q7Gm2xV9kd","empty_layer":true}]}"#;
        // Put together here, so that this file holds no token.
        let text = text.replace("glXat", "glpat").replace("AKXI", "AKIA");
        let config: ImageConfig = serde_json::from_str(&text).unwrap();
        let found = of_config(&known(), &config);
        let told: Vec<_> = found.iter().map(|one| format!("{} {}", one.rule, one.place.text())).collect();
        assert_eq!(
            told,
            [
                "secret-by-name ENV DB_PASSWORD",
                "gitlab-pat LABEL deploy.token",
                "aws-access-token configuration: Cmd",
                "secret-by-name history: entry 1, build argument NPM_TOKEN",
            ]
        );
        let shown = serde_json::to_string(&found).unwrap() + &format!("{found:?}");
        for value in ["q7Gm2xV9kd", "x9Kq3vR7tB2nM5wZ8cLd", "QYLPMN5HHHFPZAM2", "hunter2"] {
            assert!(!shown.contains(value), "{shown}");
        }
    }
}
