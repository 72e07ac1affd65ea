//! X.509 certificates (RFC 5280): what is read of them, and whether an authority stands behind one. The path is checked by
//! `rustls-webpki`; what it leaves open is checked here.

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::der::{self, Der, Element};
use crate::key::PublicKey;
use crate::time::{self, Window};
use crate::{Reason, Result, TrustError};

/// Largest certificate.
const MAX: usize = 64 << 10;
/// Purposes of certificates (RFC 5280, section 4.2.1.12), as the content of their object identifiers.
pub(crate) const CODE_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];
pub(crate) const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];

mod oid {
    pub(super) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub(super) const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    pub(super) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    pub(super) const EXTENDED_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
    /// 1.3.6.1.4.1.57264.1: of Fulcio.
    pub(super) const ISSUER_1: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 1];
    pub(super) const ISSUER_2: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 8];
    pub(super) const USER_NAME: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 7];
    /// 1.3.6.1.4.1.11129.2.4.2: timestamps of certificate logs (RFC 6962).
    pub(super) const LOG_TIMESTAMPS: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub(crate) raw: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    pub(crate) window: Window,
    extensions: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Certificate {
    pub(crate) fn read(raw: &[u8]) -> Result<Self> {
        if raw.len() > MAX {
            return Err(TrustError::new(Reason::TooLarge, "a certificate is larger than 64 KiB"));
        }
        let mut outer = Der::whole(raw, der::SEQUENCE)?.inner();
        let mut tbs = outer.expect(der::SEQUENCE)?.inner();
        tbs.expect(0xa0)?;
        let serial = tbs.expect(der::INTEGER)?.body.to_vec();
        tbs.expect(der::SEQUENCE)?;
        let issuer = tbs.expect(der::SEQUENCE)?.raw.to_vec();
        let mut validity = tbs.expect(der::SEQUENCE)?.inner();
        let window = Window {
            start: time::from_der(&validity.next()?)?,
            end: Some(time::from_der(&validity.next()?)?),
        };
        let subject = tbs.expect(der::SEQUENCE)?.raw.to_vec();
        let spki = tbs.expect(der::SEQUENCE)?.raw.to_vec();
        let mut extensions: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        while !tbs.is_empty() {
            let element = tbs.next()?;
            if element.tag == 0xa3 {
                for (id, value) in read_extensions(&element)? {
                    if extensions.iter().any(|(known, _)| *known == id) {
                        return Err(TrustError::malformed("a certificate has an extension twice"));
                    }
                    extensions.push((id.to_vec(), value.to_vec()));
                }
            }
        }
        Ok(Self { raw: raw.to_vec(), serial, issuer, subject, spki, window, extensions })
    }

    fn extension(&self, id: &[u8]) -> Option<&[u8]> {
        self.extensions.iter().find(|(known, _)| known == id).map(|(_, value)| &value[..])
    }

    pub(crate) fn key(&self) -> Result<PublicKey> {
        PublicKey::from_spki(&self.spki)
    }

    /// Whether it is of an authority.
    pub(crate) fn is_authority(&self) -> bool {
        let first = |value: &[u8]| {
            let flag = Der::whole(value, der::SEQUENCE).ok()?.inner().next().ok()?;
            Some(flag.tag == 0x01 && flag.body == [0xff])
        };
        self.extension(oid::BASIC_CONSTRAINTS).and_then(first) == Some(true)
    }

    /// Whether it vouches for itself.
    pub(crate) fn is_root(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether it may sign things of this purpose: it is no authority, its key may make digital signatures, and its
    /// extended usage names the purpose.
    pub(crate) fn check_usage(&self, purpose: &[u8]) -> Result<()> {
        let wrong = |text: &str| Err(TrustError::new(Reason::Usage, text));
        if self.is_authority() {
            return wrong("the certificate is of an authority, which signs certificates alone");
        }
        if let Some(usage) = self.extension(oid::KEY_USAGE) {
            let bits = Der::whole(usage, der::BIT_STRING)?;
            if bits.body.get(1).is_none_or(|first| first & 0x80 == 0) {
                return wrong("the certificate is not for digital signatures");
            }
        }
        let Some(purposes) = self.extension(oid::EXTENDED_USAGE) else {
            return wrong("the certificate names no purpose");
        };
        let mut purposes = Der::whole(purposes, der::SEQUENCE)?.inner();
        while !purposes.is_empty() {
            if purposes.expect(der::OID)?.body == purpose {
                return Ok(());
            }
        }
        wrong(if purpose == CODE_SIGNING {
            "the certificate is not for signing code"
        } else {
            "the certificate is not for timestamps"
        })
    }

    /// Whether a path leads from it to the last of `authorities`, all of it good at this time.
    pub(crate) fn check_path(
        &self,
        authorities: &[Self],
        others: &[Self],
        purpose: &'static [u8],
        at: i64,
    ) -> Result<()> {
        let no_path = || TrustError::new(Reason::Chain, "no trusted authority stands behind the certificate");
        let (root, between) = authorities.split_last().ok_or_else(no_path)?;
        let is_valid = |one: &Self| {
            let text = "the certificate, or that of its authority, was not valid when it signed";
            if one.window.contains(at) { Ok(()) } else { Err(TrustError::new(Reason::Validity, text)) }
        };
        is_valid(self)?;
        let der = |one: &Self| CertificateDer::from(one.raw.clone());
        let (leaf, anchor) = (der(self), der(root));
        let between: Vec<_> = between.iter().chain(others).map(der).collect();
        let anchor = anchor_from_trusted_cert(&anchor).map_err(|_| no_path())?;
        let leaf = EndEntityCert::try_from(&leaf).map_err(|error| of_webpki(&error))?;
        let seconds = u64::try_from(at / 1000).map_err(|_| no_path())?;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        // Authorities need not name a purpose; `check_usage` has the certificate itself do so.
        let usage = KeyUsage::required_if_present(purpose);
        leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &[anchor], &between, time, usage, None, None)
            .map_err(|error| of_webpki(&error))?;
        is_valid(root)
    }

    /// The names of whom it is: addresses, mail addresses, names of users.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let Some(value) = self.extension(oid::ALTERNATIVE_NAME) else { return Ok(Vec::new()) };
        let mut names = Der::whole(value, der::SEQUENCE)?.inner();
        let mut out = Vec::new();
        while !names.is_empty() {
            let name = names.next()?;
            let text = match name.tag {
                0x81 | 0x82 | 0x86 => name.body,
                0xa0 => match user_name(&name)? {
                    Some(text) => text,
                    None => continue,
                },
                _ => continue,
            };
            let text = std::str::from_utf8(text);
            out.push(
                text.map_err(|_| TrustError::malformed("a name in the certificate is no text"))?.to_owned(),
            );
        }
        Ok(out)
    }

    /// Who vouched for the name: the address of the identity provider.
    pub(crate) fn issuer_address(&self) -> Result<Option<String>> {
        let text = match (self.extension(oid::ISSUER_2), self.extension(oid::ISSUER_1)) {
            (Some(value), _) => Der::whole(value, 0x0c)?.body,
            (None, Some(value)) => value,
            (None, None) => return Ok(None),
        };
        let text = std::str::from_utf8(text);
        text.map(|text| Some(text.to_owned()))
            .map_err(|_| TrustError::malformed("the issuer in the certificate is no text"))
    }

    /// The list of timestamps of certificate logs.
    pub(crate) fn log_timestamps(&self) -> Result<Option<&[u8]>> {
        let value = self.extension(oid::LOG_TIMESTAMPS);
        value.map(|value| Der::whole(value, der::OCTET_STRING).map(|list| list.body)).transpose()
    }

    /// What certificate logs sign: the body without their timestamps (RFC 6962, section 3.2).
    pub(crate) fn body_without_timestamps(&self) -> Result<Vec<u8>> {
        let mut tbs = Der::whole(&self.raw, der::SEQUENCE)?.inner().expect(der::SEQUENCE)?.inner();
        let mut parts = Vec::new();
        while !tbs.is_empty() {
            let part = tbs.next()?;
            if part.tag != 0xa3 {
                parts.extend_from_slice(part.raw);
                continue;
            }
            let mut kept = Vec::new();
            let mut all = part.inner().expect(der::SEQUENCE)?.inner();
            while !all.is_empty() {
                let one = all.next()?;
                if one.inner().expect(der::OID)?.body != oid::LOG_TIMESTAMPS {
                    kept.extend_from_slice(one.raw);
                }
            }
            parts.extend(der::write(0xa3, &[&der::write(der::SEQUENCE, &[&kept])]));
        }
        Ok(der::write(der::SEQUENCE, &[&parts]))
    }
}

/// The extensions with their values.
fn read_extensions<'a>(wrapper: &Element<'a>) -> Result<Vec<(&'a [u8], &'a [u8])>> {
    let mut all = wrapper.inner().expect(der::SEQUENCE)?.inner();
    let mut out = Vec::new();
    while !all.is_empty() {
        let mut one = all.expect(der::SEQUENCE)?.inner();
        let id = one.expect(der::OID)?.body;
        one.optional(0x01)?;
        out.push((id, one.expect(der::OCTET_STRING)?.body));
    }
    Ok(out)
}

/// The name of a user of an identity provider, in an `otherName`.
fn user_name<'a>(name: &Element<'a>) -> Result<Option<&'a [u8]>> {
    let mut parts = name.inner();
    if parts.expect(der::OID)?.body != oid::USER_NAME {
        return Ok(None);
    }
    Ok(Some(parts.expect(0xa0)?.inner().expect(0x0c)?.body))
}

fn of_webpki(error: &webpki::Error) -> TrustError {
    use webpki::Error as E;
    let (reason, text) = match error {
        E::CertExpired { .. } | E::CertNotValidYet { .. } => (
            Reason::Validity,
            "the certificate, or that of its authority, was not valid when it signed".to_owned(),
        ),
        E::RequiredEkuNotFoundContext(_) => {
            (Reason::Usage, "the certificate, or that of its authority, is for another purpose".to_owned())
        }
        E::CaUsedAsEndEntity => (Reason::Usage, "the certificate is of an authority".to_owned()),
        E::BadDer => (Reason::Malformed, "the certificate is malformed".to_owned()),
        E::UnknownIssuer => (Reason::Chain, "no trusted authority stands behind the certificate".to_owned()),
        other => (Reason::Chain, format!("no trusted authority stands behind the certificate: {other}")),
    };
    TrustError::new(reason, text)
}
