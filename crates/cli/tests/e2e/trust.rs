//! Signatures at registries, in layouts and in the store: what carries them along, and what is refused.

use std::fs;

use image::{Descriptor, Manifest, Reference};
use serde_json::{Value, json};
use testkit::sigstore::{Content, LogForm, Sigstore, Wish};
use testkit::{Server, registry};

use crate::lab::{Lab, Ran};

const PASSWORD: &str = "the-password-of-this-test";

/// A lab with keys and a signed image `app` that is pushed as `HOST/team/app:1`.
pub(crate) struct Signed {
    pub(crate) lab: Lab,
    pub(crate) name: String,
    pub(crate) digest: String,
}

impl Signed {
    pub(crate) fn new(host: &str) -> Self {
        let lab = Lab::without_steps();
        fs::write(lab.path().join("password"), PASSWORD).unwrap();
        for prefix in ["one", "two"] {
            let made = lab.run(&["key", "generate", "-o", prefix, "--password-file", "password"]);
            assert_eq!(made.code, 0, "{}", made.err);
        }
        let name = format!("{host}/team/app:1");
        let digest = build(&lab, &name, "1");
        let signed = Self { lab, name, digest };
        signed.sign(&signed.name);
        assert_eq!(signed.lab.run(&["push", &signed.name]).code, 0);
        signed
    }

    pub(crate) fn sign(&self, image: &str) {
        let ran = self.lab.run(&["sign", "--key", "one.key", "--password-file", "password", image]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }

    pub(crate) fn verify(&self, image: &str) -> (i32, Value) {
        verify(&self.lab, image, "one.pub")
    }
}

pub(crate) fn build(lab: &Lab, name: &str, content: &str) -> String {
    lab.file("f", content);
    lab.file("Dockerfile", "FROM scratch\nCOPY f /f\n");
    let ran = lab.run(&["build", "-t", name, "context"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.digest()
}

pub(crate) fn verify(lab: &Lab, image: &str, key: &str) -> (i32, Value) {
    let ran = lab.run(&["--json", "verify", "--key", key, image]);
    (ran.code, serde_json::from_str(&ran.out).unwrap_or(Value::Null))
}

/// The reasons for which things beside an image do not count, sorted, each once.
fn reasons(verdict: &Value) -> Vec<&str> {
    let evidence = verdict["evidence"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut all: Vec<&str> = evidence.iter().filter_map(|one| one["refused"]["reason"].as_str()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// How many good ones there are.
fn good(verdict: &Value) -> usize {
    let evidence = verdict["evidence"].as_array().map(Vec::as_slice).unwrap_or_default();
    evidence.iter().filter(|one| one["refused"].is_null()).count()
}

pub(crate) fn client() -> registry::Client {
    registry::Client::new(registry::Config::default()).unwrap()
}

pub(crate) fn host(server: &Server) -> String {
    server.address.to_string()
}

/// Puts what is beside one image beside another one, as somebody could who may write to the registry.
pub(crate) fn replay(from: &str, to: &str) {
    let (client, from, to): (_, Reference, Reference) =
        (client(), from.parse().unwrap(), to.parse().unwrap());
    let (old, new) = (client.manifest(&from).unwrap().0, client.manifest(&to).unwrap().0);
    let tag = |image: &Descriptor| image::signature_tag(&image.digest);
    let (kind, simple) = client.manifest(&from.with_tag(&tag(&old))).unwrap();
    client.put_manifest(&to.with_tag(&tag(&new)), &kind.media_type, &simple).unwrap();
    for one in client.referrers(&from, &old.digest).unwrap().manifests {
        let mut manifest: Manifest =
            serde_json::from_slice(&client.manifest(&from.by_digest(one.digest)).unwrap().1).unwrap();
        manifest.subject = Some(Descriptor::new(&new.media_type, new.digest, new.size));
        let bytes = serde_json::to_vec(&manifest).unwrap();
        let place = to.by_digest(image::Digest::of(&bytes));
        client.put_manifest(&place, &one.media_type, &bytes).unwrap();
    }
}

#[test]
fn signatures_go_where_the_image_goes() {
    for referrers in [false, true] {
        let server = registry(referrers);
        let signed = Signed::new(&host(&server));
        let (code, there) = signed.verify(&format!("docker://{}", signed.name));
        assert_eq!((code, good(&there), &there["place"]), (0, 2, &json!("registry")), "{there}");
        assert_eq!(verify(&signed.lab, &format!("docker://{}", signed.name), "two.pub").0, 1);

        let copy = format!("{}/other/copy:2", host(&server));
        assert_eq!(signed.lab.run(&["copy", &signed.name, &copy]).code, 0);
        assert_eq!(good(&signed.verify(&format!("docker://{copy}")).1), 2);

        let fresh = Lab::without_steps();
        fs::copy(signed.lab.path().join("one.pub"), fresh.path().join("one.pub")).unwrap();
        assert_eq!(fresh.run(&["pull", &copy]).code, 0);
        let pulled = fresh.run(&["--json", "verify", "--offline", "--key", "one.pub", &copy]);
        let verdict: Value = serde_json::from_str(&pulled.out).unwrap();
        assert_eq!((pulled.code, good(&verdict), &verdict["place"]), (0, 2, &json!("store")), "{verdict}");
    }
}

#[test]
fn what_is_signed_twice_has_one_signature() {
    for referrers in [false, true] {
        let server = registry(referrers);
        let signed = Signed::new(&host(&server));
        let there = format!("docker://{}", signed.name);
        for image in [&signed.name, &there, &signed.name] {
            signed.sign(image);
        }
        assert_eq!(signed.lab.run(&["push", &signed.name]).code, 0);
        for image in [&signed.name, &there] {
            assert_eq!(good(&signed.verify(image).1), 2, "{image}");
        }
        // Another key's stands beside it.
        let ran = signed.lab.run(&["sign", "--key", "two.key", "--password-file", "password", &there]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let (code, verdict) = signed.verify(&there);
        assert_eq!((code, good(&verdict), reasons(&verdict)), (0, 2, vec!["signature"]), "{verdict}");
        assert_eq!(verify(&signed.lab, &there, "two.pub").0, 0);
    }
}

#[test]
fn what_was_changed_or_replayed_is_refused() {
    for referrers in [false, true] {
        let server = registry(referrers);
        let signed = Signed::new(&host(&server));
        let other = format!("{}/team/app:2", host(&server));
        build(&signed.lab, &other, "2");
        assert_eq!(signed.lab.run(&["push", &other]).code, 0);
        let there = format!("docker://{other}");
        let (code, verdict) = signed.verify(&there);
        assert_eq!((code, &verdict["evidence"]), (1, &json!([])), "{verdict}");
        replay(&signed.name, &other);
        let (code, verdict) = signed.verify(&there);
        let evidence = verdict["evidence"].as_array().unwrap().len();
        assert_eq!((code, evidence, reasons(&verdict)), (1, 2, vec!["subject"]), "{verdict}");
    }
}

#[test]
fn a_layout_has_what_was_signed_and_gives_it_back() {
    let server = registry(true);
    let signed = Signed::new(&host(&server));
    let context = signed.lab.context();
    let out = ["build", "-t", &signed.name, "-o", "type=oci,dest=layout,tar=false"];
    let archive = ["build", "-t", &signed.name, "-o", "type=oci,dest=layout.tar"];
    for args in [out, archive] {
        let ran = signed.lab.run(&[&args[..], &[context.to_str().unwrap()]].concat());
        assert_eq!((ran.code, ran.digest()), (0, signed.digest.clone()), "{}", ran.err);
    }
    let index = |lab: &Lab| -> Value {
        serde_json::from_slice(&fs::read(lab.path().join("layout/index.json")).unwrap()).unwrap()
    };
    let found = index(&signed.lab);
    let tag = format!("{}.sig", signed.digest.replace(':', "-"));
    let entries = found["manifests"].as_array().unwrap();
    let is_simple = |one: &&Value| one["annotations"]["org.opencontainers.image.ref.name"] == tag;
    assert_eq!(entries.iter().filter(is_simple).count(), 1, "{found}");
    let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
    assert_eq!(entries.iter().filter(|one| one["artifactType"] == bundle).count(), 1, "{found}");
    assert_eq!(entries.len(), 3, "{found}");
    let verified = signed.verify("oci-layout://layout");
    assert_eq!((verified.0, good(&verified.1)), (0, 2), "{}", verified.1);

    // Signed again it is the same; signed with another key it has another signature.
    signed.sign("oci-layout://layout");
    assert_eq!(index(&signed.lab)["manifests"].as_array().unwrap().len(), 3);
    let ran = signed.lab.run(&["sign", "--key", "two.key", "--password-file", "password", "layout"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(verify(&signed.lab, "layout", "two.pub").0, 0);

    // Built upon, it brings its signatures along; the second key's and what the build says of itself, too.
    let hex = signed.digest.strip_prefix("sha256:").unwrap();
    for (source, expect) in [("layout", 4), ("layout.tar", 3)] {
        let fresh = Lab::without_steps();
        fresh.file("Dockerfile", "FROM base\nLABEL a=b\n");
        let base = format!("base=oci-layout://{}", signed.lab.path().join(source).display());
        let ran = fresh.run(&["build", "-q", "-t", "x", "--build-context", &base, "context"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let kept = fs::read_dir(fresh.path().join("store/referrers").join(hex)).unwrap().count();
        assert_eq!(kept, expect, "{source}");
    }
}

#[test]
fn a_hostile_layout_neither_hides_a_signature_nor_holds_anything_up() {
    let server = registry(true);
    let signed = Signed::new(&host(&server));
    let context = signed.lab.context();
    let out = ["build", "-t", &signed.name, "-o", "type=oci,dest=layout,tar=false"];
    assert_eq!(signed.lab.run(&[&out[..], &[context.to_str().unwrap()]].concat()).code, 0);
    let layout = signed.lab.path().join("layout");
    let blob = |bytes: &[u8]| {
        let digest = image::Digest::of(bytes);
        fs::write(layout.join("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({ "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": bytes.len() })
    };
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let with = |entries: &[Value]| {
        let mut index = index.clone();
        index["manifests"].as_array_mut().unwrap().extend_from_slice(entries);
        fs::write(layout.join("index.json"), index.to_string()).unwrap();
        signed.verify("oci-layout://layout:1")
    };
    let image = &index["manifests"][0];
    let missing =
        json!({ "mediaType": image["mediaType"], "digest": format!("sha256:{:064}", 1), "size": 7 });
    let pipe = json!({ "mediaType": image["mediaType"], "digest": format!("sha256:{:064}", 2), "size": 7 });
    let made = std::process::Command::new("mkfifo")
        .arg(layout.join("blobs/sha256").join(format!("{:064}", 2)))
        .status();
    assert!(made.unwrap().success());
    let (code, found) = with(&[missing, pipe, blob(b"{}"), blob(b"\xff")]);
    assert_eq!((code, good(&found)), (0, 2), "{found}");

    // What one artifact may cost is bounded, however often it names the same.
    let layers = |count: usize| {
        let bundle = json!({ "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "digest": image::Digest::of(b"{}"), "size": 2 });
        let artifact = json!({ "schemaVersion": 2, "config": bundle, "layers": vec![bundle.clone(); count],
            "subject": { "mediaType": image["mediaType"], "digest": image["digest"], "size": image["size"] } });
        blob(artifact.to_string().as_bytes())
    };
    let (code, found) = with(&[blob(b"{}"), layers(200)]);
    assert_eq!((code, good(&found), reasons(&found)), (0, 2, vec!["malformed"]));
    let ran = {
        with(&[blob(b"{}"), layers(300)]);
        signed.lab.run(&["verify", "--key", "one.pub", "oci-layout://layout:1"])
    };
    assert_ne!(ran.code, 0);
    assert!(ran.err.contains("at most 256 are looked at"), "{}", ran.err);
}

#[test]
fn keys_and_passwords_show_nowhere() {
    let server = registry(true);
    let signed = Signed::new(&host(&server));
    let lab = &signed.lab;
    let key = fs::read_to_string(lab.path().join("one.key")).unwrap();
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    let shows = |what: &str, ran: &Ran| {
        let all = format!("{}{}", ran.out, ran.err);
        assert!(!all.contains(PASSWORD) && !all.contains(&body[..60]), "{what}: {all}");
    };
    let run = |password: &str, args: &[&str]| {
        let output = lab.cooper().env("COOPER_KEY_PASSWORD", password).args(args).output().unwrap();
        crate::lab::ran(&output)
    };
    let wrong = run(&format!("{PASSWORD}x"), &["sign", "--key", "one.key", &signed.name]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    shows("a wrong password", &wrong);
    shows("a good one", &run(PASSWORD, &["--json", "sign", "--key", "one.key", &signed.name]));
    shows(
        "a private key in place of a public one",
        &run(PASSWORD, &["verify", "--key", "one.key", &signed.name]),
    );
    fs::write(lab.path().join("broken.key"), key.replacen("BEGIN ENC", "BEGIN  ENC", 1)).unwrap();
    let broken = run(PASSWORD, &["sign", "--key", "broken.key", &signed.name]);
    assert_eq!(broken.code, 2);
    shows("a broken key", &broken);
    let swapped = run(PASSWORD, &["sign", "--key", "password", &signed.name]);
    shows("a password in place of a key", &swapped);
    let refused = run(PASSWORD, &["sign", "--key", "one.key", "--password", PASSWORD, &signed.name]);
    assert_eq!(refused.code, 2, "there is no such argument");
    // A step is a child of the process that has the password in its environment.
    let Some(steps) = Lab::new() else { return };
    steps.file(
        "Dockerfile",
        "FROM busybox\nRUN env > /env; cat /proc/*/environ /proc/*/cmdline >> /env; true\n",
    );
    let base = format!("busybox=oci-layout://{}", crate::lab::base().display());
    let mut command = steps.cooper();
    command.env("COOPER_KEY_PASSWORD", PASSWORD).env("COSIGN_PASSWORD", PASSWORD);
    let args = ["build", "--progress", "plain", "-t", "app", "--build-context", &base, "context"];
    let ran = crate::lab::ran(&command.args(args).output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!steps.sh("cat /env").contains(PASSWORD));
}

/// In a network namespace without anything in it, not even loopback, signatures of what is here are verified.
#[test]
fn offline_needs_no_network() {
    let server = registry(true);
    let signed = Signed::new(&host(&server));
    // The store of root is not that of a user.
    let flags = if crate::lab::is_root() { "-n" } else { "-rn" };
    let can = std::process::Command::new("unshare").args([flags, "true"]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        println!("NOT RUN: `unshare` gives no empty network namespace here");
        return;
    }
    let alone = |args: &[&str]| {
        let mut command = std::process::Command::new("unshare");
        command.args([flags, crate::lab::binary(), "--store"]).arg(signed.lab.path().join("store"));
        crate::lab::ran(&command.args(args).current_dir(signed.lab.path()).output().unwrap())
    };
    let run = |key: &str| alone(&["verify", "--offline", "--key", key, &signed.name]);
    let good = run("one.pub");
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    assert_eq!(run("two.pub").code, 1);
    for (key, code) in [("one.pub", 0), ("two.pub", 1)] {
        let policy = format!("[gate]\nsignatures = [{{ key = \"{key}\" }}]\nuser = \"non-root\"\n");
        fs::write(signed.lab.path().join("cooper.toml"), policy).unwrap();
        let asked = alone(&["gate", "--context", "context", &signed.name]);
        assert!(asked.out.contains("user") && asked.code == 1, "{}{}", asked.out, asked.err);
        assert_eq!(asked.out.contains("STOPPED  signatures"), code == 1, "{}", asked.out);
    }
    // What is not here is not looked for elsewhere.
    let asked = server.count();
    let absent = signed.lab.run(&["verify", "--offline", "--key", "one.pub", &format!("{}x", signed.name)]);
    assert_eq!((absent.code, server.count()), (2, asked), "{}", absent.err);
}

/// The cases of sigstore's conformance suite are run like this: a bundle, and a file or its digest.
#[test]
fn files_are_verified_by_bundles_of_their_own() {
    let lab = Lab::without_steps();
    let sigstore = Sigstore::new(1);
    let write = |name: &str, bytes: &[u8]| fs::write(lab.path().join(name), bytes).unwrap();
    write("text", b"a text\n");
    write("other", b"another text\n");
    write("root.json", sigstore.trusted_root().to_string().as_bytes());
    write("key.pub", sigstore.signer.public().to_pem().as_bytes());
    let digest = image::Digest::of(b"a text\n").to_string();
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://slsa.dev/provenance/v1",
        "subject": [{ "name": "text", "digest": { "sha256": &digest[7..] } }], "predicate": {},
    });
    let message = Wish::good(Content::Message(b"a text\n".to_vec()));
    let statement = Wish::good(Content::Statement(statement.to_string().into_bytes()));
    let ask = |wish: &Wish, who: &[&str], what: &str| {
        write("bundle.json", sigstore.bundle(wish).to_string().as_bytes());
        let ran = lab.run(&[&["--json", "verify", "--bundle", "bundle.json"], who, &[what]].concat());
        let verdict: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
        (ran.code, verdict["evidence"][0]["refused"]["reason"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |reason: &str| (1, reason.to_owned());
    let good = (0, String::new());
    for wish in [message, statement] {
        let (name, issuer) = (wish.identity.as_str(), wish.issuer.as_str());
        let root = ["--trusted-root", "root.json"];
        let who =
            [&["--certificate-identity", name, "--certificate-oidc-issuer", issuer][..], &root].concat();
        assert_eq!(ask(&wish, &who, "text"), good);
        assert_eq!(ask(&wish, &who, &digest), good);
        assert_eq!(ask(&wish, &who, "other"), refused("subject"));
        let long = format!("sha512:{}", "00".repeat(64));
        let why = if matches!(wish.content, Content::Statement(_)) { "subject" } else { "algorithm" };
        assert_eq!(ask(&wish, &who, &long), refused(why));
        let other =
            [&["--certificate-identity", "x", "--certificate-oidc-issuer", issuer][..], &root].concat();
        assert_eq!(ask(&wish, &other, "text"), refused("identity"));
        let keyed = Wish { certificate: false, log: LogForm::None, ..wish.clone() };
        assert_eq!(ask(&keyed, &["--key", "key.pub"], "text"), good);
        assert_eq!(ask(&keyed, &["--key", "key.pub"], &digest), good);
        assert_eq!(ask(&keyed, &[&["--key", "key.pub"][..], &root].concat(), "text"), refused("log"));
        assert_eq!(ask(&keyed, &who, "text"), refused("material"));
        // It would be open which of the two counts.
        let both = [&["verify", "--bundle", "bundle.json", "--key", "key.pub"][..], &who, &["text"]].concat();
        assert_eq!(lab.run(&both).code, 2);
    }
}

#[test]
fn docker_content_trust_is_found_where_it_is_asked_for() {
    let server = registry(true);
    let signed = Signed::new(&host(&server));
    let home = signed.lab.path().join("home");
    let run = |value: &str| {
        let mut command = signed.lab.cooper();
        command.env("HOME", &home).env("DOCKER_CONTENT_TRUST", value);
        crate::lab::ran(&command.args(["verify", "--key", "one.pub", &signed.name]).output().unwrap())
    };
    assert_eq!(run("0").err, "");
    let flows = signed.lab.path().join(".github/workflows");
    fs::create_dir_all(&flows).unwrap();
    fs::write(flows.join("build.yml"), "env:\n  # DOCKER_CONTENT_TRUST: 1\n  DOCKER_CONTENT_TRUST: 1\n")
        .unwrap();
    let keys = home.join(".docker/trust/private");
    fs::create_dir_all(&keys).unwrap();
    fs::write(keys.join("a.key"), "").unwrap();
    let ran = run("1");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let places = [
        "the variable `DOCKER_CONTENT_TRUST` is set",
        "`.github/workflows/build.yml` line 3",
        "`~/.docker/trust/private`",
    ];
    for place in places {
        assert!(ran.err.contains(place), "no {place:?} in {}", ran.err);
    }
    assert_eq!(ran.err.lines().count(), 3, "{}", ran.err);
}
