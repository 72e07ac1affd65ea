//! Output formats of inventories, one file each.

use crate::SbomFormat;

kit::table! {
    SbomFormat;
    json::FORMAT,
    table::FORMAT,
}
