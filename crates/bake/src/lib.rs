//! What `docker buildx bake` reads: `docker-bake.hcl` and `.json`, and the `build` sections of compose files, as targets.
//! Nothing here reads a file or the environment: texts and variables come in as values, and what comes out is what
//! bake prints.

mod compose;
mod config;
mod document;
mod dotenv;
mod entry;
mod error;
mod eval;
mod functions;
mod interpolate;
mod module;
mod overrides;
mod print;
mod resolve;
mod size;
mod target;
mod template;
#[cfg(test)]
mod tests;
mod types;
mod value;

pub use compose::{OtherFile, compose_files};
pub use config::{Config, Group, Input, SourceFile, Syntax, read};
pub use dotenv::dotenv;
pub use entry::Entry;
pub use error::BakeError;
pub use resolve::{Resolved, Wanted};
pub use size::bytes;
pub use target::Target;

/// The files that are read when none is named, in the order in which they are put together.
pub const DEFAULT_FILES: [&str; 8] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "docker-bake.json",
    "docker-bake.hcl",
    "docker-bake.override.json",
    "docker-bake.override.hcl",
];
