//! Files that a project begins with: a Dockerfile, a `.dockerignore` and a `cooper.toml` for its language, and the pipeline of its CI.

mod languages;
mod pipelines;
mod project;

pub use languages::{Language, languages};
pub use pipelines::{Provider, providers};
pub use project::{File, Project};
