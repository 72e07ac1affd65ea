//! RUN: its commands with their directories, and its mounts.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use kit::{Edit, TextRange};
use shell::{Access, Arg, Assignment, Command, Invocation, Node};
use stage::Lookup;
use syntax::{Mount, MountKind, Run, parse_mount};

use super::Step;
use super::copy::absolute;
use super::scripts::Script;
use crate::context::Context;
use crate::packages::{Call, Order, append_behind as append};
use crate::paths::is_within;

/// More commands to package managers than anybody writes in a RUN; the rest is not looked at.
const MOST_ORDERS: usize = 1000;

/// A RUN taken apart.
#[derive(Debug)]
pub(crate) struct RunStep<'a> {
    /// The commands of its script in the order in which they begin, then those of the scripts within it.
    pub(crate) commands: Vec<RunCommand<'a>>,
    pub(crate) mounts: Vec<MountPoint>,
    /// What is said to package managers.
    orders: Vec<Order>,
    assigned: OnceCell<BTreeMap<String, Option<String>>>,
    scripts: &'a [Script],
}

/// A command and the directory it runs in.
#[derive(Debug)]
pub(crate) struct RunCommand<'a> {
    pub(crate) command: Invocation<'a>,
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

impl<'a> RunStep<'a> {
    pub(super) fn new(scripts: &'a [Script], step: &Step<'_>, run: &Run, workdir: Option<&str>) -> Self {
        let mounts = run.mounts.iter().filter_map(|flag| {
            let mut expand = |word: &str| step.expand(word).ok_or_else(String::new);
            let mount = parse_mount(&flag.value, &mut expand).ok()?;
            let target = target(&mount, workdir);
            Some(MountPoint { mount, target, range: flag.range })
        });
        let commands = with_directories(step, scripts, workdir);
        let orders = commands.iter().enumerate();
        let orders =
            orders.filter_map(|(at, item)| Order::read(at, &item.command)).take(MOST_ORDERS).collect();
        Self { commands, mounts: mounts.collect(), orders, assigned: OnceCell::new(), scripts }
    }

    /// The commands to package managers.
    pub(crate) fn calls<'b>(&'b self) -> impl DoubleEndedIterator<Item = Call<'b, 'a>> {
        self.orders.iter().map(|order| Call::new(self, order))
    }

    /// What its scripts make of a variable; [`Lookup::Unset`] when they leave it alone.
    pub(crate) fn assigned(&self, name: &str) -> Lookup {
        match self.assigned.get_or_init(|| assignments(self.scripts)).get(name) {
            Some(Some(value)) => Lookup::Known(value.clone()),
            Some(None) => Lookup::Unknown,
            None => Lookup::Unset,
        }
    }

    /// Puts `text` directly behind a word; `None` when the word does not stand in the file as it is, so that what is
    /// put there would have to be quoted.
    pub(crate) fn insert_behind(&self, file: &str, arg: &Arg<'_>, text: &str) -> Option<Edit> {
        let end = self.plain(file, arg)?.end;
        Some(Edit { range: TextRange::new(end, end), replacement: text.to_owned() })
    }

    /// Puts `text` in the place of a word; `None` as above.
    pub(crate) fn replace(&self, file: &str, arg: &Arg<'_>, text: &str) -> Option<Edit> {
        Some(Edit { range: self.plain(file, arg)?, replacement: text.to_owned() })
    }

    /// Takes a word away, with a blank before it; `None` as above.
    pub(crate) fn remove(&self, file: &str, arg: &Arg<'_>) -> Option<Edit> {
        let place = self.plain(file, arg)?;
        let blank = file.get(..place.start as usize)?.ends_with([' ', '\t']);
        let range = TextRange::new(place.start - u32::from(blank), place.end);
        Some(Edit { range, replacement: String::new() })
    }

    /// Runs `command` behind the list of commands that another one is in.
    pub(crate) fn append(
        &self,
        context: &Context<'_>,
        behind: &Invocation<'_>,
        command: &str,
    ) -> Option<Edit> {
        append(context, self, behind.command().node(), command)
    }

    fn plain(&self, file: &str, arg: &Arg<'_>) -> Option<TextRange> {
        let place = self.place_of_arg(arg);
        (place.slice(file) == arg.word.node().text()).then_some(place)
    }

    /// Its script, and those that commands in it give to a shell; empty where it runs a program without a shell.
    pub(crate) const fn scripts(&self) -> &'a [Script] {
        self.scripts
    }

    /// Whether a command stands in the script itself, by the name of its program and nothing before it.
    pub(crate) fn is_plain(&self, item: &RunCommand<'_>) -> bool {
        let command = &item.command;
        self.is_own(item)
            && command.wrappers().next().is_none()
            && command.program().is_none_or(|word| word.text.len() == command.name().len())
    }

    /// Whether a command stands in the script itself, not in one that a command gives to a shell.
    pub(crate) fn is_own(&self, item: &RunCommand<'_>) -> bool {
        let script = self.scripts.iter().find(|script| script.holds(item.command.command().node()));
        script.is_none_or(|script| script.outer.is_none())
    }

    /// Whether all it does is known by its commands: not when it is written for another shell.
    pub(crate) fn is_known(&self) -> bool {
        !self.scripts().is_empty() && self.scripts.iter().all(Script::is_known)
    }

    /// Where a node of one of its scripts stands in the file.
    pub(crate) fn place(&self, node: Node<'_>) -> TextRange {
        self.place_of(node, node.range())
    }

    /// Where a word stands in the file.
    pub(crate) fn place_of_arg(&self, arg: &Arg<'_>) -> TextRange {
        self.place(arg.word.node())
    }

    /// Where a command stands in the file, from its first word to its last.
    pub(crate) fn place_of_command(&self, command: &Invocation<'_>) -> TextRange {
        self.place_of(command.command().node(), command.range())
    }

    fn place_of(&self, node: Node<'_>, range: TextRange) -> TextRange {
        self.scripts.iter().find(|script| script.holds(node)).map_or(range, |script| script.place(range))
    }

    /// The commands of a name.
    pub(crate) fn named<'b>(&'b self, names: &'b [&str]) -> impl Iterator<Item = &'b RunCommand<'a>> {
        self.commands.iter().filter(|item| names.contains(&item.command.name()))
    }

    /// Whether `path` is not part of the layer, as it lies in a mount.
    pub(crate) fn is_mounted(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| mount.target.as_deref().is_some_and(|target| is_within(path, target)))
    }

    /// What this very RUN deletes again.
    pub(crate) fn removes<'b>(
        &'b self,
        step: &'b Step<'_>,
    ) -> impl Iterator<Item = (String, TextRange)> + 'b {
        self.named(&["rm", "shred", "unlink"]).flat_map(move |item| {
            let path = move |arg: &Arg<'_>| Some((item.path(step, arg)?, self.place_of_arg(arg)));
            item.command.operands().filter_map(path)
        })
    }
}

impl RunCommand<'_> {
    /// The path a word means, absolute; `None` when it is not known.
    pub(crate) fn path(&self, step: &Step<'_>, arg: &Arg<'_>) -> Option<String> {
        self.path_of(step, &arg.text, arg.expands)
    }

    /// The path a text means, absolute, for a part of a word in which the shell replaces something if `expands`.
    pub(crate) fn path_of(&self, step: &Step<'_>, text: &str, expands: bool) -> Option<String> {
        if let Some(home) = ["~/", "$HOME/", "${HOME}/"].iter().find_map(|prefix| text.strip_prefix(prefix)) {
            // Almost every image has root's home there; a guess that is wrong leads to no finding, as no path matches.
            return Some(kit::absolute_path("/root", home.trim_end_matches('*')));
        }
        let text = if expands { simple_expansion(step, text)? } else { text.to_owned() };
        absolute(self.cwd.as_deref(), text.trim_end_matches("/*"))
    }
}

/// The variables that scripts set, with their values where these are written once and expand nothing.
fn assignments(scripts: &[Script]) -> BTreeMap<String, Option<String>> {
    let mut all: BTreeMap<String, Option<String>> = BTreeMap::new();
    for used in scripts.iter().flat_map(|script| script.parse.variables()) {
        if !used.access.sets() && used.access != Access::Lend {
            continue;
        }
        let value = || Some(Assignment::cast(used.node)?.value()?.literal()?.into_owned());
        let known =
            if used.access == Access::Assign && !all.contains_key(used.name) { value() } else { None };
        all.insert(used.name.to_owned(), known);
    }
    all
}

/// A word with `$NAME` and nothing else that a shell would replace.
fn simple_expansion(step: &Step<'_>, text: &str) -> Option<String> {
    let pattern = |ch| matches!(ch, '`' | '?' | '[' | '(' | '~');
    if text.contains(pattern) || text.trim_end_matches("/*").contains('*') {
        return None;
    }
    step.expand(text)
}

fn target(mount: &Mount, workdir: Option<&str>) -> Option<String> {
    match (&mount.target, mount.kind) {
        (Some(target), _) => absolute(workdir, target),
        (None, MountKind::Secret) if mount.env.is_none() => {
            let id = mount.id.as_deref().or(mount.source.as_deref())?;
            Some(kit::absolute_path("/run/secrets", id))
        }
        (None, _) => None,
    }
}

/// Follows `cd` through the commands of the scripts. What a subshell changes holds to its end.
fn with_directories<'a>(
    step: &Step<'_>,
    scripts: &'a [Script],
    workdir: Option<&str>,
) -> Vec<RunCommand<'a>> {
    let mut out: Vec<RunCommand<'a>> = Vec::new();
    // Where the commands of each script begin; they are in the order of their nodes.
    let mut starts: Vec<usize> = Vec::with_capacity(scripts.len());
    for script in scripts {
        let begin = match script.outer {
            None => workdir.map(str::to_owned),
            Some((outer, command)) => {
                let end = starts.get(outer + 1).copied().unwrap_or(out.len());
                let own = out.get(starts[outer]..end).unwrap_or_default();
                let found = own.binary_search_by_key(&command, |item| item.command.command().node().id());
                found.ok().and_then(|at| own[at].cwd.clone())
            }
        };
        starts.push(out.len());
        let mut directories = Directories { cwd: begin, saved: Vec::new() };
        out.extend(script.parse.commands().map(|command| directories.run(step, command)));
    }
    out
}

/// The directory while commands go by.
struct Directories {
    cwd: Option<String>,
    /// Where open subshells end, and the directory outside of them; the innermost last.
    saved: Vec<(u32, Option<String>)>,
}

impl Directories {
    fn run<'a>(&mut self, step: &Step<'_>, command: Command<'a>) -> RunCommand<'a> {
        self.enter(command.node());
        let item = RunCommand { command: Invocation::new(command), cwd: self.cwd.clone() };
        match item.command.name() {
            "cd" | "pushd" => {
                self.cwd = item.command.operands().next().and_then(|word| item.path(step, word));
            }
            "popd" => self.cwd = None,
            _ => {}
        }
        item
    }

    /// Leaves the subshells that end before a command, and enters those that it is in.
    fn enter(&mut self, command: Node<'_>) {
        let start = command.range().start;
        while let Some((_, cwd)) = self.saved.pop_if(|(end, _)| *end <= start) {
            self.cwd = cwd;
        }
        let around = command.ancestors().filter(|node| node.is_subshell()).count();
        let end = |node: Node<'_>| node.range().end;
        let mut ends: Vec<u32> = command
            .ancestors()
            .filter(|node| node.is_subshell())
            .take(around - self.saved.len().min(around))
            .map(end)
            .collect();
        ends.reverse();
        self.saved.extend(ends.into_iter().map(|end| (end, self.cwd.clone())));
    }
}
