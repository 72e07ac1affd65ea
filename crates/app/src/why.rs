//! `cooper why`: how paths came into an image.

use image::{Entry, EntryKind, Platform};
use lineage::{Answer, BlameOptions, Explainer, Found, Lineage, Link, Share, Step, Tree, What, encode};
use serde_json::{Value, json};
use store::Merged;

use crate::locate::{Opened, open};
use crate::{AppError, World};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The image: a name or digest of the store, a layout or an archive.
    pub image: String,
    /// Paths in it.
    pub paths: Vec<String>,
    /// `--platform`.
    pub platform: Option<Platform>,
}

/// What is known.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// One for each path.
    pub answers: Vec<(String, Answer, Vec<Share>)>,
    /// What the steps of the answers are.
    pub source: Source,
}

/// What the numbers of steps and layers stand for.
#[derive(Debug, Clone)]
pub struct Source {
    /// The image as it was called.
    pub image: String,
    /// Digest of its manifest.
    pub digest: String,
    /// The lineage that its build left; none when it was not built by cooper, or lost it on the way.
    pub lineage: Option<Lineage>,
    /// Digest of each layer's blob, base first.
    pub layers: Vec<String>,
    /// What the history says of each layer.
    pub created_by: Vec<Option<String>>,
}

impl Source {
    pub(crate) fn of(opened: &Opened) -> Self {
        let image = &opened.image;
        let masked = |text: &String| crate::scan::masked(::secrets::builtin(), text);
        let mut lineage = opened.explainer().lineage().cloned();
        // What is said of steps is shown to people.
        for node in lineage.iter_mut().flat_map(|lineage| &mut lineage.nodes) {
            node.text = masked(&node.text);
            for layer in node.image.iter_mut().flat_map(|image| &mut image.layers) {
                layer.created_by = layer.created_by.as_ref().map(masked);
            }
        }
        Self {
            image: image.name.clone(),
            digest: image.manifest_descriptor.digest.to_string(),
            // What does not fit the layers is not used.
            lineage,
            layers: image.manifest.layers.iter().map(|layer| layer.digest.to_string()).collect(),
            created_by: image.created_by().iter().map(|text| text.as_ref().map(masked)).collect(),
        }
    }
}

/// Explains paths.
pub fn why(world: &World, request: &Request) -> Result<Outcome, AppError> {
    let opened = open(world, &request.image, request.platform.as_ref())?;
    let explainer = opened.explainer();
    let mut answers = Vec::new();
    for path in &request.paths {
        let (answer, beneath) = explain(&explainer, &opened.merged, &lineage::decode(path));
        answers.push((path.clone(), answer, beneath));
    }
    Ok(Outcome { answers, source: Source::of(&opened) })
}

/// How a path came into an image, and of a directory which steps wrote what is beneath it.
pub(crate) fn explain(explainer: &Explainer<'_>, merged: &Merged, path: &[u8]) -> (Answer, Vec<Share>) {
    let answer = explainer.explain(path);
    let is_dir = matches!(&answer.found, Found::There(entry) if entry.kind.is_dir());
    let options = BlameOptions { within: &answer.path, ..BlameOptions::default() };
    let beneath = if is_dir { lineage::blame(explainer, merged, options).shares } else { Vec::new() };
    (answer, beneath)
}

/// The outcome as JSON.
pub fn json(outcome: &Outcome) -> Value {
    let source = &outcome.source;
    let answers = outcome.answers.iter().map(|(asked, answer, beneath)| {
        json!({
            "asked": asked,
            "path": format!("/{}", encode(&answer.path)),
            "found": found(&answer.found),
            "entry": entry(&answer.found),
            "links": answer.links.iter().map(|one| link(source, one)).collect::<Vec<_>>(),
            "steps": answer.steps.iter().map(|one| step(source, one)).collect::<Vec<_>>(),
            "beneath": beneath.iter().map(|share| json!({
                "by": place(source, share.place),
                "files": share.files,
                "bytes": share.bytes,
            })).collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": "cooper/why/1",
        "image": source.image,
        "digest": source.digest,
        "lineage": source.lineage.is_some(),
        "answers": answers.collect::<Vec<_>>(),
    })
}

fn found(found: &Found) -> &'static str {
    match found {
        Found::There(_) => "yes",
        Found::Deleted(_) => "deleted",
        Found::Never => "never",
        Found::Loop => "loop",
    }
}

/// What is, or was, at the path.
fn entry(found: &Found) -> Value {
    match found {
        Found::There(entry) | Found::Deleted(entry) => described(entry),
        Found::Never | Found::Loop => Value::Null,
    }
}

/// What is said of every entry.
pub(crate) fn described(entry: &Entry) -> Value {
    json!({
        "type": kind(entry.kind),
        "mode": format!("{:04o}", entry.mode),
        "uid": entry.uid,
        "gid": entry.gid,
        "size": entry.size,
        "digest": entry.digest,
        "target": (!entry.link.is_empty()).then(|| encode(&entry.link)),
    })
}

/// A kind as people call it.
pub fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "file",
        EntryKind::Dir | EntryKind::OpaqueDir => "directory",
        EntryKind::Symlink => "symlink",
        EntryKind::Hardlink => "hardlink",
        EntryKind::CharDevice => "character device",
        EntryKind::BlockDevice => "block device",
        EntryKind::Fifo => "fifo",
        EntryKind::Whiteout => "whiteout",
    }
}

fn link(source: &Source, link: &Link) -> Value {
    json!({
        "path": format!("/{}", encode(&link.path)),
        "target": encode(&link.target),
        "steps": link.steps.iter().map(|one| step(source, one)).collect::<Vec<_>>(),
    })
}

fn step(source: &Source, step: &Step) -> Value {
    let (what, detail) = match &step.what {
        What::Wrote => ("wrote", None),
        What::Metadata => ("metadata", None),
        What::Deleted => ("deleted", None),
        What::Copied => ("copied", None),
        What::Made => ("made", None),
        What::Base => ("base", None),
        What::Context { name, archive } => ("context", Some(json!({ "context": name, "archive": archive }))),
        What::Archive(archive) => ("archive", Some(json!({ "archive": archive }))),
        What::Heredoc => ("heredoc", None),
        What::Fetched => ("fetched", None),
        What::Within(Tree::Context(name)) => ("within", Some(json!({ "context": name }))),
        What::Within(Tree::Node(_)) => ("within", None),
        What::Unknown => ("unknown", None),
    };
    let is_context = matches!(step.what, What::Context { .. } | What::Archive(_));
    let slash = if is_context { "" } else { "/" };
    let mut value = json!({ "what": what, "path": format!("{slash}{}", encode(&step.path)) });
    if let Some(detail) = detail.as_ref().and_then(Value::as_object) {
        for (key, one) in detail.iter().filter(|(_, one)| !one.is_null()) {
            value[key] = one.clone();
        }
    }
    if step.node.is_some() {
        value["by"] = place(source, (step.node, None));
        if matches!(step.what, What::Base) {
            // The step of an image is where it was asked for first, which may be another stage.
            value["by"]["line"] = json!(step.from_line);
            value["by"]["endLine"] = json!(step.from_line);
            if let Some(by) = value["by"].as_object_mut() {
                for key in ["stage", "instruction"] {
                    by.remove(key);
                }
            }
        }
    }
    if let Some(layer) = step.layer {
        let digest = source.layers.get(layer);
        let created_by = source.created_by.get(layer).and_then(Option::as_ref);
        value["layer"] = json!({ "number": layer + 1, "digest": digest, "createdBy": created_by });
    }
    if let Some(base) = base_layer(source, step) {
        value["baseLayer"] = base;
    }
    value
}

fn base_layer(source: &Source, step: &Step) -> Option<Value> {
    let number = step.base_layer?;
    let image = source.lineage.as_ref()?.nodes.get(step.node?)?.image.as_ref()?;
    let layer = image.layers.get(number)?;
    Some(json!({ "number": number + 1, "diffId": layer.diff_id, "createdBy": layer.created_by }))
}

/// A step, or a layer where no step is known.
pub(crate) fn place(source: &Source, (node, layer): lineage::Place) -> Value {
    let Some((lineage, node)) = source.lineage.as_ref().zip(node) else {
        let created_by = layer.and_then(|layer| source.created_by.get(layer)).and_then(Option::as_ref);
        let digest = layer.and_then(|layer| source.layers.get(layer));
        return json!({ "layer": layer.map(|layer| layer + 1), "digest": digest, "createdBy": created_by });
    };
    let node = &lineage.nodes[node];
    let mut value = json!({
        "file": lineage.file,
        "line": node.line,
        "endLine": node.end_line,
        "stage": node.stage_name,
        "kind": node.kind,
        "instruction": node.text,
    });
    if let Some(image) = &node.image {
        value["image"] = json!({ "reference": image.reference, "digest": image.digest });
    }
    if let Some(remote) = &node.remote {
        value["remote"] = json!(remote);
    }
    if !node.mounts.is_empty() {
        value["mounts"] = json!(node.mounts);
    }
    value
}
