//! `cooper diff`: what two images differ in.

use std::collections::{BTreeMap, BTreeSet};

use compare::{Change, Field, PackageChange, Setting, Side};
use image::{Digest, Entry, Platform};
use lineage::{Place, encode};
use serde_json::{Value, json};
use store::TarTimes;

use crate::found::{self, Found};
use crate::locate::{Opened, open_or_fetch};
use crate::why::{Source, described, place};
use crate::{AppError, World, rpm_lists};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The images: names or digests of the store, layouts, archives, or names at a registry.
    pub images: [String; 2],
    /// `--platform`.
    pub platform: Option<Platform>,
    /// What is not looked at.
    pub ignored: BTreeSet<Ignored>,
    /// Whether both are scanned.
    pub findings: bool,
}

/// What need not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    /// Times of files, of the image and of its history.
    Times,
    /// Permission bits of files.
    Mode,
    /// Users and groups of files.
    Owner,
    /// Extended attributes of files.
    Xattrs,
    /// What the history says.
    History,
}

/// What is known.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Both images.
    pub sides: [Source; 2],
    /// Fields of the configuration.
    pub config: Vec<Setting>,
    /// The layers that only one has.
    pub layers: [Vec<Layer>; 2],
    /// How many both have.
    pub common_layers: usize,
    /// Packages.
    pub packages: Vec<PackageChange>,
    /// Databases of packages that could not be read and are not the same.
    pub unread: Vec<&'static str>,
    /// Files.
    pub files: Vec<FileChange>,
    /// What scans find, where they were asked for.
    pub found: Option<Found>,
}

/// A layer of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its number, from 0.
    pub number: usize,
    /// Digest of its tar.
    pub diff_id: Digest,
    /// Bytes as stored.
    pub size: u64,
}

/// A path that differs.
#[derive(Debug, Clone)]
pub struct FileChange {
    /// What differs.
    pub change: Change,
    /// Which image has the step: the second, unless only the first has the file.
    pub side: usize,
    /// The step that made it so.
    pub by: Place,
}

impl Outcome {
    /// Whether nothing differs that a container could see.
    pub fn is_same(&self) -> bool {
        let found = self.found.as_ref().is_none_or(Found::is_same);
        self.config.is_empty() && self.packages.is_empty() && self.files.is_empty() && found
    }
}

/// Compares two images.
pub fn diff(world: &World, request: &Request) -> Result<Outcome, AppError> {
    let open = |name: &String| open_or_fetch(world, name, request.platform.as_ref());
    let (before, after) = (open(&request.images[0])?, open(&request.images[1])?);
    let times = [times(world, &before)?, times(world, &after)?];
    let side = |number: usize, opened| Side { merged: of(opened), times: &times[number] };
    let fields = request.ignored.iter().filter_map(|ignored| ignored.field()).collect();
    let changes = compare::files(side(0, &before), side(1, &after), &fields);
    let mut config = compare::configs(&before.image.config, &after.image.config);
    config.retain(|setting| !request.ignored.iter().any(|ignored| ignored.hides(&setting.path)));
    for setting in &mut config {
        let name = setting.path.rsplit('.').next().unwrap_or_default().to_owned();
        for value in [&mut setting.before, &mut setting.after].into_iter().flatten() {
            mask(&name, value);
        }
    }
    let mut packages = [compare::packages(&before.merged)?, compare::packages(&after.merged)?];
    let store = world.store()?;
    let differs = |path: &str| changes.iter().any(|change| change.path == path.as_bytes());
    for (side, all) in [&before, &after].into_iter().zip(&mut packages) {
        rpm_lists::read(&side.merged, &store, all, &differs);
    }
    let unread: BTreeSet<&str> = packages.iter().flat_map(|all| all.unread.iter().copied()).collect();
    let ids = [&before, &after].map(|one| &one.image.config.rootfs.diff_ids);
    let found = || found::found(world, &request.images, request.platform.as_ref());
    Ok(Outcome {
        found: request.findings.then(found).transpose()?,
        config,
        packages: compare::package_changes(&packages[0], &packages[1]),
        unread: unread.into_iter().collect(),
        layers: [only_in(&before, ids[1]), only_in(&after, ids[0])],
        common_layers: ids[0].iter().filter(|id| ids[1].contains(id)).count(),
        files: files(changes, [&before, &after]),
        sides: [Source::of(&before), Source::of(&after)],
    })
}

/// Takes secrets out of a value of the configuration.
fn mask(name: &str, value: &mut Value) {
    match value {
        Value::String(text) => *text = crate::scan::masked_value(name, text),
        Value::Array(all) => all.iter_mut().for_each(|one| mask(name, one)),
        _ => {}
    }
}

const fn of(opened: &Opened) -> &store::Merged {
    &opened.merged
}

impl Ignored {
    const fn field(self) -> Option<Field> {
        match self {
            Self::Times => Some(Field::Time),
            Self::Mode => Some(Field::Mode),
            Self::Owner => Some(Field::Owner),
            Self::Xattrs => Some(Field::Xattrs),
            Self::History => None,
        }
    }

    fn hides(self, path: &str) -> bool {
        let history = path.starts_with("history[");
        match self {
            Self::Times => path == "created" || (history && path.ends_with("].created")),
            Self::History => history,
            _ => false,
        }
    }
}

/// What the export of each layer did to its times.
fn times(world: &World, opened: &Opened) -> Result<Vec<TarTimes>, AppError> {
    let store = world.store()?;
    let ids = &opened.image.config.rootfs.diff_ids;
    let times = opened.merged.layers().iter().zip(ids).map(|(layer, id)| store.tar_times(layer, id));
    Ok(times.collect::<Result<_, _>>()?)
}

fn only_in(opened: &Opened, other: &[Digest]) -> Vec<Layer> {
    let ids = opened.image.config.rootfs.diff_ids.iter().zip(&opened.image.manifest.layers).enumerate();
    let layers = ids.map(|(number, (id, blob))| Layer { number, diff_id: *id, size: blob.size });
    layers.filter(|layer| !other.contains(&layer.diff_id)).collect()
}

/// Adds to each change the step that made it.
fn files(changes: Vec<Change>, sides: [&Opened; 2]) -> Vec<FileChange> {
    let explainers = sides.map(Opened::explainer);
    let with_step = |change: Change| {
        let (mut side, mut steps) = (1, Vec::new());
        if change.after.is_none() {
            steps = explainers[1].explain(&change.path).steps;
            // It was never there.
            side = usize::from(!steps.is_empty());
        }
        if steps.is_empty() {
            steps = explainers[side].steps(&change.path);
        }
        let place = |node: Option<usize>, layer| node.map_or((None, layer), |node| (Some(node), None));
        let by = if change.fields == [Field::Time] {
            // Whoever wrote it, what was done in a directory last gave it its time.
            let layer = sides[1].merged.position(&change.path).map(|at| sides[1].merged.layer_of(at));
            let owner = |layer: usize| explainers[1].lineage()?.layers.get(layer).copied();
            place(layer.and_then(owner), layer)
        } else {
            steps.first().map_or((None, None), |step| place(step.node, step.layer))
        };
        FileChange { change, side, by }
    };
    changes.into_iter().map(with_step).collect()
}

/// The outcome as JSON; its shape is that of `docs/schema/diff.json`.
pub fn json(outcome: &Outcome) -> Value {
    let setting = |one: &Setting| json!({ "path": one.path, "before": one.before, "after": one.after });
    let package = |one: &PackageChange| {
        json!({
            "manager": one.package.manager,
            "name": one.package.name,
            "architecture": one.package.architecture,
            "before": one.before,
            "after": one.after,
        })
    };
    let counts = outcome.counts();
    let mut value = json!({
        "schema": "cooper/diff/1",
        "same": outcome.is_same(),
        "before": side(outcome, 0),
        "after": side(outcome, 1),
        "config": outcome.config.iter().map(setting).collect::<Vec<_>>(),
        "layers": {
            "common": outcome.common_layers,
            "before": layers(outcome, 0),
            "after": layers(outcome, 1),
        },
        "packages": {
            "changes": outcome.packages.iter().map(package).collect::<Vec<_>>(),
            "unread": outcome.unread,
        },
        "files": {
            "added": counts["added"],
            "removed": counts["removed"],
            "changed": counts["changed"],
            "changes": outcome.files.iter().map(|one| file(outcome, one)).collect::<Vec<_>>(),
        },
    });
    if let Some(found) = &outcome.found {
        value["findings"] = found::json(found);
    }
    value
}

impl Outcome {
    /// How many files were added, removed and changed.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::from([("added", 0), ("removed", 0), ("changed", 0)]);
        for one in &self.files {
            *counts.entry(one.verb()).or_default() += 1;
        }
        counts
    }
}

impl FileChange {
    /// What happened to it.
    pub const fn verb(&self) -> &'static str {
        match (&self.change.before, &self.change.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
    }
}

fn side(outcome: &Outcome, number: usize) -> Value {
    let source = &outcome.sides[number];
    json!({
        "image": source.image,
        "digest": source.digest,
        "layers": source.layers.len(),
        "lineage": source.lineage.is_some(),
    })
}

fn layers(outcome: &Outcome, number: usize) -> Value {
    let source = &outcome.sides[number];
    let layer = |layer: &Layer| {
        json!({
            "number": layer.number + 1,
            "diffId": layer.diff_id,
            "digest": source.layers.get(layer.number),
            "size": layer.size,
            "createdBy": source.created_by.get(layer.number).and_then(Option::as_ref),
        })
    };
    outcome.layers[number].iter().map(layer).collect()
}

fn file(outcome: &Outcome, one: &FileChange) -> Value {
    json!({
        "path": format!("/{}", encode(&one.change.path)),
        "change": one.verb(),
        "fields": one.change.fields.iter().map(|field| field.name()).collect::<Vec<_>>(),
        "before": one.change.before.as_ref().map(entry),
        "after": one.change.after.as_ref().map(entry),
        "in": (["before", "after"][one.side]),
        "by": place(&outcome.sides[one.side], one.by),
    })
}

pub(crate) fn entry(entry: &Entry) -> Value {
    let xattrs: BTreeMap<String, String> =
        entry.xattrs.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    let mut out = described(entry);
    out["time"] = json!((!entry.undated).then_some(entry.mtime));
    out["device"] = json!((entry.rdev != (0, 0)).then_some([entry.rdev.0, entry.rdev.1]));
    out["xattrs"] = json!(xattrs);
    out
}
