//! Logs of signatures: what they have, and that they have it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cooper_trust::Reason;
use serde_json::{Value, json};
use testkit::sigstore::{Content, LogForm, NOW, Sigstore, Wish};

use crate::{Ask, ENTRY, at, bad, changed, edit, flip, message, statement};

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
