//! `cooper bake`: the targets of build files, side by side, with what they share made once.

mod load;
mod paths;
mod translate;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Condvar, Mutex, PoisonError};

use bake_files::{Config, Resolved, Target};
use image::{Descriptor, Platform};

use crate::build::{Observer, Outcome};
use crate::{AppError, ProvenanceSpec, World};

/// What is to be baked.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the command line")]
pub struct Request {
    /// `-f`; the files that bake looks for when there are none.
    pub files: Vec<String>,
    /// Names of targets and groups.
    pub targets: Vec<String>,
    /// `--set`.
    pub set: Vec<String>,
    /// `--var`.
    pub vars: BTreeMap<String, String>,
    /// `--allow`.
    pub allow: Vec<String>,
    /// `--push`.
    pub push: bool,
    /// `--load`.
    pub load: bool,
    /// `--no-cache`.
    pub no_cache: bool,
    /// `--pull`.
    pub pull: bool,
    /// `--provenance`.
    pub provenance: Option<ProvenanceSpec>,
    /// `--engine`.
    pub engine: Option<crate::EngineAddress>,
    /// `--jobs`.
    pub jobs: Option<usize>,
}

/// What the files say.
#[derive(Debug)]
pub struct Plan {
    /// All of it.
    pub config: Config,
    /// What is asked for.
    pub resolved: Resolved,
}

impl Plan {
    /// The document that `--print` shows.
    pub fn text(&self) -> String {
        self.resolved.text()
    }
}

/// Reads the files and finds what is asked for.
pub fn plan(world: &World, request: &Request, stdin: &mut dyn Read) -> Result<Plan, AppError> {
    let loaded = load::load(world, request, stdin)?;
    let wanted = bake_files::Wanted { names: request.targets.clone(), set: request.set.clone() };
    let env = load::vars(world, request);
    let mut resolved =
        loaded.config.resolve(&wanted, &env).map_err(|error| load::usage(error, &loaded.files))?;
    if request.push {
        resolved.push();
    }
    if request.load {
        resolved.load();
    }
    Ok(Plan { config: loaded.config, resolved })
}

/// All that the files declare: for `--list`, without finding targets.
pub fn list(world: &World, request: &Request, stdin: &mut dyn Read) -> Result<Config, AppError> {
    Ok(load::load(world, request, stdin)?.config)
}

/// A target on its way.
#[derive(Default)]
struct Progress {
    done: BTreeMap<String, Outcome>,
    running: BTreeSet<String>,
    started: BTreeSet<String>,
    error: Option<AppError>,
}

/// Builds the targets, each when those it is made of are there. `observer` makes one that is told of a target.
pub fn build<O: Observer>(
    world: &World,
    request: &Request,
    plan: &Plan,
    observer: impl Fn(&str) -> O + Sync,
) -> Result<BTreeMap<String, Outcome>, AppError> {
    let targets = &plan.resolved.targets;
    let mut builds = BTreeMap::new();
    for (name, target) in targets {
        paths::check(world, request, target)?;
        builds.insert(name, translate::request(world, request, target)?);
    }
    let progress = Mutex::new(Progress::default());
    let changed = Condvar::new();
    let run = |name: &str| {
        let known = |state: &Progress| {
            state.done.iter().map(|(name, made)| (name.clone(), made.top.clone())).collect()
        };
        let tops: BTreeMap<String, Option<Descriptor>> =
            known(&progress.lock().unwrap_or_else(PoisonError::into_inner));
        let result = one(world, &builds[&name.to_owned()], &targets[name], &tops, &observer(name));
        let mut state = progress.lock().unwrap_or_else(PoisonError::into_inner);
        state.running.remove(name);
        match result {
            Ok(outcome) => drop(state.done.insert(name.to_owned(), outcome)),
            Err(error) => {
                // The first one is the cause; those that follow were only ended by it.
                if state.error.is_none() {
                    state.error =
                        Some(AppError { message: format!("target `{name}`: {}", error.message), ..error });
                }
                world.cancel.set();
            }
        }
        changed.notify_all();
    };
    std::thread::scope(|scope| {
        let mut state = progress.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let ready = |name: &&String| {
                !state.started.contains(*name)
                    && links(&targets[*name]).all(|(_, other)| state.done.contains_key(&other))
            };
            let next = targets.keys().find(ready).filter(|_| state.error.is_none());
            match next {
                Some(name) => {
                    state.started.insert(name.clone());
                    state.running.insert(name.clone());
                    let run = &run;
                    scope.spawn(move || run(name));
                }
                None if state.running.is_empty() => break,
                None => state = changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    });
    let state = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    state.error.map_or(Ok(state.done), Err)
}

/// The contexts of a target that other targets make, by name.
fn links(target: &Target) -> impl Iterator<Item = (String, String)> {
    let contexts = target.map("contexts").into_iter();
    contexts.filter_map(|(name, value)| Some((name, value.strip_prefix("target:")?.to_owned())))
}

fn one(
    world: &World,
    build: &translate::Build,
    target: &Target,
    tops: &BTreeMap<String, Option<Descriptor>>,
    observer: &dyn Observer,
) -> Result<Outcome, AppError> {
    for note in &build.notes {
        observer.note(note);
    }
    let mut request = build.request.clone();
    for (name, other) in links(target) {
        let top = tops.get(&other).cloned().flatten();
        let top = top.ok_or_else(|| AppError::usage(format!("the target `{other}` makes no image")))?;
        request.contexts.insert(name, crate::ContextSpec::Built(top));
    }
    match &build.dockerfile {
        Some(text) => crate::build::build(world, &request, observer, Some(&mut text.as_bytes())),
        None => crate::build::build(world, &request, observer, None),
    }
}

/// This machine's platform.
fn local_platform() -> String {
    Platform::host().to_string()
}
