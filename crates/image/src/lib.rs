//! What an image is, as pure values: references, platforms, OCI documents, and the entries of a layer with
//! their origin. Nothing here reads or writes anything.

mod chmod;
mod config;
mod entry;
mod manifest;
mod platform;
mod reference;

pub use chmod::{Change, Chmod, ChmodOp};
pub use config::{ContainerConfig, Empty, Healthcheck, History, ImageConfig, RootFs};
pub use entry::{Entry, EntryKind, path_to_string};
pub use kit::Digest;
pub use manifest::{Descriptor, Index, Manifest, media_type, signature_tag};
pub use platform::{Platform, PlatformError};
pub use reference::{Reference, ReferenceError, context_name};
