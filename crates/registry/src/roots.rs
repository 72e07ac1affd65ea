//! Whom to trust: the system's root certificates and one more bundle.

use std::fs::File;
use std::path::Path;

use kit::read_bounded;
use ureq::tls::{Certificate, PemItem, parse_pem};

use crate::{ErrorKind, RegistryError, Result};

/// Most that is read of a bundle.
const MAX_BUNDLE: u64 = 16 << 20;

/// Where systems keep their bundle: Debian and Alpine, Fedora, openSUSE, old Red Hat, FreeBSD and macOS.
const USUAL: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// The roots of the system: of the named file, else of the first usual place that exists.
pub(crate) fn system(named: Option<&Path>) -> Result<Vec<Certificate<'static>>> {
    if let Some(path) = named {
        return bundle(path);
    }
    USUAL.iter().map(Path::new).find(|path| path.is_file()).map_or_else(|| Ok(Vec::new()), bundle)
}

/// All certificates of a PEM file; one without any is an error.
pub(crate) fn bundle(path: &Path) -> Result<Vec<Certificate<'static>>> {
    let bad = |text: &str| RegistryError::new(ErrorKind::Config, text).about(&path.display());
    let bytes = File::open(path)
        .and_then(|file| read_bounded(file, MAX_BUNDLE))
        .map_err(|error| bad("the bundle of certificates cannot be read").with_source(error))?;
    let mut out = Vec::new();
    for item in parse_pem(&bytes) {
        match item {
            Ok(PemItem::Certificate(certificate)) => out.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(bad("the bundle of certificates is malformed").with_source(error)),
        }
    }
    if out.is_empty() {
        return Err(bad("the bundle holds no certificate")
            .with_hint("it must be a PEM file with the CA's certificate"));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_bundles_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        assert_eq!(bundle(&path).unwrap_err().kind(), ErrorKind::Config);
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(bundle(&path).unwrap_err().kind(), ErrorKind::Config, "{text}");
        }
    }
}
