//! Which step brought each package, by the layers of the image and the lineage that its build left.

use std::collections::BTreeMap;

use facts::{ImageFinding, Inventory, Origin, Secret, SecretPlace};
use lineage::{Explainer, Kind, Lineage, Node, Stack, Step, What};
use store::Store;

use super::check::path_of;
use super::facts_of;
use super::subject::{Opened, Source};
use crate::{AppError, World};

/// Adds to each package and secret of an image where it comes from.
pub(super) fn fill(
    world: &World,
    store: &Store,
    opened: &Opened,
    inventory: &mut Inventory,
    secrets: &mut [(usize, Secret)],
) -> Result<(), AppError> {
    if matches!(opened.source, Source::Directory(_)) {
        return Ok(());
    }
    let stack = stack(world, store, opened)?;
    let explainer = Explainer::new(&stack, opened.lineage.as_ref());
    let mut known: BTreeMap<(usize, String), Origin> = BTreeMap::new();
    for component in &mut inventory.components {
        // The lowest layer that has it: what others add is the same once more.
        let Some(place) = component.places.iter().min_by_key(|place| (place.layer, &place.path)) else {
            continue;
        };
        let path = if copies(opened, place.layer) { place.path.clone() } else { String::new() };
        let make = || origin(opened, &explainer, place.layer, &place.path);
        component.origin = Some(known.entry((place.layer, path)).or_insert_with(make).clone());
    }
    for (layer, secret) in secrets {
        match (&secret.place, &secret.origin) {
            (SecretPlace::File { path, .. }, _) => {
                secret.origin = Some(origin(opened, &explainer, *layer, path.trim_start_matches('/')));
            }
            // What the history says of the step holds the secret.
            (_, Some(said)) => {
                let created_by = said.created_by.clone();
                secret.origin = Some(Origin { created_by, ..of_layer(opened, said.layer - 1) });
            }
            (_, None) => {}
        }
    }
    Ok(())
}

/// Adds to each finding of an image the step that made it so; the step of each layer.
pub(super) fn of_findings(
    world: &World,
    store: &Store,
    opened: &Opened,
    findings: &mut [ImageFinding],
) -> Result<Vec<Origin>, AppError> {
    let stack = stack(world, store, opened)?;
    let explainer = Explainer::new(&stack, opened.lineage.as_ref());
    for finding in findings {
        if let Some(layer) = finding.layer {
            finding.origin = Some(origin(opened, &explainer, layer - 1, path_of(finding)));
        }
    }
    Ok((0..facts_of::layers(opened)).map(|layer| of_layer(opened, layer)).collect())
}

/// The step that made a layer.
fn of_layer(opened: &Opened, layer: usize) -> Origin {
    let mut origin = bare(opened, layer);
    if let Some((lineage, node)) = node_of(opened, layer) {
        origin.file = Some(lineage.file.clone());
        step_of(&mut origin, node, lineage.from_line);
    }
    origin
}

/// The indexes of the layers, where answers need them: of what was copied.
fn stack(_world: &World, store: &Store, opened: &Opened) -> Result<Stack, AppError> {
    let Source::Store(image) = &opened.source else { return Ok(Stack::new(Vec::new())) };
    let count = image.manifest.layers.len();
    if !(0..count).any(|layer| copies(opened, layer)) {
        return Ok(Stack::new(vec![None; count]));
    }
    let index = |diff_id| store.layer(diff_id)?.map(|layer| layer.index()).transpose();
    let indexes = image.config.rootfs.diff_ids.iter().map(index).collect::<Result<_, store::StoreError>>()?;
    Ok(Stack::new(indexes))
}

fn node_of(opened: &Opened, layer: usize) -> Option<(&Lineage, &Node)> {
    let lineage = opened.lineage.as_ref()?;
    Some((lineage, &lineage.nodes[*lineage.layers.get(layer)?]))
}

fn copies(opened: &Opened, layer: usize) -> bool {
    node_of(opened, layer).is_some_and(|(_, node)| matches!(node.kind, Kind::Copy | Kind::Add))
}

/// What is known without a lineage.
fn bare(opened: &Opened, layer: usize) -> Origin {
    Origin {
        layer: layer + 1,
        diff_id: opened.subject.diff_ids.get(layer).cloned().unwrap_or_default(),
        created_by: opened.created_by.get(layer).cloned().flatten(),
        ..Origin::default()
    }
}

fn origin(opened: &Opened, explainer: &Explainer<'_>, layer: usize, path: &str) -> Origin {
    let mut origin = bare(opened, layer);
    let Some((lineage, node)) = node_of(opened, layer) else { return origin };
    origin.file = Some(lineage.file.clone());
    if !copies(opened, layer) {
        step_of(&mut origin, node, lineage.from_line);
        return origin;
    }
    let mut steps = explainer.steps_below(path.as_bytes(), layer + 1);
    // Of a directory the layers below may tell more; what this one put into it is not theirs.
    let own = steps.iter().take_while(|step| step.layer.is_none_or(|other| other == layer)).count();
    steps.truncate(own);
    let wrote = steps.iter().rev().find(|step| step.node.is_some() && !is_copy(lineage, step));
    match wrote.and_then(|step| Some((step, lineage.nodes.get(step.node?)?))) {
        Some((step, wrote)) => {
            step_of(&mut origin, wrote, step.from_line);
            origin.copied_on = Some(node.line);
        }
        None => step_of(&mut origin, node, None),
    }
    origin
}

fn is_copy(lineage: &Lineage, step: &Step) -> bool {
    let kind = step.node.and_then(|node| lineage.nodes.get(node)).map(|node| node.kind);
    matches!(kind, Some(Kind::Copy | Kind::Add)) || matches!(step.what, What::Within(_))
}

/// What a step is. `from_line` is that of the FROM which brought a base image.
fn step_of(origin: &mut Origin, node: &Node, from_line: Option<u32>) {
    if let Some(image) = &node.image {
        origin.base = Some(image.reference.clone());
        (origin.line, origin.end_line) = (from_line, from_line);
        return;
    }
    (origin.line, origin.end_line) = (Some(node.line), Some(node.end_line));
    origin.stage = Some(node.stage_name.clone());
    origin.instruction = Some(node.text.clone());
}
