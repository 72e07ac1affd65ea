//! Output formats of findings, one file each.

use crate::Format;

kit::table! {
    Format;
    checkstyle::FORMAT,
    github::FORMAT,
    human::FORMAT,
    json::FORMAT,
    sarif::FORMAT,
}

#[cfg(test)]
pub(crate) mod tests;
