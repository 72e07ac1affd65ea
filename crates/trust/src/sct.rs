//! Whether a certificate is in a log of certificates (RFC 6962): the signed timestamps that it carries.

use crate::certificate::Certificate;
use crate::key::Hash;
use crate::root::Log;
use crate::{Reason, Result, TrustError, encoding};

/// Checks that one of the timestamps in `leaf` is of a log that is trusted. `issuers` are the certificates that may have
/// issued it.
pub(crate) fn check(leaf: &Certificate, issuers: &[Certificate], logs: &[Log]) -> Result<()> {
    let missing = |text: &str| TrustError::new(Reason::CertificateLog, text);
    let list =
        leaf.log_timestamps()?.ok_or_else(|| missing("the certificate is in no log of certificates"))?;
    let body = leaf.body_without_timestamps()?;
    for sct in read_list(list)? {
        for log in logs.iter().filter(|log| log.id == sct.log_id) {
            let in_time = i64::try_from(sct.timestamp).is_ok_and(|time| log.window.contains(time));
            let by = |issuer: &Certificate| {
                issuer.subject == leaf.issuer
                    && log
                        .key
                        .verify_with(Hash::Sha256, &sct.signed_bytes(issuer, &body), sct.signature)
                        .is_ok()
            };
            if in_time && issuers.iter().any(by) {
                return Ok(());
            }
        }
    }
    Err(missing("no trusted log of certificates has the certificate"))
}

struct Sct<'a> {
    log_id: &'a [u8],
    timestamp: u64,
    extensions: &'a [u8],
    signature: &'a [u8],
}

impl Sct<'_> {
    fn signed_bytes(&self, issuer: &Certificate, body: &[u8]) -> Vec<u8> {
        // Version 1, a timestamp of a certificate.
        let mut out = vec![0, 0];
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        // An entry of a certificate that had no timestamps yet.
        out.extend_from_slice(&[0, 1]);
        out.extend_from_slice(&encoding::sha256(&issuer.spki));
        let len = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
        out.extend_from_slice(&len[1..]);
        out.extend_from_slice(body);
        out.extend_from_slice(&u16::try_from(self.extensions.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(self.extensions);
        out
    }
}

fn read_list(bytes: &[u8]) -> Result<Vec<Sct<'_>>> {
    let mut whole = bytes;
    let mut list = take_sized(&mut whole)?;
    let mut out = Vec::new();
    while !list.is_empty() {
        let mut one = take_sized(&mut list)?;
        if take(&mut one, 1)? != [0] {
            // A later version, of which nothing is known.
            continue;
        }
        let log_id = take(&mut one, 32)?;
        let timestamp = take(&mut one, 8)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let extensions = take_sized(&mut one)?;
        // SHA-256 with RSA or ECDSA; the key says which.
        let algorithm = take(&mut one, 2)?;
        let signature = take_sized(&mut one)?;
        if algorithm[0] == 4 && one.is_empty() {
            out.push(Sct { log_id, timestamp, extensions, signature });
        }
    }
    if whole.is_empty() { Ok(out) } else { Err(cut()) }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(count).ok_or_else(cut)?;
    *bytes = rest;
    Ok(head)
}

/// What follows a length of two bytes.
fn take_sized<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let len = take(bytes, 2)?;
    take(bytes, usize::from(len[0]) << 8 | usize::from(len[1]))
}

fn cut() -> TrustError {
    TrustError::malformed("the timestamps in the certificate are malformed")
}
