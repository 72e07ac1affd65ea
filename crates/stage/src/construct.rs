//! Builds the graph in one pass over the instructions.

use image::Reference;
use kit::TextRange;
use syntax::{Instruction, Keyword, Parse, Spanned, Statement, SyntaxError};

use crate::global::Resolved;
use crate::names::closest;
use crate::{Base, Edge, EdgeKind, GlobalScope, Options, Problem, Scope, Stage, StageGraph, Value};

/// Builds the graph; `statements` has one entry for each instruction.
pub(crate) fn construct(
    parse: &Parse,
    statements: &[Result<Statement, Vec<SyntaxError>>],
    options: &Options,
) -> StageGraph {
    build(Builder::new(parse, options), statements)
}

/// Builds the graph of a file that has no FROM, as a part of a Dockerfile: all of it is one stage on an unknown image.
pub(crate) fn construct_part(
    parse: &Parse,
    statements: &[Result<Statement, Vec<SyntaxError>>],
    options: &Options,
) -> StageGraph {
    let mut builder = Builder::new(parse, options);
    if let Some(first) = parse.instructions().next() {
        builder.graph.stages.push(Stage {
            index: 0,
            name: None,
            base: unknown(""),
            base_range: first.keyword,
            platform: None,
            range: first.range,
            from_instruction: None,
            instructions: Vec::new(),
            scope: Scope::new(true, parse.escape()),
            from_range: first.keyword,
        });
    }
    build(builder, statements)
}

fn build(mut builder: Builder<'_>, statements: &[Result<Statement, Vec<SyntaxError>>]) -> StageGraph {
    for (at, (instruction, statement)) in builder.parse.instructions().zip(statements).enumerate() {
        if let Err(errors) = statement {
            builder.unreadable(instruction, errors);
        }
        builder.instruction(at, instruction, statement.as_ref().ok());
    }
    builder.resolve_target();
    builder.settle();
    let mut graph = builder.graph;
    graph.edges.sort_by_key(|edge| edge.range);
    graph.problems.sort_by_key(|problem| problem.range);
    graph
}

pub(crate) struct Builder<'a> {
    pub(crate) parse: &'a Parse,
    pub(crate) options: &'a Options,
    pub(crate) graph: StageGraph,
}

impl<'a> Builder<'a> {
    fn new(parse: &'a Parse, options: &'a Options) -> Self {
        let global = GlobalScope::new(options, parse.escape());
        Self { parse, options, graph: StageGraph { global, ..StageGraph::default() } }
    }

    pub(crate) fn problem(&mut self, range: TextRange, message: String, help: Option<String>) {
        self.graph.problems.push(Problem { range, message, help });
    }

    /// The graph rests on FROM and on what stands before it, so their errors are problems of the graph, too.
    fn unreadable(&mut self, instruction: &Instruction, errors: &[SyntaxError]) {
        if instruction.kind == Keyword::From
            || self.graph.stages.is_empty() && instruction.kind == Keyword::Arg
        {
            for error in errors {
                self.problem(error.range, error.message.clone(), error.help.clone());
            }
        }
    }

    fn instruction(&mut self, at: usize, instruction: &Instruction, statement: Option<&Statement>) {
        if instruction.kind == Keyword::From {
            return self.from(at, instruction, statement);
        }
        let Some(stage) = self.graph.stages.last_mut() else {
            return self.before_from(instruction, statement);
        };
        stage.instructions.push(at);
        stage.range = stage.range.cover(instruction.range);
        if let Some(statement) = statement {
            self.uses(at, statement);
            let Some(stage) = self.graph.stages.last_mut() else { return };
            stage.scope.apply(statement, at, &self.graph.global);
        }
    }

    fn before_from(&mut self, instruction: &Instruction, statement: Option<&Statement>) {
        match (instruction.kind, statement) {
            (Keyword::Arg, Some(Statement::Arg(args))) => {
                for arg in args {
                    if let Some(value) = &arg.value {
                        self.expansion_problem(value, &self.graph.global.expand(&value.value));
                    }
                    let declared = self.graph.global.declare(arg);
                    self.graph.global_args.push(declared);
                }
            }
            // These are errors of the syntax already.
            (Keyword::Arg | Keyword::Unknown, _) => {}
            (kind, _) => {
                let message = format!("`{}` stands before the first `FROM`", kind.name());
                let help = "begin the file with `FROM <image>`; only `ARG` can stand before it".to_owned();
                self.problem(instruction.keyword, message, Some(help));
            }
        }
    }

    fn from(&mut self, at: usize, instruction: &Instruction, statement: Option<&Statement>) {
        let index = self.graph.stages.len();
        let (mut base, mut platform, mut name) = (unknown(""), None, None);
        let mut base_range = instruction.keyword;
        if let Some(Statement::From(from)) = statement {
            base_range = from.image.range;
            base = self.base(&from.image, index);
            platform = from.platform.as_ref().map(|flag| self.platform(flag));
            name = from.name.as_ref().map(|name| Spanned::new(name.value.to_lowercase(), name.range));
        }
        if let Some(name) = name.as_ref().filter(|name| name.value.parse::<Reference>().is_err()) {
            let help = "names of stages are names of contexts, too: `_`, `.` and `-` stand between letters or digits";
            let message = format!("`{}` cannot be the name of a stage", name.value);
            self.problem(name.range, message, Some(help.to_owned()));
        }
        let scope = match base {
            Base::Stage(parent) => self.graph.stages[parent].scope.inherited(),
            Base::Scratch => Scope::new(false, self.parse.escape()),
            _ => Scope::new(true, self.parse.escape()),
        };
        if let Base::Stage(parent) = base {
            let (kind, range) = (EdgeKind::From, base_range);
            self.graph.edges.push(Edge { from: parent, to: index, kind, range, sources: Vec::new() });
        }
        self.graph.stages.push(Stage {
            index,
            name,
            base,
            base_range,
            platform,
            range: instruction.range,
            from_instruction: Some(at),
            instructions: Vec::new(),
            scope,
            from_range: instruction.range,
        });
    }

    fn base(&mut self, image: &Spanned<String>, index: usize) -> Base {
        let resolved = self.graph.global.expand(&image.value);
        let Value::Known(text) = &resolved.value else {
            self.expansion_problem(image, &resolved);
            return Base::Unknown { written: image.value.clone(), unset: resolved.unset };
        };
        if text.trim().is_empty() {
            let message = format!("the base image `{}` is blank", image.value);
            let help = "declare the variable with `ARG` before the first `FROM`, with a default".to_owned();
            self.problem(image.range, message, Some(help));
            return unknown(&image.value);
        }
        if self.is_context(text) {
            return Base::Context(text.clone());
        }
        // Names of stages are in lower case, and what FROM writes is compared as it is: `FROM A` is an image.
        let named = |stage: &&Stage| stage.name.as_ref().is_some_and(|name| name.value == *text);
        if let Some(parent) = self.graph.stages[..index].iter().rev().find(named) {
            return Base::Stage(parent.index);
        }
        if text == "scratch" {
            return Base::Scratch;
        }
        self.image(text, image)
    }

    fn image(&mut self, text: &str, image: &Spanned<String>) -> Base {
        let reference = text.parse::<Reference>();
        if let Err(error) = &reference {
            let expanded = || {
                let help = "expands to this; give its arguments a default before the first `FROM`";
                image.value.contains('$').then(|| format!("`{}` {help}", image.value))
            };
            let stage = self.graph.find_name(text).map(|_| {
                format!("names of stages are in lower case here: write `FROM {}`", text.to_lowercase())
            });
            let help = stage.or_else(expanded);
            self.problem(image.range, error.to_string(), help);
        }
        Base::Image { text: text.to_owned(), reference: reference.ok() }
    }

    fn expansion_problem(&mut self, word: &Spanned<String>, resolved: &Resolved) {
        if let Some(error) = resolved.error.as_ref().filter(|_| resolved.unset.is_empty()) {
            self.problem(word.range, format!("cannot expand `{}`: {error}", word.value), None);
        }
    }

    fn platform(&mut self, flag: &Spanned<String>) -> Value {
        let resolved = self.graph.global.expand(&flag.value);
        self.expansion_problem(flag, &resolved);
        match resolved.value.known() {
            Some("") => {
                let message = format!("the platform `{}` is blank", flag.value);
                let help = "declare the variable with `ARG` before the first `FROM`, or leave the flag out";
                self.problem(flag.range, message, Some(help.to_owned()));
            }
            Some(text) => {
                if let Err(error) = text.parse::<image::Platform>() {
                    self.problem(
                        flag.range,
                        error.to_string(),
                        Some("write it like `linux/arm64`".to_owned()),
                    );
                }
            }
            None => {}
        }
        resolved.value
    }

    pub(crate) fn is_context(&self, name: &str) -> bool {
        let name = image::context_name(name);
        self.options
            .named_contexts
            .iter()
            .any(|context| image::context_name(context).eq_ignore_ascii_case(&name))
    }

    fn resolve_target(&mut self) {
        if self.graph.stages.is_empty() {
            // A file without any instruction is an error of the syntax already.
            if let Some(first) = self.parse.instructions().next().filter(|_| self.graph.problems.is_empty()) {
                let help = "begin with `FROM <image>`".to_owned();
                self.problem(first.keyword, "the file has no `FROM`".to_owned(), Some(help));
            }
            return;
        }
        let Some(target) = &self.options.target else { return };
        self.graph.target = self.graph.find_name(target);
        if self.graph.target.is_none() {
            let names: Vec<&str> = self
                .graph
                .stages
                .iter()
                .filter_map(|stage| Some(stage.name.as_ref()?.value.as_str()))
                .collect();
            let help = match closest(&target.to_ascii_lowercase(), names.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => self.numbered(target).unwrap_or_else(|| match names.as_slice() {
                    [] => "no stage of the file has a name: `FROM … AS name`".to_owned(),
                    names => format!("the file has the stages {}", quoted(names)),
                }),
            };
            let range = self.graph.stages[self.graph.stages.len() - 1].from_range;
            self.problem(range, format!("there is no stage `{target}`"), Some(help));
        }
    }
}

impl Builder<'_> {
    /// What to write for a target that is given by its number, which only `COPY --from` takes.
    fn numbered(&self, target: &str) -> Option<String> {
        let stage = self.graph.stages.get(target.parse::<usize>().ok()?)?;
        Some(match &stage.name {
            Some(name) => format!("a target is given by name: stage {target} is `{}`", name.value),
            None => format!("a target is given by name, and stage {target} has none: `FROM … AS name`"),
        })
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn unknown(written: &str) -> Base {
    Base::Unknown { written: written.to_owned(), unset: Vec::new() }
}
