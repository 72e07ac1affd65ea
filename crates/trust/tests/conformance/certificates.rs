//! Who signed, and whether an authority stands behind it.

use cooper_trust::Reason;
use serde_json::{Value, json};
use testkit::sigstore::{LogForm, NOW, Sigstore, Wish};

use crate::{Ask, bad, changed, edit, flip, message, statement};

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
        changed("all of another sigstore", &wish, Reason::Log, |_, ask| {
            ask.root = Sigstore::new(9).trusted_root();
        });
        changed("a chain in version 0.3", &chain, Reason::Malformed, |bundle, _| {
            bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.3+json".into();
        });
    }
}

/// Early bundles have the whole chain; a root in it is not believed.
#[test]
fn the_root_of_a_bundle_has_to_be_a_trusted_one_and_its_last() {
    for wish in [message(), statement()] {
        let wish = Wish { version: "0.1", chain: true, ..wish };
        let ask = Ask::new(&wish);
        let all = |seed: u8| {
            let root = Sigstore::new(seed).trusted_root();
            root["certificateAuthorities"][0]["certChain"]["certificates"].as_array().unwrap().clone()
        };
        let check = |ask: &Ask, brought: &[&Value]| {
            let mut bundle = Sigstore::new(1).bundle(&wish);
            let chain =
                bundle.pointer_mut("/verificationMaterial/x509CertificateChain/certificates").unwrap();
            let chain = chain.as_array_mut().unwrap();
            chain.truncate(1);
            chain.extend(brought.iter().copied().cloned());
            ask.check(&bundle).map(drop).map_err(|error| (error.reason(), error.to_string()))
        };
        let (own, other) = (all(1), all(9));
        assert_eq!(check(&ask, &[&own[0], &own[1]]), Ok(()), "in order, as npm had them in 2022");
        assert_eq!(check(&ask, &[&own[1]]), Ok(()));
        assert_eq!(check(&ask, &[&own[0], &other[0]]), Ok(()), "a stranger that leads nowhere");
        let refused = |text: &str| Err((Reason::Chain, text.to_owned()));
        let after = refused("the chain of the bundle goes on after its root");
        assert_eq!(check(&ask, &[&own[1], &own[0]]), after);
        let strange = refused("the bundle has a root in its chain that is not trusted");
        assert_eq!(check(&ask, &[&own[0], &other[1]]), strange);
        assert_eq!(check(&ask, &[&own[0], &own[1], &other[1]]), after);
        let mut fooled = Ask::new(&wish);
        fooled.root["certificateAuthorities"] =
            Sigstore::new(9).trusted_root()["certificateAuthorities"].clone();
        assert_eq!(check(&fooled, &[&own[0], &own[1]]), strange, "its own root is not asked");
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
