//! `cooper build`: from a Dockerfile to an image in the store, and wherever else it is asked for.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use build_engine::{
    AllowedLeak, Assembled, CacheSource, Engine, EngineOptions, Event, Explain, FailureShell, Imports, Leaks,
    OnFailure, Remotes, Repeat, Secret, Solved, StepReport,
};
use image::{Descriptor, Digest, Platform, Reference};
use plan::{
    Allowed, GitOp, NamedContext, NetworkMode, NodeId, Plan, PlanError, PlanOptions, Privilege, WebOp,
};
use stage::StageGraph;
use store::{Compression, Store};
use syntax::{Ignore, Parse, Remote};

use crate::bases::Finder;
use crate::caches::Place;
use crate::dockerfile::{self, Source};
use crate::epoch::{self, Epoch};
use crate::failure::{self, KeepFailed};
use crate::fetching::{Lent, fetcher};
use crate::input::{Input, Main, Reader};
use crate::lend::{agents, ca_bundle, proxies, secrets};
use crate::lock::{self, Lock};
use crate::profile::{self, Profile};
use crate::secrecy;
use crate::verify::{self, Verification};
use crate::{
    Allow, AppError, CacheFrom, CacheTo, ContextSpec, EngineAddress, ErrorClass, OutputSpec, ProvenanceSpec,
    SecretSpec, SshSpec, World,
};

/// What is to be built.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the command line")]
pub struct Request {
    /// A directory, the address of a git repository, of an archive or of a Dockerfile, or `-` for standard input, which
    /// is an archive or a Dockerfile; `None` when there is no context at all.
    pub context: Option<String>,
    /// `-f`: a path, an address, or `-` for standard input.
    pub file: Option<String>,
    /// The text of the Dockerfile in place of the one that is there.
    pub text: Option<String>,
    /// `-t`.
    pub tags: Vec<Reference>,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--platform`; none means this machine's.
    pub platforms: Vec<Platform>,
    /// `--secret`.
    pub secrets: Vec<SecretSpec>,
    /// `--allow-leak`.
    pub allowed_leaks: Vec<AllowedLeak>,
    /// `--keep-failed` and `--export-on-failure`.
    pub keep_failed: KeepFailed,
    /// `--shell-on-failure`.
    pub failure_shell: Option<FailureShell>,
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
    /// `--allow`.
    pub allow: Allow,
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
    /// How hard, on the algorithm's own scale; `None` is fast.
    pub compression_level: Option<i32>,
    /// `--shm-size` in bytes.
    pub shm_size: Option<u64>,
    /// `--memory` in bytes.
    pub memory: Option<u64>,
    /// `--pids-limit`.
    pub pids: Option<u64>,
    /// `--provenance`.
    pub provenance: Option<ProvenanceSpec>,
    /// `--explain`.
    pub explain: bool,
    /// `--locked`.
    pub locked: bool,
    /// `--verify`.
    pub verify: bool,
    /// `--gate`: the gates of `[gate]` are asked before the image goes anywhere.
    pub gate: bool,
    /// `--profile`.
    pub profile: bool,
    /// `--engine`: where the plan is solved; here when there is none.
    pub engine: Option<EngineAddress>,
    /// `--cache-from`.
    pub cache_from: Vec<CacheFrom>,
    /// `--cache-to`.
    pub cache_to: Vec<CacheTo>,
}

/// What was built.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The images with their platforms, unless no output asked for one.
    pub images: Vec<(Platform, Assembled)>,
    /// What the names stand for: the only image, or the index of several.
    pub top: Option<Descriptor>,
    /// What the times were clamped to (seconds since 1970) and why; `None` when they were kept.
    pub epoch: Option<(i64, &'static str)>,
    /// What the gates said. When one stops the image, it got no name and went to no output.
    pub gate: Option<crate::gate::Outcome>,
    /// What `--verify` showed. When the image is not the same, it is nowhere: it got no name and went to no output.
    pub verified: Option<Verification>,
    /// What `--profile` measured.
    pub profile: Option<Profile>,
}

/// Who is told while it goes on.
pub trait Observer: Sync {
    /// Something that the plan needs is fetched: what it is, and then how far it is.
    fn fetching(&self, text: &str);
    /// Something about the whole build that is worth knowing, once.
    fn note(&self, text: &str);
    /// The plan is made; its steps run now.
    fn planned(&self, plan: &Plan);
    /// Something happened to a step.
    fn event(&self, event: Event);
    /// What happened to the steps, and why those that ran did; when it was asked for, also after a failure.
    fn explained(&self, steps: &[StepReport]);
    /// The steps are done; the image is written.
    fn exporting(&self);
}

pub(crate) struct Prepared {
    pub(crate) source: Source,
    pub(crate) parse: Parse,
    /// One for each platform.
    pub(crate) targets: Vec<(StageGraph, PlanOptions)>,
    directories: Directories,
    /// What times are limited to; nothing when they are kept.
    pub(crate) epoch: Option<Epoch>,
}

impl Request {
    /// Whether `.git` stays in contexts that are repositories (Docker documentation, "Built-in build args").
    pub(crate) fn keeps_git_dir(&self) -> bool {
        self.build_args.get("BUILDKIT_CONTEXT_KEEP_GIT_DIR").is_some_and(|value| is_true(value))
    }

    /// How layers are compressed: as the first output says that says it, for all outputs are of one image.
    pub(crate) fn packing(&self) -> (Compression, Option<i32>) {
        let algorithm = self.outputs.iter().find_map(|output| output.compression);
        let level = self.outputs.iter().find_map(|output| output.level);
        (algorithm.unwrap_or(self.compression), level.or(self.compression_level))
    }

    /// The named contexts by the names under which they are looked up.
    fn named(&self) -> BTreeMap<String, ContextSpec> {
        self.contexts.iter().map(|(name, spec)| (image::context_name(name), spec.clone())).collect()
    }
}

/// What Go takes for true.
pub(crate) fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

/// The directories that steps may copy from, with their ignore files.
type Directories = BTreeMap<Option<String>, (PathBuf, Ignore)>;

/// What is handed to everything that runs in a build.
pub(crate) struct Session<'a> {
    pub(crate) world: &'a World,
    pub(crate) request: &'a Request,
    pub(crate) store: &'a Store,
    pub(crate) remotes: &'a Remotes<'a>,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) contexts: &'a BTreeMap<String, ContextSpec>,
    /// When the build began, in seconds since 1970.
    pub(crate) begun: i64,
    pub(crate) secrets: &'a BTreeMap<String, Secret>,
    ssh: &'a BTreeMap<String, PathBuf>,
}

/// Builds. `stdin` is read where the context or the Dockerfile is `-`.
pub fn build(
    world: &World,
    request: &Request,
    observer: &dyn Observer,
    stdin: Option<&mut dyn Read>,
) -> Result<Outcome, AppError> {
    in_session(world, request, observer, |session| {
        request.keep_failed.check(world)?;
        verify::check(request)?;
        session.check_engine()?;
        let contexts = session.contexts;
        let prepared = session.prepare(stdin)?;
        crate::checks::pass(request, &prepared.source, &prepared.parse)?;
        let lock = session.lock(&prepared.source)?;
        let finder =
            Finder { world, store: session.store, contexts, pull: request.pull, lock: lock.as_ref() };
        let Prepared { source, parse, targets, .. } = &prepared;
        let targets: Vec<_> = targets.iter().map(|(graph, options)| (graph, options)).collect();
        let mut plan =
            plan::plan_all(parse, &targets, &finder).map_err(|error| in_dockerfile(error, source))?;
        if let Some(lock) = &lock {
            session.pin(lock, &mut plan, source)?;
        }
        let leaks = secrecy::leaks(session)?;
        let placed = |error: build_engine::BuildError| {
            let range = error.range;
            let text = leaks
                .as_ref()
                .map_or_else(|| source.text.clone(), |leaks| leaks.needles().mask(&source.text));
            AppError::from(error).in_source(&source.name, &text, range)
        };
        secrecy::check(session, leaks.as_ref(), parse, &plan).map_err(placed)?;
        observer.planned(&plan);
        let platforms = session.platforms();
        let place = |from| Place { world, store: session.store, from, platforms: &platforms };
        let caches: Vec<_> = request.cache_from.iter().map(place).collect();
        let note = |text: &str| observer.fetching(&format!("note: {text}"));
        let sources = caches.iter().map(|place| place as &dyn CacheSource).collect();
        let imports = Imports::new(sources, &note);
        let supply = Supply { finder: &finder, imports: &imports };
        loop {
            let lost = imports.lost();
            match session.once(&prepared, &plan, supply, leaks.as_ref()) {
                // What the cache promised could not be had: what was made stays, the rest is looked up again.
                Err(_) if imports.lost() > lost && !world.cancel.is_set() => {}
                result => return result,
            }
        }
    })
}

/// How the steps are run.
pub(crate) struct Run<'a> {
    pub(crate) leaks: Option<&'a Leaks>,
    /// Takes each layer that is made.
    pub(crate) on_layer: &'a (dyn Fn(NodeId, Digest) + Sync),
    /// What is done again.
    pub(crate) repeat: Option<Repeat<'a>>,
    /// When the build began, where it is asked for what steps take.
    pub(crate) profile: Option<Instant>,
}

/// Where layers that are not in the store are had from.
#[derive(Clone, Copy)]
pub(crate) struct Supply<'a> {
    pub(crate) finder: &'a Finder<'a>,
    pub(crate) imports: &'a Imports<'a>,
}

/// The Dockerfile that would be built, wherever it is: its name and its text.
pub fn dockerfile(
    world: &World,
    request: &Request,
    observer: &dyn Observer,
    stdin: Option<&mut dyn Read>,
) -> Result<(String, String), AppError> {
    in_session(world, request, observer, |session| {
        let source = session.reader().read(stdin)?.source;
        Ok((source.name, source.text))
    })
}

pub(crate) fn in_session<T>(
    world: &World,
    request: &Request,
    observer: &dyn Observer,
    work: impl FnOnce(&Session<'_>) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let store = world.store()?;
    let (secrets, ssh) = (secrets(world, &request.secrets)?, agents(world, &request.ssh)?);
    let lent = Lent { secrets: &secrets, ssh: &ssh, ca_bundle: ca_bundle(world, request) };
    let fetcher = fetcher(world, &lent);
    let now = || (world.now)();
    let remotes = Remotes::new(&store, &fetcher, &now);
    work(&Session {
        begun: world.seconds(),
        world,
        request,
        store: &store,
        remotes: &remotes,
        observer,
        contexts: &request.named(),
        secrets: &secrets,
        ssh: &ssh,
    })
}

impl<'a> Session<'a> {
    fn reader(&self) -> Reader<'a> {
        let Self { world, request, store, remotes, observer, .. } = *self;
        Reader { world, request, store, remotes, observer }
    }

    pub(crate) fn prepare(&self, stdin: Option<&mut dyn Read>) -> Result<Prepared, AppError> {
        let Input { mut source, main } = self.reader().read(stdin)?;
        if let Some(text) = &self.request.text {
            source.text.clone_from(text);
        }
        let parse = syntax::parse(&source.text);
        let mut targets: Vec<_> =
            self.platforms().iter().map(|one| self.target(&main, &parse, one)).collect();
        let (graph, options) = &targets[0];
        let finder = epoch::Finder {
            world: self.world,
            store: self.store,
            remotes: self.remotes,
            observer: self.observer,
            main: &main,
            contexts: self.contexts,
            source: &source,
            parse: &parse,
        };
        let given = finder.given(graph, options)?;
        if let Some(seconds) = given.map(|seconds| seconds.to_string())
            && options.build_args.get(epoch::NAME) != Some(&seconds)
        {
            for (graph, options) in &mut targets {
                options.build_args.insert(epoch::NAME.to_owned(), seconds.clone());
                *graph = StageGraph::new(&parse, &graph_options(options));
            }
        }
        let given = given.map(|seconds| Epoch { seconds, why: epoch::NAME });
        let epoch = (!self.request.keep_times).then(|| given.unwrap_or_else(|| finder.default()));
        let directories = self.directories(&main, source.path.as_deref())?;
        Ok(Prepared { source, parse, targets, directories, epoch })
    }

    /// What steps may do. Where all of them get the host's network, one may ask for it, too.
    fn allowed(&self) -> Allowed {
        let mut given = self.request.allow.privileges.clone();
        if self.request.network == NetworkMode::Host {
            given.insert(Privilege::NetworkHost);
        }
        Allowed::Only(given)
    }

    /// The platforms to build for; never empty.
    fn platforms(&self) -> Vec<Platform> {
        let given = &self.request.platforms;
        if given.is_empty() { vec![Platform::host()] } else { given.clone() }
    }

    fn target(&self, main: &Main, parse: &Parse, platform: &Platform) -> (StageGraph, PlanOptions) {
        let options = self.options(main, platform);
        (StageGraph::new(parse, &graph_options(&options)), options)
    }

    fn options(&self, main: &Main, platform: &Platform) -> PlanOptions {
        let request = self.request;
        let keep_git_dir = request.keeps_git_dir();
        let named = |(name, spec): (&String, &ContextSpec)| (name.clone(), kind(spec, keep_git_dir));
        PlanOptions {
            build_args: request.build_args.clone(),
            platform: platform.clone(),
            platform_given: !request.platforms.is_empty(),
            build_platform: Platform::host(),
            main: main.planned(),
            contexts: self.contexts.iter().map(named).collect(),
            target: request.target.clone(),
            allowed: self.allowed(),
            labels: request.labels.clone(),
        }
    }
}

pub(crate) fn graph_options(options: &PlanOptions) -> stage::Options {
    let platform = format!("::{}", options.platform);
    let names = options.contexts.keys().map(|name| name.strip_suffix(&platform).unwrap_or(name));
    stage::Options {
        build_args: options.build_args.clone(),
        platform: options.platform.clone(),
        build_platform: options.build_platform.clone(),
        named_contexts: names.filter(|name| !name.contains("::")).map(str::to_owned).collect(),
        target: options.target.clone(),
        all_stages: false,
        complete: true,
    }
}

fn kind(spec: &ContextSpec, keep_git_dir: bool) -> NamedContext {
    match spec {
        ContextSpec::Directory(_) => NamedContext::Directory,
        ContextSpec::Image(_) | ContextSpec::Layout { .. } | ContextSpec::Built(_) => NamedContext::Image,
        ContextSpec::Scratch => NamedContext::Scratch,
        ContextSpec::Remote(Remote::Git(git)) => {
            let op = GitOp::new(git.clone());
            NamedContext::Git(Box::new(GitOp { keep_git_dir: op.keep_git_dir || keep_git_dir, ..op }))
        }
        ContextSpec::Remote(Remote::Web(url)) => NamedContext::Web(Box::new(WebOp::context(url.clone()))),
    }
}

pub(crate) fn in_dockerfile(error: PlanError, source: &Source) -> AppError {
    let class = if error.environment { ErrorClass::Environment } else { ErrorClass::Build };
    let made = AppError { help: error.help, ..AppError::new(class, error.message) };
    made.in_source(&source.name, &source.text, error.range)
}

impl Session<'_> {
    /// The lock file beside the Dockerfile.
    fn lock(&self, source: &Source) -> Result<Option<Lock>, AppError> {
        let path = source.path.as_deref().map(lock::path_of);
        let found = path.as_deref().map(lock::read).transpose()?.flatten();
        if found.is_none() && self.request.locked {
            return Err(AppError::usage(format!("`{}` has no lock file beside it", source.name))
                .help("`cooper lock` makes one"));
        }
        Ok(found.map(|file| Lock::new(file, self.request.locked)))
    }

    /// Pins what the lock file says, and says what it lacks.
    fn pin(&self, lock: &Lock, plan: &mut Plan, source: &Source) -> Result<(), AppError> {
        lock.pin(plan).map_err(|(error, range)| error.in_source(&source.name, &source.text, Some(range)))?;
        for name in lock.missing() {
            let text = format!("note: the lock file does not have `{name}`; `cooper lock` adds it");
            self.observer.fetching(&text);
        }
        Ok(())
    }

    /// Runs the steps and writes what comes out.
    fn once(
        &self,
        prepared: &Prepared,
        plan: &Plan,
        supply: Supply<'_>,
        leaks: Option<&Leaks>,
    ) -> Result<Outcome, AppError> {
        let source = &prepared.source;
        let failed = |error: build_engine::BuildError| {
            if let Some(state) = error.step.as_ref().and_then(|step| step.state.as_ref()) {
                let kept = failure::keep(self, plan, state, supply);
                let said = kept.unwrap_or_else(|error| vec![format!("the failed step is not kept: {error}")]);
                for text in &said {
                    self.observer.note(text);
                }
            }
            let range = error.range;
            let text = leaks.map_or_else(|| source.text.clone(), |leaks| leaks.needles().mask(&source.text));
            AppError::from(error).in_source(&source.name, &text, range)
        };
        let begun = Instant::now();
        let profile = self.request.profile.then_some(begun);
        let ahead = self.ahead(plan, prepared.epoch);
        let solved = ahead.during(|ahead| {
            let on_layer = |node, layer| ahead.take(node, layer);
            self.solve(prepared, plan, supply, Run { leaks, on_layer: &on_layer, repeat: None, profile })
        });
        let solved = solved.map_err(failed)?;
        let verify = || self.verify(prepared, plan, supply, leaks, &solved).map_err(failed);
        let verified = self.request.verify.then(verify).transpose()?;
        if verified.as_ref().is_some_and(|verified| !verified.same) {
            return Ok(Outcome { verified, ..Outcome::default() });
        }
        self.observer.exporting();
        let exporting = begun.elapsed();
        let outcome = self.export(plan, &solved, supply, prepared.epoch, source)?;
        let export = begun.elapsed().saturating_sub(exporting);
        let measured = || profile::profile(self.store, plan, &solved, &source.name).map_err(failed);
        let profile = self.request.profile.then(measured).transpose()?;
        let profile = profile.map(|profile| Profile { export_begin: exporting, export, ..profile });
        Ok(Outcome { verified, profile, ..outcome })
    }

    /// Runs the steps; or runs them again.
    pub(crate) fn solve(
        &self,
        prepared: &Prepared,
        plan: &Plan,
        supply: Supply<'_>,
        run: Run<'_>,
    ) -> Result<Solved, build_engine::BuildError> {
        let (world, request) = (self.world, self.request);
        let Run { leaks, on_layer, repeat, profile } = run;
        let on_event = |event: Event| self.observer.event(event);
        let now = || (world.now)();
        let cancel = world.cancel.clone();
        let options = EngineOptions {
            jobs: request.jobs.or(world.settings.build.jobs).unwrap_or_else(|| (world.cores * 2).max(8)),
            no_cache: request.no_cache,
            contexts: prepared.directories.clone(),
            secrets: self.secrets.clone(),
            leaks,
            on_failure: OnFailure { keep: request.keep_failed.is_wanted(), shell: request.failure_shell },
            ssh: self.ssh.clone(),
            network: request.network,
            devices: crate::devices::of_this_machine(world.settings.build.cdi_dirs.as_deref()),
            allowed_devices: request.allow.devices.clone(),
            extra_hosts: request.extra_hosts.clone(),
            ca_bundle: ca_bundle(world, request),
            lent_env: proxies(world),
            resolv_conf: Some(PathBuf::from("/etc/resolv.conf")).filter(|path| path.exists()),
            shm_size: request.shm_size,
            memory: request.memory,
            pids: request.pids,
            now: &now,
            on_event: &on_event,
            on_layer,
            cancel: &cancel,
            fetch: supply.finder,
            imports: supply.imports,
            flight: &world.flight,
            remotes: self.remotes,
            explain: Explain {
                reasons: request.explain && repeat.is_none(),
                // A repetition says nothing of what the next build differs from.
                file: if repeat.is_none() { prepared.source.identity() } else { None },
                is_secret: &lint_rules::is_secret_name,
            },
            profile,
            repeat,
        };
        if let Some(endpoint) = &request.engine {
            return self.solve_at(endpoint, prepared, plan, supply, &options);
        }
        let engine = Engine::new(self.store, plan, &options);
        let solved = engine.run();
        if options.explain.reasons {
            self.observer.explained(&engine.explained());
        }
        solved
    }

    fn directories(&self, main: &Main, dockerfile: Option<&Path>) -> Result<Directories, AppError> {
        let mut out = Directories::new();
        if let Main::Directory(path) = main {
            let ignore = dockerfile::ignore(dockerfile, path)?;
            out.insert(None, (path.clone(), ignore));
        }
        for (name, spec) in self.contexts {
            if let ContextSpec::Directory(path) = spec {
                let given = path.display();
                let path = canonical(&self.world.cwd.join(path));
                if !path.is_dir() {
                    let message = format!("the context `{name}` is not a directory: `{given}`");
                    return Err(AppError::usage(message));
                }
                out.insert(Some(name.clone()), (path.clone(), dockerfile::ignore(None, &path)?));
            }
        }
        Ok(out)
    }
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
