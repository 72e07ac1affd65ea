//! Private keys that sign: ECDSA with P-256, as cosign makes them.

use kit::Redacted;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;

use super::sealed::{Entropy, Sealed, random};
use super::{PublicKey, oid};
use crate::der::{self, Der};
use crate::{Reason, Result, TrustError, encoding, pem};

/// A private key. It shows itself nowhere.
pub struct PrivateKey {
    key: Redacted<SigningKey>,
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

impl PrivateKey {
    /// Makes a key.
    pub fn generate(entropy: &mut Entropy<'_>) -> Result<Self> {
        loop {
            let scalar = random::<32>(entropy)?;
            // All but a few of 2^256 values are the number of a key.
            if let Ok(key) = SigningKey::from_slice(scalar.reveal()) {
                return Ok(Self { key: Redacted::new(key) });
            }
        }
    }

    /// Reads a PEM text: a key that is sealed with a password, which is asked for, or one that is not.
    pub fn from_pem(text: &[u8], password: impl FnOnce() -> Result<Redacted<Vec<u8>>>) -> Result<Self> {
        let block = pem::one(text)?;
        match block.label.as_str() {
            "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => {
                let sealed = Sealed::read(&block.bytes)?;
                Self::from_pkcs8(sealed.open(&password()?)?.reveal())
            }
            "PRIVATE KEY" => Self::from_pkcs8(&block.bytes),
            "EC PRIVATE KEY" => Self::from_sec1(Der::new(&block.bytes), None),
            label => Err(TrustError::malformed(format!("it is a `{label}`, and a private key is expected"))),
        }
    }

    /// Reads `PrivateKeyInfo` (RFC 5208).
    fn from_pkcs8(bytes: &[u8]) -> Result<Self> {
        let mut info = Der::whole(bytes, der::SEQUENCE)?.inner();
        if info.expect(der::INTEGER)?.small()? > 1 {
            return Err(TrustError::malformed("an unknown version of a private key"));
        }
        let mut algorithm = info.expect(der::SEQUENCE)?.inner();
        if algorithm.expect(der::OID)?.body != oid::EC_PUBLIC_KEY {
            return Err(unknown_kind());
        }
        let curve = algorithm.expect(der::OID)?.body;
        Self::from_sec1(Der::new(info.expect(der::OCTET_STRING)?.body), Some(curve))
    }

    /// Reads `ECPrivateKey` (RFC 5915).
    fn from_sec1(mut der: Der<'_>, curve: Option<&[u8]>) -> Result<Self> {
        let mut key = der.expect(der::SEQUENCE)?.inner();
        der.end()?;
        if key.expect(der::INTEGER)?.small()? != 1 {
            return Err(TrustError::malformed("an unknown version of a private key"));
        }
        let scalar = key.expect(der::OCTET_STRING)?.body;
        let named = match key.optional(0xa0)? {
            Some(named) => Some(named.inner().expect(der::OID)?.body),
            None => None,
        };
        if named.or(curve) != Some(oid::P256) || curve.is_some_and(|curve| curve != oid::P256) {
            return Err(unknown_kind());
        }
        let key = SigningKey::from_slice(scalar)
            .map_err(|_| TrustError::malformed("the private key is no number of its curve"))?;
        Ok(Self { key: Redacted::new(key) })
    }

    /// Its `PrivateKeyInfo`.
    fn to_pkcs8(&self) -> Redacted<Vec<u8>> {
        let scalar = Redacted::new(self.key.reveal().to_bytes());
        let point = self.key.reveal().verifying_key().to_sec1_point(false);
        let public = der::write(0xa1, &[&der::write(der::BIT_STRING, &[&[0], point.as_bytes()])]);
        let one = der::write(der::INTEGER, &[&[1]]);
        let sec1 =
            der::write(der::SEQUENCE, &[&one, &der::write(der::OCTET_STRING, &[scalar.reveal()]), &public]);
        let algorithm = der::write(
            der::SEQUENCE,
            &[&der::write(der::OID, &[oid::EC_PUBLIC_KEY]), &der::write(der::OID, &[oid::P256])],
        );
        let zero = der::write(der::INTEGER, &[&[0]]);
        Redacted::new(der::write(
            der::SEQUENCE,
            &[&zero, &algorithm, &der::write(der::OCTET_STRING, &[&sec1])],
        ))
    }

    /// Its PEM text, sealed with a password, as cosign reads it.
    pub fn to_sealed_pem(&self, password: &Redacted<Vec<u8>>, entropy: &mut Entropy<'_>) -> Result<String> {
        let sealed = Sealed::close(&self.to_pkcs8(), password, entropy)?;
        Ok(pem::write("ENCRYPTED SIGSTORE PRIVATE KEY", &sealed.to_bytes()))
    }

    /// The public key that goes with it.
    pub fn public(&self) -> PublicKey {
        PublicKey::from_p256(*self.key.reveal().verifying_key())
    }

    /// Signs a message: ECDSA over its SHA-256 in DER. The same message gives the same signature (RFC 6979).
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature: p256::ecdsa::Signature = self
            .key
            .reveal()
            .sign_prehash(&encoding::sha256(message))
            .map_err(|_| TrustError::new(Reason::Signature, "the key cannot sign"))?;
        let number = |bytes: &[u8]| {
            let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
            let sign: &[u8] = if bytes[start] < 0x80 { &[] } else { &[0] };
            der::write(der::INTEGER, &[sign, &bytes[start..]])
        };
        let bytes = signature.to_bytes();
        let (r, s) = bytes.split_at(32);
        Ok(der::write(der::SEQUENCE, &[&number(r), &number(s)]))
    }
}

fn unknown_kind() -> TrustError {
    let text =
        "cooper signs with ECDSA keys on P-256; this is another kind (`cooper key generate` makes one)";
    TrustError::new(Reason::Algorithm, text)
}
