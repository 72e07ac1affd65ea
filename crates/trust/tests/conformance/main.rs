//! Signatures with certificates and logs, as sigstore's clients have to judge them: for each class of its conformance suite a good
//! one and what is wrong with it. All are made here, by a sigstore in memory.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cooper_trust::{
    Bundle, Hash, Identity, Policy, PublicKey, Reason, SIGNATURE, Signed, Signer, Statement, TrustError,
    TrustedRoot,
};
use image::Digest;
use serde_json::{Value, json};
use testkit::sigstore::{Content, LogForm, NOW, Sigstore, Wish};

mod certificates;
mod logs;
mod timestamps;

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
        statement.check_artifact(&Signed::Bytes(&self.text))?;
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
        good("more in the log of certificates", &Wish { log_extensions: &[0, 0, 7], ..base.clone() });
    }
    for log in [LogForm::Hashed, LogForm::Intoto] {
        good(&format!("a statement in the log: {log:?}"), &Wish { log, ..statement() });
    }
    good(
        "a statement as a hash in version 2",
        &Wish { log: LogForm::HashedTwo, stamped: Some(NOW), ..statement() },
    );
    let wish = message();
    let bundle = Bundle::read(Sigstore::new(1).bundle(&wish).to_string().as_bytes()).unwrap();
    let root = TrustedRoot::read(Sigstore::new(1).trusted_root().to_string().as_bytes()).unwrap();
    let signer = Signer::Identity(Identity { name: wish.identity.clone(), issuer: wish.issuer.clone() });
    let policy = Policy { signer, root: Some(root) };
    policy.check_artifact(&bundle, &Signed::Digest(Hash::Sha256, Digest::of(TEXT).as_bytes())).unwrap();
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
fn a_key_needs_no_time_and_what_its_root_names_alone() {
    for base in [message(), statement()] {
        let with_key = |log: LogForm| {
            let wish = Wish { certificate: false, log, ..base.clone() };
            let mut ask = Ask::new(&wish);
            ask.key = Some(Sigstore::new(1).signer.public());
            (Sigstore::new(1).bundle(&wish), ask)
        };
        // No log of version 2 signs a time, and a key has no end.
        for log in [LogForm::Proof, LogForm::Two] {
            let (bundle, ask) = with_key(log);
            ask.check(&bundle).unwrap();
        }
        let (bundle, mut ask) = with_key(LogForm::None);
        assert_eq!(ask.check(&bundle).unwrap_err().reason(), Reason::Log);
        ask.root["tlogs"] = json!([]);
        assert_eq!(ask.check(&bundle).unwrap_err().reason(), Reason::Time);
        ask.root = json!({ "mediaType": ask.root["mediaType"] });
        ask.check(&bundle).unwrap();
    }
}

#[test]
fn roots_are_not_weaker_for_what_is_unknown_in_them() {
    let p521 = "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQ";
    for wish in [message(), statement()] {
        let other = |ask: &mut Ask, kind: &str| {
            let mut log = ask.root[kind][0].clone();
            log["publicKey"]["keyDetails"] = "PKCS1_RSA_PKCS1V5".into();
            log["publicKey"]["rawBytes"] = STANDARD.encode(p521).into();
            ask.root[kind] = json!([log]);
        };
        let unlogged = Wish { log: LogForm::None, stamped: Some(NOW), ..wish.clone() };
        changed("a log of an unknown kind", &unlogged, Reason::Log, |_, ask| other(ask, "tlogs"));
        let unlogged = Wish { logged: false, ..wish.clone() };
        changed("the same of certificates", &unlogged, Reason::CertificateLog, |_, ask| other(ask, "ctlogs"));
        changed("a log without a beginning", &wish, Reason::Malformed, |_, ask| {
            ask.root["tlogs"][0]["publicKey"]["validFor"] = json!({ "end": "2030-01-01T00:00:00Z" });
        });
        // That somebody without certificates is trusted at that time says nothing of who made the timestamp.
        let stamped = Wish { log: LogForm::Two, stamped: Some(NOW), ..wish.clone() };
        let nobody =
            json!({ "certChain": { "certificates": [] }, "validFor": { "start": "2025-01-01T00:00:00Z" } });
        changed("an authority borrows", &stamped, Reason::Timestamp, |_, ask| {
            ask.root["timestampAuthorities"][0]["validFor"]["end"] = "2025-06-01T00:00:00Z".into();
            ask.root["timestampAuthorities"].as_array_mut().unwrap().push(nobody.clone());
        });
    }
}

#[test]
fn roots_of_every_version_may_name_the_keys_of_states() {
    for wish in [message(), statement()] {
        let bundle = Sigstore::new(1).bundle(&wish);
        let check = |kind: &str, log: &str, state: Option<&str>| {
            let mut ask = Ask::new(&wish);
            ask.root["mediaType"] = format!("application/vnd.dev.sigstore.trustedroot{kind}").into();
            let own = ask.root["tlogs"][0]["logId"]["keyId"].clone();
            let named = |name: &str| {
                if name == "own" { own.clone() } else { STANDARD.encode([7; 32]).into() }
            };
            ask.root["tlogs"][0]["logId"]["keyId"] = named(log);
            if let Some(state) = state {
                ask.root["tlogs"][0]["checkpointKeyId"] = json!({ "keyId": named(state) });
            }
            ask.check(&bundle).map(drop).map_err(|error| error.reason())
        };
        for kind in ["+json;version=0.1", ".v0.1+json", ".v0.2+json"] {
            assert_eq!(check(kind, "own", None), Ok(()), "{kind}");
        }
        assert_eq!(check("+json;version=0.2", "own", None), Err(Reason::UnknownVersion));
        let two = ".v0.2+json";
        assert_eq!(check(two, "own", Some("own")), Ok(()));
        assert_eq!(check(two, "other", Some("own")), Ok(()), "an entry may have that name");
        assert_eq!(check(two, "own", Some("other")), Err(Reason::Log), "the state is of another key");
        assert_eq!(check(two, "other", None), Err(Reason::Log));
    }
}

#[test]
fn times_at_the_end_are_within() {
    let end = "2026-01-01T00:00:00Z";
    for base in [message(), statement()] {
        let check = |wish: &Wish, change: &dyn Fn(&mut Ask)| {
            let mut ask = Ask::new(wish);
            change(&mut ask);
            ask.check(&Sigstore::new(1).bundle(wish)).map(drop).map_err(|error| error.reason())
        };
        let until = |kind: &'static str, at: usize, end: &'static str| {
            move |ask: &mut Ask| {
                let one = &mut ask.root[kind][at];
                let place = if kind == "tlogs" { &mut one["publicKey"] } else { one };
                place["validFor"]["end"] = end.into();
            }
        };
        let stamped = Wish { log: LogForm::Two, stamped: Some(NOW), ..base.clone() };
        for (kind, wish) in [("tlogs", &base), ("timestampAuthorities", &stamped)] {
            assert_eq!(check(wish, &until(kind, 0, end)), Ok(()), "{kind}");
            let before = check(wish, &until(kind, 0, "2025-12-31T23:59:59Z"));
            let reason = if kind == "tlogs" { Reason::Log } else { Reason::Timestamp };
            assert_eq!(before, Err(reason), "{kind}");
        }
        // Without a bound an authority is good while its certificates are.
        let unbound = |ask: &mut Ask| {
            ask.root["certificateAuthorities"][0]["validFor"] = Value::Null;
            ask.root["timestampAuthorities"][0]["validFor"] = json!({});
        };
        assert_eq!(check(&stamped, &unbound), Ok(()));
        let early = Wish { issued: NOW - 310 * 86_400, stamped: Some(NOW - 310 * 86_400), ..stamped.clone() };
        assert_eq!(check(&early, &unbound), Err(Reason::Validity));
        // The certificate: from its first second to its last.
        for at in [NOW - 60, NOW + 540] {
            good("its first and last second", &Wish { integrated: at, ..base.clone() });
        }
        bad("a second later", &Wish { integrated: NOW + 541, ..base.clone() }, Reason::Validity);
    }
}

/// What writes JSON of protocol buffers may break base64 into lines or leave its padding out.
#[test]
fn base64_has_the_forms_that_protocol_buffers_allow() {
    for wish in [message(), statement()] {
        let wish = Wish { stamped: Some(NOW), ..wish };
        let text = Sigstore::new(1).bundle(&wish).to_string();
        let ask = Ask::new(&wish);
        let each = |form: fn(&str) -> String| {
            let mut bundle: Value = serde_json::from_str(&text).unwrap();
            let places = [
                "/verificationMaterial/certificate/rawBytes",
                "/verificationMaterial/tlogEntries/0/canonicalizedBody",
                "/verificationMaterial/tlogEntries/0/inclusionProof/rootHash",
                "/verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp",
                "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp",
                "/messageSignature/signature",
                "/dsseEnvelope/payload",
                "/dsseEnvelope/signatures/0/sig",
            ];
            for place in places {
                if let Some(value) = bundle.pointer_mut(place) {
                    *value = form(value.as_str().unwrap()).into();
                }
            }
            ask.check(&bundle).map(drop).map_err(|error| error.reason())
        };
        let lines = |text: &str| {
            text.as_bytes()
                .chunks(76)
                .fold(String::new(), |all, line| all + std::str::from_utf8(line).unwrap() + "\r\n")
        };
        assert_eq!(each(lines), Ok(()));
        assert_eq!(each(|text| text.trim_end_matches('=').to_owned()), Ok(()));
        assert_eq!(each(|text| text.replace('+', "-").replace('/', "_")), Ok(()));
        assert_eq!(each(|text| format!("{text} ")), Err(Reason::Malformed));
        assert_eq!(each(|text| text.replacen('M', "*", 1)), Err(Reason::Malformed));
        assert_eq!(each(|text| format!("-{}+", &text[2..])), Err(Reason::Malformed), "two alphabets");
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
    for (hash, expect) in
        [("SHA2_512", Reason::Subject), ("SHA3_256", Reason::Algorithm), ("", Reason::Algorithm)]
    {
        changed("another hash", &message(), expect, |bundle, _| {
            bundle["messageSignature"]["messageDigest"]["algorithm"] = hash.into();
        });
    }
    changed("another signature", &message(), Reason::Signature, |bundle, _| {
        edit(bundle, "/messageSignature/signature", |bytes| flip(bytes));
    });
    changed("another subject", &statement(), Reason::Subject, |_, ask| ask.text.push(b'x'));
    // npm names the SHA-512 of a package alone.
    let hex = "bc5b9e3969716fd9db32f8e76021b4bd6e5f4e0c9f5fccf2092686ff23b98587\
               cfa14a1ececdef84a617d75c3bf256c2a0cff0e29b5aad75ab1bd3b5bec287f3";
    let mut text: Value = match statement().content {
        Content::Statement(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Content::Message(_) => Value::Null,
    };
    text["subject"] = json!([{ "name": "a", "digest": { "sha512": hex } }]);
    let sha512 = Wish::good(Content::Statement(text.to_string().into()));
    good("a subject by its SHA-512", &sha512);
    changed("another one by its SHA-512", &sha512, Reason::Subject, |_, ask| ask.text.push(b'x'));
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
    for kind in [Value::Null, "https://in-toto.io/Statement/v9".into()] {
        let mut text: Value = match statement().content {
            Content::Statement(bytes) => serde_json::from_slice(&bytes).unwrap(),
            Content::Message(_) => Value::Null,
        };
        text["_type"] = kind.clone();
        if kind.is_null() {
            text.as_object_mut().unwrap().remove("_type");
        }
        let reason = if kind.is_null() { Reason::Malformed } else { Reason::Payload };
        bad("a statement of no known type", &Wish::good(Content::Statement(text.to_string().into())), reason);
    }
    changed("a signature that is no base64", &message(), Reason::Malformed, |bundle, _| {
        bundle["messageSignature"]["signature"] = "!".into();
    });
    let mut more = Sigstore::new(1).bundle(&message());
    more["later"] = json!({ "a": 1 });
    more["verificationMaterial"]["later"] = json!([]);
    Ask::new(&message()).check(&more).expect("members that are not known change nothing");
    changed("a version that is not known", &message(), Reason::UnknownVersion, |bundle, _| {
        bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.9+json".into();
    });
}
