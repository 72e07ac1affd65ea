//! Output formats of findings, one file each.

use crate::Format;

pub(crate) use github::{data, property};

kit::table! {
    Format;
    buildkit::FORMAT,
    checkstyle::FORMAT,
    codeclimate::FORMAT,
    github::FORMAT,
    gitlab::FORMAT,
    human::FORMAT,
    json::FORMAT,
    junit::FORMAT,
    line::FORMAT,
    sarif::FORMAT,
}

#[cfg(test)]
pub(crate) mod tests;
