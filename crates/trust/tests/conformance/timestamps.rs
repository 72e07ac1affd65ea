//! Timestamps of authorities.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cooper_trust::Reason;
use serde_json::{Value, json};
use testkit::sigstore::{LogForm, NOW, Sigstore, Wish};

use crate::{Ask, bad, changed, edit, flip, message, statement};

/// Whether a bundle with these timestamps over its signature is good for the authorities of a root.
fn carrying(wish: &Wish, make: &dyn Fn(&[u8]) -> Vec<Vec<u8>>, root: &Value) -> Result<(), Reason> {
    let mut bundle = Sigstore::new(1).bundle(wish);
    let place = if bundle["messageSignature"].is_null() {
        "/dsseEnvelope/signatures/0/sig"
    } else {
        "/messageSignature/signature"
    };
    let signature = STANDARD.decode(bundle.pointer(place).unwrap().as_str().unwrap()).unwrap();
    let all = make(&signature).into_iter();
    bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"] =
        all.map(|stamp| json!({ "signedTimestamp": STANDARD.encode(stamp) })).collect();
    let mut ask = Ask::new(wish);
    ask.root["timestampAuthorities"] = root["timestampAuthorities"].clone();
    ask.check(&bundle).map(drop).map_err(|error| error.reason())
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
        let carrying = |make: &dyn Fn(&[u8]) -> Vec<Vec<u8>>, root: &Value| carrying(&wish, make, root);
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

/// What a timestamp says need not be DER.
#[test]
fn the_text_of_a_timestamp_may_come_in_segments() {
    let one = Sigstore::new(1);
    let root = one.trusted_root();
    for base in [message(), statement()] {
        let wish = Wish { log: LogForm::Two, stamped: Some(NOW), ..base };
        let encoded = |encode: &dyn Fn(&[u8]) -> Vec<u8>| {
            carrying(&wish, &|of| vec![one.encoded_timestamp(of, NOW, encode)], &root)
        };
        // Every text here is shorter than 128 bytes, so that its length is one.
        let piece = |tag: u8, parts: &[&[u8]]| {
            let text = parts.concat();
            [&[tag, u8::try_from(text.len()).unwrap()], &text[..]].concat()
        };
        let halves = |text: &[u8]| {
            let (first, second) = text.split_at(9);
            piece(0x24, &[&piece(4, &[first]), &piece(4, &[second])])
        };
        assert_eq!(encoded(&halves), Ok(()));
        assert_eq!(encoded(&|text| piece(0x24, &[&piece(4, &[text])])), Ok(()));
        let deep = |text: &[u8]| piece(0x24, &[&piece(0x24, &[&piece(4, &[text])])]);
        assert_eq!(encoded(&deep), Err(Reason::Malformed), "segments of segments");
        assert_eq!(encoded(&|_| piece(0x24, &[])), Err(Reason::Malformed), "no segment");
        assert_eq!(encoded(&|text| piece(0x0c, &[text])), Err(Reason::Timestamp), "another kind of text");
        let more = |text: &[u8]| piece(0x24, &[&piece(4, &[text]), &piece(4, &[b"x"])]);
        assert_eq!(encoded(&more), Err(Reason::Malformed), "more than what is signed");
    }
}
