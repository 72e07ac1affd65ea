//! The bottom of cooper: text ranges and edits, maps back to a source, digests, bounded and digest-checking
//! readers, bytes of files or in memory, atomic writes, work compiled for several processors, redaction by type,
//! paths as texts, pages of the manual, and the macro that makes a table of a folder of files.
//! Nothing here knows of Dockerfiles or images.

mod atomic;
mod bytes;
mod digest;
mod distance;
mod environment;
mod manual;
mod mapped;
mod path;
mod processor;
mod quote;
mod read;
mod redacted;
mod source_map;
mod spent;
mod table;
mod text;

pub use atomic::{replace_atomic, write_atomic, write_atomic_soon};
pub use bytes::{Bytes, large_memory};
pub use digest::{Digest, DigestError, Hasher};
pub use distance::edit_distance;
pub use environment::remove_variable;
pub use manual::{manual, with_facts, write_pages};
pub use mapped::Mapped;
pub use path::{absolute_path, clean_path, path_below_root};
pub use processor::{Work, with_bit_instructions};
pub use quote::go_quote;
pub use read::{LimitReader, VerifyReader, read_bounded};
pub use redacted::Redacted;
pub use source_map::SourceMap;
pub use spent::{Spent, cores, helpers, measured};
pub use text::{Edit, EditError, LineCol, LineIndex, TextRange, apply_edits};
