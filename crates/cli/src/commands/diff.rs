//! `cooper diff`.

use std::collections::BTreeMap;

use app::AppError;
use app::diff::{FileChange, Ignored, Outcome, Request};
use app::found::{Found, Vulnerable};
use compare::{Change, Field, Setting};
use facts::{Package, Secret};
use image::{Entry, EntryKind, Platform};
use lineage::{Place, encode};

use super::why::Shown;
use super::{platform, print};
use crate::exit;
use crate::human::size;
use crate::world::{Global, Needs, make};

/// Files of one step, or settings, that are shown.
const MAX_SHOWN: usize = 20;
/// Longer values are cut.
const MAX_VALUE: usize = 60;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The image before: a name or a digest of the store, `oci-layout://DIR`, an archive, or a name at a registry.
    before: String,
    /// The image after.
    after: String,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
    /// What need not be the same.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    ignore: Vec<Ignore>,
    /// How the differences are printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Scan both, and show vulnerabilities, secrets and packages that only one has.
    #[arg(long)]
    findings: bool,
    /// Show every file and every value whole.
    #[arg(long)]
    full: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Ignore {
    Times,
    Mode,
    Owner,
    Xattrs,
    History,
}

impl From<Ignore> for Ignored {
    fn from(ignore: Ignore) -> Self {
        match ignore {
            Ignore::Times => Self::Times,
            Ignore::Mode => Self::Mode,
            Ignore::Owner => Self::Owner,
            Ignore::Xattrs => Self::Xattrs,
            Ignore::History => Self::History,
        }
    }
}

/// Compares two images; 1 when they differ.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    let request = Request {
        images: [args.before.clone(), args.after.clone()],
        platform: args.platform.clone(),
        ignored: args.ignore.iter().map(|ignore| Ignored::from(*ignore)).collect(),
        findings: args.findings,
    };
    let outcome = app::diff::diff(&world, &request)?;
    if global.json || args.format == Format::Json {
        print(&format!("{}\n", app::diff::json(&outcome)))?;
    } else if !global.quiet {
        print(&text(&outcome, args.full))?;
    }
    Ok(if outcome.is_same() { exit::CLEAN } else { exit::FINDINGS })
}

fn text(outcome: &Outcome, full: bool) -> String {
    let mut text = String::new();
    for (sign, source) in ['-', '+'].into_iter().zip(&outcome.sides) {
        text += &format!("{sign} {}  {}\n", source.image, source.digest);
    }
    config(&mut text, outcome, full);
    packages(&mut text, outcome, full);
    if let Some(found) = &outcome.found {
        findings(&mut text, found, full);
    }
    layers(&mut text, outcome);
    files(&mut text, outcome, full);
    if outcome.is_same() {
        let how = if outcome.layers.iter().all(Vec::is_empty) { "" } else { ", in other layers" };
        text += &format!("the same files and configuration{how}\n");
    }
    text
}

/// The sign of a thing that one of two has, or both.
const fn sign(before: bool, after: bool) -> char {
    match (before, after) {
        (false, _) => '+',
        (_, false) => '-',
        _ => '~',
    }
}

/// `count` things of which some are shown, and how many are not.
fn shown(count: usize, full: bool) -> (usize, String) {
    let shown = if full || count <= MAX_SHOWN { count } else { MAX_SHOWN };
    let rest = if shown < count {
        format!("    and {} more; `--full` shows all\n", count - shown)
    } else {
        String::new()
    };
    (shown, rest)
}

fn config(text: &mut String, outcome: &Outcome, full: bool) {
    if outcome.config.is_empty() {
        return;
    }
    *text += "\nconfiguration\n";
    let (count, rest) = shown(outcome.config.len(), full);
    for Setting { path, before, after } in &outcome.config[..count] {
        let sign = sign(before.is_some(), after.is_some());
        let values = [before, after].into_iter().flatten().map(|value| cut(&value.to_string(), full));
        *text += &format!("  {sign} {path}  {}\n", values.collect::<Vec<_>>().join(" -> "));
    }
    *text += &rest;
}

fn cut(value: &str, full: bool) -> String {
    if full || value.chars().count() <= MAX_VALUE {
        return value.to_owned();
    }
    let begin: String = value.chars().take(MAX_VALUE).collect();
    format!("{begin}…")
}

fn packages(text: &mut String, outcome: &Outcome, full: bool) {
    if !outcome.packages.is_empty() {
        *text += "\npackages\n";
    }
    let (count, rest) = shown(outcome.packages.len(), full);
    for one in &outcome.packages[..count] {
        let sign = sign(one.before.is_some(), one.after.is_some());
        let versions: Vec<&str> =
            [&one.before, &one.after].into_iter().flatten().map(String::as_str).collect();
        let package = &one.package;
        *text += &format!(
            "  {sign} {} {}  {}, {}\n",
            package.name,
            versions.join(" -> "),
            package.architecture,
            package.manager
        );
    }
    *text += &rest;
    for path in &outcome.unread {
        *text += &format!("\nnote: the packages of `/{path}` differ and cannot be read\n");
    }
}

/// What scans found in one of them.
fn findings(text: &mut String, found: &Found, full: bool) {
    let package = |one: &Package| format!("{} {}  {}", one.name, one.version, one.ecosystem.name());
    let vulnerability = |one: &Vulnerable| {
        let fixed = one.fixed.as_ref().map(|fixed| format!(", fixed in {fixed}")).unwrap_or_default();
        format!("{}  {}  {} {}{fixed}", one.risk, one.id, one.package.name, one.package.version)
    };
    let secret = |one: &Secret| format!("{}  {}", one.rule, one.place.text());
    both(text, "other packages", &found.packages, package, full);
    let title = format!("vulnerabilities, besides {} that both have", found.common);
    both(text, &title, &found.vulnerabilities, vulnerability, full);
    both(text, "secrets", &found.secrets, secret, full);
    for note in &found.notes {
        *text += &format!("\nnote: {note}\n");
    }
}

/// What only one has of a kind.
fn both<T>(text: &mut String, title: &str, sides: &[Vec<T>; 2], show: impl Fn(&T) -> String, full: bool) {
    if sides.iter().all(Vec::is_empty) {
        return;
    }
    *text += &format!("\n{title}\n");
    for (sign, side) in ['-', '+'].into_iter().zip(sides) {
        let (count, rest) = shown(side.len(), full);
        for one in &side[..count] {
            *text += &format!("  {sign} {}\n", show(one));
        }
        *text += &rest;
    }
}

fn layers(text: &mut String, outcome: &Outcome) {
    if outcome.layers.iter().all(Vec::is_empty) {
        return;
    }
    *text += &format!("\nlayers, besides {} that both have\n", outcome.common_layers);
    for (number, sign) in ['-', '+'].into_iter().enumerate() {
        let shown = Shown { source: &outcome.sides[number], full: false };
        for layer in &outcome.layers[number] {
            *text +=
                &format!("  {sign} {:>10}  {}\n", size(layer.size), shown.place((None, Some(layer.number))));
        }
    }
}

/// Files by the step that made them so.
fn files(text: &mut String, outcome: &Outcome, full: bool) {
    if outcome.files.is_empty() {
        return;
    }
    let counts = outcome.counts();
    let bytes = |entry: fn(&FileChange) -> Option<&Entry>| {
        outcome.files.iter().filter_map(entry).map(|entry| entry.size).sum::<u64>()
    };
    let (old, new) = (bytes(|one| one.change.before.as_ref()), bytes(|one| one.change.after.as_ref()));
    *text += &format!(
        "\nfiles: {} added, {} removed, {} changed; {} before, {} after\n",
        counts["added"],
        counts["removed"],
        counts["changed"],
        size(old),
        size(new)
    );
    let mut steps: BTreeMap<(usize, Place), Vec<&FileChange>> = BTreeMap::new();
    for one in &outcome.files {
        steps.entry((one.side, one.by)).or_default().push(one);
    }
    for ((side, place), files) in steps {
        let shown = Shown { source: &outcome.sides[side], full };
        let whose = if side == 0 { " (of the first)" } else { "" };
        *text += &format!("  {}{whose}\n", shown.place(place));
        of_step(text, &files, full);
    }
}

/// Directories that one image alone has stand for what is in them, unless all is shown.
fn of_step(text: &mut String, files: &[&FileChange], full: bool) {
    let mut lines: Vec<(&FileChange, usize, u64)> = Vec::new();
    for one in files {
        let within =
            lines.last().is_some_and(|(dir, ..)| !full && dir.verb() == one.verb() && covers(dir, one));
        let (bytes, path) = (entry(one).map_or(0, |entry| entry.size), &one.change.path);
        match lines.last_mut().filter(|_| within) {
            Some((_, count, sum)) => (*count, *sum) = (*count + 1, *sum + bytes),
            None => lines.push((one, usize::from(path.is_empty()), bytes)),
        }
    }
    let (count, rest) = shown(lines.len(), full);
    for (one, within, bytes) in &lines[..count] {
        let sign = sign(one.change.before.is_some(), one.change.after.is_some());
        let what = if *within > 0 {
            format!("{} in {within} files", size(*bytes))
        } else {
            describe_change(&one.change)
        };
        *text += &format!("    {sign} {}  {what}\n", name(one));
    }
    *text += &rest;
}

/// Whether a directory that is new or gone has a file that is, too.
fn covers(dir: &FileChange, one: &FileChange) -> bool {
    let rest = one.change.path.strip_prefix(&dir.change.path[..]);
    dir.verb() != "changed"
        && entry(dir).is_some_and(|entry| entry.kind.is_dir())
        && rest.is_some_and(|rest| rest.starts_with(b"/"))
}

fn entry(one: &FileChange) -> Option<&Entry> {
    one.change.after.as_ref().or(one.change.before.as_ref())
}

fn name(one: &FileChange) -> String {
    let slash = if entry(one).is_some_and(|entry| entry.kind.is_dir()) { "/" } else { "" };
    format!("/{}{slash}", encode(&one.change.path))
}

/// What differs in a file; of a new one what it is.
pub(crate) fn describe_change(change: &Change) -> String {
    let (Some(before), Some(after)) = (&change.before, &change.after) else {
        return change.after.as_ref().or(change.before.as_ref()).map(describe).unwrap_or_default();
    };
    let field = |field: &Field| {
        let pair =
            |show: &dyn Fn(&Entry) -> String| format!("{} {} -> {}", field.name(), show(before), show(after));
        match field {
            Field::Content if before.size == after.size => format!("content, {}", size(after.size)),
            Field::Content => pair(&|entry| size(entry.size)),
            Field::Kind => pair(&|entry| app::why::kind(entry.kind).to_owned()),
            Field::Mode => pair(&|entry| format!("{:04o}", entry.mode)),
            Field::Owner => pair(&|entry| format!("{}:{}", entry.uid, entry.gid)),
            Field::Time => pair(&|entry| entry.mtime.to_string()),
            Field::Xattrs => pair(&|entry| {
                format!("{:?}", entry.xattrs.iter().map(|(name, _)| encode(name)).collect::<Vec<_>>())
            }),
            Field::Target => pair(&target),
            Field::Device => pair(&|entry| format!("{}:{}", entry.rdev.0, entry.rdev.1)),
        }
    };
    change.fields.iter().map(field).collect::<Vec<_>>().join(", ")
}

fn target(entry: &Entry) -> String {
    if entry.link.is_empty() { "none".to_owned() } else { format!("`{}`", encode(&entry.link)) }
}

fn describe(entry: &Entry) -> String {
    match entry.kind {
        EntryKind::File => format!("{}, mode {:04o}", size(entry.size), entry.mode),
        EntryKind::Symlink | EntryKind::Hardlink => {
            format!("{} to {}", app::why::kind(entry.kind), target(entry))
        }
        kind => format!("{}, mode {:04o}", app::why::kind(kind), entry.mode),
    }
}
