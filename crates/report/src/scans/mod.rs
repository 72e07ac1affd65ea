//! Output formats of scans, one file each.

use crate::ScanFormat;

kit::table! {
    ScanFormat;
    json::FORMAT,
    table::FORMAT,
}
