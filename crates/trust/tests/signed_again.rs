//! The same text signed again by the same key: each signature is good, and a log or an authority that has seen one has not seen
//! the other.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cooper_trust::{
    Bundle, Identity, Policy, Reason, SIGNATURE, Signed, Signer, Statement, TrustError, TrustedRoot,
};
use image::Digest;
use p256::ecdsa::Signature;
use serde_json::{Value, json};
use testkit::sigstore::{Content, LogForm, NOW, Sigstore, Wish};

const TEXT: &[u8] = b"what is signed\n";

fn message() -> Wish {
    Wish::good(Content::Message(TEXT.to_vec()))
}

fn statement() -> Wish {
    Wish::good(Content::Statement(Statement::new(&Digest::of(TEXT), "a", SIGNATURE, json!({})).to_bytes()))
}

fn check(wish: &Wish, bundle: &Value) -> Result<Vec<String>, TrustError> {
    let bundle = Bundle::read(bundle.to_string().as_bytes())?;
    let root = TrustedRoot::read(Sigstore::new(1).trusted_root().to_string().as_bytes())?;
    let signer = if wish.certificate {
        Signer::Identity(Identity { name: wish.identity.clone(), issuer: wish.issuer.clone() })
    } else {
        Signer::Key(Box::new(Sigstore::new(1).signer.public()))
    };
    let policy = Policy { signer, root: Some(root) };
    if bundle.envelope().is_ok() {
        policy.check(&bundle)
    } else {
        policy.check_artifact(&bundle, &Signed::Bytes(TEXT))
    }
}

/// The other signature that is as good: with the second number `s` so is its negative.
fn again(signature: &[u8]) -> Vec<u8> {
    let (r, s) = Signature::from_der(signature).unwrap().split_scalars();
    let other = Signature::from_scalars(*r, -*s).unwrap().to_der().as_bytes().to_vec();
    assert_ne!(other, signature);
    other
}

/// The bundle with the other signature, and with a timestamp of whichever is asked for.
fn resigned(wish: &Wish, is_stamped: bool) -> Value {
    let mut bundle = Sigstore::new(1).bundle(wish);
    let place = match wish.content {
        Content::Message(_) => "/messageSignature/signature",
        Content::Statement(_) => "/dsseEnvelope/signatures/0/sig",
    };
    let text = bundle.pointer_mut(place).unwrap();
    let signature = again(&STANDARD.decode(text.as_str().unwrap()).unwrap());
    *text = STANDARD.encode(&signature).into();
    if is_stamped {
        let stamp = STANDARD.encode(Sigstore::new(1).timestamp(&signature, NOW));
        bundle["verificationMaterial"]["timestampVerificationData"] =
            json!({ "rfc3161Timestamps": [{ "signedTimestamp": stamp }] });
    }
    bundle
}

#[test]
fn the_other_signature_is_good_by_itself() {
    for base in [message(), statement()] {
        let wish = Wish { certificate: false, log: LogForm::None, ..base };
        let bundle = Bundle::read(resigned(&wish, false).to_string().as_bytes()).unwrap();
        let signer = Signer::Key(Box::new(Sigstore::new(1).signer.public()));
        let policy = Policy { signer, root: None };
        let found = match bundle.envelope() {
            Ok(_) => policy.check(&bundle),
            Err(_) => policy.check_artifact(&bundle, &Signed::Bytes(TEXT)),
        };
        found.unwrap();
    }
}

#[test]
fn a_log_has_the_signature_that_it_has_seen() {
    for (base, forms) in [
        (message(), &[LogForm::Both, LogForm::Two][..]),
        (statement(), &[LogForm::Both, LogForm::Two, LogForm::Hashed, LogForm::HashedTwo, LogForm::Intoto]),
    ] {
        for (log, certificate) in forms.iter().flat_map(|log| [(*log, true), (*log, false)]) {
            let wish = Wish { log, certificate, stamped: Some(NOW), ..base.clone() };
            check(&wish, &Sigstore::new(1).bundle(&wish)).unwrap();
            let found = check(&wish, &resigned(&wish, true)).unwrap_err();
            assert_eq!(found.reason(), Reason::LogEntry, "{log:?}: {found}");
            assert!(found.to_string().contains("another signature"), "{log:?}: {found}");
        }
    }
}

#[test]
fn an_authority_has_stamped_the_signature_that_it_has_seen() {
    for wish in [message(), statement()] {
        let wish = Wish { stamped: Some(NOW), ..wish };
        let found = check(&wish, &resigned(&wish, false)).unwrap_err();
        assert_eq!(found.reason(), Reason::Timestamp, "{found}");
    }
}

#[test]
fn version_3_had_its_name_in_two_forms() {
    for wish in [message(), statement()] {
        let mut bundle = Sigstore::new(1).bundle(&wish);
        bundle["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.3".into();
        check(&wish, &bundle).unwrap();
        bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.2+json".into();
        assert_eq!(check(&wish, &bundle).unwrap_err().reason(), Reason::UnknownVersion);
    }
}
