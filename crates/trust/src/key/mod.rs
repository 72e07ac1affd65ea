//! Keys: what a public one is read from, and what it accepts.

mod private;
mod sealed;

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use ring::signature as ring_signature;
use sha2::Digest as _;

use crate::der::{self, Der};
use crate::{Reason, Result, TrustError, encoding, pem};

pub use private::PrivateKey;
pub use sealed::{Entropy, Sealed};

/// Object identifiers of algorithms, as their encoded content.
pub(crate) mod oid {
    pub(crate) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub(crate) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub(crate) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    pub(crate) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    pub(crate) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
}

/// A hash function of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// By its name in bundles and in version 2 of Rekor (protobuf-specs, `HashAlgorithm`).
    pub(crate) fn of_bundle(name: &str) -> Option<Self> {
        match name {
            "SHA2_256" => Some(Self::Sha256),
            "SHA2_384" => Some(Self::Sha384),
            "SHA2_512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its name in version 1 of Rekor, in statements and in front of a digest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// By this name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.name() == name)
    }

    /// A digest with the name of its hash in front, as `sha256:` and 64 hexadecimal digits.
    pub fn read_digest(text: &str) -> Option<(Self, Vec<u8>)> {
        let (name, hex) = text.split_once(':')?;
        let hash = Self::of_name(name)?;
        let digest = encoding::from_hex(hex)?;
        (digest.len() == hash.digest(b"").len()).then_some((hash, digest))
    }

    /// The digest of bytes.
    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        }
    }
}

/// A public key that signatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: Vec<u8>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    Ed25519(Vec<u8>),
    /// The `RSAPublicKey` of PKCS#1.
    Rsa(Vec<u8>),
}

impl PublicKey {
    /// Reads the PEM text of a `PUBLIC KEY` (RFC 7468).
    pub fn from_pem(text: &[u8]) -> Result<Self> {
        let block = pem::one(text)?;
        match block.label.as_str() {
            "PUBLIC KEY" => Self::from_spki(&block.bytes),
            label if label.contains("PRIVATE KEY") => {
                Err(TrustError::malformed("it is a private key, and a public one is expected"))
            }
            label => Err(TrustError::malformed(format!("it is a `{label}`, and a `PUBLIC KEY` is expected"))),
        }
    }

    /// Reads a `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7).
    pub fn from_spki(bytes: &[u8]) -> Result<Self> {
        let mut spki = Der::whole(bytes, der::SEQUENCE)?.inner();
        let mut algorithm = spki.expect(der::SEQUENCE)?.inner();
        let bits = spki.expect(der::BIT_STRING)?.bits()?;
        spki.end()?;
        let id = algorithm.expect(der::OID)?.body;
        let parameters = if algorithm.is_empty() { None } else { Some(algorithm.next()?) };
        algorithm.end()?;
        let curve = parameters.filter(|it| it.tag == der::OID).map(|it| it.body);
        let broken = |_| TrustError::malformed("the public key is no point of its curve");
        let kind = match (id, curve) {
            (oid::EC_PUBLIC_KEY, Some(oid::P256)) => {
                Kind::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(bits).map_err(broken)?)
            }
            (oid::EC_PUBLIC_KEY, Some(oid::P384)) => {
                Kind::P384(p384::ecdsa::VerifyingKey::from_sec1_bytes(bits).map_err(broken)?)
            }
            (oid::ED25519, None) if bits.len() == 32 && parameters.is_none() => Kind::Ed25519(bits.to_vec()),
            (oid::RSA, None) if parameters.is_some_and(|it| it.tag == der::NULL && it.body.is_empty()) => {
                check_rsa(bits)?;
                Kind::Rsa(bits.to_vec())
            }
            _ => {
                let known = "known are ECDSA with P-256 and P-384, Ed25519 and RSA";
                return Err(TrustError::new(Reason::Algorithm, format!("an unknown kind of key; {known}")));
            }
        };
        Ok(Self { spki: bytes.to_vec(), kind })
    }

    fn from_p256(key: p256::ecdsa::VerifyingKey) -> Self {
        let algorithm = der::write(
            der::SEQUENCE,
            &[&der::write(der::OID, &[oid::EC_PUBLIC_KEY]), &der::write(der::OID, &[oid::P256])],
        );
        let point = key.to_sec1_point(false);
        let bits = der::write(der::BIT_STRING, &[&[0], point.as_bytes()]);
        Self { spki: der::write(der::SEQUENCE, &[&algorithm, &bits]), kind: Kind::P256(key) }
    }

    /// Its `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Its PEM text.
    pub fn to_pem(&self) -> String {
        pem::write("PUBLIC KEY", &self.spki)
    }

    /// What names it in a bundle: the base64 of the SHA-256 of its `SubjectPublicKeyInfo`.
    pub fn hint(&self) -> String {
        encoding::to_base64(&encoding::sha256(&self.spki))
    }

    /// A short name for people: the first of the hexadecimal digits of that digest.
    pub fn fingerprint(&self) -> String {
        encoding::to_hex(&encoding::sha256(&self.spki))
    }

    /// What kind of key it is.
    pub const fn algorithm(&self) -> &'static str {
        match self.kind {
            Kind::P256(_) => "ECDSA P-256",
            Kind::P384(_) => "ECDSA P-384",
            Kind::Ed25519(_) => "Ed25519",
            Kind::Rsa(_) => "RSA",
        }
    }

    /// The hash that goes with this kind of key where nothing names another.
    pub(crate) const fn hash(&self) -> Hash {
        match self.kind {
            Kind::P256(_) | Kind::Rsa(_) => Hash::Sha256,
            Kind::P384(_) => Hash::Sha384,
            Kind::Ed25519(_) => Hash::Sha512,
        }
    }

    /// Checks the signature of a message with the hash that goes with this kind of key. Older clients signed with SHA-256
    /// whatever the curve, and cosign 2 still does.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        self.verify_with(self.hash(), message, signature).or_else(|error| match self.kind {
            Kind::P384(_) => self.verify_with(Hash::Sha256, message, signature),
            _ => Err(error),
        })
    }

    /// The same with another hash.
    pub(crate) fn verify_with(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Result<()> {
        let algorithm: &dyn ring_signature::VerificationAlgorithm = match (&self.kind, hash) {
            (Kind::P256(_) | Kind::P384(_), _) => {
                return self.verify_digest(&hash.digest(message), signature);
            }
            (Kind::Ed25519(_), _) => &ring_signature::ED25519,
            (Kind::Rsa(_), Hash::Sha256) => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
            (Kind::Rsa(_), Hash::Sha384) => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
            (Kind::Rsa(_), Hash::Sha512) => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
        };
        let (Kind::Ed25519(key) | Kind::Rsa(key)) = &self.kind else { return Err(wrong()) };
        ring_signature::UnparsedPublicKey::new(algorithm, key).verify(message, signature).map_err(|_| wrong())
    }

    /// Checks the signature of a message of which only the digest is known.
    pub(crate) fn verify_digest(&self, digest: &[u8], signature: &[u8]) -> Result<()> {
        let checked = match &self.kind {
            Kind::P256(key) => {
                let signature = p256::ecdsa::Signature::from_slice(&scalars(signature, 32)?);
                signature.and_then(|signature| key.verify_prehash(digest, &signature))
            }
            Kind::P384(key) => {
                let signature = p384::ecdsa::Signature::from_slice(&scalars(signature, 48)?);
                signature.and_then(|signature| key.verify_prehash(digest, &signature))
            }
            Kind::Ed25519(_) | Kind::Rsa(_) => {
                let text = format!("a signature of {} needs the whole text", self.algorithm());
                return Err(TrustError::new(Reason::Algorithm, text));
            }
        };
        checked.map_err(|_| wrong())
    }
}

/// The two numbers of an ECDSA signature in DER (RFC 3279, section 2.2.3), each of `width` bytes.
fn scalars(signature: &[u8], width: usize) -> Result<Vec<u8>> {
    let mut pair = Der::whole(signature, der::SEQUENCE)?.inner();
    let mut out = vec![0; 2 * width];
    for half in out.chunks_mut(width) {
        let bytes = pair.expect(der::INTEGER)?.unsigned()?;
        let skip = width.checked_sub(bytes.len()).ok_or_else(wrong)?;
        half[skip..].copy_from_slice(bytes);
    }
    pair.end()?;
    Ok(out)
}

/// Keys of less than 2048 bits are too weak, and beyond 8192 a check takes too long.
fn check_rsa(pkcs1: &[u8]) -> Result<()> {
    let mut key = Der::whole(pkcs1, der::SEQUENCE)?.inner();
    let modulus = key.expect(der::INTEGER)?.unsigned()?;
    key.expect(der::INTEGER)?.unsigned()?;
    key.end()?;
    if (256..=1024).contains(&modulus.len()) {
        return Ok(());
    }
    let text = format!("an RSA key of {} bits; 2048 to 8192 are accepted", modulus.len() * 8);
    Err(TrustError::new(Reason::Algorithm, text))
}

fn wrong() -> TrustError {
    TrustError::new(Reason::Signature, "the signature is not of this key over this text")
}
