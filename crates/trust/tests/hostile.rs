//! What an attacker may put beside an image: each is refused, and for the right reason.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cooper_trust::{
    Bundle, Envelope, Hash, Identity, MAX_BUNDLE, Policy, PrivateKey, PublicKey, Reason, SIGNATURE,
    STATEMENT, Signed, Signer, SimpleSignature, Statement, TrustError, TrustedRoot,
};
use image::Digest;
use serde_json::{Value, json};

fn key(seed: u8) -> PrivateKey {
    let mut next = seed;
    let mut entropy = |bytes: &mut [u8]| {
        for byte in bytes {
            next = next.wrapping_mul(29).wrapping_add(17);
            *byte = next;
        }
        Ok(())
    };
    PrivateKey::generate(&mut entropy).unwrap()
}

fn image() -> Digest {
    Digest::of(b"the image")
}

fn statement() -> Value {
    serde_json::to_value(Statement::new(&image(), "a/b", SIGNATURE, json!({}))).unwrap()
}

/// A bundle with this text, signed by the good key.
fn signed(payload: &str, payload_type: &str) -> Value {
    let envelope = Envelope::sign(payload_type, payload.as_bytes().to_vec(), &key(1)).unwrap();
    let bytes = Bundle::of_key(key(1).public().hint(), envelope).to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

fn good() -> Value {
    signed(&statement().to_string(), STATEMENT)
}

/// What `cooper verify --key` asks of a bundle.
fn verify(bytes: &[u8], by: &PublicKey) -> Result<(), TrustError> {
    let bundle = Bundle::read(bytes)?;
    let policy = Policy { signer: Signer::Key(Box::new(by.clone())), root: None };
    policy.check(&bundle)?;
    let statement = Statement::from_envelope(bundle.envelope()?)?;
    statement.check_subject(&image())?;
    statement.check_kind(SIGNATURE)
}

fn check(name: &str, bundle: &str, expect: Reason) {
    let found = verify(bundle.as_bytes(), &key(1).public()).map_err(|error| error.reason());
    assert_eq!(found, Err(expect), "{name}");
}

/// The good bundle with the value at a place changed.
fn with(place: &str, value: Value) -> String {
    let mut bundle = good();
    *bundle.pointer_mut(place).unwrap() = value;
    bundle.to_string()
}

/// The good bundle with what is at a place decoded, changed and encoded.
fn edited(place: &str, edit: impl Fn(&mut Vec<u8>)) -> String {
    let text = good().pointer(place).unwrap().as_str().unwrap().to_owned();
    let mut bytes = STANDARD.decode(text).unwrap();
    edit(&mut bytes);
    with(place, STANDARD.encode(bytes).into())
}

const PAYLOAD: &str = "/dsseEnvelope/payload";
const SIG: &str = "/dsseEnvelope/signatures/0/sig";

#[test]
fn the_good_one_is_good() {
    verify(good().to_string().as_bytes(), &key(1).public()).unwrap();
}

#[test]
fn signatures_that_are_not_of_the_key_over_the_text_are_refused() {
    let other = serde_json::to_value(Statement::new(&Digest::of(b"x"), "a/b", SIGNATURE, json!({}))).unwrap();
    check("swapped subject", &with(PAYLOAD, STANDARD.encode(other.to_string()).into()), Reason::Signature);
    check("a changed byte of the text", &edited(PAYLOAD, |bytes| bytes[3] ^= 1), Reason::Signature);
    check("a changed number", &edited(SIG, |bytes| *bytes.last_mut().unwrap() ^= 1), Reason::Signature);
    check(
        "the type of another text",
        &with("/dsseEnvelope/payloadType", "text/plain".into()),
        Reason::Signature,
    );
    check(
        "both numbers zero",
        &with(SIG, STANDARD.encode([0x30, 6, 2, 1, 0, 2, 1, 0]).into()),
        Reason::Signature,
    );
    let huge = [&[0x30, 0x26, 2, 0x21, 0][..], &[0xff; 32], &[2, 1, 1]].concat();
    check("a number beyond the curve", &with(SIG, STANDARD.encode(huge).into()), Reason::Signature);
    let wide = [&[0x30, 0x27, 2, 0x22, 1][..], &[0; 33], &[2, 1, 1]].concat();
    check("a number wider than the curve", &with(SIG, STANDARD.encode(wide).into()), Reason::Signature);
    let found = verify(good().to_string().as_bytes(), &key(2).public()).unwrap_err();
    assert_eq!(found.reason(), Reason::Signature, "another key");
}

#[test]
fn a_signature_has_one_form() {
    check("bytes behind it", &edited(SIG, |bytes| bytes.push(0)), Reason::Malformed);
    check(
        "a long form of a length",
        &edited(SIG, |bytes| bytes.splice(1..2, [0x81, bytes[1]]).for_each(drop)),
        Reason::Malformed,
    );
    check("the two numbers as they are", &with(SIG, STANDARD.encode([1; 64]).into()), Reason::Malformed);
    check(
        "a negative number",
        &with(SIG, STANDARD.encode([0x30, 6, 2, 1, 0x80, 2, 1, 1]).into()),
        Reason::Malformed,
    );
    check("empty", &with(SIG, "".into()), Reason::Malformed);
    check("no base64", &with(SIG, "!!!!".into()), Reason::Malformed);
    check("base64 of the web", &with(SIG, "-_-_".into()), Reason::Malformed);
}

#[test]
fn signed_texts_about_something_else_are_refused() {
    let of = |statement: &Value| signed(&statement.to_string(), STATEMENT).to_string();
    let changed = |place: &str, value: Value| {
        let mut statement = statement();
        *statement.pointer_mut(place).unwrap() = value;
        of(&statement)
    };
    let other = Digest::of(b"another image").hex();
    check("replayed from another image", &changed("/subject/0/digest/sha256", other.into()), Reason::Subject);
    check("no subject", &changed("/subject", json!([])), Reason::Subject);
    let sha1 = json!([{ "digest": { "sha1": image().hex() } }]);
    check("another hash of the subject", &changed("/subject", sha1), Reason::Subject);
    let upper = image().hex().to_uppercase();
    check(
        "another spelling of the digest",
        &changed("/subject/0/digest/sha256", upper.into()),
        Reason::Subject,
    );
    check(
        "an attestation",
        &changed("/predicateType", "https://spdx.dev/Document".into()),
        Reason::Predicate,
    );
    check("no type", &changed("/_type", "".into()), Reason::Payload);
    check("an unknown type", &changed("/_type", "https://in-toto.io/Statement/v9".into()), Reason::Payload);
    check("no statement", &signed(&statement().to_string(), "text/plain").to_string(), Reason::Payload);
    check("no JSON", &signed("{", STATEMENT).to_string(), Reason::Malformed);
    let twice = statement().to_string().replacen(
        "\"predicateType\":",
        "\"predicateType\":\"x\",\"predicateType\":",
        1,
    );
    check("a key twice in what is signed", &signed(&twice, STATEMENT).to_string(), Reason::DuplicateKey);
}

#[test]
fn bundles_that_are_not_as_they_should_be_are_refused() {
    check("no JSON", "<html>", Reason::Malformed);
    check("cut", &good().to_string()[..200], Reason::Malformed);
    check("deep", &"[".repeat(100_000), Reason::Malformed);
    let twice = good().to_string().replacen("{\"mediaType\"", "{\"dsseEnvelope\":null,\"mediaType\"", 1);
    check("a key twice", &twice, Reason::DuplicateKey);
    let nested = good().to_string().replacen("{\"hint\":", "{\"hint\":\"x\",\"hint\":", 1);
    check("a key twice further in", &nested, Reason::DuplicateKey);
    let escaped = good().to_string().replacen("{\"hint\":", "{\"h\\u0069nt\":\"x\",\"hint\":", 1);
    check("a key twice, once with an escape", &escaped, Reason::DuplicateKey);
    let huge = vec![b' '; MAX_BUNDLE + 1];
    let found = verify(&huge, &key(1).public()).unwrap_err();
    assert_eq!(found.reason(), Reason::TooLarge, "huge");
    check("a second document behind it", &(good().to_string() + "{}"), Reason::Malformed);
    let many = good().to_string().replacen('{', &format!("{{\"later\":[{}0],", "0,".repeat(70_000)), 1);
    check("more values than a bundle has", &many, Reason::TooLarge);
    let steering = good().to_string().replacen('{', "{\"\\u001b[2J\":1,\"\\u001b[2J\":2,", 1);
    check("a key twice that would clear the screen", &steering, Reason::DuplicateKey);
    let found = verify(steering.as_bytes(), &key(1).public()).unwrap_err().to_string();
    assert!(!found.chars().any(char::is_control), "{found:?}");
    check("bytes that are no text", &good().to_string().replace("hint", "h\u{fffd}nt\0"), Reason::Malformed);
    check(
        "a later version",
        &with("/mediaType", "application/vnd.dev.sigstore.bundle.v0.4+json".into()),
        Reason::UnknownVersion,
    );
    check("no version", &with("/mediaType", "application/json".into()), Reason::UnknownVersion);
    check("stripped", &with("/dsseEnvelope/signatures", json!([])), Reason::Unsigned);
    check("no envelope", &with("/dsseEnvelope", Value::Null), Reason::Unsigned);
    let sig = good().pointer("/dsseEnvelope/signatures/0").unwrap().clone();
    check("two signatures", &with("/dsseEnvelope/signatures", json!([sig, sig])), Reason::Malformed);
    check("neither key nor certificate", &with("/verificationMaterial", json!({})), Reason::Material);
    let both = json!({ "publicKey": { "hint": "" }, "certificate": { "rawBytes": "" } });
    check("key and certificate", &with("/verificationMaterial", both), Reason::Malformed);
    let confused = json!({ "certificate": { "rawBytes": STANDARD.encode(key(1).public().spki()) } });
    check("a certificate where a key is given", &with("/verificationMaterial", confused), Reason::Material);
    let entry = json!({ "logId": { "keyId": "" }, "kindVersion": { "kind": "dsse", "version": "0.0.1" },
        "canonicalizedBody": "", "inclusionPromise": { "signedEntryTimestamp": "AAAA" } });
    let logs = |entries: Value| json!({ "publicKey": { "hint": "" }, "tlogEntries": entries });
    check("a log without proof", &with("/verificationMaterial", logs(json!([entry]))), Reason::Log);
    check("too many entries", &with("/verificationMaterial", logs(vec![entry; 33].into())), Reason::TooLarge);
    let message = json!({ "mediaType": good()["mediaType"], "verificationMaterial": good()["verificationMaterial"],
        "messageSignature": { "signature": "AAAA" } });
    check("a signature over something else", &message.to_string(), Reason::Payload);
    let sha1 = json!({ "mediaType": good()["mediaType"], "verificationMaterial": good()["verificationMaterial"],
        "messageSignature": { "messageDigest": { "algorithm": "SHA1", "digest": "" }, "signature": "AAAA" } });
    check("a weak hash", &sha1.to_string(), Reason::Algorithm);
}

#[test]
fn a_trusted_root_is_not_gone_around() {
    let bundle = Bundle::read(good().to_string().as_bytes()).unwrap();
    let root = |logs: Value| {
        let root = json!({ "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1", "tlogs": logs });
        TrustedRoot::read(root.to_string().as_bytes())
    };
    let spki = STANDARD.encode(key(3).public().spki());
    let log = json!([{ "publicKey": { "rawBytes": spki, "validFor": { "start": "2021-01-01T00:00:00Z" } }, "logId": { "keyId": "AAAA" } }]);
    let signer = Signer::Key(Box::new(key(1).public()));
    let policy = Policy { signer: signer.clone(), root: Some(root(log.clone()).unwrap()) };
    assert_eq!(policy.check(&bundle).unwrap_err().reason(), Reason::Log);
    let nothing = Policy { signer, root: Some(root(json!([])).unwrap()) };
    nothing.check(&bundle).expect("it names nothing that could be missing");
    let identity = Identity { name: "a@b.c".to_owned(), issuer: "https://b.c".to_owned() };
    let policy = Policy { signer: Signer::Identity(identity), root: None };
    assert_eq!(policy.check(&bundle).unwrap_err().reason(), Reason::Material);
    let mut forever = log;
    forever[0]["publicKey"]["validFor"] = json!({});
    assert_eq!(root(forever).unwrap_err().reason(), Reason::Malformed);
    let twice = TrustedRoot::read(b"{\"tlogs\":[],\"tlogs\":[]}").unwrap_err();
    assert_eq!(twice.reason(), Reason::DuplicateKey);
    assert_eq!(TrustedRoot::read(b"{\"mediaType\":\"\"}").unwrap_err().reason(), Reason::UnknownVersion);
}

#[test]
fn keys_of_other_kinds_are_refused() {
    let read = |spki: &[u8]| PublicKey::from_spki(spki).unwrap_err().reason();
    let mut p521 = key(1).public().spki().to_vec();
    p521[22] = 9;
    assert_eq!(read(&p521), Reason::Algorithm, "another curve");
    let mut beside = key(1).public().spki().to_vec();
    *beside.last_mut().unwrap() ^= 1;
    assert_eq!(read(&beside), Reason::Malformed, "a point beside its curve");
    let weak = [
        &[0x30, 0x81, 0x9d, 0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0][..],
        &[3, 0x81, 0x8b, 0, 0x30, 0x81, 0x87, 2, 0x81, 0x81, 0, 0xff],
        &[1; 127],
        &[2, 1, 3],
    ];
    assert_eq!(read(&weak.concat()), Reason::Algorithm, "RSA of 1024 bits");
}

#[test]
fn simple_signatures_are_held_to_the_same() {
    let name = "registry.example/a:1".parse().unwrap();
    let made = SimpleSignature::sign(&image(), &name, &key(1)).unwrap();
    let public = key(1).public();
    made.verify(&public, &image()).unwrap();
    let reason =
        |signed: &SimpleSignature, image: &Digest| signed.verify(&public, image).unwrap_err().reason();
    assert_eq!(reason(&made, &Digest::of(b"x")), Reason::Subject, "replayed");
    let with = |payload: String| {
        let payload = payload.into_bytes();
        SimpleSignature { signature: key(1).sign(&payload).unwrap(), payload }
    };
    let text = String::from_utf8(made.payload.clone()).unwrap();
    let changed = SimpleSignature { payload: text.replace("/a:1", "/b:1").into_bytes(), ..made.clone() };
    assert_eq!(reason(&changed, &image()), Reason::Signature, "changed name");
    let twice =
        with(text.replacen("\"image\":", "\"image\":{\"docker-manifest-digest\":\"x\"},\"image\":", 1));
    assert_eq!(reason(&twice, &image()), Reason::DuplicateKey);
    let kind = with(text.replace("cosign container image signature", "something else"));
    assert_eq!(reason(&kind, &image()), Reason::Payload);
    let large = SimpleSignature::from_parts(&vec![b' '; 300 << 10], "AAAA").unwrap_err();
    assert_eq!(large.reason(), Reason::TooLarge);
}

#[test]
fn a_digest_alone_is_enough_to_check_and_not_to_be_fooled() {
    let signature = STANDARD.encode(key(1).sign(b"text").unwrap());
    let bundle = json!({ "mediaType": good()["mediaType"], "verificationMaterial": good()["verificationMaterial"],
        "messageSignature": { "signature": signature } });
    let bundle = Bundle::read(bundle.to_string().as_bytes()).unwrap();
    let policy = Policy { signer: Signer::Key(Box::new(key(1).public())), root: None };
    policy.check_artifact(&bundle, &Signed::Bytes(b"text")).unwrap();
    policy.check_artifact(&bundle, &Signed::Digest(Hash::Sha256, Digest::of(b"text").as_bytes())).unwrap();
    let other =
        policy.check_artifact(&bundle, &Signed::Digest(Hash::Sha256, Digest::of(b"other").as_bytes()));
    assert_eq!(other.unwrap_err().reason(), Reason::Signature);
}
