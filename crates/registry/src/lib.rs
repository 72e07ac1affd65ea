//! The distribution client: manifests and blobs to and from OCI registries (OCI distribution-spec 1.1).
//!
//! It knows nothing of where content is kept: bytes go into a [`BlobSink`] and come from a [`BlobSource`].
//! It reads no environment and no clock; settings, credentials and the way to wait are values of [`Config`].
//! A [`Client`] is shared between threads; each call blocks.

mod auth;
mod blob;
mod challenge;
mod client;
mod config;
mod copy;
mod credentials;
mod endpoint;
mod error;
mod helper;
mod http;
mod list;
mod manifest;
mod parallel;
mod transfer;
mod upload;

pub use blob::BlobReader;
pub use client::Client;
pub use config::Config;
pub use copy::CopyOptions;
pub use credentials::{Credential, Credentials};
pub use error::{Detail, ErrorKind, RegistryError};
pub use net::{ProxySettings, Sleeper};
pub use parallel::{Cancel, parallel};
pub use transfer::{
    BlobSink, BlobSource, FileSource, GrowingSource, NoProgress, Progress, Reach, VecSink, WithCancel,
};

/// The result of a call to a registry.
pub type Result<T> = std::result::Result<T, RegistryError>;
