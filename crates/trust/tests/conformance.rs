//! Signatures with certificates and logs, as sigstore's clients have to judge them: for each class of its conformance suite a good
//! one and what is wrong with it. All are made here, by a sigstore in memory.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cooper_trust::{
    Bundle, Identity, Policy, PublicKey, Reason, SIGNATURE, Signed, Signer, Statement, TrustError,
    TrustedRoot,
};
use image::Digest;
use serde_json::{Value, json};
use testkit::sigstore::{Content, LogForm, NOW, Sigstore, Wish};

const TEXT: &[u8] = b"what is signed\n";

fn message() -> Wish {
    Wish::good(Content::Message(TEXT.to_vec()))
}

fn statement() -> Wish {
    let statement = Statement::new(&Digest::of(TEXT), "a", SIGNATURE, json!({}));
    Wish::good(Content::Statement(statement.to_bytes()))
}

/// How something is verified.
struct Ask {
    root: Value,
    identity: (String, String),
    key: Option<PublicKey>,
    text: Vec<u8>,
}

impl Ask {
    fn new(wish: &Wish) -> Self {
        Self {
            root: Sigstore::new(1).trusted_root(),
            identity: (wish.identity.clone(), wish.issuer.clone()),
            key: None,
            text: TEXT.to_vec(),
        }
    }

    fn check(&self, bundle: &Value) -> Result<Vec<String>, TrustError> {
        let root = TrustedRoot::read(self.root.to_string().as_bytes())?;
        let (name, issuer) = self.identity.clone();
        let signer = match &self.key {
            Some(key) => Signer::Key(Box::new(key.clone())),
            None => Signer::Identity(Identity { name, issuer }),
        };
        let policy = Policy { signer, root: Some(root) };
        let bundle = Bundle::read(bundle.to_string().as_bytes())?;
        if bundle.envelope().is_err() {
            return policy.check_artifact(&bundle, &Signed::Bytes(&self.text));
        }
        let steps = policy.check(&bundle)?;
        let statement = Statement::from_envelope(bundle.envelope()?)?;
        statement.check_subject(&Digest::of(&self.text))?;
        Ok(steps)
    }
}

#[track_caller]
fn good(what: &str, wish: &Wish) {
    let found = Ask::new(wish).check(&Sigstore::new(1).bundle(wish));
    assert!(found.is_ok(), "{what}: {found:?}");
}

#[track_caller]
fn bad(what: &str, wish: &Wish, expect: Reason) {
    changed(what, wish, expect, |_, _| ());
}

#[track_caller]
fn changed(what: &str, wish: &Wish, expect: Reason, change: impl Fn(&mut Value, &mut Ask)) {
    let (mut ask, mut bundle) = (Ask::new(wish), Sigstore::new(1).bundle(wish));
    change(&mut bundle, &mut ask);
    let found = ask.check(&bundle).map_err(|error| error.reason());
    assert_eq!(found, Err(expect), "{what}");
}

/// Decodes what is at a place, changes it, and encodes it.
fn edit(bundle: &mut Value, place: &str, change: impl Fn(&mut Vec<u8>)) {
    let value = bundle.pointer_mut(place).unwrap();
    let mut bytes = STANDARD.decode(value.as_str().unwrap()).unwrap();
    change(&mut bytes);
    *value = STANDARD.encode(bytes).into();
}

const ENTRY: &str = "/verificationMaterial/tlogEntries/0";

fn at(rest: &str) -> String {
    format!("{ENTRY}/{rest}")
}

fn flip(bytes: &mut [u8]) {
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
}

#[test]
fn good_ones_of_every_form_are_accepted() {
    for base in [message(), statement()] {
        for version in ["0.1", "0.2", "0.3"] {
            good(version, &Wish { version, ..base.clone() });
        }
        for log in [LogForm::Both, LogForm::Proof, LogForm::Two] {
            // What signs no time needs somebody who does.
            good(&format!("{log:?}"), &Wish { log, stamped: Some(NOW + 5), ..base.clone() });
        }
        good("a promise alone", &Wish { version: "0.1", log: LogForm::Promise, ..base.clone() });
        good("with the authority", &Wish { version: "0.1", chain: true, ..base.clone() });
        good("with the authority", &Wish { version: "0.2", chain: true, ..base.clone() });
        good("a mail address", &Wish { identity: "a@example.com".to_owned(), ..base.clone() });
        good("a timestamp beside the log", &Wish { stamped: Some(NOW + 1), ..base.clone() });
    }
    let wish = message();
    let bundle = Bundle::read(Sigstore::new(1).bundle(&wish).to_string().as_bytes()).unwrap();
    let root = TrustedRoot::read(Sigstore::new(1).trusted_root().to_string().as_bytes()).unwrap();
    let signer = Signer::Identity(Identity { name: wish.identity.clone(), issuer: wish.issuer.clone() });
    let policy = Policy { signer, root: Some(root) };
    policy.check_artifact(&bundle, &Signed::Sha256(Signed::Bytes(TEXT).sha256())).unwrap();
}

#[test]
fn keys_that_their_owners_keep_are_in_logs_too() {
    for base in [message(), statement()] {
        for log in [LogForm::Both, LogForm::Two] {
            let wish = Wish { certificate: false, log, stamped: Some(NOW), ..base.clone() };
            let bundle = Sigstore::new(1).bundle(&wish);
            let mut ask = Ask::new(&wish);
            ask.key = Some(Sigstore::new(1).signer.public());
            ask.check(&bundle).unwrap();
            ask.key = Some(Sigstore::new(2).signer.public());
            assert_eq!(ask.check(&bundle).unwrap_err().reason(), Reason::Signature);
            ask.key = None;
            assert_eq!(ask.check(&bundle).unwrap_err().reason(), Reason::Material);
            let none = Sigstore::new(1).bundle(&Wish { log: LogForm::None, ..wish.clone() });
            ask.key = Some(Sigstore::new(1).signer.public());
            assert_eq!(ask.check(&none).unwrap_err().reason(), Reason::Log);
        }
    }
}

#[test]
fn who_signed_has_to_be_who_is_asked_for() {
    for wish in [message(), statement()] {
        changed("another name", &wish, Reason::Identity, |_, ask| ask.identity.0 += "x");
        changed("the beginning of the name", &wish, Reason::Identity, |_, ask| {
            ask.identity.0.pop();
        });
        changed("another issuer", &wish, Reason::Identity, |_, ask| ask.identity.1 += "/");
        changed("no issuer", &wish, Reason::Identity, |_, ask| ask.identity.1.clear());
        let nobody = Wish { issuer: String::new(), ..wish.clone() };
        changed("nobody vouches", &nobody, Reason::Identity, |_, ask| ask.identity.1 = wish.issuer.clone());
        changed("a key is given", &wish, Reason::Material, |_, ask| {
            ask.key = Some(Sigstore::new(1).signer.public());
        });
    }
}

#[test]
fn certificates_have_to_be_good_then() {
    for wish in [message(), statement()] {
        let late = NOW + 3600;
        bad("signed after it ended", &Wish { integrated: late, ..wish.clone() }, Reason::Validity);
        bad("signed before it began", &Wish { integrated: NOW - 3600, ..wish.clone() }, Reason::Validity);
        let two = Wish { log: LogForm::Two, ..wish.clone() };
        bad("a timestamp after it ended", &Wish { stamped: Some(late), ..two.clone() }, Reason::Validity);
        bad("one time of two is good", &Wish { stamped: Some(late), ..wish.clone() }, Reason::Validity);
        bad("nobody signs a time", &two, Reason::Time);
        let proof = Wish { log: LogForm::Proof, ..wish.clone() };
        bad("a time that no log signed", &proof, Reason::Time);
        bad("for servers", &Wish { for_servers: true, ..wish.clone() }, Reason::Usage);
        bad("of an authority", &Wish { for_authority: true, ..wish.clone() }, Reason::Usage);
        bad("in no log", &Wish { logged: false, ..wish.clone() }, Reason::CertificateLog);
        changed("of another authority", &wish, Reason::Chain, |_, ask| {
            ask.root["certificateAuthorities"] =
                Sigstore::new(9).trusted_root()["certificateAuthorities"].clone();
        });
        changed("no authority at all", &wish, Reason::Chain, |_, ask| {
            ask.root["certificateAuthorities"] = json!([]);
        });
        changed("in a log that is not trusted", &wish, Reason::CertificateLog, |_, ask| {
            ask.root["ctlogs"] = Sigstore::new(9).trusted_root()["ctlogs"].clone();
        });
        changed("the key of its log is another", &wish, Reason::CertificateLog, |_, ask| {
            let other = Sigstore::new(9).trusted_root()["ctlogs"][0]["publicKey"]["rawBytes"].clone();
            ask.root["ctlogs"][0]["publicKey"]["rawBytes"] = other;
        });
        changed("its log was not trusted then", &wish, Reason::CertificateLog, |_, ask| {
            ask.root["ctlogs"][0]["publicKey"]["validFor"]["start"] = "2026-06-01T00:00:00Z".into();
        });
        changed("its authority was not trusted then", &wish, Reason::Validity, |_, ask| {
            ask.root["certificateAuthorities"][0]["validFor"] =
                json!({ "start": "2025-01-01T00:00:00Z", "end": "2025-06-01T00:00:00Z" });
        });
        changed("changed", &wish, Reason::LogEntry, |bundle, _| {
            edit(bundle, "/verificationMaterial/certificate/rawBytes", |bytes| flip(bytes));
        });
        changed("cut", &wish, Reason::Malformed, |bundle, _| {
            edit(bundle, "/verificationMaterial/certificate/rawBytes", |bytes| bytes.truncate(99));
        });
        changed("of somebody else", &wish, Reason::LogEntry, |bundle, _| {
            let other = Sigstore::new(1).bundle(&Wish { issued: NOW - 61, ..wish.clone() });
            bundle["verificationMaterial"]["certificate"] =
                other["verificationMaterial"]["certificate"].clone();
        });
        changed("of another key", &wish, Reason::Signature, |bundle, _| {
            let other = Sigstore::new(9).bundle(&wish);
            bundle["verificationMaterial"]["certificate"] =
                other["verificationMaterial"]["certificate"].clone();
        });
        let chain = Wish { version: "0.2", chain: true, ..wish.clone() };
        changed("a chain in version 0.3", &chain, Reason::Malformed, |bundle, _| {
            bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.3+json".into();
        });
    }
}

#[test]
fn logs_have_to_have_this_signature() {
    for wish in [message(), statement()] {
        bad("in no log", &Wish { log: LogForm::None, stamped: Some(NOW), ..wish.clone() }, Reason::Log);
        bad("a promise alone", &Wish { log: LogForm::Promise, ..wish.clone() }, Reason::Log);
        changed("another log", &wish, Reason::Log, |bundle, _| {
            edit(bundle, &at("logId/keyId"), |bytes| flip(bytes));
        });
        changed("a log that is not trusted", &wish, Reason::Log, |_, ask| ask.root["tlogs"] = json!([]));
        changed("the key of another log", &wish, Reason::Log, |_, ask| {
            let other = Sigstore::new(9).trusted_root()["tlogs"][0]["publicKey"]["rawBytes"].clone();
            ask.root["tlogs"][0]["publicKey"]["rawBytes"] = other;
        });
        changed("a log that was not trusted then", &wish, Reason::Log, |_, ask| {
            ask.root["tlogs"][0]["publicKey"]["validFor"] =
                json!({ "start": "2025-01-01T00:00:00Z", "end": "2025-06-01T00:00:00Z" });
        });
        changed("another promise", &wish, Reason::Log, |bundle, _| {
            edit(bundle, &at("inclusionPromise/signedEntryTimestamp"), |bytes| flip(bytes));
        });
        changed("another time", &wish, Reason::Log, |bundle, _| {
            bundle.pointer_mut(ENTRY).unwrap()["integratedTime"] = (NOW + 1).to_string().into();
        });
        changed("another number", &wish, Reason::Log, |bundle, _| {
            bundle.pointer_mut(ENTRY).unwrap()["logIndex"] = "2".into();
        });
        let proof = |what: &str, key: &'static str, value: Value, expect: Reason| {
            changed(what, &wish, expect, |bundle, _| {
                bundle.pointer_mut(&at("inclusionProof")).unwrap()[key] = value.clone();
            });
        };
        proof("no checkpoint", "checkpoint", Value::Null, Reason::Log);
        proof("an empty checkpoint", "checkpoint", json!({ "envelope": "" }), Reason::Log);
        proof("no path", "hashes", json!([]), Reason::Log);
        proof(
            "a longer path",
            "hashes",
            json!([STANDARD.encode([0; 32]), STANDARD.encode([0; 32])]),
            Reason::Log,
        );
        proof("another place", "logIndex", "0".into(), Reason::Log);
        proof("a place beyond", "logIndex", "2".into(), Reason::Log);
        proof("another size", "treeSize", "3".into(), Reason::Log);
        proof("no size", "treeSize", "0".into(), Reason::Log);
        proof("a size below zero", "treeSize", "-2".into(), Reason::Malformed);
        proof("another state", "rootHash", STANDARD.encode([7; 32]).into(), Reason::Log);
        changed("no proof", &wish, Reason::Log, |bundle, _| {
            bundle.pointer_mut(ENTRY).unwrap()["inclusionProof"] = Value::Null;
        });
        changed("the state is not signed by it", &wish, Reason::Log, |bundle, _| {
            let text = bundle.pointer_mut(&at("inclusionProof/checkpoint/envelope")).unwrap();
            let (note, signature) = text.as_str().unwrap().trim_end().rsplit_once(' ').unwrap();
            let mut bytes = STANDARD.decode(signature).unwrap();
            flip(&mut bytes);
            *text = format!("{note} {}\n", STANDARD.encode(bytes)).into();
        });
        changed("the state is signed by a stranger", &wish, Reason::Log, |bundle, _| {
            let other = Sigstore::new(9).bundle(&wish);
            let place = at("inclusionProof/checkpoint");
            *bundle.pointer_mut(&place).unwrap() = other.pointer(&place).unwrap().clone();
        });
        changed("the entry is another one", &wish, Reason::Log, |bundle, _| {
            edit(bundle, &at("canonicalizedBody"), |bytes| flip(bytes));
        });
    }
}

#[test]
fn entries_have_to_be_of_this_signature() {
    for wish in [message(), statement()] {
        // A whole entry that the log has, of another signature (CVE-2022-36056).
        changed("the entry of another signature", &wish, Reason::LogEntry, |bundle, _| {
            let content = match &wish.content {
                Content::Message(_) => Content::Message(b"another".to_vec()),
                Content::Statement(_) => Content::Statement(b"{}".to_vec()),
            };
            let other = Sigstore::new(1).bundle(&Wish { content, ..wish.clone() });
            *bundle.pointer_mut(ENTRY).unwrap() = other.pointer(ENTRY).unwrap().clone();
        });
        changed("an entry of another kind", &wish, Reason::LogEntry, |bundle, _| {
            bundle.pointer_mut(ENTRY).unwrap()["kindVersion"]["kind"] = "rekord".into();
        });
        changed("an entry of another version", &wish, Reason::LogEntry, |bundle, _| {
            bundle.pointer_mut(ENTRY).unwrap()["kindVersion"]["version"] = "0.0.2".into();
        });
        let two = Wish { log: LogForm::Two, stamped: Some(NOW), ..wish.clone() };
        changed("version 2 in the log of version 1", &two, Reason::Log, |bundle, ask| {
            let id = ask.root["tlogs"][0]["logId"]["keyId"].clone();
            *bundle.pointer_mut(&at("logId/keyId")).unwrap() = id;
        });
        changed("a log of version 2 that was not trusted then", &two, Reason::Log, |_, ask| {
            ask.root["tlogs"][1]["publicKey"]["validFor"]["start"] = "2026-06-01T00:00:00Z".into();
        });
    }
}

#[test]
fn timestamps_have_to_be_of_this_signature() {
    const STAMP: &str = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
    for base in [message(), statement()] {
        let wish = Wish { log: LogForm::Two, stamped: Some(NOW), ..base };
        changed("of an authority that is not trusted", &wish, Reason::Timestamp, |_, ask| {
            ask.root["timestampAuthorities"] = json!([]);
        });
        changed("of another authority", &wish, Reason::Timestamp, |_, ask| {
            ask.root["timestampAuthorities"] =
                Sigstore::new(9).trusted_root()["timestampAuthorities"].clone();
        });
        changed("before its authority was trusted", &wish, Reason::Timestamp, |_, ask| {
            ask.root["timestampAuthorities"][0]["validFor"]["start"] = "2026-06-01T00:00:00Z".into();
        });
        changed("of another signature", &wish, Reason::Timestamp, |bundle, _| {
            let stamp = Sigstore::new(1).timestamp(b"another signature", NOW);
            *bundle.pointer_mut(STAMP).unwrap() = STANDARD.encode(stamp).into();
        });
        changed("cut", &wish, Reason::Malformed, |bundle, _| {
            edit(bundle, STAMP, |bytes| bytes.truncate(200));
        });
        changed("changed after it was signed", &wish, Reason::Timestamp, |bundle, _| {
            edit(bundle, STAMP, |bytes| {
                // The year in the only time that has a digit before it: that of the text.
                let place = bytes.windows(4).position(|four| four == b"2026").unwrap();
                bytes[place + 3] = b'5';
            });
        });
        changed("its own signature is another", &wish, Reason::Timestamp, |bundle, _| {
            edit(bundle, STAMP, |bytes| flip(bytes));
        });
        changed("nothing in it", &wish, Reason::Malformed, |bundle, _| {
            *bundle.pointer_mut(STAMP).unwrap() = "".into();
        });
    }
}

#[test]
fn what_is_signed_has_to_be_what_is_there() {
    changed("another text", &message(), Reason::Subject, |_, ask| ask.text.push(b'x'));
    changed("another text, no digest", &message(), Reason::Signature, |bundle, ask| {
        bundle["messageSignature"]["messageDigest"] = Value::Null;
        ask.text.push(b'x');
    });
    changed("another digest", &message(), Reason::Subject, |bundle, _| {
        edit(bundle, "/messageSignature/messageDigest/digest", |bytes| flip(bytes));
    });
    changed("another hash", &message(), Reason::Algorithm, |bundle, _| {
        bundle["messageSignature"]["messageDigest"]["algorithm"] = "SHA2_512".into();
    });
    changed("another signature", &message(), Reason::Signature, |bundle, _| {
        edit(bundle, "/messageSignature/signature", |bytes| flip(bytes));
    });
    changed("another subject", &statement(), Reason::Subject, |_, ask| ask.text.push(b'x'));
    changed("another statement", &statement(), Reason::Signature, |bundle, _| {
        edit(bundle, "/dsseEnvelope/payload", |bytes| flip(bytes));
    });
    changed("another type", &statement(), Reason::Signature, |bundle, _| {
        bundle["dsseEnvelope"]["payloadType"] = "text/plain".into();
    });
    changed("two signatures", &statement(), Reason::Malformed, |bundle, _| {
        let one = bundle["dsseEnvelope"]["signatures"][0].clone();
        bundle["dsseEnvelope"]["signatures"] = json!([one, one]);
    });
    changed("no statement", &Wish::good(Content::Statement(b"[]".to_vec())), Reason::Malformed, |_, _| ());
    changed("two contents", &statement(), Reason::Malformed, |bundle, _| {
        bundle["messageSignature"] = Sigstore::new(1).bundle(&message())["messageSignature"].clone();
    });
    changed("a version that is not known", &message(), Reason::UnknownVersion, |bundle, _| {
        bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.9+json".into();
    });
}
