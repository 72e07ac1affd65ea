//! A command to a package manager, taken apart.

use kit::TextRange;
use shell::{Arg, Invocation};

use super::managers::{Manager, Verb, manager};
use super::words::{self, Package};
use crate::model::{RunCommand, RunStep, Step};

/// Where in a command what is said to a package manager stands. Positions are those of [`Invocation::args`].
#[derive(Debug)]
pub(crate) struct Order {
    /// Position of the command in [`RunStep::commands`].
    pub(crate) command: usize,
    manager: &'static Manager,
    /// What it is told to do.
    verb: Verb,
    /// The words that say so.
    verb_words: Vec<usize>,
    /// The operands behind them.
    operands: Vec<usize>,
    /// The options, and the positions of their values where these are words of their own.
    options: Vec<(usize, Option<usize>)>,
}

impl Order {
    /// Reads a command; `None` when it is not for a package manager.
    pub(crate) fn read(command: usize, invocation: &Invocation<'_>) -> Option<Self> {
        let args = invocation.args();
        let (manager, first) = match manager(invocation.name()) {
            Some(manager) => (manager, 0),
            None => module(invocation.name(), args)?,
        };
        let (mut options, mut plain) = (Vec::new(), Vec::new());
        let mut at = first;
        while let Some(arg) = args.get(at) {
            if arg.text == "--" {
                plain.extend(if manager.ends_at_dashes { args.len() } else { at + 1 }..args.len());
                break;
            }
            if arg.is_option() {
                let value = takes_value(manager, &arg.text).then_some(at + 1).filter(|at| *at < args.len());
                options.push((at, value));
                at = value.unwrap_or(at);
            } else {
                plain.push(at);
            }
            at += 1;
        }
        let text = |at: &usize| args[*at].text.as_ref();
        let (mut verb, count) = verb(manager, &plain.iter().map(text).collect::<Vec<_>>());
        if plain.is_empty() && args[first..].iter().any(|arg| asks(&arg.text)) {
            verb = Verb::Other;
        }
        let operands = plain.split_off(count);
        if manager.name == "pacman" {
            verb = pacman(args);
        }
        Some(Self { command, manager, verb, verb_words: plain, operands, options })
    }
}

/// pacman is told by an option what to do.
fn pacman(args: &[Arg<'_>]) -> Verb {
    let mut options = args.iter().map(|arg| arg.text.as_ref());
    let Some(sync) = options.find(|text| text.starts_with("-S") || *text == "--sync") else {
        return Verb::Other;
    };
    let named = args.iter().any(|arg| !arg.is_option());
    match sync {
        sync if sync.contains('c') && !named => Verb::Clean,
        sync if sync.contains('u') && !named => Verb::Upgrade,
        _ if named => Verb::Install,
        _ => Verb::Refresh,
    }
}

/// Whether an option only asks the program about itself.
fn asks(option: &str) -> bool {
    matches!(option, "--version" | "--help" | "-v" | "-V" | "-h")
}

/// `python -m pip …`: the manager, and where its arguments begin.
fn module(name: &str, args: &[Arg<'_>]) -> Option<(&'static Manager, usize)> {
    let stem = name.trim_end_matches(|ch: char| ch.is_ascii_digit() || ch == '.');
    if !matches!(stem, "python" | "pypy" | "py") {
        return None;
    }
    let at = args.iter().position(|arg| !arg.is_option() || arg.text.starts_with("-m"))?;
    let (name, first) = match args[at].text.strip_prefix("-m")? {
        "" => (args.get(at + 1)?.text.as_ref(), at + 2),
        name => (name, at + 1),
    };
    Some((manager(name)?, first))
}

/// What the operands tell to do, and how many of them say so.
fn verb(manager: &Manager, operands: &[&str]) -> (Verb, usize) {
    let found = manager.verbs.iter().find_map(|(words, verb)| {
        let count = words.split(' ').count();
        let fits = operands.len() >= count && words.split(' ').eq(operands[..count].iter().copied());
        fits.then_some((*verb, count))
    });
    match found {
        Some(found) => found,
        None if operands.is_empty() || manager.verbs.is_empty() => (manager.default, 0),
        None => (Verb::Other, 1),
    }
}

/// Whether the value of an option is the next word. Of short options in a cluster, the first with a value takes the
/// rest of it.
fn takes_value(manager: &Manager, option: &str) -> bool {
    if option.starts_with("--") || manager.valued.contains(&option) {
        return manager.valued.contains(&option);
    }
    let valued =
        |letter: char| manager.valued.iter().any(|known| known.len() == 2 && known.ends_with(letter));
    let mut letters = option[1..].char_indices();
    letters
        .find(|(_, letter)| valued(*letter))
        .is_some_and(|(at, letter)| at + 1 + letter.len_utf8() == option.len())
}

/// A command to a package manager.
#[derive(Clone, Copy)]
pub(crate) struct Call<'b, 'a> {
    pub(crate) run: &'b RunStep<'a>,
    pub(crate) item: &'b RunCommand<'a>,
    order: &'b Order,
}

impl<'b, 'a> Call<'b, 'a> {
    pub(crate) fn new(run: &'b RunStep<'a>, order: &'b Order) -> Self {
        Self { run, item: &run.commands[order.command], order }
    }

    fn args(&self) -> &'b [Arg<'a>] {
        self.item.command.args()
    }

    /// The package manager.
    pub(crate) const fn manager(&self) -> &'static Manager {
        self.order.manager
    }

    /// The program that is called: `apt-get` or `apt`.
    pub(crate) fn program(&self) -> &'b str {
        self.item.command.name()
    }

    /// Whether it is a command to a manager, by its name.
    pub(crate) fn is(&self, manager: &str, verb: Verb) -> bool {
        self.order.manager.name == manager && self.order.verb == verb
    }

    /// What it is told to do.
    pub(crate) const fn verb(&self) -> Verb {
        self.order.verb
    }

    /// Whether the words that tell it what to do are these.
    pub(crate) fn says(&self, words: &str) -> bool {
        words.split(' ').eq(self.order.verb_words.iter().map(|at| self.args()[*at].text.as_ref()))
    }

    /// The last word that tells what to do; the program when none does.
    pub(crate) fn verb_word(&self) -> Option<&'b Arg<'a>> {
        let last = self.order.verb_words.last();
        last.map_or_else(|| self.item.command.program(), |at| self.args().get(*at))
    }

    /// The operands behind the words that tell what to do.
    pub(crate) fn operands(&self) -> impl Iterator<Item = &'b Arg<'a>> {
        let args = self.args();
        self.order.operands.iter().map(move |at| &args[*at])
    }

    /// The option of one of these names, long or short.
    pub(crate) fn option(&self, names: &[&str]) -> Option<&'b Arg<'a>> {
        let args = self.args();
        let mut found = self.order.options.iter().map(|(at, _)| &args[*at]);
        found.find(|arg| names.iter().any(|name| self.is_option(&arg.text, name)))
    }

    /// Whether it has an option of one of these names.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.option(names).is_some()
    }

    /// How often a short option is given.
    pub(crate) fn count(&self, letter: char) -> usize {
        let short = |at: &usize| {
            let text = self.args()[*at].text.as_ref();
            if text.starts_with("--") { 0 } else { text[1..].matches(letter).count() }
        };
        self.order.options.iter().map(|(at, _)| short(at)).sum()
    }

    /// How often a long option is given.
    pub(crate) fn count_long(&self, name: &str) -> usize {
        self.order.options.iter().filter(|(at, _)| self.args()[*at].text == name).count()
    }

    /// The values of the options of these names.
    pub(crate) fn values(&self, names: &'b [&'b str]) -> impl Iterator<Item = &'b str> {
        let args = self.args();
        self.order.options.iter().filter_map(move |(at, value)| {
            let text = args[*at].text.as_ref();
            let name = names.iter().find(|name| text.starts_with(**name))?;
            let rest = &text[name.len()..];
            match (rest.strip_prefix('='), value) {
                (Some(value), _) => Some(value),
                (None, Some(value)) if rest.is_empty() => Some(args[*value].text.as_ref()),
                (None, _) if !rest.is_empty() && !name.starts_with("--") && name.len() == 2 => Some(rest),
                _ => None,
            }
        })
    }

    /// The options whose value is a word of its own, with it.
    pub(crate) fn values_apart(&self) -> impl Iterator<Item = (&'b Arg<'a>, &'b Arg<'a>)> {
        let args = self.args();
        self.order.options.iter().filter_map(move |(at, value)| Some((&args[*at], &args[(*value)?])))
    }

    /// Whether a file says which packages or which versions.
    pub(crate) fn has_file(&self) -> bool {
        self.has(self.order.manager.files)
    }

    /// The packages that are named, variables replaced as far as they are known.
    pub(crate) fn packages(&self, step: &Step<'_>) -> Vec<Package<'b, 'a>> {
        let found = self.operands().flat_map(|arg| words::packages(self.order.manager, step, self.run, arg));
        found.collect()
    }

    /// Whether hadolint looks at the command at all.
    pub(crate) fn is_seen_by_hadolint(&self) -> bool {
        let stranger = ["dnf5", "tdnf"].contains(&self.program());
        let glued = self.args().first().is_some_and(|arg| arg.text.starts_with("-mpip"));
        !stranger && !glued && self.run.is_plain(self.item)
    }

    /// Where the command stands in the file.
    pub(crate) fn place(&self) -> TextRange {
        self.run.place_of_command(&self.item.command)
    }

    /// From the program to the word that says what to do.
    pub(crate) fn head(&self) -> TextRange {
        let program = self.item.command.program().map(|word| self.run.place_of_arg(word));
        let verb = self.verb_word().map(|word| self.run.place_of_arg(word));
        match (program, verb) {
            (Some(program), Some(verb)) => program.cover(verb),
            _ => self.place(),
        }
    }

    fn is_option(&self, text: &str, name: &str) -> bool {
        let Some(letter) =
            name.strip_prefix('-').and_then(|rest| rest.chars().next()).filter(|_| name.len() == 2)
        else {
            return text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
        };
        if text.starts_with("--") {
            return false;
        }
        for own in text[1..].chars() {
            if own == letter {
                return true;
            }
            let known =
                self.order.manager.valued.iter().any(|known| known.len() == 2 && known.ends_with(own));
            if known || own == '=' {
                return false;
            }
        }
        false
    }
}
