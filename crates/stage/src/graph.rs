//! The graph and the questions one can ask it.

use syntax::{Parse, Statement, SyntaxError};

use crate::construct::{construct, construct_part};
use crate::{Base, Edge, EdgeKind, GlobalArg, GlobalScope, Options, Problem, Source, Stage, Use, Value};

/// The stages of a Dockerfile and what leads from one to another.
#[derive(Debug, Clone, Default)]
pub struct StageGraph {
    /// The stages in the order of the file.
    pub stages: Vec<Stage>,
    /// Which stage needs which, in the order of the file.
    pub edges: Vec<Edge>,
    /// Every `COPY --from=` and every mount with `from=`, in the order of the file, whether it can be resolved or not.
    pub uses: Vec<Use>,
    /// The ARG instructions before the first FROM.
    pub global_args: Vec<GlobalArg>,
    /// Why the file cannot be built, in the order of the file. What is wrong within an instruction, its
    /// `statement()` says.
    pub problems: Vec<Problem>,
    /// The stage that `--target` names.
    pub target: Option<usize>,
    pub(crate) global: GlobalScope,
}

impl StageGraph {
    /// The graph of a file.
    pub fn new(parse: &Parse, options: &Options) -> Self {
        let statements: Vec<_> = parse.instructions().map(|item| item.statement(parse)).collect();
        Self::with_statements(parse, &statements, options)
    }

    /// The graph of a file whose instructions are parsed already: one entry for each of `Parse::instructions()`.
    pub fn with_statements(
        parse: &Parse,
        statements: &[Result<Statement, Vec<SyntaxError>>],
        options: &Options,
    ) -> Self {
        construct(parse, statements, options)
    }

    /// The graph of a part of a Dockerfile, which has no FROM: what it has is one stage on an image that is not known.
    pub fn of_part(
        parse: &Parse,
        statements: &[Result<Statement, Vec<SyntaxError>>],
        options: &Options,
    ) -> Self {
        construct_part(parse, statements, options)
    }

    /// The stage of a name, in any case, or of a number. Of several stages of one name the last one counts.
    pub fn find(&self, name_or_index: &str) -> Option<usize> {
        let numbered = || name_or_index.parse::<usize>().ok().filter(|index| *index < self.stages.len());
        self.find_name(name_or_index).or_else(numbered)
    }

    /// The last stage of a name, in any case.
    pub fn find_name(&self, name: &str) -> Option<usize> {
        let named =
            |stage: &&Stage| stage.name.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(name));
        Some(self.stages.iter().rev().find(named)?.index)
    }

    /// What a name in a stage stands for, in `--from=` of a COPY or in `from=` of a mount; named contexts are not
    /// looked at. Of several stages of one name the last one counts, even when it is defined after the use.
    /// Numbers are for COPY alone.
    pub fn resolve(&self, stage: usize, kind: EdgeKind, name: &str) -> Source {
        let number = name.parse::<usize>().ok().filter(|_| kind == EdgeKind::Copy);
        let found = match number {
            Some(number) => Some(number).filter(|number| *number < self.stages.len()),
            None => self.find_name(name),
        };
        match found {
            Some(index) if index < stage => Source::Stage(index),
            Some(index) if index == stage => Source::Own,
            Some(index) => Source::Later(index),
            None if number.is_some() => Source::NoStage,
            None => Source::Image(name.parse().ok()),
        }
    }

    /// The target, or the last stage. 0 when the file has no stage, for which there is a problem, too.
    pub fn target_or_last(&self) -> usize {
        self.target.unwrap_or_else(|| self.stages.len().saturating_sub(1))
    }

    /// The stages that `target` needs and itself, those first that others need.
    pub fn reachable(&self, target: usize) -> Vec<usize> {
        let mut seen = vec![false; self.stages.len()];
        let mut pending = vec![target];
        while let Some(stage) = pending.pop() {
            if let Some(seen) = seen.get_mut(stage).filter(|seen| !**seen) {
                *seen = true;
                pending.extend(self.edges.iter().filter(|edge| edge.to == stage).map(|edge| edge.from));
            }
        }
        // Edges lead from earlier stages to later ones only, so the order of the file is topological.
        (0..seen.len()).filter(|stage| seen[*stage]).collect()
    }

    /// The stages that `stage` is built on by FROM, the nearest first.
    pub fn ancestors(&self, stage: usize) -> Vec<usize> {
        let parent = |stage: usize| match self.stages.get(stage)?.base {
            Base::Stage(parent) => Some(parent),
            _ => None,
        };
        std::iter::successors(parent(stage), |stage| parent(*stage)).collect()
    }

    /// The base of `stage` that is no stage: at the end of its ancestors.
    pub fn root_base(&self, stage: usize) -> Option<&Base> {
        let root = self.ancestors(stage).last().copied().unwrap_or(stage);
        self.stages.get(root).map(|stage| &stage.base)
    }

    /// The images that COPY and mounts read.
    pub fn image_sources(&self) -> impl Iterator<Item = &Use> {
        self.uses.iter().filter(|item| matches!(item.source, Source::Image(_)))
    }

    /// The stages that are built on or copied from by another one, with the kind of the edge.
    pub fn users(&self, stage: usize) -> impl Iterator<Item = (usize, EdgeKind)> {
        self.edges.iter().filter(move |edge| edge.from == stage).map(|edge| (edge.to, edge.kind))
    }

    /// The variables of FROM lines.
    pub const fn global_scope(&self) -> &GlobalScope {
        &self.global
    }

    /// What `ARG name` without a default gets in a stage from before the first FROM or from the automatic
    /// platform arguments.
    pub fn global_value(&self, name: &str) -> Option<String> {
        match self.global.value(name) {
            Some(Value::Known(text)) => Some(text),
            _ => None,
        }
    }
}
