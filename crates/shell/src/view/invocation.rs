//! The command that is run in the end, behind `sudo`, `env` and their like, with its options.

use std::borrow::Cow;

use kit::TextRange;

use super::wrappers::wrapper;
use super::{Command, Word};

/// A word of a command with its text.
#[derive(Debug, Clone)]
pub struct Arg<'a> {
    /// The word.
    pub word: Word<'a>,
    /// Its text without quotes and backslashes. What is expanded stays as it is written.
    pub text: Cow<'a, str>,
    /// Whether the shell replaces something in it.
    pub expands: bool,
}

impl<'a> Arg<'a> {
    /// A word with its text.
    pub fn new(word: Word<'a>) -> Self {
        let expands = !word.node().is_leaf() && word.literal().is_none();
        Self { word, text: word.text(), expands }
    }

    /// Where it stands.
    pub fn range(&self) -> TextRange {
        self.word.range()
    }

    /// Whether it is an option: it begins with `-` and is not that alone.
    pub fn is_option(&self) -> bool {
        self.text.len() > 1 && self.text.starts_with('-')
    }
}

/// A simple command as it is run: what comes before the program is told apart.
#[derive(Debug, Clone)]
pub struct Invocation<'a> {
    command: Command<'a>,
    words: Vec<Arg<'a>>,
    /// Positions of the wrappers.
    wrappers: Vec<usize>,
    /// Position of the program.
    program: usize,
    /// Where in the text of the program its name begins, behind the directory.
    name: usize,
}

impl<'a> Invocation<'a> {
    /// Looks through the wrappers of a command.
    pub fn new(command: Command<'a>) -> Self {
        let words: Vec<Arg<'a>> = command.words().map(Arg::new).collect();
        let (mut wrappers, mut program) = (Vec::new(), 0);
        while let Some(name) = words.get(program).filter(|word| !word.expands) {
            let Some(found) = wrapper(base_name(&name.text)) else { break };
            let behind = words[program + 1..].iter().map(|word| word.text.as_ref());
            let Some(next) = found.own(behind).map(|own| program + 1 + own) else { break };
            if next >= words.len() {
                break;
            }
            wrappers.push(program);
            program = next;
        }
        let path = words.get(program).map_or("", |word| word.text.as_ref());
        let name = path.len() - base_name(path).len();
        Self { command, words, wrappers, program, name }
    }

    /// The command it is made from.
    pub const fn command(&self) -> Command<'a> {
        self.command
    }

    /// All words of the command, wrappers first.
    pub fn words(&self) -> &[Arg<'a>] {
        &self.words
    }

    /// The names of the programs that run this one, the outermost first.
    pub fn wrappers(&self) -> impl Iterator<Item = &Arg<'a>> {
        self.wrappers.iter().map(|at| &self.words[*at])
    }

    /// The word that names the program; `None` for assignments or redirections alone.
    pub fn program(&self) -> Option<&Arg<'a>> {
        self.words.get(self.program)
    }

    /// Name of the program without its directory; empty when there is none.
    pub fn name(&self) -> &str {
        self.program().map_or("", |word| &word.text[self.name..])
    }

    /// The arguments of the program.
    pub fn args(&self) -> &[Arg<'a>] {
        self.words.get(self.program + 1..).unwrap_or_default()
    }

    /// The arguments that are no options.
    pub fn operands(&self) -> impl Iterator<Item = &Arg<'a>> {
        self.args().iter().filter(|word| !word.text.starts_with('-'))
    }

    /// The option among the arguments: a long one with or without `=value`, or a short one, alone or in a cluster.
    pub fn option(&self, name: &str) -> Option<&Arg<'a>> {
        self.args().iter().find(|word| is_option(&word.text, name))
    }

    /// The value of an option: behind `=`, directly behind a short option, or in the next word.
    pub fn value(&self, names: &[&str]) -> Option<(&str, &Arg<'a>)> {
        let args = self.args();
        args.iter().enumerate().find_map(|(at, word)| {
            let name = names.iter().find(|name| word.text.starts_with(**name))?;
            let rest = &word.text[name.len()..];
            match rest.strip_prefix('=') {
                Some(value) => Some((value, word)),
                None if rest.is_empty() => args.get(at + 1).map(|next| (next.text.as_ref(), next)),
                None if !name.starts_with("--") && name.len() == 2 => Some((rest, word)),
                None => None,
            }
        })
    }

    /// From its first assignment or word to its last.
    pub fn range(&self) -> TextRange {
        self.command.words_range()
    }
}

/// The last part of a path.
fn base_name(path: &str) -> &str {
    path.bytes().rposition(|byte| byte == b'/').map_or(path, |at| &path[at + 1..])
}

fn is_option(word: &str, name: &str) -> bool {
    match name.strip_prefix('-').filter(|short| short.len() == 1) {
        Some(short) => {
            word.len() > 1 && word.starts_with('-') && !word.starts_with("--") && word[1..].contains(short)
        }
        None => word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')),
    }
}
