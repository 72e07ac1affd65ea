//! What a build of a target can be given: its arguments, secrets and agents, as `docker build --call=outline` shows
//! them. No image is read: what only a base image sets counts as unset.

use std::collections::{BTreeMap, BTreeSet};

use kit::TextRange;
use syntax::{
    ArgDecl, Instruction, KeyValues, MountKind, Parse, Spanned, Statement, SyntaxError, parse_mount,
};

use crate::{Base, Problem, StageGraph};

/// What a target can be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The name of the stage.
    pub name: Option<String>,
    /// What the comment above its FROM says.
    pub description: Option<String>,
    /// The arguments that it and the stages that it needs declare or use, in the order of the file.
    pub args: Vec<OutlineArg>,
    /// The secrets that are mounted.
    pub secrets: Vec<OutlineLent>,
    /// The agents that are mounted.
    pub ssh: Vec<OutlineLent>,
}

/// An argument of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineArg {
    /// Its name.
    pub name: String,
    /// What the comment above its ARG says.
    pub description: Option<String>,
    /// The value that it has with what the build is given; blank when it has none.
    pub value: String,
    /// The instruction that declares it.
    pub range: TextRange,
}

/// A secret or an agent that a step is lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineLent {
    /// Its `id`.
    pub name: String,
    /// Whether the step fails without it.
    pub required: bool,
    /// The instruction.
    pub range: TextRange,
}

/// A stage that a build can end with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: Option<String>,
    /// What the comment above its FROM says.
    pub description: Option<String>,
    /// Whether it is built when no target is named.
    pub default: bool,
    /// What it is built on, as written.
    pub base: String,
    /// `--platform`, as written.
    pub platform: Option<String>,
    /// Its FROM.
    pub range: TextRange,
}

type Statements = [Result<Statement, Vec<SyntaxError>>];

/// The stages of a file. `statements` has one entry for each of `Parse::instructions()`.
pub fn targets(parse: &Parse, statements: &Statements) -> Vec<Target> {
    let mut found = Vec::new();
    for (instruction, statement) in parse.instructions().zip(statements) {
        let Ok(Statement::From(from)) = statement else { continue };
        let name = from.name.as_ref().map(|name| name.value.to_lowercase());
        found.push(Target {
            description: name.as_ref().and_then(|name| description(parse, instruction, name)),
            name,
            default: false,
            base: from.image.value.clone(),
            platform: from.platform.as_ref().map(|platform| platform.value.clone()),
            range: instruction.range,
        });
    }
    if let Some(last) = found.last_mut() {
        last.default = true;
    }
    found
}

/// What stage `target` of a graph can be given. `statements` has one entry for each of `Parse::instructions()`. A mount
/// that is none is an error.
pub fn outline(
    graph: &StageGraph,
    parse: &Parse,
    statements: &Statements,
    target: usize,
) -> Result<Outline, Problem> {
    let reader = Reader { graph, parse, statements, instructions: parse.instructions().collect() };
    let global = reader.global();
    let mut read: Vec<StageOutline> = Vec::new();
    for stage in 0..graph.stages.len() {
        let one = reader.stage(stage, &read, &global);
        read.push(one);
    }
    let mut out = reader.collect(&read, target)?;
    out.args.sort_by_key(|arg| arg.range.start);
    out.secrets.sort_by_key(|lent| lent.range.start);
    out.ssh.sort_by_key(|lent| lent.range.start);
    Ok(out)
}

/// The text behind the name, of the first comment above that begins with it (`# name text`).
fn description(parse: &Parse, instruction: &Instruction, name: &str) -> Option<String> {
    let behind =
        |comment: &Spanned<&str>| comment.value.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned);
    instruction.comments_before(parse).iter().find_map(behind)
}

/// An argument from before the first FROM, and those that its default needs.
struct Global {
    arg: OutlineArg,
    needs: Vec<String>,
}

/// What one stage says by itself.
#[derive(Default)]
struct StageOutline {
    variables: Variables,
    args: Vec<OutlineArg>,
    secrets: Vec<OutlineLent>,
    ssh: Vec<OutlineLent>,
    problem: Option<Problem>,
}

/// The variables at some point of a stage: of ENV and ARG of one name the later one counts.
#[derive(Default, Clone)]
struct Variables {
    env: BTreeMap<String, String>,
    all: BTreeMap<String, String>,
}

impl Variables {
    /// Those with which a stage begins that is built on this one: there ENV hides ARG.
    fn inherited(&self) -> Self {
        let mut next = self.clone();
        next.all.extend(self.env.clone());
        next
    }

    fn expand(&self, word: &str, escape: char) -> String {
        let lookup = |name: &str| self.all.get(name).cloned();
        syntax::expand_word(word, escape, &lookup).map_or_else(|_| word.to_owned(), |word| word.text)
    }

    /// All pairs of an ENV see the values from before it.
    fn set(&mut self, pairs: &KeyValues, escape: char) {
        let expand = |word: &Spanned<String>| self.expand(&word.value, escape);
        let set: Vec<_> = pairs.pairs.iter().map(|(key, value)| (expand(key), expand(value))).collect();
        self.env.extend(set.clone());
        self.all.extend(set);
    }
}

struct Reader<'a> {
    graph: &'a StageGraph,
    parse: &'a Parse,
    statements: &'a Statements,
    instructions: Vec<&'a Instruction>,
}

impl Reader<'_> {
    fn arg(&self, instruction: &Instruction, arg: &ArgDecl, value: String) -> OutlineArg {
        let name = arg.key.value.clone();
        OutlineArg {
            description: description(self.parse, instruction, &name),
            name,
            value,
            range: instruction.range,
        }
    }

    /// The arguments from before the first FROM, by name. A default needs those declared before it.
    fn global(&self) -> BTreeMap<String, Global> {
        let mut found: BTreeMap<String, Global> = BTreeMap::new();
        let mut declared = self.graph.global_args.iter();
        for (instruction, statement) in self.instructions.iter().zip(self.statements) {
            let args = match statement {
                Ok(Statement::Arg(args)) => args,
                Ok(Statement::From(_)) => break,
                _ => continue,
            };
            for (arg, declared) in args.iter().zip(declared.by_ref()) {
                let word = arg.value.as_ref().map_or("", |value| &value.value);
                let mut needs: Vec<String> = self.names(word);
                needs.retain(|name| found.contains_key(name));
                let value = declared.value.known().unwrap_or_default().to_owned();
                let arg = self.arg(instruction, arg, value);
                found.insert(arg.name.clone(), Global { arg, needs });
            }
        }
        found
    }

    fn names(&self, word: &str) -> Vec<String> {
        syntax::variables(word, self.parse.escape()).into_iter().map(|variable| variable.name).collect()
    }

    /// The arguments that a FROM line needs, those that their defaults need included.
    fn used_by_from(&self, stage: usize, global: &BTreeMap<String, Global>) -> BTreeSet<String> {
        let mut used = BTreeSet::new();
        let at = self.graph.stages[stage].from_instruction;
        let Some(Ok(Statement::From(from))) = at.and_then(|at| self.statements.get(at)) else {
            return used;
        };
        let mut pending = self.names(&from.image.value);
        pending.extend(from.platform.iter().flat_map(|flag| self.names(&flag.value)));
        while let Some(name) = pending.pop() {
            if let Some(global) = global.get(&name).filter(|_| used.insert(name)) {
                pending.extend(global.needs.iter().cloned());
            }
        }
        used
    }

    fn stage(
        &self,
        index: usize,
        before: &[StageOutline],
        global: &BTreeMap<String, Global>,
    ) -> StageOutline {
        let stage = &self.graph.stages[index];
        let mut out = StageOutline::default();
        if let Base::Stage(parent) = stage.base {
            out.variables = before[parent].variables.inherited();
        }
        let mut args: BTreeMap<String, OutlineArg> = BTreeMap::new();
        for name in self.used_by_from(index, global) {
            args.extend(global.get(&name).map(|global| (name, global.arg.clone())));
        }
        for &at in &stage.instructions {
            let Some(Ok(statement)) = self.statements.get(at) else { continue };
            match statement {
                Statement::Env(pairs) => out.variables.set(pairs, self.parse.escape()),
                Statement::Arg(list) => {
                    for arg in list {
                        self.declare(self.instructions[at], arg, global, &mut args, &mut out.variables);
                    }
                }
                Statement::Run(run) => self.mounts(self.instructions[at], &run.mounts, &mut out),
                _ => {}
            }
        }
        out.args = args.into_values().collect();
        out
    }

    /// An ARG of a stage. One that takes its value from before the first FROM is that argument.
    fn declare(
        &self,
        instruction: &Instruction,
        arg: &ArgDecl,
        global: &BTreeMap<String, Global>,
        args: &mut BTreeMap<String, OutlineArg>,
        variables: &mut Variables,
    ) {
        let name = &arg.key.value;
        let scope = self.graph.global_scope();
        let given = scope.build_arg(name).and_then(|value| value.known().map(str::to_owned));
        let default = || arg.value.as_ref().map(|value| variables.expand(&value.value, self.parse.escape()));
        let own = given.or_else(default);
        let inherited = self.graph.global_value(name).filter(|_| own.is_none());
        if let Some(value) = inherited {
            args.extend(global.get(name).map(|global| (name.clone(), global.arg.clone())));
            variables.all.insert(name.clone(), value);
        } else {
            variables.all.extend(own.clone().map(|value| (name.clone(), value)));
            args.insert(name.clone(), self.arg(instruction, arg, own.unwrap_or_default()));
        }
    }

    /// Of several mounts of one name the first one counts.
    fn mounts(&self, instruction: &Instruction, flags: &[Spanned<String>], out: &mut StageOutline) {
        let escape = self.parse.escape();
        for flag in flags {
            let mount = match parse_mount(&flag.value, &mut |word| Ok(out.variables.expand(word, escape))) {
                Ok(mount) => mount,
                Err(message) => {
                    out.problem.get_or_insert(Problem { range: flag.range, message, help: None });
                    continue;
                }
            };
            let (list, name) = match mount.kind {
                MountKind::Secret => {
                    let target = || {
                        mount
                            .target
                            .as_deref()
                            .map(|target| target.rsplit('/').next().unwrap_or_default().to_owned())
                    };
                    (
                        &mut out.secrets,
                        mount.source.clone().or(mount.id.clone()).or_else(target).unwrap_or_default(),
                    )
                }
                MountKind::Ssh => (&mut out.ssh, mount.id.clone().unwrap_or_else(|| "default".to_owned())),
                _ => continue,
            };
            if !list.iter().any(|lent| lent.name == name) {
                list.push(OutlineLent { name, required: mount.required, range: instruction.range });
            }
        }
    }

    /// A stage, then what it is built on, then what it copies and mounts from; each name once.
    fn collect(&self, read: &[StageOutline], target: usize) -> Result<Outline, Problem> {
        let mut out = self.empty(target);
        let (mut pending, mut seen) = (vec![target], BTreeSet::new());
        while let Some(stage) = pending.pop() {
            let Some(one) = read.get(stage).filter(|_| seen.insert(stage)) else { continue };
            if let Some(problem) = &one.problem {
                return Err(problem.clone());
            }
            add(&mut out.args, &one.args, |arg| &arg.name);
            add(&mut out.secrets, &one.secrets, |lent| &lent.name);
            add(&mut out.ssh, &one.ssh, |lent| &lent.name);
            let edges = self.graph.edges.iter().filter(|edge| edge.to == stage);
            pending.extend(edges.rev().map(|edge| edge.from));
        }
        Ok(out)
    }

    fn empty(&self, target: usize) -> Outline {
        let stage = self.graph.stages.get(target);
        let name = stage.and_then(|stage| stage.name.as_ref()).map(|name| name.value.clone());
        let from = stage.and_then(|stage| self.instructions.get(stage.from_instruction?));
        let description =
            from.zip(name.as_ref()).and_then(|(from, name)| description(self.parse, from, name));
        Outline { name, description, args: Vec::new(), secrets: Vec::new(), ssh: Vec::new() }
    }
}

/// Adds what is not there yet by its name.
fn add<T: Clone>(all: &mut Vec<T>, more: &[T], name: impl Fn(&T) -> &String) {
    for item in more {
        if !all.iter().any(|old| name(old) == name(item)) {
            all.push(item.clone());
        }
    }
}
