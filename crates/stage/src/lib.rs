//! The stage graph of a Dockerfile: which stages it has, what each is built from and copies from, and which
//! variables are set where.
//!
//! Names are resolved as `BuildKit` does: a named context first, then an earlier stage, then an image. A value
//! that cannot be told from the file and the [`Options`] is [`Value::Unknown`]; it is never guessed.

mod construct;
mod global;
mod graph;
mod model;
mod names;
mod outline;
mod scope;
mod shell;
mod walk;

pub use global::{GlobalArg, GlobalScope};
pub use graph::StageGraph;
pub use model::{Base, Edge, EdgeKind, Options, Problem, Source, Stage, Use, Value};
pub use names::closest;
pub use outline::{Outline, OutlineArg, OutlineLent, Target, outline, targets};
pub use scope::{Lookup, Scope, Variable};
pub use shell::{Shell, Shells};
pub use walk::refused;
