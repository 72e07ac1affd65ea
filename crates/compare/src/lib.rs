//! What two images differ in: files by the indexes of their layers, configurations by field, packages by what package
//! managers have written down. Bytes are read only of two files that are known to differ, to say where.

mod bytes;
mod config;
mod files;
mod packages;

pub use bytes::{BytesDiffer, first_difference};
pub use config::{Setting, configs};
pub use files::{Change, Field, Side, entries, files};
pub use packages::{Package, PackageChange, Packages, apk, dpkg, package_changes, packages};
