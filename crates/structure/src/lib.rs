//! Tests of images in the files of container-structure-test, version 2.0.0: what a file asks for, and whether an image is so.
//!
//! A [`Document`] is a file. Its tests, one kind for each file in `kinds/`, look at a [`Subject`]: its configuration, its files
//! as its layers have them, and what programs in it print, which somebody else runs.

mod document;
mod expand;
mod fields;
mod kinds;
mod mode;
mod re2;
mod subject;

pub use document::{Document, RunOptions};
pub use fields::Problem;
pub use kinds::{Kind, kinds};
pub use subject::{Process, Ran, Subject};
