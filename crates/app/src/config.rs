//! `cooper.toml`: settings beside the Dockerfile, or of the user.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{AppError, World};

/// What a `cooper.toml` can say. Every key is optional; an unknown key is an error, so that no typing mistake
/// goes unseen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// `[build]`.
    pub build: BuildSettings,
    /// `[registry]`.
    pub registry: RegistrySettings,
    /// `[lint]`.
    pub lint: LintSettings,
    /// `[format]`.
    pub format: FormatSettings,
    /// `[db]`.
    pub db: DbSettings,
    /// `[gate]`: the setting of each gate by its name.
    pub gate: BTreeMap<String, serde_json::Value>,
    /// `[trust]`.
    pub trust: TrustSettings,
    /// `[ship]`.
    pub ship: ShipSettings,
    /// The file that it was read from.
    #[serde(skip)]
    pub file: Option<SettingsFile>,
}

/// A `cooper.toml` as it was read, for what has to point at its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFile {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl SettingsFile {
    /// Its path as it is shown: from the current directory, where it is there.
    pub fn shown(&self, world: &World) -> String {
        let path = Path::new(&self.path);
        path.strip_prefix(&world.cwd).unwrap_or(path).display().to_string()
    }

    /// Where a key of a table stands.
    pub fn range(&self, keys: &[&str]) -> Option<kit::TextRange> {
        let document = toml_edit::Document::parse(self.text.as_str()).ok()?;
        let (last, tables) = keys.split_last()?;
        let mut table = document.as_item().as_table_like()?;
        for key in tables {
            table = table.get(key)?.as_table_like()?;
        }
        let (key, item) = table.get_key_value(last)?;
        let start = key.span().or_else(|| item.span())?;
        Some(kit::TextRange::of(start))
    }

    /// The line of a key of a table, from 1.
    pub fn line(&self, keys: &[&str]) -> Option<u32> {
        let range = self.range(keys)?;
        Some(kit::LineIndex::new(&self.text).line(range.start))
    }
}

/// How images are shipped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ShipSettings {
    /// File of the private key that signs.
    pub key: Option<String>,
    /// Files of tests, as for `cooper test`.
    pub tests: Vec<String>,
}

/// How steps run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct BuildSettings {
    /// `host` lends the machine's CA bundle to steps, a path another one, `none` none.
    pub ca_bundle: Option<String>,
    /// What `--network default` means: `default`, `none` or `host`.
    pub network: Option<String>,
    /// What steps may do without being asked, as `--allow`.
    pub allow: Vec<String>,
    /// Directories with descriptions of devices for `RUN --device`, in place of the usual ones.
    pub cdi_dirs: Option<Vec<PathBuf>>,
    /// Whether the proxy settings of the environment are lent to steps.
    pub lend_proxy: Option<bool>,
    /// Steps at once.
    pub jobs: Option<usize>,
    /// Named contexts, as `--build-context`.
    pub contexts: BTreeMap<String, String>,
}

/// How registries are spoken to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RegistrySettings {
    /// Hosts that may be spoken to by plain http.
    pub insecure: Vec<String>,
    /// Mirrors of each registry.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// PEM file of further trusted roots.
    pub ca_bundle: Option<PathBuf>,
}

/// Which rules count, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LintSettings {
    /// Codes, names or aliases of the rules that run alone, or beginnings of codes; `all` for all there are.
    pub select: Vec<String>,
    /// The same of rules that are off.
    pub ignore: Vec<String>,
    /// The same of rules that are on though they are off by default.
    pub enable: Vec<String>,
    /// How bad findings are, by code, name or alias of their rule: `error`, `warning`, `info` or `style`.
    pub severity: BTreeMap<String, String>,
    /// Rules that are off for files that match a pattern.
    pub per_file_ignores: BTreeMap<String, Vec<String>>,
    /// The least severity that makes the command fail; `never` for none.
    pub fail_on: Option<String>,
    /// How findings are printed.
    pub format: Option<String>,
    /// Whether comments hide findings; they do unless it says `false`.
    pub pragmas: Option<bool>,
    /// File of old findings that are not reported, from the directory of the configuration.
    pub baseline: Option<PathBuf>,
    /// Whether hadolint's configuration is read; it is unless it says `false`.
    pub hadolint: Option<bool>,
    /// Registries that base images may come from; `*` stands for any part of a name.
    pub trusted_registries: Vec<String>,
    /// Labels with the kind of their value: text, url, semver, hash, rfc3339, spdx or email.
    pub labels: BTreeMap<String, lint_rules::LabelKind>,
    /// Whether labels that are not in `labels` are findings.
    pub strict_labels: bool,
    /// Whether labels of `labels` have to be there.
    pub required_labels: bool,
    /// Address of a package index for each package manager, with `{name}` for the name of a package, for `cooper fix --pin`.
    /// Those of `apt` and `apk` are the lists of a distribution, one behind the other, with `{distribution}` and `{release}`.
    pub indexes: BTreeMap<String, String>,
}

/// Who has to have signed the images that builds start from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TrustSettings {
    /// Which images have to be signed: `listed`, those that an entry names, or `all`.
    pub require: Option<String>,
    /// Who counts for which images; the first entry that names one decides.
    pub images: Vec<TrustedImages>,
}

/// Images and who signs them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrustedImages {
    /// Whole names of images; `*` stands for anything.
    pub names: Vec<String>,
    /// Who signs them; one is enough. An empty list lets them pass.
    pub by: Vec<::gate::Signer>,
}

/// Where advisories come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DbSettings {
    /// A server that has copies of all known sources, each as `NAME.json`, `NAME.zip` or `NAME.csv.gz` below this address.
    pub mirror: Option<String>,
    /// Address of each further source, or in place of a known one; an empty address takes a source out.
    pub feeds: BTreeMap<String, String>,
}

/// How Dockerfiles are formatted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FormatSettings {
    /// One level of indentation: a number of blanks, or `tab`.
    #[serde(deserialize_with = "number_or_text")]
    pub indent: Option<String>,
    /// `upper`, `lower` or `keep`.
    pub keyword_case: Option<String>,
    /// Which line has the `&&` where a command is broken: `leading`, `trailing` or `keep`.
    pub chain: Option<String>,
}

fn number_or_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Either;
    impl serde::de::Visitor<'_> for Either {
        type Value = Option<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a number of blanks or \"tab\"")
        }

        fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string()))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(text.to_owned()))
        }
    }
    deserializer.deserialize_any(Either)
}

impl Settings {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, AppError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| AppError::usage(format!("failed to read `{}`: {error}", path.display())))?;
        let path = path.display().to_string();
        let settings = Self::parse(&path, &text)?;
        Ok(Self { file: Some(SettingsFile { path, text }), ..settings })
    }

    /// Reads a text; `file` names it in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, AppError> {
        toml_edit::de::from_str(text).map_err(|error| {
            let range = error.span().map(kit::TextRange::of);
            AppError::usage(format!("`{file}` is not a valid configuration: {}", error.message()))
                .in_source(file, text, range)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_refused_with_their_place() {
        let good =
            "[build]\nca-bundle = \"host\"\n[registry.mirrors]\n\"docker.io\" = [\"mirror.example\"]\n";
        let settings = Settings::parse("cooper.toml", good).unwrap();
        assert_eq!(settings.build.ca_bundle.as_deref(), Some("host"));
        assert_eq!(settings.registry.mirrors["docker.io"], ["mirror.example"]);
        let style =
            Settings::parse("cooper.toml", "[format]\nindent = 2\nchain = \"leading\"\n").unwrap().format;
        assert_eq!((style.indent.as_deref(), style.chain.as_deref()), (Some("2"), Some("leading")));
        assert!(Settings::parse("cooper.toml", "[format]\nindent = true\n").is_err());
        let error = Settings::parse("cooper.toml", "[build]\nca-bundel = \"host\"\n").unwrap_err();
        assert!(error.message.contains("ca-bundel"), "{}", error.message);
        assert!(error.source.is_some());
    }
}
