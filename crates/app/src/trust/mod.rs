//! Keys, signatures, attestations: who made an image, and what is said of it.

mod bases;
mod content_trust;
mod key;
mod layout;
mod place;
mod sign;
mod verify;

pub(crate) use bases::check as check_base;
pub use content_trust::content_trust;
pub use key::{KeyFiles, Password, generate, public};
pub use sign::{SignRequest, Signed, attest, sign};
pub use verify::{ArtifactRequest, Evidence, Verdict, VerifyRequest, Who, verify, verify_artifact};

use crate::AppError;

/// Largest manifest that is read.
pub(crate) const MAX_MANIFEST: u64 = 4 << 20;

/// A refusal of something that was to be used, as an error.
fn refused(what: &str) -> impl Fn(trust::TrustError) -> AppError + '_ {
    move |error| AppError::usage(format!("{what}: {error}"))
}
