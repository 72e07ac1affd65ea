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

#[test]
fn who_signed_has_to_be_who_is_asked_for() {
    for wish in [message(), statement()] {
        changed("another name", &wish, Reason::Identity, |_, ask| ask.identity.0 += "x");
        changed("the beginning of the name", &wish, Reason::Identity, |_, ask| {
            ask.identity.0.pop();
        });
        // Whoever compares names by eye has to see all of both.
        let long = Wish { identity: format!("https://git.example/{}", "team/".repeat(60)), ..wish.clone() };
        let mut ask = Ask::new(&long);
        ask.identity.0 = wish.identity.clone();
        let found = ask.check(&Sigstore::new(1).bundle(&long)).unwrap_err().to_string();
        assert!(found.contains(&long.identity) && found.contains(&wish.identity), "{found}");
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
        changed("huge", &wish, Reason::TooLarge, |bundle, _| {
            edit(bundle, "/verificationMaterial/certificate/rawBytes", |bytes| bytes.resize(65 << 10, 0));
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
        changed("an empty chain", &chain, Reason::Material, |bundle, _| {
            bundle["verificationMaterial"]["x509CertificateChain"]["certificates"] = json!([]);
        });
        // Early bundles have the whole chain; a root in it is neither asked nor believed.
        let rooted = |root: &Value, ask: &Ask| {
            let mut bundle = Sigstore::new(1).bundle(&chain);
            let root = root["certificateAuthorities"][0]["certChain"]["certificates"][1].clone();
            let all = &mut bundle["verificationMaterial"]["x509CertificateChain"]["certificates"];
            all.as_array_mut().unwrap().push(root);
            ask.check(&bundle).map(drop).map_err(|error| error.reason())
        };
        let mut ask = Ask::new(&chain);
        assert_eq!(rooted(&ask.root, &ask), Ok(()), "with the root");
        let own = ask.root.clone();
        ask.root["certificateAuthorities"] =
            Sigstore::new(9).trusted_root()["certificateAuthorities"].clone();
        assert_eq!(rooted(&own, &ask), Err(Reason::Chain), "with a root that nobody trusts");
        changed("all of another sigstore", &wish, Reason::Log, |_, ask| {
            ask.root = Sigstore::new(9).trusted_root();
        });
        changed("a chain in version 0.3", &chain, Reason::Malformed, |bundle, _| {
            bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.3+json".into();
        });
    }
}

#[test]
fn authorities_need_not_name_a_purpose_and_one_that_does_is_bound_by_it() {
    for wish in [message(), statement()] {
        let check = |made: &Sigstore| {
            let mut ask = Ask::new(&wish);
            ask.root = made.trusted_root();
            ask.check(&made.bundle(&wish)).map(drop).map_err(|error| error.reason())
        };
        assert_eq!(check(&Sigstore::without_purpose(1)), Ok(()));
        assert_eq!(check(&Sigstore::for_servers(1)), Err(Reason::Usage));
    }
}

#[test]
fn why_the_right_authority_is_not_good_is_what_is_said() {
    for wish in [message(), statement()] {
        changed("an older one of others", &wish, Reason::Chain, |_, ask| {
            let mut other = Sigstore::new(9).trusted_root()["certificateAuthorities"][0].clone();
            other["validFor"] = json!({ "start": "2025-01-01T00:00:00Z", "end": "2025-06-01T00:00:00Z" });
            ask.root["certificateAuthorities"] = json!([other]);
        });
    }
}

#[test]
fn issuers_of_the_same_name_are_told_apart_by_their_keys() {
    for wish in [message(), statement()] {
        let bundle = Sigstore::new(1).bundle(&wish);
        let other = Sigstore::new(9).trusted_root()["certificateAuthorities"][0].clone();
        for at in [0, 1] {
            let mut ask = Ask::new(&wish);
            ask.root["certificateAuthorities"].as_array_mut().unwrap().insert(at, other.clone());
            ask.check(&bundle).unwrap();
        }
        // Both below one root, and beside the certificate in the bundle.
        let mut ask = Ask::new(&wish);
        let chain = &mut ask.root["certificateAuthorities"][0]["certChain"]["certificates"];
        chain.as_array_mut().unwrap().insert(0, other["certChain"]["certificates"][0].clone());
        ask.check(&bundle).unwrap();
    }
}

#[test]
fn logs_have_to_have_this_signature() {
    for wish in [message(), statement()] {
        bad("in no log", &Wish { log: LogForm::None, stamped: Some(NOW), ..wish.clone() }, Reason::Log);
        bad("a promise alone", &Wish { log: LogForm::Promise, ..wish.clone() }, Reason::Log);
        let stamped = Wish { version: "0.1", stamped: Some(NOW), ..wish.clone() };
        bad("version 0.1 without one", &Wish { log: LogForm::Proof, ..stamped }, Reason::Log);
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
        for number in ["-1", "+1", "1.0", "99999999999999999999"] {
            changed("a number that is none", &wish, Reason::Malformed, |bundle, _| {
                bundle.pointer_mut(ENTRY).unwrap()["logIndex"] = number.into();
            });
        }
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
        changed("it is signed with another key's name", &wish, Reason::Log, |bundle, _| {
            let text = bundle.pointer_mut(&at("inclusionProof/checkpoint/envelope")).unwrap();
            let (note, signature) = text.as_str().unwrap().trim_end().rsplit_once(' ').unwrap();
            let mut bytes = STANDARD.decode(signature).unwrap();
            bytes[0] ^= 1;
            *text = format!("{note} {}\n", STANDARD.encode(bytes)).into();
        });
        changed("the entry is another one", &wish, Reason::Log, |bundle, _| {
            edit(bundle, &at("canonicalizedBody"), |bytes| flip(bytes));
        });
    }
}

/// The note of the state of the log, split into its text and its signatures.
fn note(bundle: &mut Value) -> (&mut Value, String, String) {
    let place = bundle.pointer_mut(&at("inclusionProof/checkpoint/envelope")).unwrap();
    let (text, signatures) = place.as_str().unwrap().split_once("\n\n").unwrap();
    let (text, signatures) = (format!("{text}\n"), signatures.to_owned());
    (place, text, signatures)
}

#[test]
fn witnesses_sign_the_state_beside_the_log_and_not_in_its_place() {
    let witness = format!("\u{2014} witness.example {}\n", STANDARD.encode([7; 76]));
    let twin = format!("\u{2014} log2.test {}\n", STANDARD.encode([9; 68]));
    for base in [message(), statement()] {
        let wish = Wish { log: LogForm::Two, stamped: Some(NOW), ..base };
        let signed_by = |signatures: &dyn Fn(&str) -> String| {
            let mut bundle = Sigstore::new(1).bundle(&wish);
            let (place, text, own) = note(&mut bundle);
            *place = format!("{text}\n{}", signatures(&own)).into();
            Ask::new(&wish).check(&bundle).map(drop).map_err(|error| error.reason())
        };
        assert_eq!(signed_by(&|own| format!("{own}{witness}")), Ok(()), "one witness");
        assert_eq!(signed_by(&|own| format!("{witness}{own}{witness}")), Ok(()), "the log is not the first");
        assert_eq!(signed_by(&|own| format!("{twin}{own}")), Ok(()), "another signature of its name");
        assert_eq!(signed_by(&|_| witness.clone()), Err(Reason::Log), "a witness alone");
        assert_eq!(signed_by(&|_| twin.clone()), Err(Reason::Log), "another signature of its name alone");
        assert_eq!(signed_by(&|_| String::new()), Err(Reason::Log), "nobody");
        assert_eq!(signed_by(&|own| witness.repeat(32) + own), Err(Reason::Log), "too many");
        let resigned = |what: &str, change: &dyn Fn(&mut Vec<String>)| {
            changed(what, &wish, Reason::Log, |bundle, _| {
                let (place, text, _) = note(bundle);
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                change(&mut lines);
                *place = Sigstore::new(1).note(&(lines.join("\n") + "\n")).into();
            });
        };
        resigned("a state without a name", &|lines| drop(lines.remove(0)));
        resigned("a state without a size", &|lines| drop(lines.remove(1)));
        resigned("a state without a hash", &|lines| drop(lines.remove(2)));
        resigned("a state of another tree", &|lines| lines[2] = STANDARD.encode([3; 32]));
        resigned("a state of another size", &|lines| lines[1] = "3".to_owned());
    }
}

#[test]
fn entries_have_to_be_of_this_signature() {
    for log in [LogForm::Intoto, LogForm::Hashed, LogForm::HashedTwo] {
        let wish = Wish { log, stamped: Some(NOW), ..statement() };
        changed("the entry of another statement", &wish, Reason::LogEntry, |bundle, _| {
            let content = Content::Statement(b"{}".to_vec());
            let other = Sigstore::new(1).bundle(&Wish { content, ..wish.clone() });
            *bundle.pointer_mut(ENTRY).unwrap() = other.pointer(ENTRY).unwrap().clone();
        });
        changed("the signature of another key", &wish, Reason::Signature, |bundle, _| {
            let other = Sigstore::new(9).bundle(&wish);
            let place = "/dsseEnvelope/signatures/0/sig";
            *bundle.pointer_mut(place).unwrap() = other.pointer(place).unwrap().clone();
        });
        changed("the entry of a key where there is a certificate", &wish, Reason::LogEntry, |bundle, _| {
            let other = Sigstore::new(1).bundle(&Wish { certificate: false, ..wish.clone() });
            let signature = "/dsseEnvelope/signatures/0/sig";
            *bundle.pointer_mut(signature).unwrap() = other.pointer(signature).unwrap().clone();
            *bundle.pointer_mut(ENTRY).unwrap() = other.pointer(ENTRY).unwrap().clone();
        });
        let late = NOW + 3600;
        bad("stamped after it ended", &Wish { stamped: Some(late), ..wish.clone() }, Reason::Validity);
        if log != LogForm::HashedTwo {
            let late = Wish { integrated: late, stamped: None, ..wish.clone() };
            bad("logged after it ended", &late, Reason::Validity);
        }
        changed("no proof", &wish, Reason::Log, |bundle, _| {
            bundle.pointer_mut(ENTRY).unwrap()["inclusionProof"] = Value::Null;
        });
    }
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
        changed("another number in version 2", &two, Reason::Log, |bundle, _| {
            bundle.pointer_mut(ENTRY).unwrap()["logIndex"] = "2".into();
        });
        changed("no number in version 2", &two, Reason::Log, |bundle, _| {
            bundle.pointer_mut(ENTRY).unwrap().as_object_mut().unwrap().remove("logIndex");
        });
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
        let early = Wish { issued: NOW - 310 * 86_400, stamped: Some(NOW - 310 * 86_400), ..wish.clone() };
        bad("before the certificate of its authority", &early, Reason::Validity);
        // A root may be older than an authority: what strangers say counts for nothing, and what the log signed does.
        let both = Wish { log: LogForm::Both, ..wish.clone() };
        let mut ask = Ask::new(&both);
        ask.root["timestampAuthorities"] = json!([]);
        ask.check(&Sigstore::new(1).bundle(&both)).expect("the log says when");
        let stamps = |bundle: &Value, make: &dyn Fn(&[u8]) -> Vec<Vec<u8>>| -> Value {
            let place = if bundle["messageSignature"].is_null() {
                "/dsseEnvelope/signatures/0/sig"
            } else {
                "/messageSignature/signature"
            };
            let signature = STANDARD.decode(bundle.pointer(place).unwrap().as_str().unwrap()).unwrap();
            let all = make(&signature).into_iter();
            all.map(|stamp| json!({ "signedTimestamp": STANDARD.encode(stamp) })).collect()
        };
        let carrying = |make: &dyn Fn(&[u8]) -> Vec<Vec<u8>>, root: &Value| {
            let mut bundle = Sigstore::new(1).bundle(&wish);
            let all = stamps(&bundle, make);
            bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"] = all;
            let mut ask = Ask::new(&wish);
            ask.root["timestampAuthorities"] = root["timestampAuthorities"].clone();
            ask.check(&bundle).map(drop).map_err(|error| error.reason())
        };
        let (one, nine) = (Sigstore::new(1), Sigstore::new(9));
        let (own, other) = (one.trusted_root(), nine.trusted_root());
        let late = NOW + 3600;
        assert_eq!(carrying(&|of| vec![one.lone_timestamp(of, NOW)], &own), Ok(()), "no certificate in it");
        assert_eq!(carrying(&|of| vec![one.lone_timestamp(of, NOW)], &other), Err(Reason::Timestamp));
        let two = carrying(&|of| vec![one.timestamp(of, NOW), one.timestamp(of, late)], &own);
        assert_eq!(two, Err(Reason::Validity), "every time counts");
        let strange = carrying(&|of| vec![nine.timestamp(of, late), one.timestamp(of, NOW)], &own);
        assert_eq!(strange, Err(Reason::Timestamp), "in the name of the authority, with another key");
        assert_eq!(carrying(&|_| vec![one.timestamp(b"x", NOW)], &own), Err(Reason::Timestamp));
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
        changed("huge", &wish, Reason::TooLarge, |bundle, _| {
            edit(bundle, STAMP, |bytes| bytes.resize(65 << 10, 0));
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
