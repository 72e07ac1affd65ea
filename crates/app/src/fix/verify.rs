//! Builds before and after, and compares the images: a fix is kept only if they differ in nothing but what it says.

use std::collections::{BTreeMap, BTreeSet};

use facts::Effect;
use image::{Entry, ImageConfig, Platform};
use lint_rules::{Fixed, LeftOut};
use plan::NetworkMode;
use serde_json::Value;
use store::{Compression, Merged};

use crate::build::{self, Observer};
use crate::dockerfile::Source;
use crate::{AppError, World};

/// How images are built.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// The directory of the context; none means that of the Dockerfile.
    pub context: Option<String>,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// `--network`.
    pub network: NetworkMode,
}

/// What the builds showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Bytes of the layers as stored, before and after.
    pub size: (u64, u64),
    /// Milliseconds that the builds took, before and after.
    pub time: (u64, u64),
    /// What differs, and was allowed to.
    pub differences: Vec<String>,
    /// Codes of the rules whose fixes were taken back.
    pub taken_back: Vec<&'static str>,
}

/// Compares the images of one Dockerfile.
pub(super) struct Verifier<'a> {
    pub(super) world: &'a World,
    pub(super) build: &'a Build,
    pub(super) observer: &'a dyn Observer,
    pub(super) source: &'a Source,
}

/// An image in hand.
struct Built {
    root: Merged,
    config: ImageConfig,
    size: u64,
    time: u64,
}

impl Verifier<'_> {
    /// The fixes that keep the image, and what the builds showed. `again` fixes anew without the fixes of some rules.
    pub(super) fn run(
        &self,
        fixed: Fixed,
        again: impl Fn(&BTreeSet<&'static str>) -> Fixed,
    ) -> Result<(Fixed, Verdict), AppError> {
        let before = self.image(&self.source.text)?;
        let mut noise = None;
        let mut without = BTreeSet::new();
        let mut why: BTreeMap<&'static str, (u32, String)> = BTreeMap::new();
        let mut fixed = fixed;
        let differences = loop {
            if fixed.text == self.source.text {
                break None;
            }
            match self.same(&before, &fixed, &mut noise)? {
                Ok(same) => break Some(same),
                Err(problem) => {
                    let guilty = self.guilty(&before, (&fixed, problem), &without, &again, &mut noise)?;
                    for (code, problem) in guilty {
                        let line =
                            fixed.applied.iter().find(|fix| fix.code == code).map_or(1, |fix| fix.line);
                        why.insert(code, (line, problem));
                        without.insert(code);
                    }
                    fixed = again(&without);
                }
            }
        };
        let taken_back: Vec<_> = why.keys().copied().collect();
        fixed.left_out.extend(why.into_iter().map(|(code, (line, why))| LeftOut { code, line, why }));
        let (old, old_time) = (before.size, before.time);
        let verdict = match differences {
            None => {
                Verdict { size: (old, old), time: (old_time, old_time), differences: Vec::new(), taken_back }
            }
            Some((after, differences)) => {
                Verdict { size: (old, after.size), time: (old_time, after.time), differences, taken_back }
            }
        };
        Ok((fixed, verdict))
    }

    /// The rules whose fixes alone change the image, and how; all when only together they do.
    fn guilty(
        &self,
        before: &Built,
        (fixed, problem): (&Fixed, String),
        without: &BTreeSet<&'static str>,
        again: &impl Fn(&BTreeSet<&'static str>) -> Fixed,
        noise: &mut Option<BTreeSet<Vec<u8>>>,
    ) -> Result<Vec<(&'static str, String)>, AppError> {
        let codes: BTreeSet<&'static str> = fixed.applied.iter().map(|fix| fix.code).collect();
        let mut guilty = Vec::new();
        for code in &codes {
            let others = codes.iter().copied().filter(|other| other != code).chain(without.iter().copied());
            let alone = again(&others.collect());
            if alone.text != self.source.text
                && let Err(problem) = self.same(before, &alone, noise)?
            {
                guilty.push((*code, problem));
            }
        }
        let all = || codes.iter().map(|code| (*code, problem.clone())).collect();
        Ok(if guilty.is_empty() { all() } else { guilty })
    }

    /// The image of a fixed text and what differs; why it is not kept when that is too much.
    fn same(
        &self,
        before: &Built,
        fixed: &Fixed,
        noise: &mut Option<BTreeSet<Vec<u8>>>,
    ) -> Result<Result<(Built, Vec<String>), String>, AppError> {
        let after = match self.image(&fixed.text) {
            Ok(after) => after,
            Err(error) if error.class == crate::ErrorClass::Environment => return Err(error),
            Err(error) => return Ok(Err(format!("the build fails with it: {}", error.message))),
        };
        let effects: Vec<&Effect> = fixed.applied.iter().flat_map(|fix| &fix.effects).collect();
        let fields = config_differences(&before.config, &after.config);
        let denied = fields.iter().find(|field| {
            !effects.iter().any(|effect| matches!(effect, Effect::Config(name) if name == field))
        });
        if let Some(field) = denied {
            return Ok(Err(format!("`{field}` of the image would be another one")));
        }
        let changed = differences(&before.root, &after.root);
        let denied = |change: &&Change| !effects.iter().any(|effect| change.is_allowed(effect));
        if changed.iter().any(|change| denied(&change)) && noise.is_none() {
            *noise = Some(self.noise(before)?);
        }
        let known = |path: &Vec<u8>| noise.as_ref().is_some_and(|noise| noise.contains(path));
        if let Some(change) = changed.iter().filter(denied).find(|change| !known(&change.path)) {
            return Ok(Err(format!("`{}` of the image would {}", shown(&change.path), change.verb())));
        }
        let mut said: Vec<String> = fields.iter().map(|field| format!("configuration: {field}")).collect();
        let allowed = changed.iter().filter(|change| !known(&change.path));
        said.extend(allowed.map(|change| format!("{} {}", change.mark(), shown(&change.path))));
        Ok(Ok((after, said)))
    }

    /// The paths that differ when the same Dockerfile is built twice.
    fn noise(&self, before: &Built) -> Result<BTreeSet<Vec<u8>>, AppError> {
        let again = self.built(&self.source.text, true)?;
        Ok(differences(&before.root, &again.root).into_iter().map(|change| change.path).collect())
    }

    fn image(&self, text: &str) -> Result<Built, AppError> {
        self.built(text, false)
    }

    fn built(&self, text: &str, no_cache: bool) -> Result<Built, AppError> {
        let path = self.source.path.as_ref().ok_or_else(|| {
            AppError::usage("a Dockerfile of standard input has no build context to verify fixes with")
        })?;
        let beside = || path.parent().map_or_else(|| ".".to_owned(), |dir| dir.display().to_string());
        let context = self.build.context.clone().unwrap_or_else(beside);
        let request = build::Request {
            file: Some(path.display().to_string()),
            text: Some(text.to_owned()),
            target: self.build.target.clone(),
            build_args: self.build.build_args.clone(),
            network: self.build.network,
            no_cache,
            ..build::Request::of(context)
        };
        let start = (self.world.now)();
        let outcome = build::build(self.world, &request, self.observer, None)?;
        let time = u64::try_from(((self.world.now)() - start) / 1_000_000).unwrap_or(0);
        let (platform, image) =
            outcome.images.into_iter().next().ok_or_else(|| AppError::environment("no image was built"))?;
        self.opened(&image.manifest, &platform, time)
    }

    fn opened(
        &self,
        manifest: &image::Descriptor,
        platform: &Platform,
        time: u64,
    ) -> Result<Built, AppError> {
        let store = self.world.store()?;
        let (_, manifest) = store.manifest(manifest, platform)?;
        let config = store.config(&manifest)?;
        let mut layers = Vec::new();
        for (diff_id, blob) in config.rootfs.diff_ids.iter().zip(&manifest.layers) {
            let known = store.layer(diff_id)?;
            layers.push(known.map_or_else(|| store.unpack(blob, diff_id), Ok)?);
        }
        let size = manifest.layers.iter().map(|layer| layer.size).sum();
        Ok(Built { root: Merged::new(layers)?, config, size, time })
    }
}

fn shown(path: &[u8]) -> String {
    format!("/{}", String::from_utf8_lossy(path))
}

/// The fields of a configuration that differ. History and layers follow from the steps.
fn config_differences(before: &ImageConfig, after: &ImageConfig) -> Vec<String> {
    let object = |value: serde_json::Result<Value>| match value {
        Ok(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let fields = |config: &ImageConfig| {
        let mut fields = object(serde_json::to_value(&config.config));
        let beside = object(serde_json::to_value(config)).into_iter();
        fields.extend(
            beside.filter(|(name, _)| ["architecture", "author", "os", "variant"].contains(&name.as_str())),
        );
        fields
    };
    let (before, after) = (fields(before), fields(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// A path that differs.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    path: Vec<u8>,
    is_there: (bool, bool),
}

impl Change {
    fn is_allowed(&self, effect: &Effect) -> bool {
        let within = |dir: &str| {
            let dir = dir.trim_matches('/').as_bytes();
            let rest = self.path.strip_prefix(dir);
            dir.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        match effect {
            Effect::Removes(dir) => !self.is_there.1 && within(dir),
            Effect::Changes(dir) => within(dir),
            Effect::Config(_) => false,
        }
    }

    const fn verb(&self) -> &'static str {
        match self.is_there {
            (_, false) => "be missing",
            (false, true) => "be new",
            _ => "be another one",
        }
    }

    const fn mark(&self) -> char {
        match self.is_there {
            (_, false) => '-',
            (false, true) => '+',
            _ => '~',
        }
    }
}

/// The paths that differ in anything but times, in order.
fn differences(before: &Merged, after: &Merged) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut old, mut new) = (before.entries().peekable(), after.entries().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return changes,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(one), Some(other)) => one.path.cmp(&other.path),
        };
        let one = if order.is_le() { old.next() } else { None };
        let other = if order.is_ge() { new.next() } else { None };
        let same = one.zip(other).is_some_and(|(one, other)| is_same(one, other));
        if let Some(entry) = one.or(other).filter(|_| !same) {
            changes.push(Change { path: entry.path.clone(), is_there: (one.is_some(), other.is_some()) });
        }
    }
}

fn is_same(one: &Entry, other: &Entry) -> bool {
    let rest =
        |entry: &Entry| (entry.kind, entry.mode, entry.uid, entry.gid, entry.size, entry.digest, entry.rdev);
    rest(one) == rest(other) && one.link == other.link && one.xattrs == other.xattrs
}

impl build::Request {
    /// A build of a directory with nothing else said; the image is in the store without a name.
    pub(crate) fn of(context: String) -> Self {
        Self {
            context: Some(context),
            file: None,
            text: None,
            tags: Vec::new(),
            target: None,
            build_args: BTreeMap::new(),
            labels: BTreeMap::new(),
            platforms: Vec::new(),
            secrets: Vec::new(),
            allowed_leaks: Vec::new(),
            keep_failed: crate::KeepFailed::default(),
            failure_shell: None,
            ssh: Vec::new(),
            contexts: BTreeMap::new(),
            no_cache: false,
            pull: false,
            outputs: Vec::new(),
            network: NetworkMode::default(),
            allow: crate::Allow::default(),
            extra_hosts: Vec::new(),
            ca_bundle: None,
            jobs: None,
            keep_times: false,
            compression: Compression::None,
            compression_level: None,
            provenance: None,
            explain: false,
            locked: false,
            verify: false,
            gate: false,
            profile: false,
            engine: None,
            cache_from: Vec::new(),
            cache_to: Vec::new(),
            shm_size: None,
            memory: None,
            pids: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_allow_what_they_say_and_no_more() {
        let change = |path: &str, is_there| Change { path: path.as_bytes().to_vec(), is_there };
        let gone = change("var/lib/apt/lists/x", (true, false));
        let other = change("var/lib/apt/lists/x", (true, true));
        let removes = Effect::Removes("/var/lib/apt/lists".into());
        assert!(gone.is_allowed(&removes) && !other.is_allowed(&removes));
        assert!(other.is_allowed(&Effect::Changes("/".into())));
        assert!(other.is_allowed(&Effect::Changes("/var/lib/apt/".into())));
        assert!(!change("var/libx", (true, false)).is_allowed(&Effect::Removes("/var/lib".into())));
        assert!(!gone.is_allowed(&Effect::Config("Cmd")));
    }

    #[test]
    fn configurations_are_compared_by_field() {
        let mut one = ImageConfig::default();
        let other = one.clone();
        one.config.user = "1".to_owned();
        assert_eq!(config_differences(&one, &other), ["User"]);
        one.author = Some("me".to_owned());
        one.architecture = "arm64".to_owned();
        one.created = Some("1980-01-01T00:00:00Z".to_owned());
        assert_eq!(config_differences(&one, &other), ["User", "architecture", "author"]);
        assert_eq!(config_differences(&other, &other), [""; 0]);
    }
}
