//! The shell texts of a file, parsed: those of the instructions, and those that commands in them give to a shell.

use kit::{SourceMap, TextRange};
use shell::{Command, Dialect, Invocation, Node, NodeId, ShellOptions};
use stage::{Shells, StageGraph};
use syntax::{Instruction, Parse, ShellTextKind, Statement};

use super::Statements;
use super::declared::declared;

/// `sh -c "sh -c …"` deeper than this is not looked into.
const DEEPEST: usize = 4;

/// The scripts of a file.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    /// For each instruction its own script and those within it, in the order in which they were found.
    of_instruction: Vec<Vec<Script>>,
}

/// A shell text with its tree.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) parse: shell::Parse,
    /// The settings that its shell is started with.
    pub(crate) options: ShellOptions,
    /// The command that gives it to a shell, and the script of that.
    pub(crate) outer: Option<(usize, NodeId)>,
    /// Whether it stands in the file as its shell gets it: it is no list of arguments, and no outer shell replaces
    /// something in it.
    pub(crate) is_as_written: bool,
    /// From the text to the file.
    map: SourceMap,
    depth: usize,
}

impl Scripts {
    /// Parses the texts of all RUN instructions, and of those that ONBUILD keeps for later.
    pub(crate) fn new(parse: &Parse, statements: &Statements, graph: &StageGraph) -> Self {
        let shells = Shells::new(parse, statements, graph);
        let declared = declared(parse);
        let scripts = |(at, instruction): (usize, &Instruction)| {
            let statement = statements.get(at).and_then(|statement| statement.as_ref().ok());
            let text = if statement.is_some_and(runs) { instruction.shell_text(parse) } else { None };
            text.map(|text| {
                let is_open = text.kind != ShellTextKind::Exec && !text.text.starts_with("#!");
                let said = declared.get(at).copied().flatten().filter(|_| is_open);
                let (dialect, options) = match said {
                    Some(dialect) => (dialect, ShellOptions::default()),
                    None => shells.at(at).language_of(&text),
                };
                with_embedded(Script {
                    parse: shell::parse(&text.text, dialect),
                    options,
                    outer: None,
                    is_as_written: text.kind != ShellTextKind::Exec,
                    map: text.map,
                    depth: 0,
                })
            })
        };
        let all = parse.instructions().enumerate().map(scripts);
        Self { of_instruction: all.map(Option::unwrap_or_default).collect() }
    }

    /// The scripts of an instruction; the first one is its own.
    pub(crate) fn of(&self, instruction: usize) -> &[Script] {
        self.of_instruction.get(instruction).map_or(&[], Vec::as_slice)
    }
}

/// Whether it is a RUN, at once or as a trigger.
fn runs(statement: &Statement) -> bool {
    match statement {
        Statement::Run(_) => true,
        Statement::Onbuild(onbuild) => matches!(onbuild.statement.as_deref(), Some(Statement::Run(_))),
        _ => false,
    }
}

impl Script {
    /// Whether its language is one that is parsed, so that what is not found in it is not there.
    pub(crate) fn is_known(&self) -> bool {
        self.parse.dialect().is_parsed()
    }

    /// Where a part of the text stands in the file.
    pub(crate) fn place(&self, range: TextRange) -> TextRange {
        self.map.source(range)
    }

    /// Whether a node is one of its tree.
    pub(crate) fn holds(&self, node: Node<'_>) -> bool {
        std::ptr::eq(node.parse(), &raw const self.parse)
    }
}

/// A script and those that its commands give to a shell, which follow it.
fn with_embedded(script: Script) -> Vec<Script> {
    let mut all = vec![script];
    let mut at = 0;
    while let Some(script) = all.get(at) {
        let deep = script.depth >= DEEPEST;
        let commands = script.parse.commands().filter(|command| !deep && can_embed(*command));
        let found: Vec<Script> = commands.filter_map(|command| embedded(script, at, command)).collect();
        all.extend(found);
        at += 1;
    }
    all
}

/// Whether a command has words enough to give a script to a shell, or a here-document that may be one.
fn can_embed(command: Command<'_>) -> bool {
    command.words().nth(1).is_some() || command.redirects().any(|redirect| redirect.heredoc().is_some())
}

fn embedded(script: &Script, at: usize, command: Command<'_>) -> Option<Script> {
    let invocation = Invocation::new(command);
    let found = invocation.script().filter(|found| found.dialect.is_parsed())?;
    let args = invocation.args().iter().map(|arg| arg.text.as_ref());
    let own = Dialect::of_program(invocation.name()).is_parsed();
    Some(Script {
        parse: found.parse(),
        options: if own {
            ShellOptions::of_arguments(args.take_while(|arg| *arg != found.text))
        } else {
            script.options
        },
        outer: Some((at, command.node().id())),
        is_as_written: found.is_literal,
        map: found.map.through(&script.map),
        depth: script.depth + 1,
    })
}
