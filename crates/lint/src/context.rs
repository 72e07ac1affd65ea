//! What rules can ask about a file.

use std::cell::OnceCell;

use kit::TextRange;
use stage::{Base, Problem, StageGraph};
use syntax::{Instruction, Parse, Statement};

use crate::engine::LintOptions;
use crate::model::{Scripts, StageModel, Statements, Step, stages};
use crate::paths::is_within;
use crate::settings::{Project, Settings};

/// A file with its tree, graph and model.
pub(crate) struct Context<'a> {
    pub(crate) parse: &'a Parse,
    pub(crate) statements: &'a Statements,
    pub(crate) graph: &'a StageGraph,
    pub(crate) stages: Vec<StageModel<'a>>,
    /// What a build would refuse beyond the syntax and the stages.
    pub(crate) refused: Vec<Problem>,
    /// What the user chose.
    pub(crate) options: &'a LintOptions<'a>,
    needed: Vec<bool>,
    /// The stages that the image consists of: the target and what it is built on, the first one first.
    image: Vec<usize>,
    lowercase: OnceCell<String>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        parse: &'a Parse,
        statements: &'a Statements,
        graph: &'a StageGraph,
        scripts: &'a Scripts,
        refused: Vec<Problem>,
        options: &'a LintOptions<'a>,
    ) -> Self {
        let stages = stages(parse, statements, graph, scripts);
        let mut needed = vec![false; stages.len()];
        for stage in graph.reachable(graph.target_or_last()) {
            needed[stage] = true;
        }
        let mut context = Self {
            parse,
            statements,
            graph,
            stages,
            refused,
            options,
            needed,
            image: Vec::new(),
            lowercase: OnceCell::new(),
        };
        if !context.stages.is_empty() {
            context.image = context.chain(graph.target_or_last());
        }
        context
    }

    /// All steps of all stages.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step<'a>> {
        self.stages.iter().flat_map(|stage| &stage.steps)
    }

    /// All steps of all stages, each followed by its trigger where it is an ONBUILD.
    pub(crate) fn steps_and_triggers(&self) -> impl Iterator<Item = &Step<'a>> {
        self.stages.iter().flat_map(StageModel::steps_and_triggers)
    }

    /// The steps that come before one: those of the stages that its stage is built on, then those of its own.
    pub(crate) fn steps_before(&self, step: &Step<'_>) -> impl Iterator<Item = &Step<'a>> {
        let (stage, index) = (step.stage, step.index);
        let steps = self.chain(stage).into_iter().flat_map(|stage| &self.stages[stage].steps);
        steps.filter(move |other| other.stage != stage || other.index < index)
    }

    /// The instructions of the file, each with its statement where it can be read.
    pub(crate) fn items(&self) -> impl Iterator<Item = (&'a Instruction, Option<&'a Statement>)> {
        let statements = self.statements.iter().map(|statement| statement.as_ref().ok());
        self.parse.instructions().zip(statements)
    }

    /// The instruction at a position of `Parse::instructions()`.
    pub(crate) fn instruction(&self, at: usize) -> Option<&'a Instruction> {
        self.parse.instructions().nth(at)
    }

    /// The instructions from the first FROM on.
    pub(crate) fn in_stages(&self) -> impl Iterator<Item = &'a Instruction> {
        let first = self.graph.stages.first().map_or(usize::MAX, |stage| stage.from_instruction.unwrap_or(0));
        self.parse.instructions().skip(first)
    }

    /// The FROM of a stage.
    pub(crate) fn stage_from(&self, stage: &StageModel<'_>) -> Option<&'a syntax::From> {
        match self.statements.get(stage.stage.from_instruction?) {
            Some(Ok(Statement::From(from))) => Some(from),
            _ => None,
        }
    }

    /// The same as an instruction.
    pub(crate) fn line_of_from(&self, stage: &StageModel<'_>) -> Option<&'a Instruction> {
        self.instruction(stage.stage.from_instruction?)
    }

    /// What the user chose for single rules.
    pub(crate) const fn settings(&self) -> &Settings {
        &self.options.settings
    }

    /// What is known of the build context.
    pub(crate) const fn project(&self) -> Option<&'a dyn Project> {
        self.options.project
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> &'a str {
        self.parse.text()
    }

    /// The same in lowercase: rules that look for a rare word look here first.
    pub(crate) fn lowercase(&self) -> &str {
        self.lowercase.get_or_init(|| self.text().to_ascii_lowercase())
    }

    /// Whether the target needs a stage.
    pub(crate) fn is_needed(&self, stage: usize) -> bool {
        self.needed.get(stage).copied().unwrap_or(false)
    }

    /// The stages that the image consists of: the target and what it is built on, the first one first.
    pub(crate) fn image(&self) -> &[usize] {
        &self.image
    }

    /// Whether the layers of a stage are part of the image.
    pub(crate) fn is_shipped(&self, stage: usize) -> bool {
        self.image.contains(&stage)
    }

    /// The stage that is built.
    pub(crate) fn target(&self) -> Option<&StageModel<'a>> {
        self.stages.get(*self.image.last()?)
    }

    /// A stage and those it is built on, the first one first.
    pub(crate) fn chain(&self, stage: usize) -> Vec<usize> {
        let mut chain = self.graph.ancestors(stage);
        chain.reverse();
        chain.push(stage);
        chain
    }

    /// The name of the image at the root of a stage without tag and registry defaults, for example `golang` or
    /// `gcr.io/distroless/static`, and its tag; both as far as known.
    pub(crate) fn root_image(&self, stage: usize) -> Option<(String, Option<String>)> {
        match self.graph.root_base(stage)? {
            Base::Image { reference: Some(reference), .. } => {
                let name = reference.familiar();
                let name = name.split('@').next().unwrap_or_default();
                let name =
                    reference.tag().and_then(|tag| name.strip_suffix(&format!(":{tag}"))).unwrap_or(name);
                Some((name.to_owned(), reference.tag().map(str::to_owned)))
            }
            Base::Unknown { written, .. } => {
                let known = written.split('$').next().unwrap_or_default();
                let (name, tag) = known.rsplit_once(':')?;
                (!tag.contains('/')).then(|| (name.to_owned(), (!tag.is_empty()).then(|| tag.to_owned())))
            }
            _ => None,
        }
    }

    /// How a file that `step` leaves at `path` gets into the image: the places of the copies that carry it, none
    /// when the step is part of the image itself. `None` when it does not get there.
    pub(crate) fn way_into_image(&self, step: &Step<'_>, path: &str) -> Option<Vec<TextRange>> {
        self.way(step.stage, step.index, path, 0)
    }

    fn way(&self, stage: usize, after: usize, path: &str, depth: usize) -> Option<Vec<TextRange>> {
        if self.is_shipped(stage) {
            return Some(Vec::new());
        }
        if depth > self.stages.len() || self.is_removed(stage, after, path) {
            return None;
        }
        for other in &self.stages[stage + 1..] {
            if !self.is_needed(other.index) {
                continue;
            }
            let is_child = other.stage.base == Base::Stage(stage);
            if let Some(way) = is_child.then(|| self.way(other.index, 0, path, depth + 1)).flatten() {
                return Some(way);
            }
            for (step, copy) in other.copies().filter(|(_, copy)| copy.from == Some(stage)) {
                let Some((to, range)) = copy.carries(path) else { continue };
                if let Some(mut way) = self.way(other.index, step.index, &to, depth + 1) {
                    way.insert(0, range);
                    return Some(way);
                }
            }
        }
        None
    }

    /// Whether a later step of the stage deletes `path`, so that copies from the stage do not find it.
    fn is_removed(&self, stage: usize, after: usize, path: &str) -> bool {
        let later = self.stages[stage].runs().filter(|(step, _)| step.index > after);
        later.flat_map(|(step, run)| run.removes(step)).any(|(gone, _)| is_within(path, &gone))
    }
}
