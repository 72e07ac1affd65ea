//! A private key under a password, as cosign keeps it: JSON with scrypt (RFC 7914) and `secretbox` of
//! `NaCl`, which is `XSalsa20` with `Poly1305`.

use kit::Redacted;
use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit as _;
use salsa20::XSalsa20;
use salsa20::cipher::{KeyIvInit as _, StreamCipher as _};
use serde::{Deserialize, Serialize};

use crate::{Reason, Result, TrustError, encoding, json};

/// Fills bytes with random ones.
pub type Entropy<'a> = dyn FnMut(&mut [u8]) -> std::io::Result<()> + 'a;

/// Largest file of a key.
const MAX: usize = 64 << 10;
const KDF: &str = "scrypt";
const CIPHER: &str = "nacl/secretbox";
/// The cost of new keys, as cosign has it: 64 MiB and some tenths of a second.
const COST: u32 = 65_536;
/// Most that a key file may ask for: a hostile one must not take all memory.
const MAX_COST: u32 = 1 << 20;
const MAC: usize = 16;

/// A sealed key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sealed {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kdf {
    name: String,
    params: Params,
    salt: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Params {
    #[serde(rename = "N")]
    n: u32,
    r: u32,
    p: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

impl Sealed {
    /// Reads the JSON document.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        json::read(bytes, json::Limit::flat(MAX), "the key file")
    }

    /// Its JSON document.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Opens it.
    pub(crate) fn open(&self, password: &Redacted<Vec<u8>>) -> Result<Redacted<Vec<u8>>> {
        let (kdf, cipher) = (&self.kdf, &self.cipher);
        if kdf.name != KDF || cipher.name != CIPHER {
            let text = format!(
                "the key file is sealed with `{}` and `{}`; known are `{KDF}` and `{CIPHER}`",
                kdf.name, cipher.name
            );
            return Err(TrustError::new(Reason::Algorithm, text));
        }
        let salt = encoding::base64(&kdf.salt, "the salt of the key file")?;
        let nonce = encoding::base64(&cipher.nonce, "the nonce of the key file")?;
        let sealed = encoding::base64(&self.ciphertext, "the key file")?;
        let key = derive(password, &salt, &kdf.params)?;
        let nonce: [u8; 24] = nonce
            .try_into()
            .map_err(|_| TrustError::malformed("the nonce of the key file has not 24 bytes"))?;
        secretbox_open(&key, &nonce, &sealed)
            .ok_or_else(|| TrustError::new(Reason::Password, "the password does not open this key file"))
    }

    /// Seals `plain`.
    pub(crate) fn close(
        plain: &Redacted<Vec<u8>>,
        password: &Redacted<Vec<u8>>,
        entropy: &mut Entropy<'_>,
    ) -> Result<Self> {
        let (salt, nonce) = (random::<32>(entropy)?, random::<24>(entropy)?);
        let params = Params { n: COST, r: 8, p: 1 };
        let key = derive(password, salt.reveal(), &params)?;
        let sealed = secretbox(&key, nonce.reveal(), plain);
        Ok(Self {
            kdf: Kdf { name: KDF.to_owned(), params, salt: encoding::to_base64(salt.reveal()) },
            cipher: Cipher { name: CIPHER.to_owned(), nonce: encoding::to_base64(nonce.reveal()) },
            ciphertext: encoding::to_base64(&sealed),
        })
    }
}

/// Random bytes.
pub(crate) fn random<const N: usize>(entropy: &mut Entropy<'_>) -> Result<Redacted<[u8; N]>> {
    let mut bytes = [0; N];
    entropy(&mut bytes).map_err(|error| {
        TrustError::new(Reason::Algorithm, format!("no random bytes can be had: {error}"))
    })?;
    Ok(Redacted::new(bytes))
}

fn derive(password: &Redacted<Vec<u8>>, salt: &[u8], params: &Params) -> Result<Redacted<[u8; 32]>> {
    let weak = || {
        let Params { n, r, p } = params;
        TrustError::new(Reason::Algorithm, format!("the key file asks for scrypt with N={n}, r={r}, p={p}"))
    };
    let usual = params.n.is_power_of_two() && (1 << 14..=MAX_COST).contains(&params.n);
    if !usual || params.r != 8 || params.p != 1 {
        return Err(weak());
    }
    let log = u8::try_from(params.n.trailing_zeros()).map_err(|_| weak())?;
    let params = scrypt::Params::new(log, params.r, params.p).map_err(|_| weak())?;
    let mut key = [0; 32];
    scrypt::scrypt(password.reveal(), salt, &params, &mut key)
        .map_err(|_| TrustError::malformed("the password cannot be used"))?;
    Ok(Redacted::new(key))
}

/// The stream of `XSalsa20` with the key of Poly1305 taken from its beginning.
fn stream(key: &Redacted<[u8; 32]>, nonce: &[u8; 24]) -> (XSalsa20, Poly1305) {
    let mut stream = XSalsa20::new(key.reveal().into(), nonce.into());
    let mut first = [0; 32];
    stream.apply_keystream(&mut first);
    (stream, Poly1305::new(&first.into()))
}

fn secretbox(key: &Redacted<[u8; 32]>, nonce: &[u8; 24], plain: &Redacted<Vec<u8>>) -> Vec<u8> {
    let (mut stream, mac) = stream(key, nonce);
    let mut text = plain.reveal().clone();
    stream.apply_keystream(&mut text);
    let mut out = mac.compute_unpadded(&text).to_vec();
    out.append(&mut text);
    out
}

fn secretbox_open(key: &Redacted<[u8; 32]>, nonce: &[u8; 24], sealed: &[u8]) -> Option<Redacted<Vec<u8>>> {
    let (tag, text) = sealed.split_at_checked(MAC)?;
    let (mut stream, mac) = stream(key, nonce);
    // Nobody measures from afar how long a key file of this machine takes, so that a plain comparison is enough.
    if mac.compute_unpadded(text)[..] != *tag {
        return None;
    }
    let mut plain = text.to_vec();
    stream.apply_keystream(&mut plain);
    Some(Redacted::new(plain))
}
