//! A whole sigstore in memory: an authority of certificates, a log of them, logs of signatures of both versions, and an authority
//! of timestamps. It makes signatures as they are made there, good ones and, as asked for, others.

use serde_json::{Value, json};
use trust::{PrivateKey, PublicKey};

mod der;
mod entry;

use entry::{Made, note, proof};

use der::{BITS, BOOLEAN, INTEGER, OCTETS, OID, SEQUENCE, SET, UTF8, generalized, name, utc, write};

/// 2026-01-01, when everything here is signed unless something else is asked for.
pub const NOW: i64 = 1_767_225_600;
const DAY: i64 = 86_400;

mod oid {
    pub(super) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    pub(super) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    pub(super) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub(super) const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    pub(super) const CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    pub(super) const EXTENDED_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
    pub(super) const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];
    pub(super) const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
    pub(super) const SERVER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
    pub(super) const ISSUER: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 8];
    pub(super) const SCT: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];
    pub(super) const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    pub(super) const TIMESTAMP: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
    pub(super) const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
    pub(super) const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
}

/// The keys and certificates of a sigstore.
pub struct Sigstore {
    root: Authority,
    middle: Authority,
    stamps: Authority,
    stamper: Authority,
    certificates: PrivateKey,
    log: PrivateKey,
    log_2: PrivateKey,
    /// The key that signs things.
    pub signer: PrivateKey,
}

struct Authority {
    key: PrivateKey,
    name: Vec<u8>,
    certificate: Vec<u8>,
}

/// What is signed.
#[derive(Debug, Clone)]
pub enum Content {
    /// A text that the bundle does not hold.
    Message(Vec<u8>),
    /// An in-toto statement.
    Statement(Vec<u8>),
}

/// How the log of signatures has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// In none.
    None,
    /// Version 1, by its promise alone.
    Promise,
    /// Version 1, by its proof alone.
    Proof,
    /// Version 1, by both.
    Both,
    /// Version 2, which signs no times.
    Two,
    /// Version 1, and whatever is signed as a hash.
    Hashed,
    /// Version 2, and whatever is signed as a hash.
    HashedTwo,
    /// Version 1, a statement as it once had them.
    Intoto,
}

/// A signature as it is to be made.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that can be otherwise")]
pub struct Wish {
    /// `0.1`, `0.2` or `0.3`.
    pub version: &'static str,
    /// What is signed.
    pub content: Content,
    /// With a certificate, or with the key alone.
    pub certificate: bool,
    /// The certificates up to the root, as older bundles have them.
    pub chain: bool,
    /// Whose certificate it is.
    pub identity: String,
    /// Who vouched for that.
    pub issuer: String,
    /// When the certificate begins to be good; it is for ten minutes.
    pub issued: i64,
    /// The certificate is in a log.
    pub logged: bool,
    /// The certificate is for servers.
    pub for_servers: bool,
    /// The certificate is of an authority.
    pub for_authority: bool,
    /// More that the log of certificates signs beside the certificate.
    pub log_extensions: &'static [u8],
    /// How a log has the signature.
    pub log: LogForm,
    /// When the log got it.
    pub integrated: i64,
    /// When the authority of timestamps saw it.
    pub stamped: Option<i64>,
}

impl Wish {
    /// What is good: version 0.3, a certificate that is logged, and both proofs of a log of version 1.
    pub fn good(content: Content) -> Self {
        Self {
            version: "0.3",
            content,
            certificate: true,
            chain: false,
            identity: "https://git.example/team/app/.ci/release.yml@refs/heads/main".to_owned(),
            issuer: "https://token.example".to_owned(),
            issued: NOW - 60,
            logged: true,
            for_servers: false,
            for_authority: false,
            log_extensions: &[],
            log: LogForm::Both,
            integrated: NOW,
            stamped: None,
        }
    }
}

fn key(seed: u8) -> PrivateKey {
    let mut next = seed;
    let mut entropy = |bytes: &mut [u8]| {
        for byte in bytes {
            next = next.wrapping_mul(29).wrapping_add(41);
            *byte = next;
        }
        Ok(())
    };
    PrivateKey::generate(&mut entropy).unwrap()
}

impl Sigstore {
    /// The same for the same seed.
    pub fn new(seed: u8) -> Self {
        Self::made(seed, Some(oid::CODE_SIGNING))
    }

    /// The certificate of its authority names no purpose.
    pub fn without_purpose(seed: u8) -> Self {
        Self::made(seed, None)
    }

    /// The certificate of its authority is for servers alone.
    pub fn for_servers(seed: u8) -> Self {
        Self::made(seed, Some(oid::SERVER))
    }

    fn made(seed: u8, purpose: Option<&[u8]>) -> Self {
        let root_key = key(seed.wrapping_add(1));
        let root_name = name("root");
        let root = Body::authority(&root_name, &root_name, &root_key).signed(&root_key);
        let root = Authority { key: root_key, name: root_name, certificate: root };
        let authority = |text: &str, key: PrivateKey, by: &Authority| {
            let own = name(text);
            let mut body = Body::authority(&by.name, &own, &key);
            body.extensions.extend(purpose.map(extended));
            Authority { certificate: body.signed(&by.key), key, name: own }
        };
        let middle = authority("middle", key(seed.wrapping_add(2)), &root);
        let stamps_key = key(seed.wrapping_add(3));
        let stamps_name = name("timestamps");
        let stamps = Body::authority(&stamps_name, &stamps_name, &stamps_key).signed(&stamps_key);
        let stamps = Authority { key: stamps_key, name: stamps_name, certificate: stamps };
        let stamper_key = key(seed.wrapping_add(4));
        let own = name("stamper");
        let body = Body {
            extensions: vec![usage(0x80, 7), extended(oid::TIME_STAMPING)],
            ..Body::authority(&stamps.name, &own, &stamper_key)
        };
        let stamper = Authority { certificate: body.signed(&stamps.key), key: stamper_key, name: own };
        Self {
            root,
            middle,
            stamps,
            stamper,
            certificates: key(seed.wrapping_add(5)),
            log: key(seed.wrapping_add(6)),
            log_2: key(seed.wrapping_add(7)),
            signer: key(seed.wrapping_add(8)),
        }
    }

    /// Its `trusted_root.json`.
    pub fn trusted_root(&self) -> Value {
        let valid = json!({ "start": "2025-01-01T00:00:00Z" });
        let log = |key: &PrivateKey, url: &str| {
            json!({
                "baseUrl": url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": base64(key.public().spki()),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": valid,
                },
                "logId": { "keyId": base64(&log_id(&key.public())) },
            })
        };
        let authority = |certificates: &[&[u8]], url: &str| {
            let certificates: Vec<Value> =
                certificates.iter().map(|one| json!({ "rawBytes": base64(one) })).collect();
            json!({
                "subject": { "organization": "test", "commonName": "test" },
                "uri": url,
                "certChain": { "certificates": certificates },
                "validFor": valid,
            })
        };
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(&self.log, "https://log.test"), log(&self.log_2, "https://log2.test")],
            "certificateAuthorities": [authority(&[&self.middle.certificate, &self.root.certificate], "https://ca.test")],
            "ctlogs": [log(&self.certificates, "https://ct.test")],
            "timestampAuthorities": [authority(&[&self.stamper.certificate, &self.stamps.certificate], "https://tsa.test")],
        })
    }

    /// A bundle.
    pub fn bundle(&self, wish: &Wish) -> Value {
        let certificate = self.leaf(wish);
        let (text, payload) = match &wish.content {
            Content::Message(bytes) => (bytes.clone(), None),
            Content::Statement(bytes) => (envelope_text(bytes), Some(bytes)),
        };
        let signature = self.signer.sign(&text).unwrap();
        let verifier =
            if wish.certificate { pem("CERTIFICATE", &certificate) } else { self.signer.public().to_pem() };
        let made = Made {
            text: &text,
            payload: payload.map(Vec::as_slice),
            signature: &signature,
            verifier: &verifier,
        };
        let mut material = serde_json::Map::new();
        let raw = |bytes: &[u8]| json!({ "rawBytes": base64(bytes) });
        if !wish.certificate {
            material.insert("publicKey".to_owned(), json!({ "hint": self.signer.public().hint() }));
        } else if wish.chain {
            let chain = [raw(&certificate), raw(&self.middle.certificate)];
            material.insert("x509CertificateChain".to_owned(), json!({ "certificates": chain }));
        } else if wish.version == "0.3" {
            material.insert("certificate".to_owned(), raw(&certificate));
        } else {
            let chain = json!({ "certificates": [raw(&certificate)] });
            material.insert("x509CertificateChain".to_owned(), chain);
        }
        let entry = (wish.log != LogForm::None).then(|| self.entry(wish, &made, &certificate));
        material.insert("tlogEntries".to_owned(), entry.into_iter().collect());
        if let Some(time) = wish.stamped {
            let stamp = json!({ "signedTimestamp": base64(&self.timestamp(&signature, time)) });
            material.insert("timestampVerificationData".to_owned(), json!({ "rfc3161Timestamps": [stamp] }));
        }
        let media_type = match wish.version {
            "0.3" => "application/vnd.dev.sigstore.bundle.v0.3+json".to_owned(),
            older => format!("application/vnd.dev.sigstore.bundle+json;version={older}"),
        };
        let mut bundle = json!({ "mediaType": media_type, "verificationMaterial": material });
        match &wish.content {
            Content::Message(bytes) => {
                bundle["messageSignature"] = json!({
                    "messageDigest": { "algorithm": "SHA2_256", "digest": base64(&sha256(bytes)) },
                    "signature": base64(&signature),
                });
            }
            Content::Statement(bytes) => {
                bundle["dsseEnvelope"] = json!({
                    "payload": base64(bytes),
                    "payloadType": "application/vnd.in-toto+json",
                    "signatures": [{ "sig": base64(&signature) }],
                });
            }
        }
        bundle
    }

    /// The certificate of a signer, logged as asked for.
    fn leaf(&self, wish: &Wish) -> Vec<u8> {
        let tag = if wish.identity.contains("://") { 0x86 } else { 0x81 };
        let names = write(SEQUENCE, &[&write(tag, &[wish.identity.as_bytes()])]);
        let purpose = if wish.for_servers { oid::SERVER } else { oid::CODE_SIGNING };
        let mut extensions = vec![
            usage(0x80, 7),
            extended(purpose),
            extension(oid::ALTERNATIVE_NAME, true, &names),
            extension(oid::ISSUER, false, &write(UTF8, &[wish.issuer.as_bytes()])),
        ];
        if wish.for_authority {
            extensions.push(constraints());
        }
        let nobody = write(SEQUENCE, &[]);
        let mut body = Body {
            from: wish.issued,
            to: wish.issued + 600,
            extensions,
            ..Body::authority(&self.middle.name, &nobody, &self.signer)
        };
        if wish.logged {
            let list = self.certificate_stamps(&body.bytes(), wish);
            body.extensions.push(extension(oid::SCT, false, &write(OCTETS, &[&list])));
        }
        body.signed(&self.middle.key)
    }

    /// The list of timestamps of the log of certificates (RFC 6962, section 3.3).
    fn certificate_stamps(&self, body: &[u8], wish: &Wish) -> Vec<u8> {
        let millis = (wish.issued * 1000).to_be_bytes();
        let sized = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
        let more = sized(wish.log_extensions);
        let issuer = sha256(self.middle.key.public().spki());
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let text = [&[0, 0][..], &millis, &[0, 1], &issuer, &length[1..], body, &more].concat();
        let signature = self.certificates.sign(&text).unwrap();
        let id = log_id(&self.certificates.public());
        let one = [&[0][..], &id, &millis, &more, &[4, 3], &sized(&signature)].concat();
        sized(&sized(&one))
    }

    fn entry(&self, wish: &Wish, made: &Made<'_>, certificate: &[u8]) -> Value {
        let is_two = matches!(wish.log, LogForm::Two | LogForm::HashedTwo);
        let log = if is_two { &self.log_2 } else { &self.log };
        let verifier = if wish.certificate {
            json!({ "keyDetails": "PKIX_ECDSA_P256_SHA_256", "x509Certificate": { "rawBytes": base64(certificate) } })
        } else {
            let key = base64(self.signer.public().spki());
            json!({ "keyDetails": "PKIX_ECDSA_P256_SHA_256", "publicKey": { "rawBytes": key } })
        };
        let body = made.body(wish.log, &verifier);
        let kind = json!({ "kind": body["kind"], "version": body["apiVersion"] });
        let body = body.to_string().into_bytes();
        let id = log_id(&log.public());
        let mut entry = json!({
            "logIndex": "1",
            "logId": { "keyId": base64(&id) },
            "kindVersion": kind,
            "canonicalizedBody": base64(&body),
        });
        if !is_two {
            entry["integratedTime"] = wish.integrated.to_string().into();
        }
        if !is_two && wish.log != LogForm::Proof {
            let text = format!(
                r#"{{"body":"{}","integratedTime":{},"logID":"{}","logIndex":1}}"#,
                base64(&body),
                wish.integrated,
                hex(&id)
            );
            let promise = base64(&log.sign(text.as_bytes()).unwrap());
            entry["inclusionPromise"] = json!({ "signedEntryTimestamp": promise });
        }
        if wish.log != LogForm::Promise {
            entry["inclusionProof"] = if is_two {
                proof(log, &body, "log2.test", "log2.test")
            } else {
                // Version 1 names the tree besides, and by that others tell the versions apart.
                proof(log, &body, "log.test - 1", "log.test")
            };
        }
        entry
    }

    /// An entry of the log of version 2, whatever it says; `kind` is its kind with the version.
    pub fn entry_of(&self, body: &[u8], kind: (&str, &str)) -> Value {
        json!({
            "logIndex": "1",
            "logId": { "keyId": base64(&log_id(&self.log_2.public())) },
            "kindVersion": { "kind": kind.0, "version": kind.1 },
            "canonicalizedBody": base64(body),
            "inclusionProof": proof(&self.log_2, body, "log2.test", "log2.test"),
        })
    }

    /// A text signed by the log of version 2, as the state of the log is.
    pub fn note(&self, text: &str) -> String {
        note(&self.log_2, text, "log2.test")
    }

    /// A timestamp (RFC 3161) over a signature.
    pub fn timestamp(&self, signature: &[u8], time: i64) -> Vec<u8> {
        self.timestamp_with(signature, time, &write(0xa0, &[&self.stamper.certificate]), &whole)
    }

    /// The same without the certificate of who made it.
    pub fn lone_timestamp(&self, signature: &[u8], time: i64) -> Vec<u8> {
        self.timestamp_with(signature, time, &[], &whole)
    }

    /// The same with its text in another encoding.
    pub fn encoded_timestamp(
        &self,
        signature: &[u8],
        time: i64,
        encode: &dyn Fn(&[u8]) -> Vec<u8>,
    ) -> Vec<u8> {
        self.timestamp_with(signature, time, &[], encode)
    }

    fn timestamp_with(
        &self,
        signature: &[u8],
        time: i64,
        certificates: &[u8],
        encode: &dyn Fn(&[u8]) -> Vec<u8>,
    ) -> Vec<u8> {
        let sha256_id = write(SEQUENCE, &[&write(OID, &[oid::SHA256])]);
        let info = write(
            SEQUENCE,
            &[
                &write(INTEGER, &[&[1]]),
                &write(OID, &[&[0x2a, 3, 4]]),
                &write(SEQUENCE, &[&sha256_id, &write(OCTETS, &[&sha256(signature)])]),
                &write(INTEGER, &[&[7]]),
                &generalized(time),
            ],
        );
        let attribute =
            |id: &[u8], value: &[u8]| write(SEQUENCE, &[&write(OID, &[id]), &write(SET, &[value])]);
        let attributes = [
            attribute(oid::CONTENT_TYPE, &write(OID, &[oid::TIMESTAMP])),
            attribute(oid::MESSAGE_DIGEST, &write(OCTETS, &[&sha256(&info)])),
        ]
        .concat();
        let signature = self.stamper.key.sign(&write(SET, &[&attributes])).unwrap();
        let signer = write(
            SEQUENCE,
            &[
                &write(INTEGER, &[&[1]]),
                &write(SEQUENCE, &[&self.stamps.name, &write(INTEGER, &[&[1]])]),
                &sha256_id,
                &write(0xa0, &[&attributes]),
                &write(SEQUENCE, &[&write(OID, &[oid::ECDSA_SHA256])]),
                &write(OCTETS, &[&signature]),
            ],
        );
        let content = write(
            SEQUENCE,
            &[
                &write(INTEGER, &[&[3]]),
                &write(SET, &[&sha256_id]),
                &write(SEQUENCE, &[&write(OID, &[oid::TIMESTAMP]), &write(0xa0, &[&encode(&info)])]),
                certificates,
                &write(SET, &[&signer]),
            ],
        );
        let token = write(SEQUENCE, &[&write(OID, &[oid::SIGNED_DATA]), &write(0xa0, &[&content])]);
        write(SEQUENCE, &[&write(SEQUENCE, &[&write(INTEGER, &[&[0]])]), &token])
    }
}

/// What is signed of an envelope (DSSE, "PAE").
fn envelope_text(payload: &[u8]) -> Vec<u8> {
    let kind = "application/vnd.in-toto+json";
    [format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).as_bytes(), payload].concat()
}

/// What a certificate says (RFC 5280, section 4.1).
struct Body {
    issuer: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
    from: i64,
    to: i64,
    extensions: Vec<Vec<u8>>,
}

impl Body {
    fn authority(issuer: &[u8], subject: &[u8], key: &PrivateKey) -> Self {
        Self {
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            spki: key.public().spki().to_vec(),
            from: NOW - 300 * DAY,
            to: NOW + 3000 * DAY,
            extensions: vec![constraints(), usage(0x06, 1)],
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let algorithm = write(SEQUENCE, &[&write(OID, &[oid::ECDSA_SHA256])]);
        let validity = write(SEQUENCE, &[&utc(self.from), &utc(self.to)]);
        write(
            SEQUENCE,
            &[
                &write(0xa0, &[&write(INTEGER, &[&[2]])]),
                &write(INTEGER, &[&[1]]),
                &algorithm,
                &self.issuer,
                &validity,
                &self.subject,
                &self.spki,
                &write(0xa3, &[&write(SEQUENCE, &[&self.extensions.concat()])]),
            ],
        )
    }

    fn signed(&self, by: &PrivateKey) -> Vec<u8> {
        let body = self.bytes();
        let algorithm = write(SEQUENCE, &[&write(OID, &[oid::ECDSA_SHA256])]);
        let signature = by.sign(&body).unwrap();
        write(SEQUENCE, &[&body, &algorithm, &write(BITS, &[&[0], &signature])])
    }
}

fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let flag = if critical { write(BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    write(SEQUENCE, &[&write(OID, &[id]), &flag, &write(OCTETS, &[value])])
}

fn constraints() -> Vec<u8> {
    extension(oid::CONSTRAINTS, true, &write(SEQUENCE, &[&write(BOOLEAN, &[&[0xff]])]))
}

/// What a key may do: the bits of a byte, of which so many are not used.
fn usage(bits: u8, unused: u8) -> Vec<u8> {
    extension(oid::KEY_USAGE, true, &write(BITS, &[&[unused, bits]]))
}

fn extended(purpose: &[u8]) -> Vec<u8> {
    let critical = purpose == oid::TIME_STAMPING;
    extension(oid::EXTENDED_USAGE, critical, &write(SEQUENCE, &[&write(OID, &[purpose])]))
}

fn log_id(key: &PublicKey) -> [u8; 32] {
    sha256(key.spki())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    *kit::Digest::of(bytes).as_bytes()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn pem(label: &str, bytes: &[u8]) -> String {
    let text = base64(bytes);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let number =
            (0..3).fold(0_usize, |sum, at| sum << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = char::from(DIGITS[number >> (18 - 6 * at) & 63]);
            out.push(if at <= group.len() { digit } else { '=' });
        }
    }
    out
}

/// A text in one piece.
fn whole(text: &[u8]) -> Vec<u8> {
    write(OCTETS, &[text])
}
