//! What images are signed with and what such signatures prove: keys, envelopes, bundles.
//!
//! The wire formats and the rules of verification are this crate's own, small and strict: bytes are bounded, a repeated key
//! of JSON is refused, and every refusal has a [`Reason`]. The mathematics is that of others. Nothing here reads
//! files, a clock or a network: what is trusted comes in as values.

mod artifact;
mod bundle;
mod certificate;
mod der;
mod dsse;
mod encoding;
mod entry;
mod error;
mod json;
mod judge;
mod key;
mod log;
mod pem;
mod root;
mod sct;
mod simple;
mod statement;
mod time;
mod timestamp;

pub use artifact::{Artifact, PREDICATE_ANNOTATION, bundle_artifact, simple_artifact};
pub use bundle::{BUNDLE, Bundle, Content, MAX_BUNDLE, Material};
pub use dsse::Envelope;
pub use error::{Reason, Result, TrustError};
pub use judge::{Artifact as Signed, Identity, Policy, Signer};
pub use key::{Entropy, Hash, PrivateKey, PublicKey, Sealed};
pub use root::TrustedRoot;
pub use simple::{MAX_SIMPLE, SIGNATURE_ANNOTATION, SIMPLE_SIGNING, SimpleSignature};
pub use statement::{MAX_STATEMENT, SIGNATURE, STATEMENT, Statement, predicate_type};
pub use time::from_rfc3339;
