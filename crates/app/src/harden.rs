//! `cooper harden`: how a container of an image runs with the least rights.

use ::harden::{Profile, Subject, Target};
use image::Platform;

use crate::locate::locate;
use crate::{AppError, World};

/// Larger files are no compose files.
const MAX_FILE: u64 = 1 << 20;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The image.
    pub image: String,
    /// `--platform`.
    pub platform: Option<Platform>,
    /// `--memory`, `--pids` and `--writable`.
    pub wishes: Wishes,
}

/// A compose file with a profile in it, and what a user says of one.
pub use ::harden::{Merged, Wishes};

/// All targets.
pub fn targets() -> &'static [&'static Target] {
    ::harden::targets()
}

/// Finds the profile of an image.
pub fn profile(world: &World, request: &Request) -> Result<Profile, AppError> {
    let store = world.store()?;
    let located = locate(world, &store, &request.image, request.platform.as_ref(), true)?;
    let lineage = located.lineage(&store);
    let files = located.merged(world, &store, lineage.as_ref())?;
    let subject = Subject { name: &request.image, config: &located.config, files: &files };
    Ok(::harden::profile(&subject, &request.wishes))
}

/// Merges a profile into a compose file.
pub fn merge(
    world: &World,
    profile: &Profile,
    file: &str,
    service: Option<&str>,
) -> Result<Merged, AppError> {
    let failed =
        |why: &dyn std::fmt::Display| AppError::usage(format!("`{file}` cannot be merged with: {why}"));
    let opened = std::fs::File::open(world.path(file)).map_err(|error| failed(&error))?;
    let bytes = kit::read_bounded(opened, MAX_FILE).map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
    ::harden::merge(&text, profile, service).map_err(|error| failed(&error))
}
