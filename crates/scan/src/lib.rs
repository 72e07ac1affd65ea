//! What is in an image, a file system or a project: packages.
//!
//! Each layer is read once, from front to end ([`of_tar`], [`of_layer`], [`of_directory`]), and gives its *facts*:
//! what cataloguers (one file each in `cataloguers/`) found in the files that they know, and what the layer hides of those
//! below. Facts are small, need no other layer, and can be kept by the digest of the layer. [`merge`] puts those of all
//! layers of an image together to an inventory.

mod blocks;
mod cataloguer;
mod cataloguers;
mod content;
mod go_functions;
mod java_groups;
mod json;
mod key;
mod layer;
mod lines;
mod merge;
mod program;
mod rpm;
mod walk;
mod watch;
mod xml;
mod zip;

pub use cataloguer::{Cataloguer, FileToRead, Found, Pattern, Reads};
pub use content::{Content, Scratch};
pub use layer::{FactsError, Finds, LayerFacts};
pub use merge::{hidden_by, merge};
pub use walk::{of_directory, of_file, of_layer, of_tar};
pub use watch::{FoundSecret, Watch};
pub use zip::{Zip, ZipEntry};

/// All cataloguers.
pub fn cataloguers() -> &'static [&'static Cataloguer] {
    cataloguers::ALL
}

/// What a cache of facts is to be keyed by beside the layer: another set of cataloguers finds other things.
pub fn revision() -> String {
    let all = cataloguers::ALL.iter().map(|one| format!("{}:{}", one.name, one.revision));
    format!("{}/{}", layer::FORMAT, all.collect::<Vec<_>>().join(","))
}
