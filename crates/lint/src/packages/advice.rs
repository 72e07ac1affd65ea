//! What rules on package managers have in common: how packages are named in messages, and how commands are mended.

use facts::Safety;
use kit::{Edit, TextRange};
use shell::{Arg, Command, Invocation, Kind, Node};
use stage::Base;

use super::{Call, Package};
use crate::context::Context;
use crate::model::{RunStep, Step};
use crate::sink::{Draft, Sink};

/// Some names of a list.
pub(crate) fn names(list: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = list.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match list.len() {
        count if count > SHOWN => format!("{shown} and {} more", count - SHOWN),
        _ => shown,
    }
}

/// Reports the packages of a call that are installed without a version.
pub(crate) fn report_loose<'s>(
    context: &Context<'_>,
    step: &Step<'_>,
    call: &Call<'_, '_>,
    sink: &'s mut Sink<'_>,
) -> Option<Draft<'s>> {
    report_loose_if(context, step, call, sink, |_| true)
}

/// The same for those that something else is true of, too.
pub(crate) fn report_loose_if<'s>(
    context: &Context<'_>,
    step: &Step<'_>,
    call: &Call<'_, '_>,
    sink: &'s mut Sink<'_>,
    wanted: impl Fn(&Package<'_, '_>) -> bool,
) -> Option<Draft<'s>> {
    let mut loose = call.packages(step);
    loose.retain(|package| package.is_loose() && wanted(package));
    let places = loose.iter().map(|package| call.run.place_of_arg(package.arg));
    let range = places.reduce(TextRange::cover)?;
    let mut list: Vec<String> = Vec::new();
    for package in &loose {
        let name = package.name().to_owned();
        if !list.contains(&name) {
            list.push(name);
        }
    }
    let verb = if list.len() == 1 { "has" } else { "have" };
    let example = format!("{}{}<version>", list[0], call.manager().separator);
    let draft = sink
        .report(range, format!("{} {verb} no version", names(&list)))
        .help(format!("write `{example}`, or the image is another one with each new version"));
    let edits: Vec<Edit> = loose.iter().filter_map(|package| pinned(context, step, call, package)).collect();
    let fixed = !edits.is_empty();
    Some(if fixed { draft.fix("pin the version of today", Safety::Unsafe, edits) } else { draft })
}

/// Adds the version that would be installed today to a package that is written as its name alone.
fn pinned(
    context: &Context<'_>,
    step: &Step<'_>,
    call: &Call<'_, '_>,
    package: &Package<'_, '_>,
) -> Option<Edit> {
    let name = package.name();
    let separator = call.manager().separator;
    if package.arg.expands || package.text != name || separator.is_empty() {
        return None;
    }
    let base = match context.graph.root_base(step.stage)? {
        Base::Image { reference, .. } => reference.as_ref(),
        _ => None,
    };
    let asked = crate::Package { manager: call.manager().name, name, base };
    let version = context.project()?.version(&asked)?;
    call.run.insert_behind(context.text(), package.arg, &format!("{separator}{version}"))
}

/// Whether another program answers, as in `yes | apt-get install …`, or a variable with options may.
pub(crate) fn is_answered(step: &Step<'_>, call: &Call<'_, '_>) -> bool {
    if call.item.command.args().iter().any(|arg| may_hold_options(step, arg)) {
        return true;
    }
    let input = call.item.command.command().input();
    let before = input.into_iter().flat_map(Node::descendants).filter_map(Command::cast);
    before.map(Invocation::new).any(|command| matches!(command.name(), "yes" | "echo" | "printf"))
}

/// Whether a variable stands for options: by its name, or by its value.
fn may_hold_options(step: &Step<'_>, arg: &Arg<'_>) -> bool {
    let name = arg.text.to_ascii_uppercase();
    let by_name = || ["FLAG", "OPT", "ARGS"].iter().any(|part| name.contains(part));
    match step.expand(&arg.text).filter(|_| arg.expands) {
        Some(value) => value.split_ascii_whitespace().any(|word| word.starts_with('-')),
        None => arg.expands && by_name(),
    }
}

/// Puts an option behind the word that says what to do.
pub(crate) fn add_option(context: &Context<'_>, call: &Call<'_, '_>, option: &str) -> Option<Edit> {
    call.run.insert_behind(context.text(), call.verb_word()?, &format!(" {option}"))
}

/// Runs `command` after the list of commands that a call is in, if that succeeds; `None` where it cannot be told how to
/// write that. The script as a whole must still fail wherever it failed before.
pub(crate) fn append(context: &Context<'_>, call: &Call<'_, '_>, command: &str) -> Option<Edit> {
    let node = call.item.command.command().node();
    // Who needs `sudo` to fill a directory needs it to empty it, too.
    let as_root = node.text().split_whitespace().next() == Some("sudo") && !command.starts_with("sudo ");
    let sudo = if as_root { "sudo " } else { "" };
    append_behind(context, call.run, node, &format!("{sudo}{command}"))
}

/// The same for any command.
pub(crate) fn append_behind(
    context: &Context<'_>,
    run: &RunStep<'_>,
    node: Node<'_>,
    command: &str,
) -> Option<Edit> {
    if node.ancestors().any(|around| around.kind() == Kind::Function) {
        return None;
    }
    let list = node.ancestors().filter(|around| around.kind() == Kind::AndOr).last()?;
    if list.descendants().any(|below| below.kind() == Kind::HeredocBody || is_background(below)) {
        return None;
    }
    let place = run.place(list);
    let text = place.slice(context.text());
    let same_end = text.chars().next_back() == list.text().chars().next_back();
    let behind = context.text().get(place.end as usize..).unwrap_or_default().trim_start();
    if !same_end || behind.starts_with('&') {
        return None;
    }
    let link = match next(list) {
        Next::Nothing if is_compound(list) && may_stop(list.parse().text()) => return None,
        Next::Nothing => link(text),
        // `set -e` takes no notice of what fails before an `&&`.
        Next::Line => format!("\n{}", indent_at(context.text(), place.start)),
        Next::Statement => "; ".to_owned(),
    };
    let replacement = format!("{link}{command}");
    Some(Edit { range: TextRange::new(place.end, place.end), replacement })
}

/// What stands behind a list of commands.
enum Next {
    /// The script ends, and the list says whether it has failed.
    Nothing,
    /// A new line, then other commands.
    Line,
    /// Other commands.
    Statement,
}

fn next(list: Node<'_>) -> Next {
    if !list.siblings_behind().any(|node| node.kind() == Kind::AndOr) {
        return Next::Nothing;
    }
    let behind = std::iter::successors(list.following(), |node| node.following());
    match behind.into_iter().find(|node| node.kind() != Kind::Blank).map(Node::kind) {
        Some(Kind::Newline) => Next::Line,
        _ => Next::Statement,
    }
}

/// Whether commands within others, which `set -e` does not stop before an `&&`, are part of a list.
fn is_compound(list: Node<'_>) -> bool {
    list.descendants().skip(1).any(|node| node.kind() == Kind::AndOr)
}

/// Whether a script may stop at the first failure.
fn may_stop(script: &str) -> bool {
    let words: Vec<&str> = script.split_whitespace().collect();
    words.windows(2).any(|pair| pair[0].ends_with("set") && pair[1].starts_with('-'))
}

/// The blanks at the beginning of a line, up to a place.
fn indent_at(file: &str, at: u32) -> &str {
    let line = file[..at as usize].rsplit('\n').next().unwrap_or_default();
    if line.trim().is_empty() { line } else { "" }
}

fn is_background(node: Node<'_>) -> bool {
    node.kind() == Kind::Operator && node.text() == "&"
}

/// What joins one more command to a list, in the way of the list.
fn link(text: &str) -> String {
    let mut lines = text.lines();
    let escape = lines.next().unwrap_or_default().trim_end().chars().next_back();
    let Some(escape) = escape.filter(|ch| matches!(ch, '\\' | '`') && text.contains('\n')) else {
        return " && ".to_owned();
    };
    let indent = |line: &str| line[..line.len() - line.trim_start().len()].to_owned();
    let leading = lines.clone().rfind(|line| line.trim_start().starts_with("&&"));
    if let Some(line) = leading {
        let blanks = &line.trim_start()[2..];
        return format!(" {escape}\n{}&&{}", indent(line), indent(blanks));
    }
    let mut after = lines.clone().zip(lines.clone().skip(1));
    let trailing = format!("&& {escape}");
    let next = after.find(|(line, _)| line.trim_end().ends_with(&trailing)).map(|(_, next)| next);
    let first = text.lines().next().is_some_and(|line| line.trim_end().ends_with(&trailing));
    match next.or_else(|| lines.next().filter(|_| first)) {
        Some(line) => format!(" && {escape}\n{}", indent(line)),
        None => format!(" {escape}\n    && "),
    }
}
