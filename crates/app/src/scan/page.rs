//! What a page about an image shows beside the scan: checks, and the Dockerfile where it is at hand.

use std::fs;
use std::path::PathBuf;

use ::secrets::builtin;
use facts::SubjectKind;
use image::Digest;

use super::check::{Checked, check};
use super::{Contents, Request, secret, subject};
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
    let mut checked = check(world, request)?;
    if secret::is_said(contents.secrets.iter()) {
        let of_findings = checked.findings.iter_mut().filter_map(|one| one.origin.as_mut());
        secret::mask_steps(builtin(), of_findings.chain(&mut checked.steps));
    }
    let source = source(world, request)?;
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
fn source(world: &World, request: &Request) -> Result<Option<(PathBuf, String, String)>, AppError> {
    let store = world.store()?;
    let opened = subject::open(world, &store, &request.target, request.platform.as_ref())?;
    let Some(lineage) = opened.lineage else { return Ok(None) };
    let path = world.path(request.context.as_deref().unwrap_or(".")).join(&lineage.file);
    if !fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= MAX_SOURCE) {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).ok();
    let built = text.filter(|text| Digest::of(text.as_bytes()) == lineage.file_digest);
    Ok(built.map(|text| (path, lineage.file, text)))
}
