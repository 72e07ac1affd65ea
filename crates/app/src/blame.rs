//! `cooper blame`: the size of an image by the steps that made it.

use image::Platform;
use lineage::{Blame, BlameOptions, encode};
use serde_json::{Value, json};

use crate::locate::open;
use crate::why::{Source, place};
use crate::{AppError, World};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The image: a name or digest of the store, a layout or an archive.
    pub image: String,
    /// `--platform`.
    pub platform: Option<Platform>,
    /// Levels of directories.
    pub depth: usize,
    /// Whether files are counted for the steps that wrote them, also in other stages.
    pub deep: bool,
    /// Only what is below this path.
    pub within: String,
}

/// What is known.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The sizes.
    pub blame: Blame,
    /// What the steps are.
    pub source: Source,
}

/// Adds up an image.
pub fn blame(world: &World, request: &Request) -> Result<Outcome, AppError> {
    let opened = open(world, &request.image, request.platform.as_ref())?;
    let asked = lineage::decode(&request.within);
    let within =
        opened.merged.resolve(&asked, true).found().ok_or_else(|| {
            AppError::usage(format!("there is no `{}` in `{}`", request.within, request.image))
        })?;
    let options = BlameOptions { depth: request.depth, deep: request.deep, within: &within };
    let blame = lineage::blame(&opened.explainer(), &opened.merged, options);
    Ok(Outcome { blame, source: Source::of(&opened) })
}

/// The outcome as JSON.
pub fn json(outcome: &Outcome) -> Value {
    let shares = outcome.blame.shares.iter().map(|share| {
        json!({
            "by": place(&outcome.source, share.place),
            "files": share.files,
            "bytes": share.bytes,
            "added": share.added,
            "overwritten": share.overwritten,
            "deleted": share.deleted,
            "tree": share.tree.iter().map(|dir| json!({
                "path": format!("/{}", encode(&dir.path)),
                "bytes": dir.bytes,
                "files": dir.files,
            })).collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": "cooper/blame/1",
        "image": outcome.source.image,
        "digest": outcome.source.digest,
        "lineage": outcome.source.lineage.is_some(),
        "steps": shares.collect::<Vec<_>>(),
    })
}
