//! `--engine`: the plan is solved somewhere else, and what comes out is brought into the store, so that names, outputs,
//! lineage and the search for lent values are those of a build on this machine.

mod bring;
mod caches;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::time::Duration;

use build_engine::{
    BuildError, Context, Cost, Engine, EngineOptions, Event, EventKind, FailedStep, Foreign, LayerRef,
    Solved, StatCache, StepOutput, Stream,
};
use buildkit::{
    Address, Endpoint, EngineError, Export, Job, Lent, LowerOptions, Lowered, Tree, TreeFile, Update,
    UpdateKind,
};
use image::{Digest, ImageConfig};
use plan::{BaseImage, NodeId, Op, Output, Plan};
use registry::Credential;
use store::Merged;

use crate::AppError;
use crate::build::{Prepared, Session, Supply};
use crate::export::unpacked;
use crate::lend::proxies;

/// Images that are in this machine's store alone.
const LOCAL_IMAGES: [&str; 2] = ["localhost/oci-layout", "localhost/bake-target"];

impl Session<'_> {
    /// Solves every output of a plan at an engine.
    pub(crate) fn solve_at(
        &self,
        endpoint: &Endpoint,
        prepared: &Prepared,
        plan: &Plan,
        supply: Supply<'_>,
        options: &EngineOptions<'_>,
    ) -> Result<Solved, BuildError> {
        let mut made = Foreign { chains: vec![Vec::new(); plan.nodes.len()], ..Foreign::default() };
        for (at, node) in plan.nodes.iter().enumerate() {
            if let Op::Image(image) = &node.op {
                made.chains[at] = base_layers(image);
            }
        }
        let mut ids = Vec::new();
        for (number, output) in plan.outputs.iter().enumerate() {
            let remote = Remote { session: self, endpoint, prepared, plan, supply, options };
            ids.extend(remote.output(number, output, &mut made)?);
        }
        let solved = Solved::foreign(made);
        // What was made elsewhere is searched for lent values like anything else; until then it has no name there.
        let searched = Engine::new(self.store, plan, options).search(&solved);
        if let Endpoint::Docker(address) = endpoint {
            let wanted = searched.is_ok() && options.repeat.is_none();
            self.name_there(address, &ids, wanted).map_err(|error| BuildError::environment(error.message))?;
        }
        searched.map(|()| solved)
    }

    /// Gives the first image at a Docker Engine the names that were asked for; removes what nobody is to have.
    fn name_there(&self, address: &Address, ids: &[String], wanted: bool) -> Result<(), EngineError> {
        if !wanted {
            return ids.iter().try_for_each(|id| buildkit::remove(address, id));
        }
        let Some(id) = ids.first() else { return Ok(()) };
        for name in &self.request.tags {
            let full = format!("{}/{}", name.registry(), name.repository());
            buildkit::tag(address, id, &full, name.tag_or_latest().unwrap_or("latest"))?;
        }
        Ok(())
    }

    /// What an engine does not do is refused before anything runs.
    pub(crate) fn check_engine(&self) -> Result<(), AppError> {
        let request = self.request;
        if request.engine.is_none() {
            return Ok(());
        }
        let wrong = |what: &str, help: &str| {
            Err(AppError::usage(format!("`{what}` is not for a build at another engine")).help(help))
        };
        let here = "a failed step stays at the engine; build without `--engine` to look into it";
        match () {
            () if request.keep_failed.is_wanted() => wrong("--keep-failed", here),
            () if request.failure_shell.is_some() => wrong("--shell-on-failure", here),
            () if request.explain => wrong(
                "--explain",
                "the engine does not say why a step runs; `--progress plain` shows which of them were cached",
            ),
            () if request.ca_bundle.is_some() => wrong(
                "--ca-bundle",
                "give the file to the steps with `--secret` and `RUN --mount=type=secret`",
            ),
            () => caches::check(request),
        }
    }
}

fn plain(error: AppError) -> BuildError {
    BuildError { help: error.help, ..BuildError::environment(error.message) }
}

fn base_layers(image: &BaseImage) -> Vec<LayerRef> {
    let layer = |(diff_id, blob): &(Digest, image::Descriptor)| LayerRef {
        id: *diff_id,
        base: Some((image.reference.clone(), blob.clone())),
    };
    image.layers.iter().map(layer).collect()
}

/// What is sent, by the name under which the engine asks for it.
type Trees = BTreeMap<String, Tree>;

/// What steps took, and what they wrote.
#[derive(Default)]
struct Meter<'a> {
    /// From the begin of the build to that of the engine's first vertex.
    offset: Cell<Option<Duration>>,
    costs: RefCell<BTreeMap<NodeId, Cost>>,
    outputs: RefCell<BTreeMap<NodeId, StepOutput<'a>>>,
}

struct Remote<'a> {
    session: &'a Session<'a>,
    endpoint: &'a Endpoint,
    prepared: &'a Prepared,
    plan: &'a Plan,
    supply: Supply<'a>,
    options: &'a EngineOptions<'a>,
}

impl Remote<'_> {
    /// Solves one output and gives its layers to the nodes that made them; the image's id in a Docker Engine's store.
    fn output(
        &self,
        number: usize,
        output: &Output,
        made: &mut Foreign,
    ) -> Result<Option<String>, BuildError> {
        let (sent, mut trees) = self.sent()?;
        let lowered = self.lower(output, sent)?;
        for name in &lowered.contexts {
            trees.insert(name.clone(), self.context(name)?);
        }
        let work = self.session.store.work()?;
        let path = work.path().join("image.tar");
        let export = match self.endpoint {
            Endpoint::Docker(_) => Export::Store,
            Endpoint::Buildkit(_) => Export::Archive(File::create(&path)?),
        };
        let meter = Meter::default();
        let update = |update: Update| self.update(update, &meter);
        let note = |text: &str| {
            self.session.observer.note(&format!("the engine says: {}", self.masked(text)));
        };
        let cancelled = || self.options.cancel.is_set();
        let config = self.config(output);
        let job = Job {
            endpoint: self.endpoint,
            lowered: &lowered,
            config: serde_json::to_vec(&config)
                .map_err(|error| BuildError::environment(error.to_string()))?,
            export,
            lent: self.lent(trees),
            id: format!("{:x}{:x}{number}", (self.options.now)(), std::process::id()),
            epoch: self.prepared.epoch.map(|epoch| epoch.seconds),
            cache_from: caches::read(self.session.request),
            cache_to: caches::written(self),
            update: &update,
            note: &note,
            cancelled: &cancelled,
        };
        let solved = buildkit::solve(job);
        let mut meter = meter;
        let solved = solved.map_err(|error| self.failure(error, &mut meter))?;
        self.session.observer.note("the image is fetched from the engine");
        let mut kept = None;
        if let Endpoint::Docker(address) = self.endpoint {
            let names = ["containerimage.digest", "containerimage.config.digest"];
            let ids: Vec<&str> =
                names.iter().filter_map(|name| solved.exported.get(*name)).map(String::as_str).collect();
            let mut file = File::create(&path)?;
            let id = buildkit::save(address, &ids, &mut file).map_err(|error| self.error(error))?;
            kept = Some(id.to_owned());
        }
        made.costs.extend(meter.costs.take());
        self.bring(&path, output, made)?;
        Ok(kept)
    }

    /// Passes on what the engine says, and notes how long steps take.
    fn update<'s>(&'s self, update: Update, meter: &Meter<'s>) {
        // A base is no step, also where the engine fetches it.
        if matches!(self.plan.nodes[update.node.0].op, Op::Image(_)) {
            return;
        }
        if let Some(begun) = self.options.profile {
            let offset = meter.offset.get().unwrap_or_else(|| begun.elapsed());
            meter.offset.set(Some(offset));
            let cost = match update.kind {
                UpdateKind::Done(begin, wall) => {
                    Some(Cost { begin: offset + begin, wall, ..Cost::default() })
                }
                UpdateKind::Cached => Some(Cost { cached: true, ..Cost::default() }),
                _ => None,
            };
            if let Some(cost) = cost {
                meter.costs.borrow_mut().insert(update.node, Cost { elsewhere: true, ..cost });
            }
        }
        let tell = |kind| (self.options.on_event)(Event { node: update.node, kind });
        let mut outputs = meter.outputs.borrow_mut();
        let output = outputs.entry(update.node).or_insert_with(|| StepOutput::new(self.options.leaks));
        let show = |stream, bytes: Vec<u8>| {
            if !bytes.is_empty() {
                tell(EventKind::Output(stream, bytes));
            }
        };
        if let UpdateKind::Output(stream, bytes) = &update.kind {
            let stream = if *stream == 2 { Stream::Stderr } else { Stream::Stdout };
            return show(stream, output.add(stream, bytes));
        }
        if !matches!(update.kind, UpdateKind::Started) {
            for stream in [Stream::Stdout, Stream::Stderr] {
                show(stream, output.finish(stream));
            }
        }
        tell(event(update.kind));
    }

    fn lower(&self, output: &Output, sent: BTreeMap<NodeId, String>) -> Result<Lowered, BuildError> {
        let options = LowerOptions {
            no_cache: self.options.no_cache || self.options.repeat.is_some(),
            sent,
            extra_hosts: self.options.extra_hosts.clone(),
            proxies: proxies(self.session.world),
            shm_size: self.options.shm_size,
            network: self.options.network,
            merge: matches!(self.endpoint, Endpoint::Buildkit(_)),
            mounts: self.options.repeat.as_ref().map(|repeat| repeat.mounts.to_owned()),
        };
        buildkit::lower(self.plan, output.node, &options).map_err(|error| self.error(error))
    }

    fn error(&self, error: EngineError) -> BuildError {
        let EngineError { message, help, node, environment, .. } = error;
        let range = node.map(|node| self.plan.nodes[node.0].origin.range);
        BuildError { help, environment, range, ..BuildError::new(self.masked(&message)) }
    }

    /// The same with what is known of the process that failed.
    fn failure(&self, error: EngineError, meter: &mut Meter<'_>) -> BuildError {
        let (exit, node) = (error.exit, error.node);
        let made = self.error(error);
        let (Some(code), Some(node)) = (exit, node) else { return made };
        let Op::Exec(exec) = &self.plan.nodes[node.0].op else { return made };
        let tail = meter.outputs.get_mut().remove(&node).map(StepOutput::tail).unwrap_or_default();
        let command = self.masked(&exec.args.join(" "));
        BuildError {
            step: Some(Box::new(FailedStep { code, tail, command, log: None, state: None })),
            ..made
        }
    }

    fn masked(&self, text: &str) -> String {
        self.options.leaks.map_or_else(|| text.to_owned(), |leaks| leaks.needles().redact(text))
    }

    /// What has to be sent: images that no registry has, and trees that were fetched here.
    fn sent(&self) -> Result<(BTreeMap<NodeId, String>, Trees), BuildError> {
        let (mut names, mut trees) = (BTreeMap::new(), BTreeMap::new());
        for (at, node) in self.plan.nodes.iter().enumerate() {
            let layers = match &node.op {
                Op::Image(image)
                    if LOCAL_IMAGES
                        .contains(&image.reference.familiar().split('@').next().unwrap_or_default()) =>
                {
                    base_layers(image)
                }
                Op::Tree(layer) => vec![LayerRef { id: *layer, base: None }],
                _ => continue,
            };
            let name = format!("node:{at}");
            names.insert(NodeId(at), name.clone());
            let layers = layers.iter().map(|layer| unpacked(self.session.store, self.supply, layer));
            let merged = Merged::new(layers.collect::<Result<_, _>>().map_err(plain)?)?;
            let file = |place: usize| TreeFile {
                entry: merged.at(place).clone(),
                host: merged.content_path_at(place),
            };
            trees.insert(name, Tree::new((0..merged.len()).map(file).collect()));
        }
        Ok((names, trees))
    }

    fn context(&self, name: &str) -> Result<Tree, BuildError> {
        let key = name.strip_prefix("context:").map(str::to_owned);
        let (root, ignore) = self
            .options
            .contexts
            .get(&key)
            .ok_or_else(|| BuildError::new("this build has no context directory to copy from"))?;
        let context = Context::open(root, ignore.clone(), None, StatCache::default())?;
        let file = |entry: &image::Entry| TreeFile { entry: entry.clone(), host: context.host_path(entry) };
        Ok(Tree::new(context.entries().iter().map(file).collect()))
    }

    fn lent(&self, trees: Trees) -> Lent {
        let secrets = self.session.secrets.iter().map(|(id, secret)| (id.clone(), secret.value.clone()));
        let credentials = self.session.world.registry.credentials.clone();
        let find = move |host: &str| {
            let host = if host == "registry-1.docker.io" { "docker.io" } else { host };
            match credentials.find(host, "").ok()?? {
                Credential::Password { user, password } => Some((user, password)),
                Credential::Identity(token) => Some(("<token>".to_owned(), token)),
                Credential::Bearer(_) => None,
            }
        };
        Lent {
            trees,
            secrets: secrets.collect(),
            agents: self.options.ssh.clone(),
            credentials: Some(Box::new(find)),
        }
    }

    /// The image's configuration with its history, as the engine wants it: without layers.
    fn config(&self, output: &Output) -> ImageConfig {
        let mut config = output.config.clone();
        let base = self.plan.bottom(output.node).map(|image| image.config.history.clone());
        config.history = base.unwrap_or_default();
        for (entry, node) in &output.history {
            config.history.push(image::History { empty_layer: node.is_none(), ..entry.clone() });
        }
        config
    }
}

fn event(kind: UpdateKind) -> EventKind {
    match kind {
        UpdateKind::Started => EventKind::Started,
        UpdateKind::Cached => EventKind::Cached,
        UpdateKind::Output(_, bytes) => EventKind::Output(Stream::Stdout, bytes),
        UpdateKind::Done(_, time) => EventKind::Done(time),
        UpdateKind::Failed => EventKind::Failed,
    }
}
