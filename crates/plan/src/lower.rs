//! From the stage graph to nodes: stages are planned on demand, each once, so that nothing the target does not
//! need is ever looked at.

use std::cell::Cell;
use std::collections::BTreeMap;

use image::{ContainerConfig, Digest, ImageConfig, Platform, Reference};
use kit::{LineIndex, TextRange};
use stage::{Base, StageGraph, Value};
use syntax::{Parse, Statement, SyntaxError};

use crate::stages::StageState;
use crate::{
    Allowed, BaseImage, CopyOp, MainContext, NamedContext, Node, NodeId, Op, Origin, Output, Plan, PlanError,
    PlannedStage, Said, Source, history,
};

/// `PATH` of an image that sets none (as Docker and containerd set it).
pub(crate) const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Everything that a plan depends on besides the Dockerfile.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// Platform of the result.
    pub platform: Platform,
    /// Whether it was asked for; else a base image of another one decides.
    pub platform_given: bool,
    /// Platform of this machine.
    pub build_platform: Platform,
    /// The main context.
    pub main: MainContext,
    /// `--build-context`, by [`image::context_name`].
    pub contexts: BTreeMap<String, NamedContext>,
    /// `--target`.
    pub target: Option<String>,
    /// `--allow`.
    pub allowed: Allowed,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
}

/// Finds base images: in the store, or at a registry.
pub trait Bases {
    /// The image for a platform. The error says why in one line; `true` with it when the network is the cause.
    fn image(&self, reference: &Reference, platform: &Platform) -> Result<BaseImage, (String, bool)>;
    /// The image that a named context stands for, by its key in [`PlanOptions::contexts`].
    fn context_image(&self, key: &str, platform: &Platform) -> Result<BaseImage, (String, bool)>;
}

/// Plans the target of `graph`.
pub fn plan(
    parse: &Parse,
    graph: &StageGraph,
    options: &PlanOptions,
    bases: &dyn Bases,
) -> Result<Plan, PlanError> {
    plan_all(parse, &[(graph, options)], bases)
}

/// Plans the target of several graphs of one file: one for each platform.
pub fn plan_all(
    parse: &Parse,
    targets: &[(&StageGraph, &PlanOptions)],
    bases: &dyn Bases,
) -> Result<Plan, PlanError> {
    let mut plan = Plan { nodes: Vec::new(), outputs: Vec::new(), stages: Vec::new(), said: Vec::new() };
    let (mut known, mut remotes) = (Known::default(), BTreeMap::new());
    for (graph, options) in targets {
        readable(parse, graph)?;
        let mut planner = Planner::new(parse, graph, options, bases);
        (planner.nodes, planner.known, planner.remotes) = (plan.nodes, known, remotes);
        let state = planner.stage(graph.target_or_last(), TextRange::default())?;
        plan.outputs.push(planner.output(state));
        plan.stages.append(&mut planner.stages);
        plan.said.append(&mut planner.said);
        (plan.nodes, known, remotes) = (planner.nodes, planner.known, planner.remotes);
    }
    plan.said.sort();
    plan.said.dedup();
    number_steps(&mut plan.nodes);
    Ok(plan)
}

/// Refuses a file with anything wrong in it.
fn readable(parse: &Parse, graph: &StageGraph) -> Result<(), PlanError> {
    // What is wrong anywhere in the file counts, also in stages that the target does not need.
    if let Some(error) = parse.all_errors().into_iter().next() {
        return Err(PlanError { help: error.help, ..PlanError::at(error.range, error.message) });
    }
    if let Some(problem) = graph.problems.first() {
        let error_at = PlanError::at(problem.range, problem.message.clone());
        return Err(PlanError { help: problem.help.clone(), ..error_at });
    }
    Ok(())
}

/// What tells a node from others of the plan: its definition, what it reads, and its place in the file.
type Identity = (Digest, Option<NodeId>, Vec<Source>, TextRange);

type Known = BTreeMap<Identity, NodeId>;

/// The state of a whole lowering.
pub(crate) struct Planner<'a> {
    pub(crate) parse: &'a Parse,
    pub(crate) graph: &'a StageGraph,
    pub(crate) options: &'a PlanOptions,
    pub(crate) instructions: Vec<&'a syntax::Instruction>,
    /// The statements of the instructions where they are known; empty where they are not.
    pub(crate) statements: &'a [Result<Statement, Vec<SyntaxError>>],
    pub(crate) lines: LineIndex,
    pub(crate) nodes: Vec<Node>,
    pub(crate) said: Vec<Said>,
    known: Known,
    bases: &'a dyn Bases,
    done: BTreeMap<usize, StageState>,
    stages: Vec<PlannedStage>,
    active: Vec<usize>,
    images: BTreeMap<(String, Platform), NodeId>,
    /// Nodes that fetch, by the digest of what they fetch.
    pub(crate) remotes: BTreeMap<Digest, NodeId>,
    /// Where refusals are collected instead of ending the planning; `None` when the first one ends it.
    pub(crate) refused: Option<Vec<PlanError>>,
    /// Whether the word in hand uses a variable that the base may set, when nothing is known of the base.
    pub(crate) uncertain: Cell<bool>,
}

impl<'a> Planner<'a> {
    pub(crate) fn new(
        parse: &'a Parse,
        graph: &'a StageGraph,
        options: &'a PlanOptions,
        bases: &'a dyn Bases,
    ) -> Self {
        Self {
            parse,
            graph,
            options,
            instructions: parse.instructions().collect(),
            statements: &[],
            lines: LineIndex::new(parse.text()),
            nodes: Vec::new(),
            said: Vec::new(),
            known: Known::default(),
            bases,
            done: BTreeMap::new(),
            stages: Vec::new(),
            active: Vec::new(),
            images: BTreeMap::new(),
            remotes: BTreeMap::new(),
            refused: None,
            uncertain: Cell::new(false),
        }
    }

    /// A planner that knows nothing of base images and goes on after what it refuses.
    pub(crate) fn assuming(
        parse: &'a Parse,
        statements: &'a [Result<Statement, Vec<SyntaxError>>],
        graph: &'a StageGraph,
        options: &'a PlanOptions,
        bases: &'a dyn Bases,
    ) -> Self {
        Self { refused: Some(Vec::new()), statements, ..Self::new(parse, graph, options, bases) }
    }

    /// Ends the planning with an error, or keeps the error when there is more to find.
    pub(crate) fn refuse(&mut self, error: PlanError) -> Result<(), PlanError> {
        let Some(refused) = &mut self.refused else { return Err(error) };
        if !self.uncertain.get() {
            refused.push(error);
        }
        Ok(())
    }

    /// Plans a stage, once.
    pub(crate) fn stage(&mut self, index: usize, asked_at: TextRange) -> Result<StageState, PlanError> {
        if let Some(state) = self.done.get(&index) {
            return Ok(state.clone());
        }
        if self.active.contains(&index) {
            return Err(PlanError::at(asked_at, "circular dependency: this stage needs itself")
                .help("copy from a stage that is complete before this one begins"));
        }
        self.active.push(index);
        let state = self.begin(index).and_then(|mut state| state.run(self).map(|()| state));
        self.active.pop();
        let state = state?;
        self.done.insert(index, state.clone());
        Ok(state)
    }

    fn begin(&mut self, index: usize) -> Result<StageState, PlanError> {
        let declared = &self.graph.stages[index];
        let range = declared.range_of_from();
        let name = declared.name.as_ref().map_or_else(|| format!("stage-{index}"), |name| name.value.clone());
        let platform = self.stage_platform(index)?;
        let mut state = match &declared.base {
            // A stage is of the platform of the one it is built on, as `BuildKit` has it.
            Base::Stage(parent) => self.stage(*parent, range)?.child(),
            Base::Scratch => StageState::from_scratch(self.scratch(index, range), &platform),
            Base::Context(context) => self.begin_context(index, context, platform)?,
            Base::Image { reference: Some(reference), .. } => {
                let image = self.bases.image(reference, &platform);
                let name = reference.repository().trim_start_matches("library/");
                self.begin_image(index, image.map_err(|error| self.missing(name, range, error))?, platform)
            }
            _ => return Err(PlanError::at(range, "the base image of this stage is not known")),
        };
        state.enter(index, name);
        state.assuming = self.refused.is_some();
        let parent = match &declared.base {
            Base::Stage(parent) => Some(*parent),
            _ => None,
        };
        let origin = self.base_origin(index, range);
        self.stages.push(PlannedStage { origin, begin: state.node, parent });
        Ok(state)
    }

    /// A stage on what `--build-context` gives a name.
    fn begin_context(
        &mut self,
        index: usize,
        name: &str,
        platform: Platform,
    ) -> Result<StageState, PlanError> {
        let range = self.graph.stages[index].range_of_from();
        let options = self.options;
        let Some((key, context)) = options.context(name, &platform) else {
            // It is there for another platform only.
            let reference = name
                .parse()
                .map_err(|error: image::ReferenceError| PlanError::at(range, error.to_string()))?;
            let image = self.bases.image(&reference, &platform);
            return Ok(self.begin_image(index, image.map_err(|error| at(range, error))?, platform));
        };
        if *context == NamedContext::Image {
            let image = self.bases.context_image(key, &platform);
            return Ok(self.begin_image(index, image.map_err(|error| at(range, error))?, platform));
        }
        let node = match self.context_node(context, index, range) {
            Some(node) => node,
            None => self.directory(key, index, range),
        };
        let mut state = StageState::from_scratch(node, &platform);
        if *context != NamedContext::Scratch {
            state.history.push((history::history(format!("FROM {name}"), None), Some(node)));
        }
        Ok(state)
    }

    /// A file system that holds what a directory of this machine does.
    fn directory(&mut self, key: &str, index: usize, range: TextRange) -> NodeId {
        let scratch = self.scratch(index, range);
        let copy = CopyOp::all(Source::Context(Some(key.to_owned())));
        let platform = self.options.platform.clone();
        self.push(Op::Copy(Box::new(copy)), Some(scratch), &platform, self.base_origin(index, range))
    }

    fn stage_platform(&self, index: usize) -> Result<Platform, PlanError> {
        let stage = &self.graph.stages[index];
        match &stage.platform {
            Some(Value::Known(text)) if !text.is_empty() => {
                text.parse().map_err(|error| PlanError::at(stage.range_of_from(), format!("{error}")))
            }
            _ => Ok(self.options.platform.clone()),
        }
    }

    fn begin_image(&mut self, index: usize, image: BaseImage, wanted: Platform) -> StageState {
        let config = image.config.clone();
        let declared = &self.graph.stages[index];
        let range = declared.range_of_from();
        let asked = declared.platform.is_some() || self.options.platform_given;
        let node = self.image_node(image, index, range);
        let mut state = StageState::from_image(node, config);
        // An image that exists for one other platform alone is taken as it is, unless a platform was asked for.
        if asked || state.platform.os.is_empty() {
            state.platform = wanted;
        }
        state.open = self.refused.is_some();
        state
    }

    pub(crate) fn scratch(&mut self, index: usize, range: TextRange) -> NodeId {
        self.push(Op::Scratch, None, &self.options.platform.clone(), self.base_origin(index, range))
    }

    /// The node of an image, once for each image and platform.
    fn image_node(&mut self, image: BaseImage, stage: usize, range: TextRange) -> NodeId {
        let platform =
            Platform::new(&image.config.os, &image.config.architecture, image.config.variant.as_deref());
        let key = (image.manifest.digest.to_string(), platform.clone());
        if let Some(node) = self.images.get(&key) {
            return *node;
        }
        let origin = self.base_origin(stage, range);
        let node = self.push(Op::Image(Box::new(image)), None, &platform, origin);
        self.images.insert(key, node);
        node
    }

    /// The node of an image that a COPY or a mount reads.
    pub(crate) fn source_image(
        &mut self,
        text: &str,
        stage: usize,
        platform: &Platform,
        range: TextRange,
    ) -> Result<NodeId, PlanError> {
        if text == "scratch" {
            return Ok(self.scratch(stage, range));
        }
        let image = if let Some((key, NamedContext::Image)) = self.options.context(text, platform) {
            self.bases.context_image(key, platform)
        } else {
            let reference =
                text.parse::<Reference>().map_err(|error| PlanError::at(range, error.to_string()))?;
            self.bases.image(&reference, platform)
        };
        Ok(self.image_node(image.map_err(|error| self.missing(text, range, error))?, stage, range))
    }

    /// Why an image cannot be had, and the stage that may have been meant.
    fn missing(&self, name: &str, range: TextRange, error: (String, bool)) -> PlanError {
        let stages = self.graph.stages.iter().filter_map(|stage| stage.name.as_ref());
        match stage::closest(name, stages.map(|name| name.value.as_str())) {
            Some(near) => at(range, error).help(format!("did you mean the stage `{near}`?")),
            None => at(range, error),
        }
    }

    pub(crate) fn base_origin(&self, stage: usize, range: TextRange) -> Origin {
        let text = range.slice(self.parse.text()).lines().next().unwrap_or("").to_owned();
        let name = self.graph.stages[stage].name.as_ref().map(|name| name.value.clone());
        let stage_name = name.unwrap_or_else(|| format!("stage-{stage}"));
        Origin { stage, stage_name, step: 1, steps: 0, range, line: self.lines.line(range.start), text }
    }

    /// Adds a node, unless it is there for another platform.
    pub(crate) fn push(
        &mut self,
        op: Op,
        input: Option<NodeId>,
        platform: &Platform,
        origin: Origin,
    ) -> NodeId {
        let digest = op.digest(platform);
        let identity = (digest, input, op.reads(), origin.range);
        let next = NodeId(self.nodes.len());
        let id = *self.known.entry(identity).or_insert(next);
        if id == next {
            self.nodes.push(Node { op, input, platform: platform.clone(), digest, origin });
        }
        id
    }

    fn output(&self, state: StageState) -> Output {
        let mut config = state.config;
        config.env = state.scope.env;
        config.labels.extend(self.options.labels.clone());
        Output {
            node: state.node,
            config: image_config(config, &state.platform, state.author),
            platform: state.platform,
            history: state.history,
            stage_name: state.name,
        }
    }
}

/// Numbers the steps of each stage, now that all are known; a stage on two platforms counts as two. What is fetched for
/// a step is none of its own.
fn number_steps(nodes: &mut [Node]) {
    let is_step = |node: &&mut Node| !matches!(node.op, Op::Web(_) | Op::Git(_) | Op::Tree(_));
    let mut counts: BTreeMap<(usize, Platform), usize> = BTreeMap::new();
    for node in nodes.iter_mut().filter(is_step) {
        let count = counts.entry((node.origin.stage, node.platform.clone())).or_default();
        *count += 1;
        node.origin.step = *count;
    }
    for node in nodes.iter_mut().filter(is_step) {
        node.origin.steps = counts[&(node.origin.stage, node.platform.clone())];
    }
}

fn at(range: TextRange, (message, environment): (String, bool)) -> PlanError {
    PlanError { environment, ..PlanError::at(range, message) }
}

fn image_config(config: ContainerConfig, platform: &Platform, author: Option<String>) -> ImageConfig {
    ImageConfig {
        author,
        architecture: platform.architecture.clone(),
        os: platform.os.clone(),
        variant: platform.variant.clone(),
        config,
        ..ImageConfig::default()
    }
}
