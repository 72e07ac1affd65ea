//! `cooper why`.

use app::AppError;
use app::why::{Outcome, Request, Source, kind};
use image::{Entry, Platform};
use lineage::{Answer, Found, Node, Place, Share, Step, Tree, What, encode};

use super::{platform, print};
use crate::exit;
use crate::human::size;
use crate::world::{Global, Needs, make};

/// Longer instructions are cut unless they are asked for whole.
const MAX_TEXT: usize = 120;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The image: a name or a digest of the store, `oci-layout://DIR`, or an archive.
    image: String,
    /// Paths in the image.
    #[arg(required = true)]
    paths: Vec<String>,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
    /// Show instructions whole.
    #[arg(long)]
    full: bool,
}

/// Explains paths; 1 when one of them is not there.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    let request =
        Request { image: args.image.clone(), paths: args.paths.clone(), platform: args.platform.clone() };
    let outcome = app::why::why(&world, &request)?;
    if global.json {
        print(&format!("{}\n", app::why::json(&outcome)))?;
    } else {
        print(&text(&outcome, args.full))?;
    }
    let all = outcome.answers.iter().all(|(_, answer, _)| matches!(answer.found, Found::There(_)));
    Ok(if all { exit::CLEAN } else { exit::FINDINGS })
}

fn text(outcome: &Outcome, full: bool) -> String {
    let shown = Shown { source: &outcome.source, full };
    let mut text = String::new();
    for (number, (_, answer, beneath)) in outcome.answers.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        shown.answer(&mut text, answer, beneath);
    }
    if outcome.source.lineage.is_none() {
        text += "\nno lineage is beside this image, as it was not built by cooper or lost it on the way: the answer is \
                 the layer and what the image's history says of it\n";
    }
    text
}

/// How a path came into an image, in lines.
pub(crate) fn explained(source: &Source, answer: &Answer, beneath: &[Share]) -> String {
    let mut text = String::new();
    Shown { source, full: false }.answer(&mut text, answer, beneath);
    text
}

/// A step in a line.
pub(crate) fn step(source: &Source, place: Place) -> String {
    Shown { source, full: false }.place(place)
}

/// Steps as lines.
pub(super) struct Shown<'a> {
    pub(super) source: &'a Source,
    pub(super) full: bool,
}

impl Shown<'_> {
    fn answer(&self, text: &mut String, answer: &Answer, beneath: &[Share]) {
        for link in &answer.links {
            *text += &format!("/{} -> {}\n", encode(&link.path), encode(&link.target));
            link.steps.iter().for_each(|step| self.step(text, step));
        }
        let path = encode(&answer.path);
        *text += &match &answer.found {
            Found::There(entry) => format!("/{path}  {}\n", describe(entry)),
            Found::Deleted(entry) => format!("/{path}  deleted; it was: {}\n", describe(entry)),
            Found::Never => format!("/{path}  is not in the image, and no layer ever had it\n"),
            Found::Loop => format!("/{path}  runs in circles of symbolic links\n"),
        };
        answer.steps.iter().for_each(|step| self.step(text, step));
        if !beneath.is_empty() {
            *text += "  beneath it:\n";
        }
        for share in beneath {
            let plural = if share.files == 1 { "" } else { "s" };
            let (files, bytes) = (share.files, size(share.bytes));
            *text += &format!("  {bytes:>10} in {files} file{plural}  {}\n", self.place(share.place));
        }
    }

    fn step(&self, text: &mut String, step: &Step) {
        let path = encode(&step.path);
        match &step.what {
            What::Context { name, archive } => {
                let context =
                    if name.is_empty() { "context".to_owned() } else { format!("context `{name}`") };
                let archive = archive.as_ref().map(|archive| format!(" of the archive `{archive}`"));
                *text += &format!("  {context}: `{path}`{}\n", archive.unwrap_or_default());
                return;
            }
            What::Archive(archive) => {
                *text += &format!("  `{path}` of the archive `/{archive}`\n");
                return;
            }
            What::Within(tree) => {
                *text += &format!("  at or below `/{path}` {}\n", self.within(tree));
                return;
            }
            What::Heredoc => {
                *text += &format!("  the heredoc `{path}` in the Dockerfile\n");
                return;
            }
            _ => {}
        }
        let did = match step.what {
            What::Wrote => "wrote",
            What::Metadata => "changed mode, owner or attributes of",
            What::Deleted => "deleted",
            What::Copied => "put",
            What::Made => "made",
            What::Fetched => "has",
            What::Unknown => "has, nobody recorded from where,",
            _ => "brings",
        };
        *text += &match self.base(step) {
            Some(base) => format!("  {base}\n"),
            None => format!("  {}\n", self.place((step.node, step.layer))),
        };
        *text += &format!("      {did} `/{path}`{}\n", self.details(step));
        self.mounts(text, step);
    }

    /// A step as one line: where it stands, and the instruction.
    pub(super) fn place(&self, (node, layer): Place) -> String {
        if let Some((file, node)) = self.node(node) {
            let text = self.cut(&node.text);
            if let Some(image) = &node.image {
                return image.reference.clone();
            }
            return format!("{file}:{}  {text}", node.line);
        }
        let created_by = layer.and_then(|layer| self.source.created_by.get(layer)?.clone());
        let number = layer.map(|layer| format!("layer {}", layer + 1)).unwrap_or_default();
        match created_by {
            Some(created_by) => format!("{number}  {}", self.cut(&created_by)),
            None => number,
        }
    }

    /// A base image, with the FROM that brought it.
    fn base(&self, step: &Step) -> Option<String> {
        let (file, node) = self.node(step.node)?;
        let reference = &node.image.as_ref()?.reference;
        Some(match step.from_line {
            Some(line) => format!("{file}:{line}  FROM {reference}"),
            None => reference.clone(),
        })
    }

    /// A tree of whose files it is not known who wrote them.
    fn within(&self, tree: &Tree) -> String {
        let at = match tree {
            Tree::Context(name) if name.is_empty() => return "in the context".to_owned(),
            Tree::Context(name) => return format!("in the context `{name}`"),
            Tree::Node(at) => *at,
        };
        let Some((file, node)) = self.node(Some(at)) else { return String::new() };
        match (&node.image, &node.remote) {
            (Some(image), _) => format!("in {}", image.reference),
            (None, Some(remote)) => format!("of {}", remote.url),
            (None, None) => {
                let first = self.first_of_stage(at);
                let lines = if first < node.end_line {
                    format!("{first}-{}", node.end_line)
                } else {
                    first.to_string()
                };
                let stage = &node.stage_name;
                format!("in stage `{stage}` ({file}:{lines}), whose layers stayed at another engine")
            }
        }
    }

    /// The first line of the steps that a step of the same stage works on.
    fn first_of_stage(&self, at: usize) -> u32 {
        let (mut node, mut first) = (Some(at), u32::MAX);
        let stage = self.node(node).map(|(_, node)| node.stage);
        while let Some((_, step)) = self.node(node).filter(|(_, step)| Some(step.stage) == stage) {
            first = step.line;
            node = step.input;
        }
        first
    }

    fn node(&self, node: Option<usize>) -> Option<(&str, &Node)> {
        let lineage = self.source.lineage.as_ref()?;
        Some((&lineage.file, lineage.nodes.get(node?)?))
    }

    fn details(&self, step: &Step) -> String {
        let mut parts = Vec::new();
        let node = self.node(step.node).map(|(_, node)| node);
        if let Some(node) = node.filter(|node| node.image.is_none()) {
            parts.push(format!("stage `{}`", node.stage_name));
        }
        if let Some((image, number)) = node.and_then(|node| node.image.as_ref()).zip(step.base_layer) {
            let created_by = image.layers.get(number).and_then(|layer| layer.created_by.as_deref());
            let by = created_by.map(|by| format!(": {}", self.cut(by))).unwrap_or_default();
            parts.push(format!("its layer {} of {}{by}", number + 1, image.layers.len()));
        }
        if let Some(remote) = node.and_then(|node| node.remote.as_ref()) {
            let digest = remote.digest.as_ref().map(|digest| format!(" ({digest})")).unwrap_or_default();
            parts.push(format!("from {}{digest}", remote.url));
        }
        if let Some(layer) = step.layer {
            let digest = self.source.layers.get(layer).map(|digest| format!(" {}", short(digest)));
            let count = self.source.layers.len();
            parts.push(format!("layer {} of {count}{}", layer + 1, digest.unwrap_or_default()));
        }
        if parts.is_empty() { String::new() } else { format!(", {}", parts.join(", ")) }
    }

    /// What a process could see besides its file system: what it wrote may be from there.
    fn mounts(&self, text: &mut String, step: &Step) {
        let Some((_, node)) = self.node(step.node).filter(|_| step.what == What::Wrote) else { return };
        for mount in &node.mounts {
            let from = match &mount.from {
                Some(Tree::Context(name)) if name.is_empty() => " of the context".to_owned(),
                Some(Tree::Context(name)) => format!(" of the context `{name}`"),
                Some(Tree::Node(at)) => {
                    self.node(Some(*at)).map_or_else(String::new, |(_, node)| match &node.image {
                        Some(image) => format!(" of {}", image.reference),
                        None => format!(" of the stage `{}`", node.stage_name),
                    })
                }
                None => String::new(),
            };
            let source = if from.is_empty() { String::new() } else { format!(": `{}`{from}", mount.source) };
            *text += &format!("      with a {} mount at `{}`{source}\n", mount.kind, mount.target);
        }
    }

    fn cut(&self, text: &str) -> String {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.full || line.chars().count() <= MAX_TEXT {
            return line;
        }
        let begin: String = line.chars().take(MAX_TEXT).collect();
        format!("{begin}…")
    }
}

fn describe(entry: &Entry) -> String {
    let mut parts = vec![kind(entry.kind).to_owned(), format!("mode {:04o}", entry.mode)];
    parts.push(format!("owner {}:{}", entry.uid, entry.gid));
    if let Some(digest) = &entry.digest {
        parts.push(size(entry.size));
        parts.push(short(&digest.to_string()));
    }
    if !entry.link.is_empty() {
        parts.push(format!("to `{}`", encode(&entry.link)));
    }
    parts.join(", ")
}

fn short(digest: &str) -> String {
    digest.chars().take("sha256:".len() + 12).collect()
}
