//! Signatures of others: bundles, trusted roots, keys, certificates and timestamps are read or refused, and nothing of them is
//! trusted.

use kit::Redacted;
use trust::{
    Bundle, Material, Policy, PrivateKey, PublicKey, Reason, Signer, SimpleSignature, Statement, TrustError,
    TrustedRoot,
};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "signature",
    run,
    seeds: &[
        r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"a"},"tlogEntries":[{"logIndex":"1","logId":{"keyId":"AAAA"},"kindVersion":{"kind":"dsse","version":"0.0.1"},"integratedTime":"1","inclusionPromise":{"signedEntryTimestamp":"AAAA"},"inclusionProof":{"logIndex":"0","rootHash":"AAAA","treeSize":"1","hashes":[],"checkpoint":{"envelope":"a\n1\nAAAA\n\n\u2014 a AAAAAA==\n"}},"canonicalizedBody":"e30="}],"timestampVerificationData":{"rfc3161Timestamps":[{"signedTimestamp":"MAUwAwIBAA=="}]}},"dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"MAYCAQECAQE="}]}}"#,
        r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":[{"publicKey":{"rawBytes":"AAAA","keyDetails":"PKIX_ED25519","validFor":{"start":"2021-01-12T11:53:27.000Z"}},"logId":{"keyId":"AAAA"}}],"certificateAuthorities":[{"certChain":{"certificates":[{"rawBytes":"MAUwAwIBAA=="}]},"validFor":{"start":"2021-01-12T11:53:27Z"}}]}"#,
        "-----BEGIN PUBLIC KEY-----\nMAUwAwIBAA==\n-----END PUBLIC KEY-----\n",
        "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\ne30=\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
        r#"{"critical":{"identity":{"docker-reference":"a"},"image":{"docker-manifest-digest":"sha256:a"},"type":"cosign container image signature"},"optional":null}"#,
    ],
    words: &[
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "AAAA",
        "MAUw",
        "0",
        "1",
        "-----",
        "\\n",
        "2021-01-12T11:53:27Z",
    ],
};

fn run(input: &[u8]) {
    let refused = || Err(TrustError::new(Reason::Password, "no password"));
    assert!(PrivateKey::from_pem(input, || refused().map(|()| Redacted::new(Vec::new()))).is_err());
    let root = TrustedRoot::read(input).ok();
    if let Ok(key) = PublicKey::from_pem(input).or_else(|_| PublicKey::from_spki(input)) {
        assert_eq!(PublicKey::from_pem(key.to_pem().as_bytes()).ok().as_ref(), Some(&key));
        assert!(key.verify(input, input).is_err());
    }
    let Ok(bundle) = Bundle::read(input) else { return };
    if let Ok(envelope) = bundle.envelope() {
        let _ = Statement::from_envelope(envelope);
    }
    if let Material::Certificates(chain) = &bundle.material {
        assert!(!chain.is_empty());
    }
    let identity = trust::Identity { name: "a".to_owned(), issuer: "a".to_owned() };
    assert!(Policy { signer: Signer::Identity(identity), root }.check(&bundle).is_err());
    let _ = SimpleSignature::from_parts(input, "AAAA");
}
