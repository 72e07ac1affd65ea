//! What cooper does, without a terminal: each use case takes a [`World`] and a request and gives an outcome.
//! Nothing here prints, exits, or reads the environment: the command line hands all of that in.

mod ahead;
mod allow;
mod attest;
pub mod bake;
mod bases;
pub mod blame;
pub mod build;
mod caches;
mod checks;
pub mod comply;
mod config;
mod dated;
pub mod devices;
pub mod diff;
mod dockerfile;
mod emits;
mod engine;
mod epoch;
mod error;
pub mod explore;
mod export;
mod failure;
mod fetching;
mod find;
pub mod fix;
pub mod fmt;
pub mod found;
pub mod gate;
pub mod graph;
pub mod harden;
pub mod images;
mod input;
mod lend;
pub mod lint;
mod locate;
mod lock;
mod locking;
mod lookup;
pub mod outline;
mod output;
mod package_lists;
pub mod parse;
pub mod profile;
mod provenance;
mod request;
pub mod run;
pub mod scan;
pub mod schema;
mod secrecy;
mod shell_tree;
pub mod ship;
pub mod starter;
mod suspicion;
pub mod testing;
pub mod transfer;
pub mod trust;
pub mod verify;
pub mod why;
mod world;

pub use allow::Allow;
pub use buildkit::Endpoint as EngineAddress;
pub use caches::{CacheFrom, CachePlace, CacheTo};
pub use config::Settings;
pub use error::{AppError, ErrorClass, SourceText};
pub use failure::KeepFailed;
pub use lock::{LockChange, LockFile, LockedImage};
pub use locking::{LockOutcome, Renewal, lock};
pub use output::{OutputKind, OutputSpec};
pub use provenance::{LEVEL as SLSA_LEVEL, ProvenanceSpec};
pub use request::{ContextSpec, SecretSpec, SshSpec, pairs};
pub use world::World;

/// The times a reproducible image carries when nothing else says one: 1980-01-01T00:00:00Z, the earliest that
/// every archive format can hold.
pub const FIXED_EPOCH: i64 = 315_532_800;
