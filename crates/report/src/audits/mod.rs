//! Output formats of checks of images, one file each.

use std::io;

use facts::{Efficiency, ImageFinding, Origin, Subject};

kit::table! {
    AuditFormat;
    json::FORMAT,
    sarif::FORMAT,
    table::FORMAT,
}

/// What checks of an image found.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    /// The image.
    pub subject: &'a Subject,
    /// What is wrong, the worst first.
    pub findings: &'a [ImageFinding],
    /// How it uses its bytes.
    pub efficiency: &'a Efficiency,
    /// The step that made each layer.
    pub steps: &'a [Origin],
}

/// An output format of checks of images.
#[derive(Debug)]
pub struct AuditFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its media type (RFC 6838).
    pub media_type: &'static str,
    /// Writes what was found.
    pub render: fn(&Audit<'_>, &mut dyn io::Write) -> io::Result<()>,
}

/// The format of a name.
pub fn audit_format(name: &str) -> Option<&'static AuditFormat> {
    audit_formats().iter().copied().find(|format| format.name == name)
}

/// All formats, by name.
pub fn audit_formats() -> &'static [&'static AuditFormat] {
    ALL
}

#[cfg(test)]
mod tests {
    use super::{ALL, MODULES};

    #[test]
    fn formats_are_called_as_their_files() {
        assert_eq!(ALL.iter().map(|format| format.name).collect::<Vec<_>>(), MODULES);
    }
}
