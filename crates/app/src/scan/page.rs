//! What a page about an image shows beside the scan: checks, and the Dockerfile where it is at hand.

use std::fs;
use std::path::PathBuf;

use ::secrets::builtin;
use facts::SubjectKind;
use image::Digest;

use super::check::{self, Checked};
use super::subject::Opened;
use super::{Contents, Request, secret};
use crate::{AppError, World, graph};

/// Larger files are no Dockerfiles.
const MAX_SOURCE: u64 = 8 << 20;

/// What a page shows beside the scan.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// What checks found; of directories there are none.
    pub checked: Option<Checked>,
    /// The Dockerfile as it was built, without secrets: name and text.
    pub source: Option<(String, String)>,
    /// Its stages as SVG.
    pub graph: Option<String>,
}

/// Gathers what a page shows of what was scanned.
pub fn page(world: &World, request: &Request, contents: &Contents) -> Result<Page, AppError> {
    if contents.subject.kind != SubjectKind::Image {
        return Ok(Page::default());
    }
    let checked = check::of_opened(world, &world.store()?, &contents.opened)?;
    let source = source(world, request, &contents.opened);
    let graph = source.as_ref().and_then(|(path, ..)| {
        let file = Some(path.to_string_lossy().into_owned());
        let request = graph::Request { file, format: "svg".into(), ..Default::default() };
        // A Dockerfile that needs arguments to make sense has no picture; all else is shown.
        graph::graph(world, &request, None).ok()
    });
    let source = source.map(|(_, file, text)| (file, secret::masked(builtin(), &text)));
    Ok(Page { checked: Some(checked), source, graph })
}

/// The Dockerfile that the lineage names, if it is still what was built: path, name, text.
fn source(world: &World, request: &Request, opened: &Opened) -> Option<(PathBuf, String, String)> {
    let lineage = opened.lineage.as_ref()?;
    let path = world.path(request.context.as_deref().unwrap_or(".")).join(&lineage.file);
    if !fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= MAX_SOURCE) {
        return None;
    }
    let text = fs::read_to_string(&path).ok()?;
    (Digest::of(text.as_bytes()) == lineage.file_digest).then(|| (path, lineage.file.clone(), text))
}
