//! Signatures between cooper and other tools: each accepts what another one signed, and refuses what was changed after. The
//! programs are those that a variable names, or those in `PATH`, where they are of a fitting version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use testkit::registry;
use testkit::sigstore::{Content, LogForm, NOW, Sigstore, Wish};

use crate::lab::{Lab, Ran, has, ran};
use crate::registry::Registry;
use crate::trust::{Signed, build, host, replay, verify};

/// A program of others.
struct Peer {
    program: PathBuf,
    major: u32,
    home: PathBuf,
}

impl Peer {
    /// Finds a program with a version of at least `(major, minor)`, of the same major number.
    fn find(lab: &Lab, name: &str, variable: &str, from: (u32, u32)) -> Option<Self> {
        let program = match std::env::var_os(variable) {
            Some(path) => PathBuf::from(path),
            None if has(name) => PathBuf::from(name),
            None => {
                println!("NOT RUN: `{name}` is not installed; `{variable}` may name it");
                return None;
            }
        };
        // Packages of cosign need not know their version; the third can make configurations for signing.
        let version = match name {
            "cosign" if says(&program, "help").contains("signing-config") => (3, 0),
            "cosign" => (2, 4),
            _ => version(&(says(&program, "version") + &says(&program, "--version"))).unwrap_or_default(),
        };
        if version.0 != from.0 || version < from {
            println!("NOT RUN: `{}` has version {version:?}, and {from:?} is wanted", program.display());
            return None;
        }
        let home = lab.path().join("home");
        fs::create_dir_all(&home).unwrap();
        Some(Self { program, major: version.0, home })
    }

    fn run(&self, lab: &Lab, args: &[&str]) -> Ran {
        let mut command = Command::new(&self.program);
        let password = fs::read_to_string(lab.path().join("password")).unwrap_or_default();
        command.args(args).current_dir(lab.path()).env("HOME", &self.home).env("COSIGN_PASSWORD", password);
        ran(&command.output().unwrap())
    }
}

/// What a program prints when it is asked with one word.
fn says(program: &Path, word: &str) -> String {
    let output = Command::new(program).arg(word).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// The first number with a point in what a program says of itself.
fn version(said: &str) -> Option<(u32, u32)> {
    said.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
        let (major, rest) = word.split_once('.')?;
        Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
    })
}

/// Both generations of cosign, as far as they are here.
fn cosigns(lab: &Lab) -> Vec<Peer> {
    let three = Peer::find(lab, "cosign", "COOPER_TEST_COSIGN", (3, 0));
    let two = Peer::find(lab, "cosign", "COOPER_TEST_COSIGN2", (2, 4));
    three.into_iter().chain(two).collect()
}

const COSIGN_VERIFY: [&str; 4] = ["verify", "--insecure-ignore-tlog", "--allow-http-registry", "--key"];

/// Runs a test with registries of both kinds: one that lists referrers, and, where it is installed, Debian's, which does not.
fn with_registries(test: impl Fn(&Signed)) {
    let server = registry(true);
    test(&Signed::new(&host(&server)));
    let lab = Lab::without_steps();
    if let Some(old) = Registry::start(&lab) {
        test(&Signed::new(&old.host));
    }
}

#[test]
fn cosign_accepts_what_cooper_signs() {
    let lab = Lab::without_steps();
    for cosign in cosigns(&lab) {
        with_registries(|signed| {
            let verify = |key: &str, image: &str| {
                cosign.run(&signed.lab, &[&COSIGN_VERIFY[..], &[key, image]].concat())
            };
            let good = verify("one.pub", &signed.name);
            assert_eq!(good.code, 0, "cosign {}: {}", cosign.major, good.err);
            assert!(good.out.contains(&signed.digest), "{}", good.out);
            assert_ne!(verify("two.pub", &signed.name).code, 0);
            let other = format!("{}2", signed.name);
            build(&signed.lab, &other, "2");
            assert_eq!(signed.lab.run(&["push", &other]).code, 0);
            assert_ne!(verify("one.pub", &other).code, 0, "it is not signed");
            replay(&signed.name, &other);
            let replayed = verify("one.pub", &other);
            assert_ne!(replayed.code, 0, "cosign {}: {}", cosign.major, replayed.out);
        });
    }
}

#[test]
fn cooper_accepts_what_cosign_signs() {
    let lab = Lab::without_steps();
    for cosign in cosigns(&lab) {
        with_registries(|signed| {
            // An image of its own, with nothing of cooper's beside it.
            let name = format!("{}-theirs", signed.name);
            let digest = build(&signed.lab, &name, "theirs");
            assert_eq!(signed.lab.run(&["push", &name]).code, 0);
            let exact = format!("{}@{digest}", name.rsplit_once(':').unwrap().0);
            let made = cosign.run(&signed.lab, &["signing-config", "create", "--out", "signing.json"]);
            let sign: &[&str] = match cosign.major {
                3 => &["sign", "--signing-config", "signing.json"],
                _ => &["sign", "--tlog-upload=false"],
            };
            assert!(cosign.major < 3 || made.code == 0, "{}", made.err);
            let with = ["--key", "one.key", "--allow-http-registry", "-y", &exact];
            let sign = cosign.run(&signed.lab, &[sign, &with].concat());
            assert_eq!(sign.code, 0, "cosign {}: {}", cosign.major, sign.err);
            let there = format!("docker://{name}");
            let (code, verdict) = signed.verify(&there);
            assert_eq!(code, 0, "cosign {}: {verdict}", cosign.major);
            assert_eq!(verify(&signed.lab, &there, "two.pub").0, 1);
            // What it says of a provenance.
            fs::write(signed.lab.path().join("p.json"), r#"{"buildDefinition":{},"runDetails":{}}"#).unwrap();
            let attest: &[&str] = match cosign.major {
                3 => &["attest", "--signing-config", "signing.json"],
                _ => &["attest", "--tlog-upload=false"],
            };
            let with = [&["--type", "slsaprovenance1", "--predicate", "p.json"], &with[..]].concat();
            let attest = cosign.run(&signed.lab, &[attest, &with].concat());
            assert_eq!(attest.code, 0, "cosign {}: {}", cosign.major, attest.err);
            let kind = ["--type", "slsaprovenance1"];
            let ask = |kind: &[&str]| {
                let args = [&["verify", "--key", "one.pub"], kind, &[&there]].concat();
                signed.lab.run(&args).code
            };
            // The tag `.att` of cosign 2 is a form that is not read.
            assert_eq!(ask(&kind), i32::from(cosign.major < 3));
            assert_eq!(ask(&["--type", "spdxjson"]), 1);
        });
    }
}

#[test]
fn cosign_accepts_what_cooper_attests() {
    let lab = Lab::without_steps();
    let Some(cosign) = Peer::find(&lab, "cosign", "COOPER_TEST_COSIGN", (3, 0)) else { return };
    with_registries(|signed| {
        fs::write(signed.lab.path().join("p.json"), r#"{"buildDefinition":{},"runDetails":{}}"#).unwrap();
        let there = format!("docker://{}", signed.name);
        let key = ["--key", "one.key", "--password-file", "password"];
        let args = ["--type", "slsaprovenance1", "--predicate", "p.json", &there];
        let ran = signed.lab.run(&[&["attest"], &key[..], &args].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let ask = |key: &str, kind: &str| {
            let args = ["verify-attestation", "--insecure-ignore-tlog", "--allow-http-registry"];
            cosign.run(&signed.lab, &[&args[..], &["--type", kind, "--key", key, &signed.name]].concat())
        };
        let good = ask("one.pub", "slsaprovenance1");
        assert_eq!(good.code, 0, "{}", good.err);
        assert_ne!(ask("two.pub", "slsaprovenance1").code, 0);
        assert_ne!(ask("one.pub", "spdxjson").code, 0);
    });
}

#[test]
fn skopeo_accepts_what_cooper_signs() {
    let lab = Lab::without_steps();
    let Some(skopeo) = Peer::find(&lab, "skopeo", "COOPER_TEST_SKOPEO", (1, 14)) else { return };
    with_registries(|signed| {
        let policy = |key: &str| {
            let key = signed.lab.path().join(key);
            let text = serde_json::json!({
                "default": [{ "type": "reject" }],
                "transports": { "docker": { "": [{ "type": "sigstoreSigned", "keyPath": key }] } },
            });
            fs::write(signed.lab.path().join("policy.json"), text.to_string()).unwrap();
        };
        let registries = signed.lab.path().join("registries.d");
        fs::create_dir(&registries).unwrap();
        fs::write(registries.join("all.yaml"), "default-docker:\n  use-sigstore-attachments: true\n")
            .unwrap();
        let copy = |image: &str| {
            let _ = fs::remove_dir_all(signed.lab.path().join("out"));
            let image = format!("docker://{image}");
            let before = ["--policy", "policy.json", "--registries.d", "registries.d"];
            skopeo.run(
                &signed.lab,
                &[&before[..], &["copy", "--src-tls-verify=false", &image, "dir:out"]].concat(),
            )
        };
        policy("one.pub");
        let good = copy(&signed.name);
        assert_eq!(good.code, 0, "{}", good.err);
        let other = format!("{}2", signed.name);
        build(&signed.lab, &other, "2");
        assert_eq!(signed.lab.run(&["push", &other]).code, 0);
        assert_ne!(copy(&other).code, 0, "it is not signed");
        replay(&signed.name, &other);
        assert_ne!(copy(&other).code, 0, "its signature is of another image");
        policy("two.pub");
        assert_ne!(copy(&signed.name).code, 0, "the key is another one");
    });
}

#[test]
fn layouts_go_both_ways_with_oras_and_cosign() {
    let lab = Lab::without_steps();
    let server = registry(true);
    let signed = Signed::new(&host(&server));
    let out = ["build", "-t", &signed.name, "-o", "type=oci,dest=ours,tar=false", "context"];
    assert_eq!(signed.lab.run(&out).code, 0);
    for cosign in cosigns(&lab) {
        let verify = |key: &str, dir: &str| {
            let args = ["verify", "--local-image", "--insecure-ignore-tlog", "--key", key, dir];
            cosign.run(&signed.lab, &args)
        };
        let good = verify("one.pub", "ours");
        assert_eq!(good.code, 0, "cosign {}: {}", cosign.major, good.err);
        assert_ne!(verify("two.pub", "ours").code, 0);
        let saved =
            cosign.run(&signed.lab, &["save", "--allow-http-registry", "--dir", "theirs", &signed.name]);
        assert_eq!(saved.code, 0, "{}", saved.err);
        let (code, verdict) = signed.verify("oci-layout://theirs");
        assert_eq!(code, 0, "cosign {}: {verdict}", cosign.major);
        fs::remove_dir_all(signed.lab.path().join("theirs")).unwrap();
    }
    let Some(oras) = Peer::find(&lab, "oras", "COOPER_TEST_ORAS", (1, 2)) else { return };
    let listed = oras.run(&signed.lab, &["discover", "--oci-layout", "--format", "json", "ours:1"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    let listed: Value = serde_json::from_str(&listed.out).unwrap();
    let bundles = bundles(&listed);
    assert_eq!(bundles, 1, "{listed}");
    let copied = oras
        .run(&signed.lab, &["cp", "-r", "--from-plain-http", "--to-oci-layout", &signed.name, "copied:1"]);
    assert_eq!(copied.code, 0, "{}", copied.err);
    assert_eq!(signed.verify("oci-layout://copied").0, 0);
    let back = format!("{}-back", signed.name);
    let args = ["cp", "-r", "--from-oci-layout", "--to-plain-http", "ours:1", &back];
    let sent = oras.run(&signed.lab, &args);
    assert_eq!(sent.code, 0, "{}", sent.err);
    assert_eq!(signed.verify(&format!("docker://{back}")).0, 0);
    assert!(Path::new(&signed.lab.path().join("ours/index.json")).exists());
}

/// What both are asked, and whether it is good.
struct Case {
    what: &'static str,
    wish: Wish,
    identity: &'static str,
    good: bool,
}

fn cases() -> Vec<Case> {
    let wish = Wish {
        identity: "a@example.com".to_owned(),
        ..Wish::good(Content::Message(b"what is signed\n".to_vec()))
    };
    let case = |what, wish: Wish, good| Case { what, wish, identity: "a@example.com", good };
    vec![
        case("good", wish.clone(), true),
        case("version 2 of the log", Wish { log: LogForm::Two, stamped: Some(NOW), ..wish.clone() }, true),
        case("stamped, too", Wish { stamped: Some(NOW + 1), ..wish.clone() }, true),
        case("after the certificate ended", Wish { integrated: NOW + 3600, ..wish.clone() }, false),
        case("a certificate in no log", Wish { logged: false, ..wish.clone() }, false),
        case("for servers", Wish { for_servers: true, ..wish.clone() }, false),
        case("in no log", Wish { log: LogForm::None, ..wish.clone() }, false),
        Case { what: "another name", wish, identity: "b@example.com", good: false },
    ]
}

#[test]
fn cosign_and_cooper_judge_certificates_alike() {
    let lab = Lab::without_steps();
    let cosign = Peer::find(&lab, "cosign", "COOPER_TEST_COSIGN", (3, 0));
    let sigstore = Sigstore::new(1);
    fs::write(lab.path().join("root.json"), sigstore.trusted_root().to_string()).unwrap();
    fs::write(lab.path().join("text"), "what is signed\n").unwrap();
    for case in cases() {
        fs::write(lab.path().join("bundle.json"), sigstore.bundle(&case.wish).to_string()).unwrap();
        let who = ["--certificate-identity", case.identity, "--certificate-oidc-issuer", &case.wish.issuer];
        let with = ["--bundle", "bundle.json", "--trusted-root", "root.json"];
        let ours = lab.run(&[&["verify"], &with[..], &who, &["text"]].concat());
        assert_eq!(ours.code, i32::from(!case.good), "{}: {}{}", case.what, ours.out, ours.err);
        let Some(cosign) = &cosign else { continue };
        let stamps: &[&str] = if case.wish.stamped.is_some() { &["--use-signed-timestamps"] } else { &[] };
        let theirs = cosign.run(&lab, &[&["verify-blob"], &with[..], &who, stamps, &["text"]].concat());
        assert_eq!(theirs.code == 0, case.good, "{}: {}", case.what, theirs.err);
    }
}

/// How many bundles a list of oras has.
fn bundles(value: &Value) -> usize {
    value.to_string().matches(r#""artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json""#).count()
}
