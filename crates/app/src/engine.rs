//! `--engine`: the plan is solved somewhere else, and what comes out is brought into the store, so that names, outputs,
//! lineage and the search for lent values are those of a build on this machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use build_engine::{
    BuildError, Context, Engine, EngineOptions, Event, EventKind, LayerRef, Solved, StatCache, Stream,
};
use buildkit::{
    Endpoint, EngineError, Export, Job, Lent, LowerOptions, Lowered, Tree, TreeFile, Update, UpdateKind,
};
use image::{Digest, ImageConfig, Manifest};
use plan::{BaseImage, NodeId, Op, Output, Plan};
use registry::Credential;
use store::{Merged, Store};

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
        let mut chains = vec![Vec::new(); plan.nodes.len()];
        for (at, node) in plan.nodes.iter().enumerate() {
            if let Op::Image(image) = &node.op {
                chains[at] = base_layers(image);
            }
        }
        for (number, output) in plan.outputs.iter().enumerate() {
            let remote = Remote { session: self, endpoint, prepared, plan, supply, options };
            remote.output(number, output, &mut chains)?;
        }
        let solved = Solved::of_layers(chains);
        // What was made elsewhere is searched for lent values like anything else.
        Engine::new(self.store, plan, options).search(&solved)?;
        Ok(solved)
    }

    /// What an engine does not do is refused before anything runs.
    pub(crate) fn check_engine(&self) -> Result<(), AppError> {
        let request = self.request;
        if request.engine.is_none() {
            return Ok(());
        }
        let wrong =
            |what: &str| Err(AppError::usage(format!("`{what}` is not for a build at another engine")));
        match () {
            () if !request.cache_to.is_empty() => wrong("--cache-to"),
            () if !request.cache_from.is_empty() => wrong("--cache-from"),
            () if request.keep_failed.is_wanted() => wrong("--keep-failed"),
            () if request.failure_shell.is_some() => wrong("--shell-on-failure"),
            () if request.verify => wrong("--verify"),
            () if request.profile => wrong("--profile"),
            () if request.ca_bundle.is_some() => wrong("--ca-bundle"),
            () => Ok(()),
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

struct Remote<'a> {
    session: &'a Session<'a>,
    endpoint: &'a Endpoint,
    prepared: &'a Prepared,
    plan: &'a Plan,
    supply: Supply<'a>,
    options: &'a EngineOptions<'a>,
}

impl Remote<'_> {
    /// Solves one output and gives its layers to the nodes that made them.
    fn output(&self, number: usize, output: &Output, chains: &mut [Vec<LayerRef>]) -> Result<(), BuildError> {
        let (sent, mut trees) = self.sent()?;
        let lowered = self.lower(output, sent)?;
        for name in &lowered.contexts {
            trees.insert(name.clone(), self.context(name)?);
        }
        let work = self.session.store.work()?;
        let path = work.path().join("image.tar");
        let export = match self.endpoint {
            Endpoint::Docker(_) => {
                let names = &self.session.request.tags;
                Export::Store {
                    names: if number == 0 {
                        names.iter().map(ToString::to_string).collect()
                    } else {
                        Vec::new()
                    },
                }
            }
            Endpoint::Buildkit(_) => Export::Archive(File::create(&path)?),
        };
        // A base is no step, also where the engine fetches it.
        let is_step = |node: NodeId| !matches!(self.plan.nodes[node.0].op, Op::Image(_));
        let update = |update: Update| {
            if is_step(update.node) {
                (self.options.on_event)(event(update));
            }
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
            update: &update,
            cancelled: &cancelled,
        };
        let solved = buildkit::solve(job).map_err(|error| self.error(error))?;
        self.session.observer.note("the image is fetched from the engine");
        if let Endpoint::Docker(address) = self.endpoint {
            let exported = &solved.exported;
            let id = exported
                .get("containerimage.config.digest")
                .or_else(|| exported.get("containerimage.digest"));
            let id =
                id.ok_or_else(|| BuildError::environment("the engine does not say which image it made"))?;
            let mut file = File::create(&path)?;
            buildkit::save(address, id, &mut file).map_err(|error| self.error(error))?;
        }
        self.bring(&path, output, chains)
    }

    fn lower(&self, output: &Output, sent: BTreeMap<NodeId, String>) -> Result<Lowered, BuildError> {
        let options = LowerOptions {
            no_cache: self.options.no_cache,
            sent,
            extra_hosts: self.options.extra_hosts.clone(),
            proxies: proxies(self.session.world),
            shm_size: self.options.shm_size,
            network: self.options.network,
        };
        buildkit::lower(self.plan, output.node, &options).map_err(|error| self.error(error))
    }

    fn error(&self, error: EngineError) -> BuildError {
        let EngineError { message, help, node, environment } = error;
        let range = node.map(|node| self.plan.nodes[node.0].origin.range);
        BuildError { help, environment, range, ..BuildError::new(message) }
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

    /// Takes the image that came and tells which node made which of its layers.
    fn bring(&self, path: &Path, output: &Output, chains: &mut [Vec<LayerRef>]) -> Result<(), BuildError> {
        let store = self.session.store;
        let top = store::layout::import(store, path, None, None)?;
        let (_, manifest) =
            store.manifest(&top, &output.platform).or_else(|error| store.any_manifest(&top).ok_or(error))?;
        let config = store.config(&manifest)?;
        let layers = self.layers(store, &manifest, &config, output)?;
        let steps = self.steps(output.node);
        let below =
            steps.first().map_or(output.node, |first| self.plan.nodes[first.0].input.unwrap_or(*first));
        let base = match steps.first() {
            Some(first) => self.plan.nodes[first.0].input.map_or(0, |input| chains[input.0].len()),
            None => chains[below.0].len(),
        };
        let own = layers.get(base..).unwrap_or_default();
        let exact = own.len() == steps.len();
        if !exact && !own.is_empty() {
            let text = format!(
                "the engine made {} layers for {} steps: which is whose is not known",
                own.len(),
                steps.len()
            );
            self.session.observer.note(&text);
        }
        for (at, step) in steps.iter().enumerate() {
            let end = if exact {
                base + at + 1
            } else if at + 1 == steps.len() {
                layers.len()
            } else {
                base
            };
            chains[step.0] = layers[..end.min(layers.len())].to_vec();
        }
        Ok(())
    }

    /// The nodes on top of a base, the first of them first.
    fn steps(&self, node: NodeId) -> Vec<NodeId> {
        let mut steps = Vec::new();
        let mut at = Some(node);
        while let Some(id) = at {
            let node = &self.plan.nodes[id.0];
            if matches!(node.op, Op::Exec(_) | Op::Copy(_) | Op::Mkdir { .. }) {
                steps.push(id);
            }
            at = node.input;
        }
        steps.reverse();
        steps
    }

    /// The layers of an image that came: those of the base as its registry has them, the others unpacked.
    fn layers(
        &self,
        store: &Store,
        manifest: &Manifest,
        config: &ImageConfig,
        output: &Output,
    ) -> Result<Vec<LayerRef>, BuildError> {
        let base = self.plan.bottom(output.node);
        let known: BTreeMap<Digest, LayerRef> =
            base.iter().flat_map(|image| base_layers(image)).map(|layer| (layer.id, layer)).collect();
        let mut out = Vec::new();
        for (diff_id, blob) in config.rootfs.diff_ids.iter().zip(&manifest.layers) {
            if let Some(layer) = known.get(diff_id) {
                out.push(layer.clone());
                continue;
            }
            store.unpack(blob, diff_id)?;
            out.push(LayerRef { id: *diff_id, base: None });
        }
        Ok(out)
    }
}

fn event(update: Update) -> Event {
    let kind = match update.kind {
        UpdateKind::Started => EventKind::Started,
        UpdateKind::Cached => EventKind::Cached,
        UpdateKind::Output(2, bytes) => EventKind::Output(Stream::Stderr, bytes),
        UpdateKind::Output(_, bytes) => EventKind::Output(Stream::Stdout, bytes),
        UpdateKind::Done(time) => EventKind::Done(time),
        UpdateKind::Failed => EventKind::Failed,
    };
    Event { node: update.node, kind }
}
