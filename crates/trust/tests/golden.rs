//! What cosign 3.1.1 and 2.5.0 wrote, read by cooper: a key under the password `test`, a bundle, a simple signature.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails the test")]

use cooper_trust::{
    Bundle, Envelope, Material, Policy, PrivateKey, PublicKey, Reason, SIGNATURE, STATEMENT, Signer,
    SimpleSignature, Statement,
};
use image::Digest;
use kit::Redacted;

const KEY: &[u8] = include_bytes!("data/cosign.key");
const PUBLIC: &[u8] = include_bytes!("data/cosign.pub");
const BUNDLE: &[u8] = include_bytes!("data/cosign-3.1.1.bundle.json");
const PAYLOAD: &[u8] = include_bytes!("data/cosign-2.5.0.payload.json");
const PAYLOAD_SIGNATURE: &str =
    "MEUCIQD+IpsyRpGsYomz2xbxzKfHiIn4C6OyXuXWqe4rjhaDBAIgDkVVazkgbJfqy8i4JJ5b1lNdfKdk1+EoURgx+xONTxc=";
const IMAGE: &str = "sha256:552761be89ebf0667d85e2c8cb2fca5297ede7b1ddaef50013376313afb1161f";

fn image() -> Digest {
    IMAGE.parse().unwrap()
}

fn other() -> Digest {
    Digest::of(b"another image")
}

fn cosign_key() -> PrivateKey {
    PrivateKey::from_pem(KEY, || Ok(Redacted::new(b"test".to_vec()))).unwrap()
}

#[test]
fn a_key_of_cosign_is_opened_by_its_password_alone() {
    assert_eq!(cosign_key().public(), PublicKey::from_pem(PUBLIC).unwrap());
    for wrong in ["", "Test", "test "] {
        let found = PrivateKey::from_pem(KEY, || Ok(Redacted::new(wrong.as_bytes().to_vec())));
        assert_eq!(found.unwrap_err().reason(), Reason::Password, "{wrong:?}");
    }
}

#[test]
fn a_sealed_key_is_the_same_when_it_is_opened() {
    let mut state = 7_u8;
    let mut entropy = |bytes: &mut [u8]| {
        for byte in bytes {
            state = state.wrapping_mul(37).wrapping_add(11);
            *byte = state;
        }
        Ok(())
    };
    let key = PrivateKey::generate(&mut entropy).unwrap();
    let password = Redacted::new(b"a password".to_vec());
    let pem = key.to_sealed_pem(&password, &mut entropy).unwrap();
    let again = PrivateKey::from_pem(pem.as_bytes(), || Ok(password)).unwrap();
    assert_eq!(again.public(), key.public());
    assert_eq!(PublicKey::from_pem(key.public().to_pem().as_bytes()).unwrap(), key.public());
    let message = b"what is signed";
    key.public().verify(message, &again.sign(message).unwrap()).unwrap();
}

#[test]
fn a_bundle_of_cosign_is_verified() {
    let bundle = Bundle::read(BUNDLE).unwrap();
    let key = PublicKey::from_pem(PUBLIC).unwrap();
    assert_eq!(bundle.material, Material::Key(key.hint()));
    let policy = Policy { signer: Signer::Key(Box::new(key)), root: None };
    policy.check(&bundle).unwrap();
    let statement = Statement::from_envelope(bundle.envelope().unwrap()).unwrap();
    statement.check_subject(&image()).unwrap();
    statement.check_kind(SIGNATURE).unwrap();
    assert_eq!(statement.check_subject(&other()).unwrap_err().reason(), Reason::Subject);
}

#[test]
fn a_simple_signature_of_cosign_is_verified() {
    let signed = SimpleSignature::from_parts(PAYLOAD, PAYLOAD_SIGNATURE).unwrap();
    let key = PublicKey::from_pem(PUBLIC).unwrap();
    assert_eq!(signed.verify(&key, &image()).unwrap(), "127.0.0.1:5000/trust/c2");
    assert_eq!(signed.verify(&key, &other()).unwrap_err().reason(), Reason::Subject);
}

#[test]
fn a_bundle_is_read_as_it_was_written() {
    let statement = Statement::new(&image(), "a/b", SIGNATURE, serde_json::json!({}));
    let envelope = Envelope::sign(STATEMENT, statement.to_bytes(), &cosign_key()).unwrap();
    let bundle = Bundle::of_key(cosign_key().public().hint(), envelope);
    assert_eq!(Bundle::read(&bundle.to_bytes()).unwrap(), bundle);
}
