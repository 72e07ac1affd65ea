//! Output formats of scans, one file each.

use crate::ScanFormat;

kit::table! {
    ScanFormat;
    github::FORMAT,
    gitlab::FORMAT,
    html::FORMAT,
    json::FORMAT,
    junit::FORMAT,
    openvex::FORMAT,
    sarif::FORMAT,
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
