//! One stage: what each instruction does to its file system and configuration.

mod copy;
mod exec;
mod metadata;

use image::{ContainerConfig, History, ImageConfig, Platform};
use kit::TextRange;
use syntax::{Instruction, Statement, WordError};

use crate::history::history;
use crate::lower::{DEFAULT_PATH, Planner};
use crate::scope::Scope;
use crate::{NodeId, Op, Origin, PlanError, Said};

/// A stage while it is planned, and when it is complete.
#[derive(Debug, Clone)]
pub(crate) struct StageState {
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) platform: Platform,
    pub(crate) node: NodeId,
    pub(crate) config: ContainerConfig,
    pub(crate) scope: Scope,
    pub(crate) author: Option<String>,
    pub(crate) history: Vec<(History, Option<NodeId>)>,
    /// Whether CMD stands in this very stage: ENTRYPOINT drops an inherited one.
    pub(crate) cmd_set: bool,
    /// Whether the base may set variables that are not known.
    pub(crate) open: bool,
    /// Triggers of the base, to be run before the stage's own instructions.
    triggers: Vec<String>,
    /// Whether only what a build would refuse is asked for: steps and history are not made then.
    pub(crate) assuming: bool,
}

/// An instruction in hand: where it stands and how it is shown.
pub(crate) struct Current {
    pub(crate) range: TextRange,
    pub(crate) line: u32,
    pub(crate) text: String,
}

impl StageState {
    /// A stage on no image at all.
    pub(crate) fn from_scratch(node: NodeId, platform: &Platform) -> Self {
        let config = ContainerConfig { working_dir: "/".to_owned(), ..ContainerConfig::default() };
        Self::new(node, config, platform.clone(), None)
    }

    /// A stage on an image. The history of the image itself is added when the result is assembled.
    pub(crate) fn from_image(node: NodeId, image: ImageConfig) -> Self {
        let platform = Platform::new(&image.os, &image.architecture, image.variant.as_deref());
        Self::new(node, image.config, platform, image.author)
    }

    fn new(node: NodeId, mut config: ContainerConfig, platform: Platform, author: Option<String>) -> Self {
        let scope = Scope::new(std::mem::take(&mut config.env));
        let triggers = std::mem::take(&mut config.on_build);
        let mut state = Self {
            index: 0,
            name: String::new(),
            platform,
            node,
            config,
            scope,
            author,
            history: Vec::new(),
            cmd_set: false,
            open: false,
            triggers,
            assuming: false,
        };
        if state.scope.get("PATH").is_none() {
            state.scope.set_env("PATH", DEFAULT_PATH);
        }
        state
    }

    /// The state in which a stage built `FROM` this one begins.
    pub(crate) fn child(mut self) -> Self {
        self.triggers = std::mem::take(&mut self.config.on_build);
        self.cmd_set = false;
        self.scope.apply_env();
        self
    }

    /// Gives the state the identity of a stage.
    pub(crate) fn enter(&mut self, index: usize, name: String) {
        self.index = index;
        self.name = name;
    }

    /// Runs the triggers of the base and then the instructions of the stage.
    pub(crate) fn run(&mut self, planner: &mut Planner<'_>) -> Result<(), PlanError> {
        self.run_triggers(planner)?;
        for at in planner.graph.stages[self.index].instructions.clone() {
            let instruction = planner.instructions[at];
            let current = self.current(planner, instruction);
            let own;
            let statement = if let Some(known) = planner.statements.get(at) {
                known.as_ref()
            } else {
                own = instruction.statement(planner.parse);
                own.as_ref()
            };
            let statement = statement.map_err(|errors| first(errors, current.range))?;
            planner.uncertain.set(false);
            if let Err(error) = self.apply(planner, &current, statement) {
                planner.refuse(error)?;
            }
        }
        Ok(())
    }

    fn current(&self, planner: &Planner<'_>, instruction: &Instruction) -> Current {
        let range = instruction.range;
        if self.assuming {
            return Current { range, line: 0, text: String::new() };
        }
        let text = instruction.original(planner.parse);
        Current { range, line: planner.lines.line(range.start), text }
    }

    fn run_triggers(&mut self, planner: &mut Planner<'_>) -> Result<(), PlanError> {
        let range = planner.graph.stages[self.index].range_of_from();
        let line = planner.lines.line(range.start);
        for trigger in std::mem::take(&mut self.triggers) {
            let parse = syntax::parse(&trigger);
            let at = |message: String| {
                PlanError::at(range, format!("trigger `ONBUILD {trigger}` of the base: {message}"))
            };
            for instruction in parse.instructions() {
                let statement =
                    instruction.statement(&parse).map_err(|errors| at(first(&errors, range).message))?;
                let current = Current { range, line, text: trigger.clone() };
                self.apply(planner, &current, &statement).map_err(|error| at(error.message))?;
            }
        }
        Ok(())
    }

    fn apply(
        &mut self,
        planner: &mut Planner<'_>,
        current: &Current,
        statement: &Statement,
    ) -> Result<(), PlanError> {
        let before = self.history.len();
        self.apply_statement(planner, current, statement)?;
        let texts = self.history[before..].iter().filter_map(|(entry, _)| entry.created_by.clone());
        let said = texts.map(|text| Said { range: current.range, stage: self.name.clone(), text });
        planner.said.extend(said);
        Ok(())
    }

    fn apply_statement(
        &mut self,
        planner: &mut Planner<'_>,
        current: &Current,
        statement: &Statement,
    ) -> Result<(), PlanError> {
        match statement {
            Statement::Run(run) => self.run_step(planner, current, run),
            Statement::Copy(copy) => self.copy(planner, current, copy, false),
            Statement::Add(copy) => self.copy(planner, current, copy, true),
            Statement::Workdir(path) => self.workdir(planner, current, path),
            Statement::Arg(args) => self.arg(planner, current, args),
            other => self.metadata(planner, current, other),
        }
    }

    /// Adds a node on top of the stage and its history entry.
    pub(crate) fn push(&mut self, planner: &mut Planner<'_>, current: &Current, op: Op, created_by: String) {
        if self.assuming {
            return;
        }
        let origin = Origin {
            stage: self.index,
            stage_name: self.name.clone(),
            step: 0,
            steps: 0,
            range: current.range,
            line: current.line,
            text: current.text.clone(),
        };
        self.node = planner.push(op, Some(self.node), &self.platform, origin);
        self.history.push((history(created_by, self.author.as_ref()), Some(self.node)));
    }

    /// Adds a history entry of an instruction that changes the configuration alone.
    pub(crate) fn note(&mut self, created_by: String) {
        if self.assuming {
            return;
        }
        self.history.push((history(created_by, self.author.as_ref()), None));
    }

    /// Expands one word with the variables of the stage.
    pub(crate) fn expand(
        &self,
        planner: &Planner<'_>,
        word: &str,
        range: TextRange,
    ) -> Result<String, PlanError> {
        planner.uncertain.set(false);
        syntax::expand_word(word, planner.parse.escape(), &|name| self.lookup(planner, name))
            .map(|expanded| expanded.text)
            .map_err(|error| word_error(planner, &error, range))
    }

    /// The value of a variable. A miss that only the base could explain makes the instruction uncertain.
    pub(crate) fn lookup(&self, planner: &Planner<'_>, name: &str) -> Option<String> {
        let found = self.scope.get(name);
        if found.is_none() && self.open {
            planner.uncertain.set(true);
        }
        found
    }

    /// The shell of the shell form.
    pub(crate) fn shell(&self) -> Vec<String> {
        self.config.shell.clone().unwrap_or_else(|| vec!["/bin/sh".to_owned(), "-c".to_owned()])
    }

    /// The working directory, absolute.
    pub(crate) fn cwd(&self) -> String {
        kit::absolute_path("/", &self.config.working_dir)
    }
}

/// A word that cannot be expanded. Only a variable that has to be set can be a matter of the base.
pub(crate) fn word_error(planner: &Planner<'_>, error: &WordError, range: TextRange) -> PlanError {
    if !matches!(error, WordError::Required { .. }) {
        planner.uncertain.set(false);
    }
    PlanError::at(range, error.to_string())
}

/// The first error of several, as an error of the plan.
fn first(errors: &[syntax::SyntaxError], range: TextRange) -> PlanError {
    errors.first().map_or_else(
        || PlanError::at(range, "malformed instruction"),
        |error| PlanError { help: error.help.clone(), ..PlanError::at(error.range, error.message.clone()) },
    )
}
