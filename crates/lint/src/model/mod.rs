//! What the instructions of a stage do, as far as a Dockerfile tells: working directory, user, copies, commands.

mod copy;
mod declared;
mod run;
mod scripts;
mod user;

use std::rc::Rc;

use stage::{Base, Scope, StageGraph, Use, Value};
use syntax::{Instruction, Parse, Statement, SyntaxError};

pub(crate) use copy::{CopySource, CopyStep};
pub(crate) use run::{MountPoint, RunCommand, RunStep};
pub(crate) use scripts::{Script, Scripts};
pub(crate) use user::User;

/// A stage with its steps.
#[derive(Debug)]
pub(crate) struct StageModel<'a> {
    pub(crate) index: usize,
    pub(crate) stage: &'a stage::Stage,
    pub(crate) steps: Vec<Step<'a>>,
    /// The user at its end, and where it was set; inherited from the stage it is built on.
    pub(crate) user: User,
    workdir: Option<String>,
}

/// An instruction of a stage, FROM excluded.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    /// Position in `Parse::instructions()`.
    pub(crate) index: usize,
    pub(crate) stage: usize,
    pub(crate) instruction: &'a Instruction,
    pub(crate) statement: Option<&'a Statement>,
    /// The variables before it.
    pub(crate) scope: Rc<Scope>,
    pub(crate) action: Action<'a>,
    /// What an ONBUILD does in the stages that are built on this one, as a step of its own; its `instruction` is the
    /// whole ONBUILD, and its `statement` the trigger. It is none of the stage's `steps`, as it does nothing here.
    pub(crate) trigger: Option<Box<Step<'a>>>,
}

/// What an instruction does.
#[derive(Debug)]
pub(crate) enum Action<'a> {
    Copy(CopyStep),
    Run(RunStep<'a>),
    Other,
}

impl<'a> Step<'a> {
    /// The COPY or ADD it is.
    pub(crate) const fn copy(&self) -> Option<&CopyStep> {
        match &self.action {
            Action::Copy(copy) => Some(copy),
            _ => None,
        }
    }

    /// The RUN it is.
    pub(crate) const fn run(&self) -> Option<&RunStep<'a>> {
        match &self.action {
            Action::Run(run) => Some(run),
            _ => None,
        }
    }

    /// A path of an argument, absolute; `None` when it depends on something unknown.
    pub(crate) fn expand(&self, word: &str) -> Option<String> {
        match self.scope.expand(word) {
            Value::Known(text) => Some(text),
            Value::Unknown => None,
        }
    }

    /// The typed COPY or ADD.
    pub(crate) const fn copy_statement(&self) -> Option<&'a syntax::Copy> {
        match self.statement {
            Some(Statement::Copy(copy) | Statement::Add(copy)) => Some(copy),
            _ => None,
        }
    }
}

impl<'a> StageModel<'a> {
    /// The steps, each followed by its trigger where it is an ONBUILD: for what is wrong wherever it is run.
    pub(crate) fn steps_and_triggers(&self) -> impl Iterator<Item = &Step<'a>> {
        self.steps.iter().flat_map(|step| [Some(step), step.trigger.as_deref()]).flatten()
    }

    /// The RUN steps.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&Step<'a>, &RunStep<'a>)> {
        self.steps.iter().filter_map(|step| Some((step, step.run()?)))
    }

    /// The COPY and ADD steps.
    pub(crate) fn copies(&self) -> impl Iterator<Item = (&Step<'a>, &CopyStep)> {
        self.steps.iter().filter_map(|step| Some((step, step.copy()?)))
    }
}

/// The statements of a file, one for each instruction.
pub(crate) type Statements = [Result<Statement, Vec<SyntaxError>>];

/// Models all stages of a file.
pub(crate) fn stages<'a>(
    parse: &'a Parse,
    statements: &'a Statements,
    graph: &'a StageGraph,
    scripts: &'a Scripts,
) -> Vec<StageModel<'a>> {
    let instructions: Vec<&Instruction> = parse.instructions().collect();
    let mut done: Vec<StageModel<'a>> = Vec::with_capacity(graph.stages.len());
    for stage in &graph.stages {
        let builder = Builder { parse, graph, statements, scripts, instructions: &instructions };
        let model = builder.stage(stage, &done);
        done.push(model);
    }
    done
}

struct Builder<'a, 'b> {
    parse: &'a Parse,
    graph: &'a StageGraph,
    statements: &'a Statements,
    scripts: &'a Scripts,
    instructions: &'b [&'a Instruction],
}

/// What the steps of a stage change for those that follow.
struct State {
    scope: Rc<Scope>,
    /// The scope of triggers, once one of them has changed it.
    later: Option<Rc<Scope>>,
    workdir: Option<String>,
    user: User,
}

impl<'a> Builder<'a, '_> {
    fn stage(&self, stage: &'a stage::Stage, done: &[StageModel<'a>]) -> StageModel<'a> {
        let mut before = self.begin(stage, done);
        let mut steps = Vec::with_capacity(stage.instructions.len());
        for index in &stage.instructions {
            steps.push(self.step(*index, stage.index, &mut before));
        }
        StageModel { index: stage.index, stage, steps, user: before.user, workdir: before.workdir }
    }

    fn begin(&self, stage: &stage::Stage, done: &[StageModel<'a>]) -> State {
        let escape = self.parse.escape();
        let (scope, workdir, user) = match stage.base {
            Base::Stage(parent) => {
                let parent = &done[parent];
                (parent.stage.scope.clone(), parent.workdir.clone(), parent.user.clone())
            }
            Base::Scratch => (Scope::new(false, escape), Some("/".to_owned()), User::Base),
            _ => (Scope::new(true, escape), None, User::Base),
        };
        State { scope: Rc::new(scope), later: None, workdir, user }
    }

    fn step(&self, index: usize, stage: usize, before: &mut State) -> Step<'a> {
        let instruction = self.instructions[index];
        let statement = self.statements.get(index).and_then(|statement| statement.as_ref().ok());
        let scope = Rc::clone(&before.scope);
        let mut step =
            Step { index, stage, instruction, statement, scope, action: Action::Other, trigger: None };
        if let Some(statement) = statement {
            step.trigger = self.trigger(&step, statement, before);
            step.action = self.action(&step, statement, before.workdir.as_deref());
            self.change(&step, statement, before);
        }
        step
    }

    /// What an ONBUILD does later. The directory it is done in depends on the stage that it is done in.
    fn trigger(
        &self,
        step: &Step<'a>,
        statement: &'a Statement,
        before: &mut State,
    ) -> Option<Box<Step<'a>>> {
        let Statement::Onbuild(onbuild) = statement else { return None };
        let statement = onbuild.statement.as_deref()?;
        let Step { index, stage, instruction, .. } = *step;
        let mut scope = Rc::clone(before.later.as_ref().unwrap_or(&step.scope));
        let mut trigger = Step {
            index,
            stage,
            instruction,
            statement: Some(statement),
            scope: Rc::clone(&scope),
            action: Action::Other,
            trigger: None,
        };
        trigger.action = self.action(&trigger, statement, None);
        if is_variable(statement) {
            Rc::make_mut(&mut scope).apply(statement, index, self.graph.global_scope());
            before.later = Some(scope);
        }
        Some(Box::new(trigger))
    }

    fn action(&self, step: &Step<'_>, statement: &Statement, workdir: Option<&str>) -> Action<'a> {
        match statement {
            Statement::Copy(copy) | Statement::Add(copy) => {
                let source = self.graph.uses.iter().find(|item: &&Use| item.instruction == step.index);
                let add = matches!(statement, Statement::Add(_));
                Action::Copy(CopyStep::new(step, copy, source, workdir, add))
            }
            Statement::Run(run) => Action::Run(RunStep::new(self.scripts.of(step.index), step, run, workdir)),
            _ => Action::Other,
        }
    }

    fn change(&self, step: &Step<'_>, statement: &Statement, before: &mut State) {
        match statement {
            _ if is_variable(statement) => {
                for scope in [Some(&mut before.scope), before.later.as_mut()].into_iter().flatten() {
                    Rc::make_mut(scope).apply(statement, step.index, self.graph.global_scope());
                }
            }
            Statement::Workdir(path) => {
                let path = step.expand(&path.value).filter(|path| !is_windows(path));
                before.workdir = path.and_then(|path| match (&before.workdir, path.starts_with('/')) {
                    (_, true) => Some(kit::absolute_path("/", &path)),
                    (Some(cwd), false) => Some(kit::absolute_path(cwd, &path)),
                    (None, false) => None,
                });
            }
            Statement::User(user) => before.user = User::new(step, user),
            _ => {}
        }
    }
}

const fn is_variable(statement: &Statement) -> bool {
    matches!(statement, Statement::Env(_) | Statement::Arg(_))
}

fn is_windows(path: &str) -> bool {
    path.contains('\\') || path.as_bytes().get(1) == Some(&b':')
}
