//! From the stage graph to nodes: stages are planned on demand, each once, so that nothing the target does not
//! need is ever looked at.

use std::cell::Cell;
use std::collections::BTreeMap;

use image::{ContainerConfig, ImageConfig, Platform, Reference};
use kit::{LineIndex, TextRange};
use stage::{Base, StageGraph, Value};
use syntax::Parse;

use crate::stages::StageState;
use crate::{BaseImage, Node, NodeId, Op, Origin, Output, Plan, PlanError};

/// `PATH` of an image that sets none (as Docker and containerd set it).
pub(crate) const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What `--build-context NAME=…` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedContext {
    /// A directory of this machine, or what was unpacked into one.
    Directory,
    /// An image, wherever it is; [`Bases::context_image`] finds it.
    Image,
}

/// Everything that a plan depends on besides the Dockerfile.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// Platform of the result.
    pub platform: Platform,
    /// Platform of this machine.
    pub build_platform: Platform,
    /// `--build-context`.
    pub contexts: BTreeMap<String, NamedContext>,
    /// `--target`.
    pub target: Option<String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
}

/// Finds base images: in the store, or at a registry.
pub trait Bases {
    /// The image for a platform. The error says why in one line; `true` with it when the network is the cause.
    fn image(&self, reference: &Reference, platform: &Platform) -> Result<BaseImage, (String, bool)>;
    /// The image that a named context stands for.
    fn context_image(&self, name: &str, platform: &Platform) -> Result<BaseImage, (String, bool)>;
}

/// Plans the target of `graph`.
pub fn plan(
    parse: &Parse,
    graph: &StageGraph,
    options: &PlanOptions,
    bases: &dyn Bases,
) -> Result<Plan, PlanError> {
    // What is wrong anywhere in the file counts, also in stages that the target does not need.
    if let Some(error) = parse.all_errors().into_iter().next() {
        return Err(PlanError { help: error.help, ..PlanError::at(error.range, error.message) });
    }
    if let Some(problem) = graph.problems.first() {
        let error_at = PlanError::at(problem.range, problem.message.clone());
        return Err(PlanError { help: problem.help.clone(), ..error_at });
    }
    let target = graph.target_or_last();
    let mut planner = Planner::new(parse, graph, options, bases);
    let state = planner.stage(target, TextRange::default())?;
    Ok(planner.finish(state))
}

/// The state of a whole lowering.
pub(crate) struct Planner<'a> {
    pub(crate) parse: &'a Parse,
    pub(crate) graph: &'a StageGraph,
    pub(crate) options: &'a PlanOptions,
    pub(crate) instructions: Vec<&'a syntax::Instruction>,
    pub(crate) lines: LineIndex,
    pub(crate) nodes: Vec<Node>,
    bases: &'a dyn Bases,
    done: BTreeMap<usize, StageState>,
    active: Vec<usize>,
    images: BTreeMap<(String, Platform), NodeId>,
    /// Where refusals are collected instead of ending the planning; `None` when the first one ends it.
    pub(crate) refused: Option<Vec<PlanError>>,
    /// Whether the instruction in hand uses a variable that the base may set, when nothing is known of the base.
    pub(crate) uncertain: Cell<bool>,
}

impl<'a> Planner<'a> {
    fn new(parse: &'a Parse, graph: &'a StageGraph, options: &'a PlanOptions, bases: &'a dyn Bases) -> Self {
        Self {
            parse,
            graph,
            options,
            instructions: parse.instructions().collect(),
            lines: LineIndex::new(parse.text()),
            nodes: Vec::new(),
            bases,
            done: BTreeMap::new(),
            active: Vec::new(),
            images: BTreeMap::new(),
            refused: None,
            uncertain: Cell::new(false),
        }
    }

    /// A planner that knows nothing of base images and goes on after what it refuses.
    pub(crate) fn assuming(
        parse: &'a Parse,
        graph: &'a StageGraph,
        options: &'a PlanOptions,
        bases: &'a dyn Bases,
    ) -> Self {
        Self { refused: Some(Vec::new()), ..Self::new(parse, graph, options, bases) }
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
            Base::Stage(parent) => self.stage(*parent, range)?.child(),
            Base::Scratch => StageState::from_scratch(self.scratch(index, range), &platform),
            Base::Context(context) => {
                let image = self.bases.context_image(context, &platform);
                self.begin_image(index, image.map_err(|error| at(range, error))?)
            }
            Base::Image { reference: Some(reference), .. } => {
                let image = self.bases.image(reference, &platform);
                self.begin_image(index, image.map_err(|error| at(range, error))?)
            }
            _ => return Err(PlanError::at(range, "the base image of this stage is not known")),
        };
        state.enter(index, name, platform);
        Ok(state)
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

    fn begin_image(&mut self, index: usize, image: BaseImage) -> StageState {
        let config = image.config.clone();
        let range = self.graph.stages[index].range_of_from();
        let node = self.image_node(image, index, range);
        let mut state = StageState::from_image(node, config);
        state.open = self.refused.is_some();
        state
    }

    fn scratch(&mut self, index: usize, range: TextRange) -> NodeId {
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
        let image = if self.options.contexts.get(text) == Some(&NamedContext::Image) {
            self.bases.context_image(text, platform)
        } else {
            let reference =
                text.parse::<Reference>().map_err(|error| PlanError::at(range, error.to_string()))?;
            self.bases.image(&reference, platform)
        };
        Ok(self.image_node(image.map_err(|error| at(range, error))?, stage, range))
    }

    fn base_origin(&self, stage: usize, range: TextRange) -> Origin {
        let text = range.slice(self.parse.text()).lines().next().unwrap_or("").to_owned();
        let name = self.graph.stages[stage].name.as_ref().map(|name| name.value.clone());
        let stage_name = name.unwrap_or_else(|| format!("stage-{stage}"));
        Origin { stage, stage_name, step: 1, steps: 0, range, line: self.lines.line(range.start), text }
    }

    /// Adds a node.
    pub(crate) fn push(
        &mut self,
        op: Op,
        input: Option<NodeId>,
        platform: &Platform,
        origin: Origin,
    ) -> NodeId {
        let digest = op.digest(platform);
        self.nodes.push(Node { op, input, digest, origin });
        NodeId(self.nodes.len() - 1)
    }

    fn finish(mut self, state: StageState) -> Plan {
        self.number_steps();
        let platform = state.platform.clone();
        let mut config = state.config;
        config.env = state.scope.env;
        config.labels.extend(self.options.labels.clone());
        let output = Output {
            node: state.node,
            config: image_config(config, &platform, state.author),
            history: state.history,
            stage_name: state.name,
        };
        Plan { nodes: self.nodes, platform, output }
    }

    /// Numbers the steps of each stage, now that all are known.
    fn number_steps(&mut self) {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for node in &mut self.nodes {
            let count = counts.entry(node.origin.stage).or_default();
            *count += 1;
            node.origin.step = *count;
        }
        for node in &mut self.nodes {
            node.origin.steps = counts[&node.origin.stage];
        }
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
