//! A scan as one page of HTML that needs nothing else.

use crate::ScanFormat;

pub(crate) static FORMAT: ScanFormat =
    ScanFormat { name: "html", media_type: "text/html", wants_page: true, render: crate::page::write };
