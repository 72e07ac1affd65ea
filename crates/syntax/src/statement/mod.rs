//! The typed views of instructions, made on demand.

mod args;
mod exec;
mod files;
mod keys;
mod other;
mod types;

use std::ops::Range;

use kit::TextRange;

use crate::error::{Spanned, SyntaxError};
use crate::flags::{self, Flags, Kind, RawFlag};
use crate::heredoc::HeredocPart;
use crate::keyword::{self, Keyword};
use crate::lines::{is_blank, skip_white};
use crate::logical::Logical;
use crate::tree::{Instruction, Parse};

pub(crate) use args::Args;
pub use types::{ArgDecl, Copy, Exec, Form, From, Healthcheck, KeyValues, Onbuild, Run, Statement};

/// The parts of a logical line, as ranges of it.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) keyword: Range<usize>,
    pub(crate) flags: Vec<RawFlag>,
    /// What follows the flags, without blanks around it.
    pub(crate) args: Range<usize>,
}

/// Splits a logical line into its parts.
pub(crate) fn split_command(text: &str, line: Range<usize>) -> Command {
    let line = trim(text, line);
    let bytes = &text.as_bytes()[line.clone()];
    let length = bytes.iter().position(|byte| is_blank(*byte)).unwrap_or(bytes.len());
    let (flags, at) = flags::extract(text, line.start + length..line.end);
    Command { keyword: line.start..line.start + length, flags, args: trim(text, at..line.end) }
}

/// `range` without white space at its ends.
pub(crate) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let start = skip_white(text, range.start, range.end);
    start..start + text[start..range.end].trim_end().len()
}

/// What a statement is made from.
pub(crate) struct Context<'a> {
    pub(crate) source: &'a str,
    pub(crate) escape: char,
    pub(crate) logical: &'a Logical<'a>,
    pub(crate) heredocs: &'a [HeredocPart],
}

type Errors = Vec<SyntaxError>;

impl<'a> Context<'a> {
    pub(crate) fn new(parse: &'a Parse, instruction: &'a Instruction, logical: &'a Logical<'a>) -> Self {
        Self { source: parse.text(), escape: parse.escape(), logical, heredocs: &instruction.heredocs }
    }

    /// The flags of the line, unchecked.
    pub(crate) fn flags(&self, line: Range<usize>) -> Vec<Spanned<String>> {
        let command = split_command(self.logical.text(), line);
        command
            .flags
            .into_iter()
            .map(|flag| Spanned::new(flag.text, self.logical.source(&flag.range)))
            .collect()
    }

    /// The statement of a part of the logical line.
    pub(crate) fn statement(&self, line: Range<usize>) -> Result<Statement, Errors> {
        let command = split_command(self.logical.text(), line);
        let word = self.logical.slice(&command.keyword);
        let kind = Keyword::of(word);
        match kind {
            Keyword::From => self.from(&command),
            Keyword::Arg => self.arg(&command),
            Keyword::Env => self.key_values(&command, kind).map(Statement::Env),
            Keyword::Label => self.key_values(&command, kind).map(Statement::Label),
            Keyword::Run => self.run(&command),
            Keyword::Cmd => self.exec(&command).map(Statement::Cmd),
            Keyword::Entrypoint => self.exec(&command).map(Statement::Entrypoint),
            Keyword::Shell => self.shell(&command),
            Keyword::Healthcheck => self.healthcheck(&command).map(Statement::Healthcheck),
            Keyword::Copy => self.copy(&command).map(Statement::Copy),
            Keyword::Add => self.add(&command).map(Statement::Add),
            Keyword::Workdir => self.single(&command, kind).map(Statement::Workdir),
            Keyword::User => self.single(&command, kind).map(Statement::User),
            Keyword::Stopsignal => self.single(&command, kind).map(Statement::Stopsignal),
            Keyword::Maintainer => self.single(&command, kind).map(Statement::Maintainer),
            Keyword::Volume => self.volume(&command),
            Keyword::Expose => self.expose(&command),
            Keyword::Onbuild => self.onbuild(&command).map(Statement::Onbuild),
            Keyword::Unknown => {
                let range = self.logical.source(&command.keyword);
                let error = SyntaxError::new(range, format!("unknown instruction `{word}`"));
                Err(vec![error.maybe_help(keyword::suggest(word))])
            }
        }
    }

    /// Checks the flags of a command against those its instruction knows.
    fn known_flags(&self, command: &Command, known: &[(&'static str, Kind)]) -> Flags {
        Flags::new(self.logical, &command.flags, known)
    }

    /// For instructions without flags.
    fn no_flags(&self, command: &Command) -> Result<(), Errors> {
        finish(self.known_flags(command, &[]).errors, ())
    }

    /// The place of the arguments, or the whole line when there are none.
    fn place(&self, command: &Command) -> TextRange {
        let range = if command.args.is_empty() { &command.keyword } else { &command.args };
        self.logical.source(range)
    }

    fn error(&self, command: &Command, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.place(command), message)
    }
}

/// The value, when there are no errors.
fn finish<T>(errors: Errors, value: T) -> Result<T, Errors> {
    if errors.is_empty() { Ok(value) } else { Err(errors) }
}
