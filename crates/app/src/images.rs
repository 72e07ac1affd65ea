//! What the store has, and its care.

use image::Reference;
use store::{GcOptions, GcReport, ImageRecord, VerifyReport};

use crate::transfer::not_here;
use crate::{AppError, World};

/// The images of the store, by name.
pub fn list(world: &World) -> Result<Vec<ImageRecord>, AppError> {
    Ok(world.store()?.images()?)
}

/// Gives an image another name.
pub fn tag(world: &World, source: &Reference, target: &Reference) -> Result<(), AppError> {
    let store = world.store()?;
    let found = store.image(source)?.ok_or_else(|| not_here(source))?;
    Ok(store.set_image(target, &found)?)
}

/// Takes a name away; its content goes with the next collection.
pub fn remove(world: &World, reference: &Reference) -> Result<(), AppError> {
    if world.store()?.remove_image(reference)? { Ok(()) } else { Err(not_here(reference)) }
}

/// Removes what nothing needs.
pub fn collect(world: &World, options: &GcOptions) -> Result<GcReport, AppError> {
    Ok(world.store()?.gc(options)?)
}

/// Checks every blob and layer.
pub fn verify(world: &World) -> Result<VerifyReport, AppError> {
    Ok(world.store()?.verify()?)
}
