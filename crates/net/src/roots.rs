//! Whom to trust: the system's root certificates and one more bundle.

use std::fs::File;
use std::path::{Path, PathBuf};

use kit::read_bounded;
use ureq::tls::{Certificate, PemItem, parse_pem};

use crate::{NetError, NetErrorKind, Result, Settings};

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
    place(named).map_or_else(|| Ok(Vec::new()), bundle)
}

/// The named file, else the first usual place that exists.
fn place(named: Option<&Path>) -> Option<&Path> {
    named.or_else(|| USUAL.iter().map(Path::new).find(|path| path.is_file()))
}

/// The text of all that is trusted, for another program that takes one PEM file; `None` when nothing but the system's
/// usual bundle is, which such a program finds by itself.
pub fn trusted_pem(settings: &Settings) -> Result<Option<Vec<u8>>> {
    let named = settings.system_roots.as_deref();
    if named.is_none() && settings.ca_bundles.is_empty() {
        return Ok(None);
    }
    let mut text = Vec::new();
    for path in place(named).into_iter().chain(settings.ca_bundles.iter().map(PathBuf::as_path)) {
        bundle(path)?;
        text.extend(read(path)?);
        text.push(b'\n');
    }
    Ok(Some(text))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = File::open(path).and_then(|file| read_bounded(file, MAX_BUNDLE));
    bytes.map_err(|error| unusable(path, "the bundle of certificates cannot be read").with_source(error))
}

fn unusable(path: &Path, text: &str) -> NetError {
    NetError::new(NetErrorKind::Config, format!("`{}`: {text}", path.display()))
}

/// All certificates of a PEM file; one without any is an error.
pub(crate) fn bundle(path: &Path) -> Result<Vec<Certificate<'static>>> {
    let bad = |text: &str| unusable(path, text);
    let mut out = Vec::new();
    for item in parse_pem(&read(path)?) {
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
        assert_eq!(bundle(&path).unwrap_err().kind(), NetErrorKind::Config);
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(bundle(&path).unwrap_err().kind(), NetErrorKind::Config, "{text}");
        }
    }

    #[test]
    fn the_usual_bundle_alone_needs_no_file() {
        assert_eq!(trusted_pem(&Settings::default()).unwrap(), None);
        let missing = Settings { ca_bundles: vec!["/no/such/file".into()], ..Settings::default() };
        assert_eq!(trusted_pem(&missing).unwrap_err().kind(), NetErrorKind::Config);
    }
}
