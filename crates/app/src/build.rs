//! `cooper build`: from a Dockerfile to an image in the store, and wherever else it is asked for.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use build_engine::{AssembleOptions, Assembled, Engine, EngineOptions, Event, Secret, Solved, assemble};
use image::{Platform, Reference};
use kit::Redacted;
use plan::{NamedContext, NetworkMode, Plan, PlanError, PlanOptions};
use stage::StageGraph;
use store::{Compression, Merged, Store};
use syntax::{Ignore, Parse};

use crate::bases::Finder;
use crate::dockerfile::{self, Source};
use crate::output::{self, Product};
use crate::{AppError, ContextSpec, ErrorClass, FIXED_EPOCH, OutputSpec, SecretSpec, SshSpec, World};

/// Larger secrets than this are refused.
const MAX_SECRET: u64 = 1 << 20;

/// What is to be built.
#[derive(Debug, Clone)]
pub struct Request {
    /// Directory; `None` for a Dockerfile from standard input without a context.
    pub context: Option<String>,
    /// `-f`.
    pub file: Option<String>,
    /// `-t`.
    pub tags: Vec<Reference>,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--platform`.
    pub platform: Option<Platform>,
    /// `--secret`.
    pub secrets: Vec<SecretSpec>,
    /// `--ssh`.
    pub ssh: Vec<SshSpec>,
    /// `--build-context`.
    pub contexts: BTreeMap<String, ContextSpec>,
    /// `--no-cache`.
    pub no_cache: bool,
    /// `--pull`.
    pub pull: bool,
    /// `--output`; none means the image in the store.
    pub outputs: Vec<OutputSpec>,
    /// `--network`.
    pub network: NetworkMode,
    /// `--add-host`.
    pub extra_hosts: Vec<(String, String)>,
    /// `--ca-bundle`.
    pub ca_bundle: Option<PathBuf>,
    /// `--jobs`.
    pub jobs: Option<usize>,
    /// `--no-reproducible`.
    pub keep_times: bool,
    /// Compression of new layers.
    pub compression: Compression,
    /// `--shm-size` in bytes.
    pub shm_size: Option<u64>,
    /// `--memory` in bytes.
    pub memory: Option<u64>,
    /// `--pids-limit`.
    pub pids: Option<u64>,
}

/// What was built.
#[derive(Debug)]
pub struct Outcome {
    /// The image, unless no output asked for one.
    pub image: Option<Assembled>,
    /// Platform of the image.
    pub platform: Platform,
    /// What the times were clamped to (seconds since 1970) and why; `None` when they were kept.
    pub epoch: Option<(i64, &'static str)>,
}

/// Who is told while it goes on.
pub trait Observer: Sync {
    /// The plan is made; its steps run now.
    fn planned(&self, plan: &Plan);
    /// Something happened to a step.
    fn event(&self, event: Event);
    /// The steps are done; the image is written.
    fn exporting(&self);
}

struct Prepared {
    source: Source,
    parse: Parse,
    graph: StageGraph,
    options: PlanOptions,
}

/// Builds. `stdin` is read for `-f -`.
pub fn build(
    world: &World,
    request: &Request,
    observer: &dyn Observer,
    stdin: Option<&mut dyn Read>,
) -> Result<Outcome, AppError> {
    let store = world.store()?;
    let prepared = prepare(world, request, stdin)?;
    let contexts: BTreeMap<String, ContextSpec> = request.contexts.clone();
    let finder = Finder { world, store: &store, contexts: &contexts, pull: request.pull };
    let Prepared { source, parse, graph, options } = &prepared;
    let plan = plan::plan(parse, graph, options, &finder).map_err(|error| in_dockerfile(error, source))?;
    observer.planned(&plan);
    let solved = solve(world, &store, request, &prepared, &plan, (&finder, observer)).map_err(|error| {
        let range = error.range;
        AppError::from(error).in_source(&source.name, &source.text, range)
    })?;
    observer.exporting();
    export(world, &store, request, &plan, &solved, &finder)
}

fn prepare(world: &World, request: &Request, stdin: Option<&mut dyn Read>) -> Result<Prepared, AppError> {
    let context = request.context.as_ref().map(|context| world.path(context));
    if let Some(context) = context.as_deref().filter(|context| !context.is_dir()) {
        return Err(AppError::usage(format!("the build context `{}` is not a directory", context.display())));
    }
    let source = dockerfile::read(world, request.file.as_deref(), context.as_deref(), stdin)?;
    let parse = syntax::parse(&source.text);
    let platform = request.platform.clone().unwrap_or_else(Platform::host);
    let graph = StageGraph::new(&parse, &graph_options(request, &platform));
    let options = PlanOptions {
        build_args: request.build_args.clone(),
        platform_given: request.platform.is_some(),
        build_platform: Platform::host(),
        contexts: request.contexts.iter().map(|(name, spec)| (name.clone(), kind(spec))).collect(),
        target: request.target.clone(),
        labels: request.labels.clone(),
        platform,
    };
    Ok(Prepared { source, parse, graph, options })
}

fn graph_options(request: &Request, platform: &Platform) -> stage::Options {
    stage::Options {
        build_args: request.build_args.clone(),
        platform: platform.clone(),
        build_platform: Platform::host(),
        named_contexts: request.contexts.keys().cloned().collect(),
        target: request.target.clone(),
        all_stages: false,
        complete: true,
    }
}

const fn kind(spec: &ContextSpec) -> NamedContext {
    match spec {
        ContextSpec::Directory(_) => NamedContext::Directory,
        ContextSpec::Image(_) | ContextSpec::Layout { .. } => NamedContext::Image,
    }
}

fn in_dockerfile(error: PlanError, source: &Source) -> AppError {
    let class = if error.environment { ErrorClass::Environment } else { ErrorClass::Build };
    let made = AppError { help: error.help, ..AppError::new(class, error.message) };
    made.in_source(&source.name, &source.text, error.range)
}

fn solve(
    world: &World,
    store: &Store,
    request: &Request,
    prepared: &Prepared,
    plan: &Plan,
    (finder, observer): (&Finder<'_>, &dyn Observer),
) -> Result<Solved, build_engine::BuildError> {
    let to_build = |error: AppError| build_engine::BuildError {
        help: error.help.clone(),
        ..build_engine::BuildError::new(error.message)
    };
    let on_event = |event: Event| observer.event(event);
    let now = || (world.now)();
    let cancel = world.cancel.clone();
    let options = EngineOptions {
        jobs: request.jobs.or(world.settings.build.jobs).unwrap_or_else(|| (world.cores * 2).max(8)),
        no_cache: request.no_cache,
        contexts: directories(world, request, prepared.source.path.as_deref()).map_err(to_build)?,
        secrets: secrets(world, &request.secrets).map_err(to_build)?,
        ssh: agents(world, &request.ssh).map_err(to_build)?,
        network: request.network,
        extra_hosts: request.extra_hosts.clone(),
        ca_bundle: ca_bundle(world, request),
        lent_env: proxies(world),
        resolv_conf: Some(PathBuf::from("/etc/resolv.conf")).filter(|path| path.exists()),
        shm_size: request.shm_size,
        memory: request.memory,
        pids: request.pids,
        now: &now,
        on_event: &on_event,
        cancel: &cancel,
        fetch: finder,
    };
    Engine::new(store, plan, &options).run()
}

/// The directories that steps may copy from, with their ignore files.
fn directories(
    world: &World,
    request: &Request,
    dockerfile: Option<&Path>,
) -> Result<BTreeMap<Option<String>, (PathBuf, Ignore)>, AppError> {
    let mut out = BTreeMap::new();
    if let Some(context) = &request.context {
        let path = canonical(&world.path(context));
        out.insert(None, (path.clone(), dockerfile::ignore(dockerfile, &path)?));
    }
    for (name, spec) in &request.contexts {
        if let ContextSpec::Directory(path) = spec {
            let path = canonical(&world.cwd.join(path));
            if !path.is_dir() {
                return Err(AppError::usage(format!(
                    "the context `{name}` is not a directory: `{}`",
                    path.display()
                )));
            }
            out.insert(Some(name.clone()), (path.clone(), dockerfile::ignore(None, &path)?));
        }
    }
    Ok(out)
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn secrets(world: &World, specs: &[SecretSpec]) -> Result<BTreeMap<String, Secret>, AppError> {
    let mut out = BTreeMap::new();
    for spec in specs {
        let missing =
            |what: String| AppError::usage(format!("the secret `{}` cannot be read: {what}", spec.id));
        let value = match (&spec.file, &spec.env) {
            (Some(file), _) => {
                let opened = std::fs::File::open(world.path(file))
                    .and_then(|file| kit::read_bounded(file, MAX_SECRET));
                opened.map_err(|error| missing(format!("`{file}`: {error}")))?
            }
            (None, Some(name)) => {
                let value = world.env.get(name);
                value
                    .ok_or_else(|| missing(format!("the variable `{name}` is not set")))?
                    .clone()
                    .into_bytes()
            }
            (None, None) => continue,
        };
        out.insert(spec.id.clone(), Secret { value: Redacted::new(value) });
    }
    Ok(out)
}

fn agents(world: &World, specs: &[SshSpec]) -> Result<BTreeMap<String, PathBuf>, AppError> {
    let mut out = BTreeMap::new();
    for spec in specs {
        let socket = spec.socket.clone().or_else(|| world.env.get("SSH_AUTH_SOCK").cloned());
        let socket = socket.ok_or_else(|| {
            AppError::usage(format!("there is no SSH agent for `--ssh {}`", spec.id))
                .help("start one and set `SSH_AUTH_SOCK`, or name its socket: `--ssh id=SOCKET`")
        })?;
        out.insert(spec.id.clone(), world.path(&socket));
    }
    Ok(out)
}

/// The usual places of the machine's CA bundle.
const CA_BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

fn ca_bundle(world: &World, request: &Request) -> Option<PathBuf> {
    let setting = || world.settings.build.ca_bundle.as_ref().map(PathBuf::from);
    let chosen = request.ca_bundle.clone().or_else(setting)?;
    match chosen.to_str() {
        Some("none") => None,
        Some("host") => {
            let named = world.env.get("SSL_CERT_FILE").map(PathBuf::from);
            named.into_iter().chain(CA_BUNDLES.iter().map(PathBuf::from)).find(|path| path.is_file())
        }
        _ => Some(world.cwd.join(chosen)),
    }
}

const PROXY_VARIABLES: &[&str] = &["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

fn proxies(world: &World) -> BTreeMap<String, String> {
    if world.settings.build.lend_proxy == Some(false) {
        return BTreeMap::new();
    }
    let is_proxy = |name: &str| PROXY_VARIABLES.contains(&name.to_ascii_uppercase().as_str());
    world
        .env
        .iter()
        .filter(|(name, _)| is_proxy(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn export(
    world: &World,
    store: &Store,
    request: &Request,
    plan: &Plan,
    solved: &Solved,
    finder: &Finder<'_>,
) -> Result<Outcome, AppError> {
    let epoch = epoch(world, request)?;
    let clamp = epoch.map(|(epoch, _)| epoch);
    let needs_image = request.outputs.is_empty()
        || !request.tags.is_empty()
        || request.outputs.iter().any(OutputSpec::needs_image);
    let image = if needs_image {
        let options = AssembleOptions {
            created: rfc3339(clamp.unwrap_or_else(|| world.seconds())),
            compression: request.compression,
            threads: world.cores,
            epoch: clamp,
        };
        let image = assemble(store, plan, &plan.outputs[0], solved, finder, &options)?;
        for tag in &request.tags {
            store.set_image(tag, &image.manifest)?;
        }
        Some(image)
    } else {
        None
    };
    let root = if request.outputs.iter().all(OutputSpec::needs_image) {
        None
    } else {
        Some(merged(store, plan, solved)?)
    };
    let product = Product {
        names: &request.tags,
        manifest: image.as_ref().map(|image| &image.manifest),
        root: root.as_ref(),
        epoch: clamp,
        store,
    };
    for spec in &request.outputs {
        output::write(world, spec, &product)?;
    }
    Ok(Outcome { image, platform: plan.outputs[0].platform.clone(), epoch })
}

fn merged(store: &Store, plan: &Plan, solved: &Solved) -> Result<Merged, AppError> {
    let mut layers = Vec::new();
    for layer in solved.layers(plan.outputs[0].node) {
        let found = match store.layer(&layer.id)? {
            Some(found) => found,
            None => match &layer.base {
                Some((_, blob)) => store.unpack(blob, &layer.id)?,
                None => {
                    return Err(AppError::environment(format!(
                        "layer `{}` has gone from the store",
                        layer.id
                    )));
                }
            },
        };
        layers.push(found);
    }
    Ok(Merged::new(layers)?)
}

/// What times are clamped to: `SOURCE_DATE_EPOCH` as a build argument or of the environment, else a fixed time.
fn epoch(world: &World, request: &Request) -> Result<Option<(i64, &'static str)>, AppError> {
    if request.keep_times {
        return Ok(None);
    }
    let given = request.build_args.get("SOURCE_DATE_EPOCH").or_else(|| world.env.get("SOURCE_DATE_EPOCH"));
    match given.filter(|text| !text.is_empty()) {
        None => Ok(Some((FIXED_EPOCH, "fixed"))),
        Some(text) => {
            let seconds = text.parse::<i64>().ok().filter(|seconds| *seconds >= 0).ok_or_else(|| {
                AppError::usage(format!("`SOURCE_DATE_EPOCH={text}` is not a number of seconds since 1970"))
            })?;
            Ok(Some((seconds, "SOURCE_DATE_EPOCH")))
        }
    }
}

/// Seconds since 1970 as RFC 3339 in UTC.
fn rfc3339(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The date of a day number (0 is 1970-01-01) in the proleptic Gregorian calendar, by counting in eras of 400
/// years that begin on 1 March.
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + (month <= 2) as i64, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        for (seconds, expect) in [
            (0, "1970-01-01T00:00:00Z"),
            (FIXED_EPOCH, "1980-01-01T00:00:00Z"),
            (951_826_153, "2000-02-29T12:09:13Z"),
            (1_767_225_600, "2026-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds), expect);
        }
    }
}
