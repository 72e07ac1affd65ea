//! CMD and ENTRYPOINT that are written for a shell.

use facts::{Effect, Safety};
use kit::Edit;
use syntax::{Form, Spanned, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::sink::Sink;

/// A CMD or ENTRYPOINT in shell form.
pub(crate) struct ShellCommand<'a> {
    text: &'a Spanned<String>,
    is_entrypoint: bool,
}

/// Commands that a shell has built in, or that say something to it alone.
const BUILTINS: &[&str] = &[
    ".", ":", "alias", "break", "cd", "command", "continue", "eval", "exec", "exit", "export", "if", "for",
    "read", "return", "set", "shift", "source", "trap", "type", "ulimit", "umask", "unset", "wait", "while",
];

impl<'a> ShellCommand<'a> {
    /// The command of an instruction, when it is a CMD or ENTRYPOINT in shell form.
    pub(crate) fn of(step: &Step<'a>) -> Option<Self> {
        let (exec, is_entrypoint) = match step.statement? {
            Statement::Cmd(exec) => (exec, false),
            Statement::Entrypoint(exec) => (exec, true),
            _ => return None,
        };
        match &exec.form {
            Form::Shell(text) => Some(Self { text, is_entrypoint }),
            Form::Json(_) => None,
        }
    }

    pub(crate) fn report(&self, context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
        let name = if self.is_entrypoint { "ENTRYPOINT" } else { "CMD" };
        let mut draft = sink
            .report(step.instruction.keyword.cover(self.text.range), format!("`{name}` is not a JSON array"))
            .help(format!("write `{name} [\"program\", \"argument\"]`, so that signals reach the program"));
        if !has_shell(context, step) {
            draft = draft.buildkit(context.parse, step.instruction, detail(context, step));
        }
        let one_line = !self.text.range.slice(context.text()).contains('\n');
        let Some(words) = plain_words(&self.text.value).filter(|_| one_line) else { return };
        let list: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let edit = Edit { range: self.text.range, replacement: format!("[{}]", list.join(", ")) };
        // An ENTRYPOINT in JSON form is given the arguments that the one for a shell has passed over.
        let safe = !self.is_entrypoint && !has_entrypoint(context, step) && !is_script(words[0]);
        let safety = if safe { Safety::Safe } else { Safety::Unsafe };
        let field = if self.is_entrypoint { "Entrypoint" } else { "Cmd" };
        draft.fix("write it as a JSON array", safety, vec![edit]).effects([Effect::Config(field)]);
    }
}

/// Whether the image has a program of its own that is given the CMD.
fn has_entrypoint(context: &Context<'_>, step: &Step<'_>) -> bool {
    let chain = context.chain(step.stage);
    let mut steps = chain.iter().flat_map(|stage| &context.stages[*stage].steps);
    steps.any(|other| matches!(other.statement, Some(Statement::Entrypoint(_))))
}

/// The words of a command, when a shell would do nothing but start the program with them.
pub(crate) fn plain_words(text: &str) -> Option<Vec<&str>> {
    let plain = |ch: char| ch.is_ascii_alphanumeric() || " \t_./:,@%+-=".contains(ch);
    let words: Vec<&str> = text.split_whitespace().collect();
    let first = words.first()?;
    let starts = !first.contains('=') && !BUILTINS.contains(first);
    (starts && text.chars().all(plain)).then_some(words)
}

/// What `BuildKit` says of it.
fn detail(context: &Context<'_>, step: &Step<'_>) -> String {
    let name = step.instruction.keyword_text(context.parse);
    format!("JSON arguments recommended for {name} to prevent unintended behavior related to OS signals")
}

/// Whether a program may be a script without a first line `#!`, which only a shell can run.
fn is_script(program: &str) -> bool {
    program.contains('/') || program.rsplit_once('.').is_some_and(|(_, end)| end == "sh")
}

/// Whether the shell of the stage is set before a step.
pub(crate) fn has_shell(context: &Context<'_>, step: &Step<'_>) -> bool {
    context.steps_before(step).any(|other| matches!(other.statement, Some(Statement::Shell(_))))
}
