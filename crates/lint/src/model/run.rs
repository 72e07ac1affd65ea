//! RUN: its commands with their directories, and its mounts.

use std::ops::Range;

use kit::TextRange;
use syntax::{Form, Mount, MountKind, Parse, Run, parse_mount};

use super::Step;
use super::copy::absolute;
use super::locate::Locator;
use crate::paths::{is_within, join};
use crate::shell::{Command, Word, commands};

/// A RUN taken apart.
#[derive(Debug)]
pub(crate) struct RunStep {
    pub(crate) commands: Vec<RunCommand>,
    pub(crate) mounts: Vec<MountPoint>,
    locator: Locator,
}

/// A command and the directory it runs in.
#[derive(Debug)]
pub(crate) struct RunCommand {
    pub(crate) command: Command,
    /// `None` when it is not known.
    pub(crate) cwd: Option<String>,
}

/// A mount and where it is.
#[derive(Debug)]
pub(crate) struct MountPoint {
    pub(crate) mount: Mount,
    /// Where the mount is, absolute; `None` when it is not known or not a file.
    pub(crate) target: Option<String>,
    pub(crate) range: TextRange,
}

impl RunStep {
    pub(super) fn new(parse: &Parse, step: &Step<'_>, run: &Run, workdir: Option<&str>) -> Self {
        let (text, locator) = script(parse, step, run);
        let mounts = run.mounts.iter().filter_map(|flag| {
            let mut expand = |word: &str| step.expand(word).ok_or_else(String::new);
            let mount = parse_mount(&flag.value, &mut expand).ok()?;
            let target = target(&mount, workdir);
            Some(MountPoint { mount, target, range: flag.range })
        });
        Self { commands: with_directories(step, commands(&text), workdir), mounts: mounts.collect(), locator }
    }

    /// Where a part of the shell text stands in the file.
    pub(crate) fn locate(&self, range: &Range<usize>) -> TextRange {
        self.locator.find(range)
    }

    /// Whether places are exact, so that they can be edited.
    pub(crate) const fn is_exact(&self) -> bool {
        self.locator.is_exact()
    }

    /// The commands of a name.
    pub(crate) fn named<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a RunCommand> {
        self.commands.iter().filter(|item| names.contains(&item.command.name()))
    }

    /// Whether `path` is not part of the layer, as it lies in a mount.
    pub(crate) fn is_mounted(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| mount.target.as_deref().is_some_and(|target| is_within(path, target)))
    }

    /// What this very RUN deletes again.
    pub(crate) fn removes<'a>(
        &'a self,
        step: &'a Step<'_>,
    ) -> impl Iterator<Item = (String, TextRange)> + 'a {
        self.named(&["rm", "shred", "unlink"]).flat_map(move |item| {
            let path = move |word: &Word| Some((item.path(step, word)?, self.locate(&word.range)));
            item.command.operands().filter_map(path)
        })
    }
}

impl RunCommand {
    /// The path a word means, absolute; `None` when it is not known.
    pub(crate) fn path(&self, step: &Step<'_>, word: &Word) -> Option<String> {
        let text = word.text.as_str();
        if let Some(home) = ["~/", "$HOME/", "${HOME}/"].iter().find_map(|prefix| text.strip_prefix(prefix)) {
            // Almost every image has root's home there; a guess that is wrong leads to no finding, as no path matches.
            return Some(join("/root", home.trim_end_matches('*')));
        }
        let text = if word.expands { simple_expansion(step, text)? } else { text.to_owned() };
        absolute(self.cwd.as_deref(), text.trim_end_matches("/*"))
    }
}

/// A word with `$NAME` and nothing else that a shell would replace.
fn simple_expansion(step: &Step<'_>, text: &str) -> Option<String> {
    let pattern = |ch| matches!(ch, '`' | '?' | '[' | '(');
    if text.contains(pattern) || text.trim_end_matches("/*").contains('*') {
        return None;
    }
    step.expand(text)
}

/// The shell text of a RUN, and how to find the places of its parts.
fn script(parse: &Parse, step: &Step<'_>, run: &Run) -> (String, Locator) {
    if let Some(heredoc) = run.script() {
        let body = &heredoc.body;
        let locator = if heredoc.strip_tabs {
            Locator::nowhere(body.range)
        } else {
            Locator::verbatim(body.range.start, body.range)
        };
        return (body.value.clone(), locator);
    }
    match &run.form {
        Form::Shell(text) => {
            (text.value.clone(), Locator::of_line(parse, step.instruction, &text.value, text.range))
        }
        Form::Json(words) => {
            let whole = words.iter().map(|word| word.range).reduce(TextRange::cover).unwrap_or_default();
            let words: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
            (json_script(&words), Locator::nowhere(whole))
        }
    }
}

/// `["sh", "-c", "…"]` is a script; other lists are a command whose words are quoted.
fn json_script(words: &[&str]) -> String {
    match words {
        [shell, flag, script, ..]
            if shell.ends_with("sh") && flag.starts_with('-') && flag.ends_with('c') =>
        {
            (*script).to_owned()
        }
        words => words
            .iter()
            .map(|word| format!("'{}'", word.replace('\'', "'\\''")))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

fn target(mount: &Mount, workdir: Option<&str>) -> Option<String> {
    match (&mount.target, mount.kind) {
        (Some(target), _) => absolute(workdir, target),
        (None, MountKind::Secret) if mount.env.is_none() => {
            let id = mount.id.as_deref().or(mount.source.as_deref())?;
            Some(join("/run/secrets", id))
        }
        (None, _) => None,
    }
}

/// Follows `cd` through the commands.
fn with_directories(step: &Step<'_>, commands: Vec<Command>, workdir: Option<&str>) -> Vec<RunCommand> {
    let mut cwd = workdir.map(str::to_owned);
    let mut out = Vec::with_capacity(commands.len());
    for command in commands {
        let item = RunCommand { command, cwd: cwd.clone() };
        if matches!(item.command.name(), "cd" | "pushd") {
            cwd = item.command.operands().next().and_then(|word| item.path(step, word));
        } else if item.command.name() == "popd" {
            cwd = None;
        }
        out.push(item);
    }
    out
}
