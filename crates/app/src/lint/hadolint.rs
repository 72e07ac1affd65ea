//! hadolint's own configuration, so that a project that has one need not write another.

use std::path::{Path, PathBuf};

use facts::Severity;
use serde::Deserialize;
use serde_json::Value;

use crate::config::LintSettings;
use crate::{AppError, World};

/// What `.hadolint.yaml` can say, as far as it is not about colours.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Hadolint {
    ignored: Vec<String>,
    #[serde(rename = "override")]
    overrides: Overrides,
    #[serde(rename = "trustedRegistries", alias = "trusted-registries")]
    trusted_registries: Vec<String>,
    label_schema: std::collections::BTreeMap<String, lint_rules::LabelKind>,
    strict_labels: bool,
    failure_threshold: Option<String>,
    no_fail: bool,
    disable_ignore_pragma: bool,
    format: Option<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Overrides {
    error: Vec<String>,
    warning: Vec<String>,
    info: Vec<String>,
    style: Vec<String>,
}

/// The file that hadolint would take, in the order in which it looks.
pub(super) fn find(world: &World) -> Option<PathBuf> {
    let home = world.env.get("HOME").map(PathBuf::from);
    let config = world.env.get("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| home.as_ref().map(|home| home.join(".config")));
    let mut stems = vec![world.cwd.join(".hadolint")];
    stems.extend(config.map(|dir| dir.join("hadolint")));
    if let Some(home) = home {
        stems.extend([
            home.join(".hadolint/hadolint"),
            home.join(".hadolint/config"),
            home.join(".hadolint"),
        ]);
    }
    let with = |stem: &PathBuf, end: &str| PathBuf::from(format!("{}.{end}", stem.display()));
    stems.iter().flat_map(|stem| [with(stem, "yaml"), with(stem, "yml")]).find(|path| path.is_file())
}

/// Reads a file into the settings that say the same.
pub(super) fn load(path: &Path) -> Result<LintSettings, AppError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| AppError::usage(format!("failed to read `{}`: {error}", path.display())))?;
    read(&text).map_err(|why| {
        AppError::usage(format!("`{}` is not a valid configuration of hadolint: {why}", path.display()))
    })
}

fn read(text: &str) -> Result<LintSettings, String> {
    let value = match yaml::json(text)? {
        Value::Object(mut map) => {
            // A key without a value says nothing, as in hadolint.
            map.retain(|_, value| !value.is_null());
            Value::Object(map)
        }
        Value::Null => return Ok(LintSettings::default()),
        _ => return Err("it has no keys".to_owned()),
    };
    let found: Hadolint = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let lists = [
        (found.overrides.error, Severity::Error),
        (found.overrides.warning, Severity::Warning),
        (found.overrides.info, Severity::Info),
        (found.overrides.style, Severity::Style),
    ];
    // There, what is ignored by default is found once it has a severity.
    let enable = lists.iter().flat_map(|(codes, _)| codes).filter(|code| is_ignored(code)).cloned().collect();
    let graded = lists
        .into_iter()
        .flat_map(|(codes, severity)| codes.into_iter().map(move |code| (code, severity.name().to_owned())));
    let threshold = if found.no_fail { Some("never".to_owned()) } else { found.failure_threshold };
    Ok(LintSettings {
        ignore: found.ignored,
        enable,
        severity: graded.collect(),
        trusted_registries: found.trusted_registries,
        required_labels: !found.label_schema.is_empty(),
        labels: found.label_schema,
        strict_labels: found.strict_labels,
        fail_on: threshold.map(|name| if name == "ignore" { "never".to_owned() } else { name }),
        pragmas: found.disable_ignore_pragma.then_some(false),
        format: found.format.map(|name| format_name(&name).to_owned()),
        ..LintSettings::default()
    })
}

/// Codes that hadolint passes over unless they are given a severity.
fn is_ignored(code: &str) -> bool {
    matches!(code, "DL1001" | "DL3057")
}

/// What a format of hadolint is called here.
fn format_name(name: &str) -> &str {
    match name {
        "tty" | "gnu" => "line",
        "codeclimate" | "gitlab_codeclimate" => "gitlab",
        "sonarqube" | "codacy" => "json",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_are_taken_over() {
        let text = "failure-threshold: info\nformat: tty\nignored:\n  - DL3008\n  - SC1010\noverride:\n  error: [DL3001]\n  \
                    style: [DL3015]\ntrustedRegistries:\n  - docker.io\nlabel-schema:\n  author: text\n  version: semver\n\
                    strict-labels: true\ndisable-ignore-pragma: true\nno-color: true\n";
        let found = read(text).unwrap();
        assert_eq!(found.ignore, ["DL3008", "SC1010"]);
        assert_eq!(found.severity["DL3001"], "error");
        assert_eq!(found.severity["DL3015"], "style");
        assert_eq!(found.trusted_registries, ["docker.io"]);
        assert_eq!(found.labels["version"], lint_rules::LabelKind::Semver);
        assert!(found.strict_labels && found.required_labels);
        assert_eq!((found.fail_on.as_deref(), found.format.as_deref()), (Some("info"), Some("line")));
        assert_eq!(found.pragmas, Some(false));
        assert_eq!(read("no-fail: true\n").unwrap().fail_on.as_deref(), Some("never"));
        assert_eq!(read("ignored:\n").unwrap(), LintSettings::default());
        assert_eq!(read("# nothing\n").unwrap(), LintSettings::default());
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for text in ["ignored: DL3008\n", "label-schema:\n  a: number\n", "- a\n", "a: [\n"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
