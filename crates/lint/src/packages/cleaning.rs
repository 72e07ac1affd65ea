//! What a RUN leaves of what package managers have downloaded.

use super::{Call, Verb};
use crate::context::Context;
use crate::model::{MountPoint, RunCommand, RunStep, Step};
use crate::paths::is_within;
use stage::Base;
use syntax::{Keyword, MountKind};

/// Whether the layer of a step is one of an image: its stage is the one that is built, others are built on it, or the step is
/// a trigger, which is for the images that are built on this one, wherever that is.
pub(crate) fn is_kept(context: &Context<'_>, step: &Step<'_>) -> bool {
    let stage = step.stage;
    let last = context.stages.len().checked_sub(1) == Some(stage);
    let parent = || context.stages.iter().any(|other| other.stage.base == Base::Stage(stage));
    let trigger = step.instruction.kind == Keyword::Onbuild;
    trigger || (last && context.options.target.is_none()) || context.is_shipped(stage) || parent()
}

/// Whether hadolint takes files for removed: it takes `rm -rf` of anything for that.
pub(crate) fn has_removal(run: &RunStep<'_>) -> bool {
    removals(run).next().is_some()
}

/// Whether hadolint takes the cache of a manager for removed: the first time that the program is told to clean up, whatever
/// it is to remove, is behind the first command that fills the cache, whatever comes then. Of dnf and yum it takes `rm -rf`
/// of anything for that, too.
pub(crate) fn is_cleaned_behind_first(call: &Call<'_, '_>, fills: fn(&Call<'_, '_>) -> bool) -> bool {
    let start = |item: &RunCommand<'_>| item.command.command().node().range().start;
    let first = call.run.calls().find(|other| fills(other) && other.program() == call.program());
    let from = first.map_or(0, |first| start(first.item));
    let cleans = call.run.calls().filter(|other| {
        let asks = other.verb() == Verb::Clean || other.says("cache");
        asks && other.program() == call.program()
    });
    let removals = removals(call.run).filter(|_| matches!(call.manager().name, "dnf" | "yum"));
    let first = cleans.map(|other| start(other.item)).chain(removals.map(start)).min();
    first.is_some_and(|first| first > from)
}

fn removals<'b, 'a>(run: &'b RunStep<'a>) -> impl Iterator<Item = &'b RunCommand<'a>> {
    let removes = |item: &&RunCommand<'_>| item.command.args().iter().any(|arg| arg.text == "-rf");
    run.named(&["rm"]).filter(removes).filter(|item| run.is_plain(item))
}

/// Whether a RUN leaves nothing in a directory: it lies in a mount, or is removed or emptied after the call.
pub(crate) fn clears(step: &Step<'_>, run: &RunStep<'_>, after: Option<&Call<'_, '_>>, dir: &str) -> bool {
    if is_mounted(run, dir) {
        return true;
    }
    let dir = home(dir);
    let from = after.map_or(0, |call| call.item.command.command().node().range().start);
    run.commands
        .iter()
        .filter(|item| matches!(item.command.name(), "rm" | "find"))
        .filter(|item| item.command.command().node().range().start >= from || !is_same_script(after, item))
        .any(|item| removes(step, item, &dir))
}

/// Whether a directory, or the part of it that a mount is for, lies in a cache or in memory while a RUN is run.
pub(crate) fn is_mounted(run: &RunStep<'_>, dir: &str) -> bool {
    let dir = home(dir);
    let in_mount = |mount: &&MountPoint| matches!(mount.mount.kind, MountKind::Cache | MountKind::Tmpfs);
    // `~` is not replaced in a target; what is meant is plain, and another rule's matter.
    let place = |mount: &MountPoint| match mount.mount.target.as_deref() {
        Some(target) if target.starts_with("~/") => Some(home(target)),
        _ => mount.target.clone(),
    };
    let mut targets = run.mounts.iter().filter(in_mount).filter_map(place);
    targets.any(|target| is_within(&dir, &target) || is_within(&target, &dir) || is_same_home(&dir, &target))
}

fn is_same_script(call: Option<&Call<'_, '_>>, item: &RunCommand<'_>) -> bool {
    let parse = |item: &RunCommand<'_>| std::ptr::from_ref(item.command.command().node().parse());
    call.is_some_and(|call| std::ptr::eq(parse(call.item), parse(item)))
}

/// A directory with root's home for `~`.
fn home(dir: &str) -> String {
    dir.strip_prefix("~/")
        .or_else(|| dir.strip_prefix("/~/"))
        .map_or_else(|| dir.to_owned(), |rest| kit::absolute_path("/root", rest))
}

/// Whether a mount is at the same place in the home of another user, wherever that is.
fn is_same_home(dir: &str, target: &str) -> bool {
    let Some(rest) = dir.strip_prefix("/root/") else { return false };
    if target.strip_suffix(rest).is_some_and(|home| home.ends_with('/')) {
        return true;
    }
    let below = target.strip_prefix("/home/").and_then(|rest| rest.split_once('/')).map(|(_, below)| below);
    below
        .or_else(|| target.split_once("~/").map(|(_, below)| below))
        .is_some_and(|below| is_within(rest, below))
}

/// Whether `rm` or `find` removes a directory, all in it, or by a pattern something in it.
fn removes(step: &Step<'_>, item: &RunCommand<'_>, dir: &str) -> bool {
    let operands = item.command.operands().flat_map(|arg| braces(&arg.text));
    operands.into_iter().any(|text| {
        if text == "*" || text == "./*" {
            return item.cwd.as_deref().is_some_and(|cwd| is_within(dir, cwd));
        }
        let plain = text.split(['*', '?', '[']).next().unwrap_or_default();
        let Some(path) = item.path_of(step, plain.trim_end_matches('/'), plain.contains('$')) else {
            return false;
        };
        let whole = is_within(dir, &path) && (plain.len() == text.len() || plain.ends_with('/'));
        whole || is_within(&path, dir)
    })
}

/// `a{b,c}d` as `abd` and `acd`.
fn braces(text: &str) -> Vec<String> {
    let parts = text.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    match parts {
        Some((before, (list, after))) if list.contains(',') && !before.ends_with('$') => {
            list.split(',').map(|part| format!("{before}{part}{after}")).collect()
        }
        _ => vec![text.to_owned()],
    }
}

/// Whether what a call has downloaded stays in the layer: neither does a later call to the manager clean up, nor is the
/// directory removed or mounted.
pub(crate) fn keeps_cache(step: &Step<'_>, call: &Call<'_, '_>, dirs: &[&str]) -> bool {
    let own = call.item.command.command().node();
    let later = call.run.calls().filter(|other| {
        let node = other.item.command.command().node();
        !std::ptr::eq(node.parse(), own.parse()) || node.range().start > own.range().start
    });
    // `dnf clean` has to be told what.
    let told = |other: &Call<'_, '_>| {
        !matches!(other.manager().name, "dnf" | "yum") || other.operands().next().is_some()
    };
    // `apt-get clean` cleans up behind `apt`, too.
    let of_apt = |call: &Call<'_, '_>| call.manager().name == "apt";
    let cleaned = |other: Call<'_, '_>| {
        let same = other.program() == call.program() || of_apt(call) && of_apt(&other);
        other.verb() == Verb::Clean && same && told(&other)
    };
    !later.into_iter().any(cleaned)
        && !dirs.iter().any(|dir| clears(step, call.run, Some(call), dir))
        && !removes_by_question(call)
}

/// Whether the directory is removed that the manager itself names: `rm -rf "$(yarn cache dir)"`.
fn removes_by_question(call: &Call<'_, '_>) -> bool {
    let question = format!("$({} ", call.program());
    let removals = call.run.commands.iter().filter(|item| item.command.name() == "rm");
    removals.flat_map(|item| item.command.operands()).any(|arg| {
        let asked = arg.text.split_once(&question).map(|(_, rest)| rest);
        asked.is_some_and(|rest| rest.contains("cache"))
    })
}

/// Whether a call is the last of a program in its step that fills a cache, and nothing cleans up behind it.
pub(crate) fn is_last_to_fill(
    step: &Step<'_>,
    call: &Call<'_, '_>,
    dirs: &[&str],
    fills: fn(&Call<'_, '_>) -> bool,
) -> bool {
    let same = |other: &Call<'_, '_>| fills(other) && other.program() == call.program();
    fills(call)
        && keeps_cache(step, call, dirs)
        && call.run.calls().rfind(same).is_none_or(|last| last.head() == call.head())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_replaced() {
        assert_eq!(braces("/var/{lib/apt,cache}/x"), ["/var/lib/apt/x", "/var/cache/x"]);
        assert_eq!(braces("${X,y}"), ["${X,y}"]);
        assert_eq!(braces("a{b"), ["a{b"]);
    }

    #[test]
    fn homes_of_users_are_the_same_place() {
        assert!(is_same_home("/root/.cache/pip", "/home/app/.cache/pip"));
        assert!(is_same_home("/root/.cache/pip", "/home/app/.cache"));
        assert!(is_same_home("/root/.cache/pip", "/srv/app/.cache/pip"));
        assert!(!is_same_home("/root/.cache/pip", "/home/app/.npm"));
        assert!(!is_same_home("/var/cache/apt", "/home/app/.cache"));
        assert_eq!(home("~/.npm"), "/root/.npm");
    }
}
