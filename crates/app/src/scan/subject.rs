//! What is to be scanned, by what a user calls it: a directory, an image that lies in a file and stays there, or one of the
//! store or a registry.

use std::fmt;
use std::path::{Path, PathBuf};

use facts::{Subject, SubjectKind};
use image::Platform;
use lineage::Lineage;
use store::Store;
use store::layout::Foreign;

use crate::locate::{Located, image_file, locate};
use crate::{AppError, World};

/// Something to be scanned.
pub(super) struct Opened {
    pub(super) subject: Subject,
    pub(super) source: Source,
    /// What the history says of each layer.
    pub(super) created_by: Vec<Option<String>>,
    /// What its build left beside it.
    pub(super) lineage: Option<Lineage>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Where its layers are.
pub(super) enum Source {
    Directory(PathBuf),
    Foreign(Box<Foreign>),
    Store(Box<Located>),
}

pub(super) fn open(
    world: &World,
    store: &Store,
    target: &str,
    platform: Option<&Platform>,
) -> Result<Opened, AppError> {
    let subject = |kind, digest, diff_ids: &[image::Digest]| Subject {
        name: target.to_owned(),
        kind,
        digest,
        diff_ids: diff_ids.iter().map(ToString::to_string).collect(),
    };
    if let Some((path, tag)) = image_file(world, target) {
        let image = Foreign::open(store, &path, tag, platform)?;
        let digest = image.manifest.as_ref().map_or(image.config_digest, |manifest| manifest.digest);
        return Ok(Opened {
            subject: subject(SubjectKind::Image, Some(digest.to_string()), &image.config.rootfs.diff_ids),
            created_by: crate::locate::created_by(&image.config, image.layers()),
            lineage: None,
            source: Source::Foreign(Box::new(image)),
        });
    }
    let path = world.path(target);
    if path.is_dir() {
        let kind = if is_root(&path) { SubjectKind::FileSystem } else { SubjectKind::Project };
        return Ok(Opened {
            subject: subject(kind, None, &[]),
            source: Source::Directory(path),
            created_by: Vec::new(),
            lineage: None,
        });
    }
    let image = locate(world, store, target, platform, true)?;
    Ok(Opened {
        subject: subject(
            SubjectKind::Image,
            Some(image.manifest_descriptor.digest.to_string()),
            &image.config.rootfs.diff_ids,
        ),
        created_by: image.created_by(),
        lineage: image.lineage(store).filter(|lineage| lineage.layers.len() == image.manifest.layers.len()),
        source: Source::Store(Box::new(image)),
    })
}

/// Whether a directory is the root of a file system.
fn is_root(path: &Path) -> bool {
    [
        "etc/os-release",
        "usr/lib/os-release",
        "var/lib/dpkg/status",
        "var/lib/dpkg/status.d",
        "lib/apk/db/installed",
    ]
    .iter()
    .any(|mark| path.join(mark).symlink_metadata().is_ok())
}
