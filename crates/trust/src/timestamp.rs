//! Timestamps of authorities (RFC 3161): a signed text (CMS, RFC 5652) that says that a signature was there at some time.

use std::borrow::Cow;

use crate::certificate::{Certificate, TIME_STAMPING};
use crate::der::{self, Der, Element};
use crate::key::Hash;
use crate::root::Authority;
use crate::{Reason, Result, TrustError, time};

/// Largest timestamp.
const MAX: usize = 64 << 10;

mod oid {
    pub(super) const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    pub(super) const INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
    pub(super) const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
    pub(super) const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
    pub(super) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    pub(super) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
    pub(super) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
}

/// Checks a timestamp over `signature`; the time that it says, in milliseconds, or `None` where none of these authorities made it,
/// so that it says nothing.
pub(crate) fn check(bytes: &[u8], signature: &[u8], authorities: &[Authority]) -> Result<Option<i64>> {
    if bytes.len() > MAX {
        return Err(TrustError::new(Reason::TooLarge, "a timestamp is larger than 64 KiB"));
    }
    let token = Token::read(bytes)?;
    let info = Info::read(&token.info)?;
    if info.hash.digest(signature) != info.imprint {
        return Err(refused("the timestamp is of another signature"));
    }
    token.check_attributes()?;
    let mut failed = None;
    for authority in authorities {
        match token.check_signer(authority, info.time) {
            Ok(()) => return Ok(Some(info.time)),
            // The failure of an authority whose certificate it is says more than that others did not make it.
            Err(error) if error.reason() != Reason::Signature => failed = Some(error),
            Err(_) => {}
        }
    }
    failed.map_or(Ok(None), Err)
}

/// The parts of a signed text.
struct Token<'a> {
    /// The text.
    info: Cow<'a, [u8]>,
    certificates: Vec<Certificate>,
    /// Issuer and serial number of the signer's certificate.
    signer: (&'a [u8], &'a [u8]),
    hash: Hash,
    attributes: Element<'a>,
    signature: &'a [u8],
}

impl<'a> Token<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut response = Der::whole(bytes, der::SEQUENCE)?.inner();
        let status = response.expect(der::SEQUENCE)?.inner().expect(der::INTEGER)?.small()?;
        if status > 1 {
            return Err(refused("the authority refused to make a timestamp"));
        }
        let mut content = response.expect(der::SEQUENCE)?.inner();
        response.end()?;
        if content.expect(der::OID)?.body != oid::SIGNED_DATA {
            return Err(refused("the timestamp is not signed"));
        }
        let mut signed = content.expect(0xa0)?.inner().expect(der::SEQUENCE)?.inner();
        signed.expect(der::INTEGER)?;
        signed.expect(der::SET)?;
        let mut inner = signed.expect(der::SEQUENCE)?.inner();
        if inner.expect(der::OID)?.body != oid::INFO {
            return Err(refused("what is signed is no timestamp"));
        }
        let info = text(&inner.expect(0xa0)?)?;
        let mut certificates = Vec::new();
        if let Some(all) = signed.optional(0xa0)? {
            let mut all = all.inner();
            while !all.is_empty() && certificates.len() < 8 {
                certificates.push(Certificate::read(all.expect(der::SEQUENCE)?.raw)?);
            }
        }
        signed.optional(0xa1)?;
        let mut signers = signed.expect(der::SET)?.inner();
        let first = signers.expect(der::SEQUENCE)?;
        signers.end()?;
        Self::read_signer(info, certificates, &first)
    }

    fn read_signer(
        info: Cow<'a, [u8]>,
        certificates: Vec<Certificate>,
        signer: &Element<'a>,
    ) -> Result<Self> {
        let mut signer = signer.inner();
        signer.expect(der::INTEGER)?;
        let mut name = signer.expect(der::SEQUENCE)?.inner();
        let name = (name.expect(der::SEQUENCE)?.raw, name.expect(der::INTEGER)?.body);
        let hash = hash_of(&signer.expect(der::SEQUENCE)?)?;
        let attributes = signer.expect(0xa0)?;
        signer.expect(der::SEQUENCE)?;
        let signature = signer.expect(der::OCTET_STRING)?.body;
        Ok(Self { info, certificates, signer: name, hash, attributes, signature })
    }

    /// The signed attributes name the type and the digest of the text.
    fn check_attributes(&self) -> Result<()> {
        let one = |id: &[u8]| -> Result<Element<'a>> {
            let mut all = self.attributes.inner();
            let mut found = None;
            while !all.is_empty() {
                let mut attribute = all.expect(der::SEQUENCE)?.inner();
                if attribute.expect(der::OID)?.body == id {
                    let mut values = attribute.expect(der::SET)?.inner();
                    let value = values.next()?;
                    values.end()?;
                    if found.replace(value).is_some() {
                        return Err(refused("the timestamp has an attribute twice"));
                    }
                }
            }
            found.ok_or_else(|| refused("the timestamp lacks an attribute"))
        };
        if one(oid::CONTENT_TYPE)?.body != oid::INFO {
            return Err(refused("the signed attributes are not of a timestamp"));
        }
        if one(oid::MESSAGE_DIGEST)?.body != self.hash.digest(&self.info) {
            return Err(refused("the timestamp was changed after it was signed"));
        }
        Ok(())
    }

    /// Whether this authority made it; the reason `Signature` means that another one did.
    fn check_signer(&self, authority: &Authority, at: i64) -> Result<()> {
        let is_signer = |one: &&Certificate| one.issuer == self.signer.0 && one.serial == self.signer.1;
        let known = authority.chain.iter().find(is_signer);
        let signer = known.or_else(|| self.certificates.iter().find(is_signer));
        let another = || TrustError::new(Reason::Signature, "another authority made the timestamp");
        let signer = signer.ok_or_else(another)?;
        // What is signed is the set of the attributes; in place of its tag stands that of its place.
        let mut text = self.attributes.raw.to_vec();
        text[0] = der::SET;
        signer.key()?.verify_with(self.hash, &text, self.signature).map_err(|error| match known {
            Some(_) => refused("the timestamp is not signed by its authority"),
            None => error,
        })?;
        signer.check_path(&authority.chain, &self.certificates, TIME_STAMPING, at).map_err(
            |error| match (known, error.reason()) {
                (None, Reason::Chain) => another(),
                _ => error,
            },
        )?;
        signer.check_usage(TIME_STAMPING)?;
        if authority.window.contains(at) {
            return Ok(());
        }
        Err(refused("the authority of the timestamp was not trusted at that time"))
    }
}

/// The signed text: the one part of such a message that need not be DER (RFC 5652, section 5.2), so that it may come in segments.
fn text<'a>(place: &Element<'a>) -> Result<Cow<'a, [u8]>> {
    let mut inner = place.inner();
    let whole = inner.next()?;
    inner.end()?;
    match whole.tag {
        der::OCTET_STRING => Ok(Cow::Borrowed(whole.body)),
        der::SEGMENTS => {
            let (mut segments, mut out) = (whole.inner(), Vec::new());
            while !segments.is_empty() {
                out.extend_from_slice(segments.expect(der::OCTET_STRING)?.body);
            }
            Ok(Cow::Owned(out))
        }
        _ => Err(refused("what is signed is no text")),
    }
}

/// What a timestamp says.
struct Info<'a> {
    hash: Hash,
    imprint: &'a [u8],
    time: i64,
}

impl<'a> Info<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut info = Der::whole(bytes, der::SEQUENCE)?.inner();
        if info.expect(der::INTEGER)?.small()? != 1 {
            return Err(refused("an unknown version of a timestamp"));
        }
        info.expect(der::OID)?;
        let mut imprint = info.expect(der::SEQUENCE)?.inner();
        let hash = hash_of(&imprint.expect(der::SEQUENCE)?)?;
        let imprint = imprint.expect(der::OCTET_STRING)?.body;
        info.expect(der::INTEGER)?;
        Ok(Self { hash, imprint, time: time::from_der(&info.next()?)? })
    }
}

fn hash_of(algorithm: &Element<'_>) -> Result<Hash> {
    match algorithm.inner().expect(der::OID)?.body {
        oid::SHA256 => Ok(Hash::Sha256),
        oid::SHA384 => Ok(Hash::Sha384),
        oid::SHA512 => Ok(Hash::Sha512),
        _ => Err(TrustError::new(Reason::Algorithm, "the timestamp is made with an unknown hash")),
    }
}

fn refused(text: &str) -> TrustError {
    TrustError::new(Reason::Timestamp, text)
}
