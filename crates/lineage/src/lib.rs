//! Where each file of an image comes from: the lineage document that a build leaves beside its image, and the answers
//! that it gives together with the indexes of the image's layers.
//!
//! An image's layers say which step wrote a path last. What a COPY brought from another stage was written there, by
//! steps whose layers are no part of the image: the document holds, for each COPY, where every placed path was before
//! and which step had written it, in rules that cover whole trees where they can.

mod blame;
mod document;
mod explain;
mod path;
mod rules;
mod stack;

pub use blame::{Blame, BlameOptions, Share, TreeSize, blame};
pub use document::{
    BaseLayer, DocumentError, Image, Kind, Lineage, MAX_BYTES, Mount, Node, Origin, PREDICATE_TYPE, Remote,
    SCHEMA, Tree,
};
pub use explain::{Answer, Explainer, Found, Link, Place, Step, What};
pub use path::{decode, encode};
pub use rules::{From, Rule, Rules};
pub use stack::{Change, Hit, Losses, Stack};
