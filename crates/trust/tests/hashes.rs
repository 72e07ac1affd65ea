//! Keys and hashes beside P-256 and SHA-256, as cosign and older clients use them.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cooper_trust::{
    Bundle, Envelope, Hash, Policy, PublicKey, Reason, SIGNATURE, STATEMENT, Signed, Signer, Statement,
    TrustError, TrustedRoot,
};
use image::Digest;
use p384::ecdsa::signature::hazmat::PrehashSigner as _;
use p384::ecdsa::{Signature, SigningKey};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use testkit::sigstore::Sigstore;

const TEXT: &[u8] = b"what is signed\n";

fn p384() -> SigningKey {
    SigningKey::from_slice(&[7; 48]).unwrap()
}

/// The signature of a digest, and the key.
fn signed(digest: &[u8]) -> (Vec<u8>, PublicKey) {
    let signature: Signature = p384().sign_prehash(digest).unwrap();
    // The key as RFC 5480 has it: its kind, its curve, its point.
    let head =
        [0x30, 0x76, 0x30, 0x10, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 0x22];
    let point = p384().verifying_key().to_sec1_point(false);
    let spki = [&head[..], &[3, 0x62, 0], point.as_bytes()].concat();
    (signature.to_der().as_bytes().to_vec(), PublicKey::from_spki(&spki).unwrap())
}

fn message(signature: &[u8], digest: &Value) -> Value {
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": "" } },
        "messageSignature": { "messageDigest": digest, "signature": STANDARD.encode(signature) },
    })
}

fn named(hash: &str, digest: &[u8]) -> Value {
    json!({ "algorithm": hash, "digest": STANDARD.encode(digest) })
}

fn check(bundle: &Value, key: &PublicKey, signed: &Signed<'_>) -> Result<Vec<String>, TrustError> {
    let policy = Policy { signer: Signer::Key(Box::new(key.clone())), root: None };
    policy.check_artifact(&Bundle::read(bundle.to_string().as_bytes())?, signed)
}

#[test]
fn a_message_names_the_hash_that_it_is_signed_by() {
    let (signature, key) = signed(&Sha384::digest(TEXT));
    let good = message(&signature, &named("SHA2_384", &Sha384::digest(TEXT)));
    check(&good, &key, &Signed::Bytes(TEXT)).unwrap();
    let reason = |bundle: &Value, signed: &Signed<'_>| check(bundle, &key, signed).unwrap_err().reason();
    assert_eq!(reason(&good, &Signed::Bytes(b"another")), Reason::Subject);
    let digests: [(Hash, Vec<u8>); 3] = [
        (Hash::Sha256, Sha256::digest(TEXT).to_vec()),
        (Hash::Sha384, Sha384::digest(TEXT).to_vec()),
        (Hash::Sha512, Sha512::digest(TEXT).to_vec()),
    ];
    let [sha256, sha384, sha512] = digests.each_ref().map(|(hash, digest)| Signed::Digest(*hash, digest));
    check(&good, &key, &sha384).unwrap();
    assert_eq!(reason(&good, &sha256), Reason::Algorithm, "SHA-256 says nothing of SHA-384");
    assert_eq!(reason(&good, &sha512), Reason::Algorithm);
    let other = Sha384::digest(b"another");
    assert_eq!(reason(&good, &Signed::Digest(Hash::Sha384, &other)), Reason::Subject);
    let other = message(&signature, &named("SHA2_384", &Sha384::digest(b"another")));
    assert_eq!(reason(&other, &Signed::Bytes(TEXT)), Reason::Subject);
    let cut = message(&signature, &named("SHA2_384", &Sha256::digest(TEXT)));
    assert_eq!(reason(&cut, &Signed::Bytes(TEXT)), Reason::Subject, "a digest of another length");
    // What the bundle says proves nothing; the signature is checked all the same.
    let lying = message(&signature, &named("SHA2_512", &Sha512::digest(TEXT)));
    check(&lying, &key, &Signed::Bytes(TEXT)).unwrap();
}

#[test]
fn older_clients_sign_with_sha256_whatever_the_curve() {
    let (signature, key) = signed(&Sha256::digest(TEXT));
    for digest in [named("SHA2_256", &Sha256::digest(TEXT)), Value::Null] {
        let bundle = message(&signature, &digest);
        check(&bundle, &key, &Signed::Bytes(TEXT)).unwrap();
        check(&bundle, &key, &Signed::Digest(Hash::Sha256, &Sha256::digest(TEXT))).unwrap();
    }
    let bundle = message(&signature, &Value::Null);
    let found = check(&bundle, &key, &Signed::Bytes(b"another")).unwrap_err();
    assert_eq!(found.reason(), Reason::Signature);
    let (other, _) = signed(&Sha512::digest(TEXT));
    let found = check(&message(&other, &Value::Null), &key, &Signed::Bytes(TEXT)).unwrap_err();
    assert_eq!(found.reason(), Reason::Signature, "a hash that nobody uses with this curve");
}

#[test]
fn an_empty_digest_is_none() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[3; 32]).unwrap();
    let spki = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], pair.public_key().as_ref()];
    let key = PublicKey::from_spki(&spki.concat()).unwrap();
    let bundle = message(pair.sign(TEXT).as_ref(), &json!({}));
    check(&bundle, &key, &Signed::Bytes(TEXT)).unwrap();
    let reason = |signed: &Signed<'_>| check(&bundle, &key, signed).unwrap_err().reason();
    assert_eq!(reason(&Signed::Bytes(b"another")), Reason::Signature);
    assert_eq!(reason(&Signed::Digest(Hash::Sha256, &Sha256::digest(TEXT))), Reason::Algorithm);
    let unnamed =
        message(pair.sign(TEXT).as_ref(), &json!({ "digest": STANDARD.encode(Sha512::digest(TEXT)) }));
    let found = check(&unnamed, &key, &Signed::Bytes(TEXT)).unwrap_err();
    assert_eq!(found.reason(), Reason::Algorithm, "a digest by no hash");
}

/// The entry of a log of version 1 or 2 with this digest of what is signed.
fn entry(version: u8, hash: &str, digest: &[u8], signature: &[u8], key: &PublicKey) -> Value {
    let signature = STANDARD.encode(signature);
    let hex = digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let (version, spec) = if version == 1 {
        let key = STANDARD.encode(key.to_pem());
        let hash = json!({ "algorithm": hash, "value": hex });
        (
            "0.0.1",
            json!({ "data": { "hash": hash }, "signature": { "content": signature, "publicKey": { "content": key } } }),
        )
    } else {
        let verifier = json!({ "publicKey": { "rawBytes": STANDARD.encode(key.spki()) } });
        let data = named(hash, digest);
        (
            "0.0.2",
            json!({ "hashedRekordV002": { "data": data, "signature": { "content": signature, "verifier": verifier } } }),
        )
    };
    let body = json!({ "apiVersion": version, "kind": "hashedrekord", "spec": spec });
    Sigstore::new(1).entry_of(body.to_string().as_bytes(), ("hashedrekord", version))
}

#[test]
fn logs_have_digests_by_the_hash_of_the_key() {
    let (signature, key) = signed(&Sha384::digest(TEXT));
    let root = TrustedRoot::read(Sigstore::new(1).trusted_root().to_string().as_bytes()).unwrap();
    let policy = Policy { signer: Signer::Key(Box::new(key.clone())), root: Some(root) };
    let check = |version: u8, hash: &str, digest: &[u8]| {
        let mut bundle = message(&signature, &Value::Null);
        let entries = json!([entry(version, hash, digest, &signature, &key)]);
        bundle["verificationMaterial"]["tlogEntries"] = entries;
        let bundle = Bundle::read(bundle.to_string().as_bytes()).unwrap();
        policy.check_artifact(&bundle, &Signed::Bytes(TEXT)).map(drop).map_err(|error| error.reason())
    };
    for (version, names) in
        [(1, ["sha256", "sha384", "sha512", "sha1"]), (2, ["SHA2_256", "SHA2_384", "SHA2_512", "SHA3_256"])]
    {
        assert_eq!(check(version, names[0], &Sha256::digest(TEXT)), Ok(()));
        assert_eq!(check(version, names[1], &Sha384::digest(TEXT)), Ok(()));
        assert_eq!(check(version, names[2], &Sha512::digest(TEXT)), Ok(()));
        assert_eq!(check(version, names[1], &Sha384::digest(b"another")), Err(Reason::LogEntry));
        assert_eq!(check(version, names[1], &Sha256::digest(TEXT)), Err(Reason::LogEntry));
        assert_eq!(check(version, names[3], &Sha256::digest(TEXT)), Err(Reason::LogEntry));
    }
}

#[test]
fn statements_too() {
    let statement = Statement::new(&Digest::of(TEXT), "a", SIGNATURE, json!({})).to_bytes();
    let text =
        [format!("DSSEv1 {} {STATEMENT} {} ", STATEMENT.len(), statement.len()).as_bytes(), &statement]
            .concat();
    for digest in [Sha384::digest(&text).to_vec(), Sha256::digest(&text).to_vec()] {
        let (signature, key) = signed(&digest);
        let bundle = json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": { "publicKey": { "hint": "" } },
            "dsseEnvelope": {
                "payload": STANDARD.encode(&statement),
                "payloadType": STATEMENT,
                "signatures": [{ "sig": STANDARD.encode(&signature) }],
            },
        });
        let bundle = Bundle::read(bundle.to_string().as_bytes()).unwrap();
        let policy = Policy { signer: Signer::Key(Box::new(key)), root: None };
        policy.check(&bundle).unwrap();
    }
}

#[test]
fn digests_are_read_with_the_name_of_their_hash() {
    let (short, long) = ("ab".repeat(32), "0f".repeat(64));
    assert_eq!(Hash::read_digest(&format!("sha256:{short}")), Some((Hash::Sha256, vec![0xab; 32])));
    assert_eq!(Hash::read_digest(&format!("sha512:{long}")), Some((Hash::Sha512, vec![0x0f; 64])));
    assert_eq!(Hash::read_digest(&format!("sha384:{}", "00".repeat(48))), Some((Hash::Sha384, vec![0; 48])));
    let upper = short.to_uppercase();
    let cut = &short[..63];
    for text in [
        &short,
        &format!("sha512:{short}"),
        &format!("sha256:{long}"),
        &format!("sha256:{upper}"),
        &format!("sha256:{cut}"),
        &format!("sha256:{cut}g"),
        &format!("sha256:{cut}\u{e4}"),
        &format!("sha1:{short}"),
        "sha256:",
    ] {
        assert_eq!(Hash::read_digest(text), None, "{text}");
    }
}

#[test]
fn statements_are_about_what_any_known_digest_names() {
    let statement = |digest: Value| {
        let text = json!({ "_type": "https://in-toto.io/Statement/v1", "predicateType": "p", "subject": [{ "digest": digest }] });
        let envelope = Envelope {
            payload_type: STATEMENT.to_owned(),
            payload: text.to_string().into_bytes(),
            signature: Vec::new(),
            key_id: String::new(),
        };
        Statement::from_envelope(&envelope).unwrap()
    };
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let (sha256, sha512) = (Sha256::digest(TEXT), Sha512::digest(TEXT));
    // npm names SHA-512 alone.
    let npm = statement(json!({ "sha512": hex(&sha512) }));
    npm.check_artifact(&Signed::Bytes(TEXT)).unwrap();
    npm.check_artifact(&Signed::Digest(Hash::Sha512, &sha512)).unwrap();
    let found = npm.check_artifact(&Signed::Digest(Hash::Sha256, &sha256)).unwrap_err();
    let expect = format!("it is about `sha512:{}`, not about `sha256:{}`", hex(&sha512), hex(&sha256));
    assert_eq!((found.reason(), found.to_string()), (Reason::Subject, expect));
    let other = statement(json!({ "sha256": hex(&sha512), "sha1": hex(&sha256) }));
    let found = other.check_artifact(&Signed::Digest(Hash::Sha512, &sha512)).unwrap_err();
    assert_eq!(found.reason(), Reason::Subject, "the digest of another hash");
}
