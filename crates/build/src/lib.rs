//! Runs a plan on this machine: looks each step up by the content it depends on, runs what is missing in the
//! sandbox, stacks the layers in the store, and assembles the image.

mod assemble;
mod context;
mod copy;
mod descent;
mod device;
mod engine;
mod error;
mod event;
mod explain;
mod flight;
mod keys;
mod leaks;
mod parallel;
mod profile;
mod remote;
mod repeat;
mod schedule;
mod share;
mod steps;

pub use assemble::{
    AssembleOptions, Assembled, INLINE_CACHE, Layers, assemble, assemble_index, assemble_layers,
};
pub use context::{Context, StatCache};
pub use copy::{Owner, resolve_user};
pub use descent::{Dockerfile, Done, lineage, lineage_key, needed};
pub use device::{AllowedDevices, Device, find_devices};
pub use engine::{Engine, EngineOptions, Fetch, Foreign, LayerRef, Secret, Solved};
pub use error::{BuildError, FailedStep};
pub use event::{Event, EventKind, Stream};
pub use explain::{Change, Explain, Reason, StepReport};
pub use flight::Flight;
pub use leaks::{AllowedLeak, Leaks};
pub use profile::{Cost, losses};
pub use remote::{Fetched, Received, Remotes, Told, newest};
pub use repeat::{Differs, Repeat, added, count_steps, differing};
pub use share::{
    CacheDocument, CacheSource, Imports, MAX_DOCUMENT, ShareMode, SharedLayer, SharedStep, share,
    shared_steps,
};
pub use steps::{FailedState, FailureShell, OnFailure, StepOutput};
