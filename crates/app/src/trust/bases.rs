//! `[trust]`: bases have to be signed before a build starts from them.

use ::gate::{Signer, matches};
use image::{Descriptor, Reference};
use store::Store;
use trust::SIGNATURE;

use super::place::{Place, Target};
use super::verify::{Who, judge, policy};
use crate::config::TrustedImages;
use crate::{AppError, World, transfer};

/// Checks that a base is signed as `[trust]` asks for. `found` is what its name stands for and, where that is an index, the
/// image of it. Signatures that are not in the store are fetched, and stay there.
pub(crate) fn check(
    world: &World,
    store: &Store,
    reference: &Reference,
    found: &[Descriptor],
) -> Result<(), AppError> {
    let settings = &world.settings.trust;
    let name = format!("{}/{}", reference.registry(), reference.repository());
    let fits = |images: &&TrustedImages| images.names.iter().any(|pattern| matches(pattern, &name));
    let all = match settings.require.as_deref() {
        None | Some("listed") => false,
        Some("all") => true,
        Some(other) => {
            let message = format!("`require = \"{other}\"` of `[trust]` is neither `listed` nor `all`");
            return Err(AppError::usage(message));
        }
    };
    let Some(images) = settings.images.iter().find(fits) else {
        let message =
            format!("the base `{name}` is not signed by anybody trusted: `[trust]` does not name it");
        let help = "add it to `[[trust.images]]` with who signs it";
        return if all { Err(AppError::usage(message).help(help)) } else { Ok(()) };
    };
    if images.by.is_empty() {
        return Ok(());
    }
    let mut why = tried(world, store, images, found)?;
    if !why.is_empty() {
        transfer::pull_beside(world.client()?, store, reference, found);
        why = tried(world, store, images, found)?;
    }
    if why.is_empty() {
        return Ok(());
    }
    let message =
        format!("the base `{}` is not signed by anybody trusted: {}", reference.familiar(), why.join("; "));
    Err(AppError::usage(message).help(format!(
        "`cooper verify --explain` shows what is beside it; `[trust]` of `cooper.toml` says who counts for `{name}`"
    )))
}

/// Why nobody of the list has signed it; nothing when one has.
fn tried(
    world: &World,
    store: &Store,
    images: &TrustedImages,
    found: &[Descriptor],
) -> Result<Vec<String>, AppError> {
    let mut why = Vec::new();
    for signer in &images.by {
        let (who, root) = match signer {
            Signer::Key { key } => (Who::Key(key), None),
            Signer::Identity { identity, issuer, trusted_root } => {
                (Who::Identity(identity, issuer), Some(trusted_root.as_str()))
            }
        };
        let policy = policy(world, who, root)?;
        let before = why.len();
        for image in found {
            let target =
                Target { world, place: Place::Store(store.clone()), image: image.clone(), name: None };
            for one in judge(&target, &policy, SIGNATURE)? {
                match one.result {
                    Ok(_) => return Ok(Vec::new()),
                    Err(error) => why.push(format!("{}: {error} [{}]", signer.name(), error.reason().name())),
                }
            }
        }
        if why.len() == before {
            why.push(format!("{}: there is no signature beside it", signer.name()));
        }
    }
    why.dedup();
    Ok(why)
}
