//! `cooper explore`: an image to be walked through, by layer and by directory, with what is wrong where.

mod tree;

use std::collections::BTreeMap;

use facts::{ImagePlace, SecretPlace};
use image::Platform;
use lineage::{Answer, Losses, Share};
use serde_json::{Value, json};
use store::Merged;

pub use self::tree::{Mark, Node, Tree};
use crate::locate::{Opened, open_or_fetch};
use crate::scan::{self, SecretRules};
use crate::why::{self, Source, place};
use crate::{AppError, World};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The image: a name or digest of the store, a layout, an archive, or a name at a registry.
    pub image: String,
    /// `--platform`.
    pub platform: Option<Platform>,
    /// Whether it is scanned and checked.
    pub findings: bool,
}

/// Which files are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Those of the finished image.
    Image,
    /// Those that a layer, from 0, brings or takes away.
    Layer(usize),
    /// Those that are there after a layer.
    Until(usize),
}

/// An image that is open.
pub struct Explorer {
    opened: Opened,
    /// What the numbers of steps and layers stand for.
    pub source: Source,
    /// For each layer what it has, and what later ones made of it.
    pub layers: Vec<Losses>,
    /// What is wrong with the image as a whole.
    pub findings: Vec<String>,
    /// What is wrong at paths, which have no leading `/`.
    at: BTreeMap<String, Vec<String>>,
    /// What is to be known of the findings.
    pub notes: Vec<String>,
}

impl Explorer {
    /// Opens an image, and looks for what is wrong with it.
    pub fn open(world: &World, request: &Request) -> Result<Self, AppError> {
        let opened = open_or_fetch(world, &request.image, request.platform.as_ref())?;
        let layers = (0..opened.stack.len()).map(|layer| opened.stack.losses(layer)).collect();
        let source = Source::of(&opened);
        let (findings, at, notes) = (Vec::new(), BTreeMap::new(), Vec::new());
        let mut explorer = Self { opened, source, layers, findings, at, notes };
        if request.findings {
            explorer.find(world, request)?;
        }
        Ok(explorer)
    }

    fn find(&mut self, world: &World, request: &Request) -> Result<(), AppError> {
        let asked = scan::Request {
            target: request.image.clone(),
            platform: request.platform.clone(),
            secrets: Some(SecretRules::default()),
            ..scan::Request::default()
        };
        let found = scan::scan(world, &asked)?;
        for one in &found.vulnerabilities {
            let Some(component) = found.contents.inventory.components.get(one.component) else { continue };
            let (id, package) = (&one.id, &component.package);
            let fixed = one.fixed.as_ref().map(|fixed| format!(", fixed in {fixed}")).unwrap_or_default();
            let text = format!("{} {id} of {} {}{fixed}", one.risk, package.name, package.version);
            let path = component.places.first().map(|place| place.path.as_str());
            self.add(path, text);
        }
        for one in &found.contents.secrets {
            let (path, at) = match &one.place {
                SecretPlace::File { path, line, .. } => (Some(path.as_str()), format!("line {line}")),
                place => (None, place.text()),
            };
            self.add(path, format!("{} secret: {}, {at}", one.severity, one.description));
        }
        for one in scan::check(world, &asked)?.findings {
            let path = match &one.place {
                ImagePlace::File { path } => Some(path.as_str()),
                _ => None,
            };
            self.add(path, format!("{} {} {}: {}", one.severity, one.code, one.check, one.message));
        }
        self.notes = found.notes;
        Ok(())
    }

    fn add(&mut self, path: Option<&str>, text: String) {
        match path {
            Some(path) => self.at.entry(path.trim_start_matches('/').to_owned()).or_default().push(text),
            None => self.findings.push(text),
        }
    }

    /// What is wrong at a path.
    pub fn findings_at(&self, path: &[u8]) -> &[String] {
        let found = std::str::from_utf8(path).ok().and_then(|path| self.at.get(path));
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// The files of a view.
    pub fn tree(&self, view: View) -> Result<Tree, AppError> {
        let all = self.opened.merged.layers();
        match view {
            View::Image => Ok(Tree::of_image(&self.opened.merged, None)),
            View::Until(layer) => {
                let upto = Merged::new(all[..all.len().min(layer + 1)].to_vec())?;
                Ok(Tree::of_image(&upto, Some(layer)))
            }
            View::Layer(layer) => {
                let below = Merged::new(all[..all.len().min(layer)].to_vec())?;
                let index = self.opened.stack.index(layer);
                Ok(index.map(|index| Tree::of_layer(index, &below)).unwrap_or_default())
            }
        }
    }

    /// How a path came into the image, and of a directory which steps wrote what is beneath it.
    pub fn why(&self, path: &[u8]) -> (Answer, Vec<Share>) {
        why::explain(&self.opened.explainer(), &self.opened.merged, path)
    }

    /// The step that made a layer.
    pub fn step_of(&self, layer: usize) -> lineage::Place {
        let node = self.source.lineage.as_ref().and_then(|lineage| lineage.layers.get(layer).copied());
        if node.is_some() { (node, None) } else { (None, Some(layer)) }
    }

    /// All of it as JSON; its shape is that of `docs/schema/explore.json`.
    pub fn json(&self) -> Result<Value, AppError> {
        let layer = |(number, losses): (usize, &Losses)| -> Result<Value, AppError> {
            let nodes = self.tree(View::Layer(number))?.nodes;
            let marked = nodes.iter().filter(|node| node.mark.is_some());
            Ok(json!({
                "number": number + 1,
                "digest": self.source.layers.get(number),
                "createdBy": self.source.created_by.get(number).and_then(Option::as_ref),
                "by": place(&self.source, self.step_of(number)),
                "bytes": losses.added,
                "overwritten": losses.overwritten,
                "deleted": losses.deleted,
                "files": marked.map(|node| self.file(node)).collect::<Vec<_>>(),
            }))
        };
        Ok(json!({
            "schema": "cooper/explore/1",
            "image": self.source.image,
            "digest": self.source.digest,
            "layers": self.layers.iter().enumerate().map(layer).collect::<Result<Vec<_>, _>>()?,
            "findings": self.findings,
            "notes": self.notes,
        }))
    }

    fn file(&self, node: &Node) -> Value {
        json!({
            "path": format!("/{}", lineage::encode(&node.path)),
            "change": node.mark.map(Mark::name),
            "entry": node.entry.as_ref().map(crate::diff::entry),
            "bytes": node.bytes,
            "findings": self.findings_at(&node.path),
        })
    }
}
