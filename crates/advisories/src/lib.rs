//! What is known to be wrong with packages.
//!
//! Sources (one file each in `sources/`) are read into [`Shard`]s: compact files, one for each distribution or ecosystem and
//! source, in which the advisories of a package are found by its name without reading the rest. [`matching`] asks
//! them. Nothing here opens files or knows of a network: bytes come in, and bytes go out.

mod advisory;
mod attacks;
mod cvss;
mod ecosystems;
mod import;
mod matching;
mod modules;
mod same;
mod shard;
mod sources;
mod vex;

pub use advisory::{Advisory, Bounds, Part};
pub use attacks::attacks;
pub use ecosystems::{Asked, asked};
pub use import::{ImportError, Importer};
pub use matching::{Affected, affected};
pub use modules::is_of_stream;
pub use same::{Ids, best_id, same};
pub use shard::{Shard, ShardError};
pub use vex::{Asked as VexAsked, Vex, VexError};
