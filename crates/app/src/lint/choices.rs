//! What counts for a run: what the command says, then `cooper.toml`, then hadolint's configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use facts::Severity;
use image::Platform;
use lint_rules::{LintOptions, Settings};
use syntax::Ignore;

use super::{Request, hadolint};
use crate::config::LintSettings;
use crate::{AppError, World};

/// The choices of all sources put together.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    /// For all files.
    pub(crate) options: LintOptions<'static>,
    per_file: Vec<(Ignore, Vec<String>)>,
    /// The least severity that fails; `None` when nothing does.
    pub(crate) fail_on: Option<Severity>,
    /// The name of the format, where a configuration has one.
    pub(crate) format: Option<String>,
    /// The file of old findings.
    pub(crate) baseline: Option<PathBuf>,
}

impl Choices {
    pub(crate) fn new(world: &World, request: &Request) -> Result<Self, AppError> {
        let own = &world.settings.lint;
        let other = match &request.hadolint {
            Some(path) => hadolint::load(&world.path(path))?,
            None if own.hadolint == Some(false) => LintSettings::default(),
            None => hadolint::find(world)
                .map_or_else(|| Ok(LintSettings::default()), |path| hadolint::load(&path))?,
        };
        let join = |of: fn(&LintSettings) -> &Vec<String>| -> Vec<String> {
            of(&other).iter().chain(of(own)).cloned().collect()
        };
        let fail_on = request.fail_on.as_ref().or(own.fail_on.as_ref()).or(other.fail_on.as_ref());
        let select = if request.select.is_empty() { own.select.clone() } else { request.select.clone() };
        let build = request.build.clone().unwrap_or_default();
        let options = LintOptions {
            ignore: [join(|settings| &settings.ignore), request.ignore.clone()].concat(),
            select,
            enable: [join(|settings| &settings.enable), request.enable.clone()].concat(),
            severities: severities([&other.severity, &own.severity, &request.severity])?,
            no_directive: false,
            no_pragmas: request.no_pragmas || own.pragmas.or(other.pragmas) == Some(false),
            target: request.target.clone(),
            build_args: build.build_args,
            named_contexts: build.contexts.iter().map(|name| super::context_name(name)).collect(),
            complete: request.build.is_some(),
            platform: request.build.is_some().then(|| build.platform.unwrap_or_else(Platform::host)),
            build_platform: request.build.is_some().then(Platform::host),
            refusals: Some(plan::refusals),
            settings: settings(own, &other),
            project: None,
        };
        let per_file =
            own.per_file_ignores.iter().map(|(pattern, names)| (Ignore::parse(pattern), names.clone()));
        Ok(Self {
            options,
            per_file: per_file.collect(),
            fail_on: threshold(fail_on.map(String::as_str))?,
            format: own.format.clone().or(other.format),
            baseline: request
                .baseline
                .as_ref()
                .map(|path| world.path(path))
                .or_else(|| own.baseline.as_ref().map(|path| world.cwd.join(path))),
        })
    }

    /// The options for a file: those for all, and the rules that are off for it.
    pub(crate) fn options_for<'a>(&self, file: &str) -> LintOptions<'a> {
        let file = file.trim_start_matches("./");
        let matching = self.per_file.iter().filter(|(pattern, _)| pattern.matches(file));
        let mut options = self.options.clone();
        options.ignore.extend(matching.flat_map(|(_, names)| names.clone()));
        options
    }
}

fn settings(own: &LintSettings, other: &LintSettings) -> Settings {
    let mut labels = other.labels.clone();
    labels.extend(own.labels.clone());
    Settings {
        trusted_registries: [other.trusted_registries.clone(), own.trusted_registries.clone()].concat(),
        labels,
        strict_labels: own.strict_labels || other.strict_labels,
        required_labels: own.required_labels || other.required_labels,
    }
}

/// Names with their severities; a later list counts before an earlier one.
fn severities(lists: [&BTreeMap<String, String>; 3]) -> Result<Vec<(String, Severity)>, AppError> {
    let one = |(name, text): (&String, &String)| match text.parse() {
        Ok(severity) => Ok((name.clone(), severity)),
        Err(_) => Err(AppError::usage(format!("`{text}` is not a severity, for `{name}`"))
            .help("use error, warning, info or style")),
    };
    lists.into_iter().flatten().map(one).collect()
}

/// The severity that fails, a warning unless said otherwise; `None` when nothing does.
fn threshold(text: Option<&str>) -> Result<Option<Severity>, AppError> {
    match text {
        None => Ok(Some(Severity::Warning)),
        Some("never" | "none") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            AppError::usage(format!("`{text}` is not a severity"))
                .help("use error, warning, info, style or never")
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Settings as Toml;

    fn world(dir: &Path, toml: &str) -> World {
        let cancel = Box::leak(Box::new(sandbox::Cancel::new()));
        let mut world = World::new(dir.join("store"), store::Flavor::User, dir.to_path_buf(), cancel);
        world.settings = Toml::parse("cooper.toml", toml).unwrap();
        world
    }

    #[test]
    fn sources_are_joined_and_the_nearest_counts() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join(".hadolint.yaml"),
            "ignored: [DL3008]\nfailure-threshold: info\noverride: {error: [DL3004, DL3006]}\ntrustedRegistries: [a.example]\n",
        )
        .unwrap();
        let toml = "[lint]\nignore = [\"CO1\"]\ntrusted-registries = [\"b.example\"]\nfail-on = \"error\"\n\
                    [lint.severity]\nDL3004 = \"style\"\n[lint.per-file-ignores]\n\"old/**\" = [\"CO4\"]\n";
        let request = Request { ignore: vec!["CO2".to_owned()], ..Request::default() };
        let choices = Choices::new(&world(dir.path(), toml), &request).unwrap();
        assert_eq!(choices.options.ignore, ["DL3008", "CO1", "CO2"]);
        assert_eq!(choices.options.settings.trusted_registries, ["a.example", "b.example"]);
        assert_eq!(choices.fail_on, Some(Severity::Error));
        assert_eq!(choices.options.severities.last(), Some(&("DL3004".to_owned(), Severity::Style)));
        assert_eq!(choices.options_for("old/x/Dockerfile").ignore, ["DL3008", "CO1", "CO2", "CO4"]);
        assert_eq!(choices.options_for("new/Dockerfile").ignore, ["DL3008", "CO1", "CO2"]);
        let alone =
            Choices::new(&world(dir.path(), "[lint]\nhadolint = false\n"), &Request::default()).unwrap();
        assert_eq!(alone.options.ignore, [""; 0]);
        let bad = Choices::new(&world(dir.path(), "[lint.severity]\nCO1 = \"bad\"\n"), &Request::default());
        assert!(bad.unwrap_err().message.contains("bad"));
    }
}
