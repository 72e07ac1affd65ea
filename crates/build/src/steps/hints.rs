//! What can be done about failures that programs tell in words of their own.

use sandbox::Network;

/// How programs say that a name leads nowhere.
const NO_NAMES: &[&str] = &[
    "Temporary failure resolving",
    "Temporary failure in name resolution",
    "Could not resolve host",
    "getaddrinfo EAI_AGAIN",
    "getaddrinfo ENOTFOUND",
    "Name or service not known",
    "failed to lookup address information",
    "DNS lookup error",
    "server misbehaving",
    "no such host",
    "wget: bad address",
    "UnknownHostException",
];

/// How programs say that they do not know who signed a certificate.
const NO_TRUST: &[&str] = &[
    "certificate verify failed",
    "CERTIFICATE_VERIFY_FAILED",
    "SSL certificate problem",
    "self-signed certificate in certificate chain",
    "self signed certificate in certificate chain",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "unable to get local issuer certificate",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "certificate signed by unknown authority",
    "The certificate is NOT trusted",
    "unable to find valid certification path",
    "invalid peer certificate: UnknownIssuer",
];

/// What may help a step that ended with these lines, by what it was given.
pub(super) fn hint(tail: &[String], network: &Network, has_bundle: bool) -> Option<&'static str> {
    let says = |words: &[&str]| tail.iter().any(|line| words.iter().any(|word| line.contains(word)));
    match network {
        Network::None if says(NO_NAMES) => {
            Some("the step has no network: leave out `--network=none`, or bring the files by COPY or ADD")
        }
        Network::Private(_) if says(NO_NAMES) => Some(
            "names lead nowhere in the network of the steps: `--network host` gives them that of this machine",
        ),
        _ if !has_bundle && says(NO_TRUST) => Some(
            "where the network inspects TLS, `--ca-bundle host` lends the certificates that this machine trusts to the steps",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_say_leads_to_what_helps() {
        let check = |line: &str, network: Network, has_bundle: bool, expect: Option<&str>| {
            let tail = ["Reading package lists...".to_owned(), line.to_owned()];
            let hint = hint(&tail, &network, has_bundle);
            assert_eq!(hint.is_some(), expect.is_some(), "{line}");
            assert!(
                expect.is_none_or(|word| hint.is_some_and(|hint| hint.contains(word))),
                "{line}: {hint:?}"
            );
        };
        let unresolved = "curl: (6) Could not resolve host: example.com";
        check(unresolved, Network::None, false, Some("no network"));
        check(unresolved, Network::Host, false, None);
        let untrusted = "curl: (60) SSL certificate problem: unable to get local issuer certificate";
        check(untrusted, Network::Host, false, Some("--ca-bundle host"));
        check(untrusted, Network::Host, true, None);
        check("make: *** [all] Error 1", Network::None, false, None);
    }
}
