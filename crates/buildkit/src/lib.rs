//! The engine that is somewhere else: a plan lowered to LLB, and the protocol by which `BuildKit` solves it. The context,
//! secrets, agents and credentials stay here and are handed out in the session, one call at a time.
//!
//! The protocol is gRPC on HTTP/2 in both directions at once, which is what makes this crate alone asynchronous; nothing
//! of that is seen from outside: [`solve`] blocks.

mod connect;
mod docker;
mod error;
mod files;
mod grpc;
mod lower;
mod messages;
mod probe;
mod session;
mod solve;
mod wording;

pub use connect::{Address, Endpoint};
pub use docker::{remove, save, tag};
pub use error::EngineError;
pub use files::{Tree, TreeFile};
pub use lower::{LowerOptions, Lowered, lower};
pub use probe::probe;
pub use session::{Credentials, FindCredentials, Lent};
pub use solve::{CacheEntry, Export, Job, Solved, Update, UpdateKind, solve};
