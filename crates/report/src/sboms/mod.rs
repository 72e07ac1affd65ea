//! Output formats of inventories, one file each.

use crate::SbomFormat;

kit::table! {
    SbomFormat;
    cyclonedx::FORMAT,
    json::FORMAT,
    spdx::FORMAT,
    table::FORMAT,
}

#[cfg(test)]
mod tests {
    use super::{ALL, MODULES};

    #[test]
    fn formats_are_called_as_their_files() {
        assert_eq!(ALL.iter().map(|format| format.name).collect::<Vec<_>>(), MODULES);
    }
}
