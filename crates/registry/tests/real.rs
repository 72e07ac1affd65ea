//! The client against Debian's `docker-registry`: plain, with TLS, with passwords, with tokens, over bad lines.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[path = "support/real.rs"]
mod real;

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cooper_registry::{
    Client, Config, CopyOptions, Credentials, ErrorKind, FileSource, NoProgress, VecSink, WithCancel,
    parallel,
};
use image::{Descriptor, Digest, Manifest, Reference, media_type};
use kit::Redacted;
use real::{Real, breaking_proxy, certificates, openssl};

fn noise(len: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let step = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).unwrap()
    };
    (0..len).map(step).collect()
}

fn layer(bytes: &[u8]) -> Descriptor {
    Descriptor::of(media_type::LAYER, bytes)
}

/// Pushes an image of one layer and pulls all of it again.
fn round_trip(client: &Client, reference: &Reference, data: &[u8]) -> Digest {
    let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let manifest = Manifest::new(Descriptor::of(media_type::CONFIG, config), vec![layer(data)]);
    let bytes = serde_json::to_vec(&manifest).unwrap();
    client.push_blob(reference, &layer(data), &data.to_vec(), &NoProgress).unwrap();
    client.push_blob(reference, &manifest.config, &config.to_vec(), &NoProgress).unwrap();
    let pushed = client.put_manifest(reference, media_type::MANIFEST, &bytes).unwrap();
    assert_eq!(client.head(reference).unwrap(), Some(pushed.clone()));
    assert_eq!(client.manifest(reference).unwrap(), (pushed.clone(), bytes));
    let mut sink = VecSink::default();
    client.pull_blob(reference, &layer(data), &mut sink, &NoProgress).unwrap();
    assert!(sink.0 == data);
    pushed.digest
}

fn small_chunks() -> Config {
    Config { chunk: 4 << 20, ..Config::default() }
}

#[test]
fn everything_works_on_a_plain_registry() {
    let Some(registry) = Real::start(|_| Default::default()) else { return };
    let client = Client::new(small_chunks()).unwrap();
    let data = noise(17 << 20);
    let reference = registry.reference("team/app:1");
    let digest = round_trip(&client, &reference, &data);
    assert_eq!(client.tags(&reference).unwrap(), ["1"]);

    // Copies within the registry are mounts, so no bytes move.
    let moved = Mutex::new(Vec::new());
    let progress =
        |digest: &Digest, done: u64, total: u64| moved.lock().unwrap().push((*digest, done, total));
    let options = CopyOptions { progress: &progress, ..CopyOptions::default() };
    let copy = registry.reference("other/app:2");
    assert_eq!(client.copy_image(&reference, &copy, options).unwrap().digest, digest);
    assert!(moved.lock().unwrap().iter().all(|(_, done, total)| done == total));
    assert!(client.has_blob(&copy, &Digest::of(&data)).unwrap());
    assert!(!client.mount_blob(&copy, &Digest::of(b"nothing"), "team/app").unwrap());

    assert_eq!(client.referrers(&reference, &digest).unwrap().manifests, []);
    client.delete(&copy.with_digest(digest)).unwrap();
    assert_eq!(client.head(&copy).unwrap(), None);
    let by_tag = client.delete(&reference).unwrap_err();
    assert!(by_tag.hint().is_some_and(|hint| hint.contains("digest")), "{by_tag}");

    let missing = client.manifest(&registry.reference("no/such:1")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("MANIFEST_UNKNOWN"), "{missing}");
}

#[test]
fn layers_go_both_ways_side_by_side() {
    let Some(registry) = Real::start(|_| Default::default()) else { return };
    let client = Client::new(small_chunks()).unwrap();
    let reference = registry.reference("a");
    let dir = tempfile::tempdir().unwrap();
    let data = noise(12 << 20);
    let layers: Vec<_> = (0..6).map(|n| (n, data[n << 10..].to_vec())).collect();
    parallel(&layers, 4, |(n, bytes), cancel| {
        let path = dir.path().join(n.to_string());
        fs::write(&path, bytes).unwrap();
        let progress = WithCancel { progress: &NoProgress, cancel };
        client.push_blob(&reference, &layer(bytes), &FileSource(path), &progress)
    })
    .unwrap();
    parallel(&layers, 4, |(_, bytes), cancel| {
        let mut sink = VecSink::default();
        let progress = WithCancel { progress: &NoProgress, cancel };
        client.pull_blob(&reference, &layer(bytes), &mut sink, &progress)?;
        assert!(sink.0 == *bytes);
        Ok::<_, cooper_registry::RegistryError>(())
    })
    .unwrap();
}

/// Says yes to the first piece of the given way that comes after so many bytes.
fn once_after(up: bool, limit: usize) -> impl Fn(bool, usize) -> bool + Send + Sync + 'static {
    let done = AtomicBool::new(false);
    move |way, moved| way == up && moved > limit && !done.swap(true, Ordering::Relaxed)
}

#[test]
fn transfers_survive_a_broken_line() {
    let Some(registry) = Real::start(|_| Default::default()) else { return };
    let data = noise(16 << 20);
    for chunk in [4 << 20, 64 << 20] {
        // Broken within the third chunk, or in the middle of the only one.
        let proxy = breaking_proxy(registry.address, once_after(true, 10 << 20));
        let client = Client::new(Config { chunk, ..Config::default() }).unwrap();
        let reference: Reference = format!("{proxy}/a{chunk}").parse().unwrap();
        client.push_blob(&reference, &layer(&data), &data, &NoProgress).unwrap();

        let proxy = breaking_proxy(registry.address, once_after(false, 10 << 20));
        let reference: Reference = format!("{proxy}/a{chunk}").parse().unwrap();
        let (mut sink, steps) = (VecSink::default(), Mutex::new(Vec::new()));
        let progress = |_: &Digest, done: u64, _: u64| steps.lock().unwrap().push(done);
        client.pull_blob(&reference, &layer(&data), &mut sink, &progress).unwrap();
        assert!(sink.0 == data);
        assert!(steps.into_inner().unwrap().is_sorted(), "a pull never goes back");
    }
}

#[test]
fn chunks_that_arrived_are_not_sent_again() {
    let Some(registry) = Real::start(|_| Default::default()) else { return };
    let data = noise(16 << 20);
    let armed: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
    let proxy = breaking_proxy(registry.address, |up, _| up && armed.swap(false, Ordering::Relaxed));
    let opened = Mutex::new(Vec::new());
    let source = |offset: u64| -> io::Result<Box<dyn Read + Send>> {
        let mut opened = opened.lock().unwrap();
        // The line breaks just before the third chunk.
        armed.store(offset == 8 << 20 && !opened.contains(&offset), Ordering::Relaxed);
        opened.push(offset);
        Ok(Box::new(io::Cursor::new(data[usize::try_from(offset).unwrap()..].to_vec())))
    };
    let reference: Reference = format!("{proxy}/a").parse().unwrap();
    let client = Client::new(small_chunks()).unwrap();
    client.push_blob(&reference, &layer(&data), &source, &NoProgress).unwrap();
    assert_eq!(*opened.lock().unwrap(), [0, 4 << 20, 8 << 20, 8 << 20, 12 << 20]);
}

#[test]
fn wrong_content_is_refused_by_the_registry() {
    let Some(registry) = Real::start(|_| Default::default()) else { return };
    let client = Client::new(small_chunks()).unwrap();
    for len in [100, 9 << 20] {
        let data = noise(len);
        let mut other = data.clone();
        other[7] ^= 1;
        let result = client.push_blob(&registry.reference("a"), &layer(&data), &other, &NoProgress);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::DigestMismatch, "{len}");
    }
}

#[test]
fn a_private_ca_is_trusted_when_named() {
    let tls = |dir: &Path| {
        certificates(dir);
        let (cert, key) = (dir.join("server.pem"), dir.join("server.key"));
        (String::new(), format!("  tls: {{certificate: {}, key: {}}}", cert.display(), key.display()))
    };
    let Some(registry) = Real::start(tls) else { return };
    let reference = registry.reference("a:1");
    let error =
        Client::new(Config { retries: 1, ..Config::default() }).unwrap().manifest(&reference).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.hint().is_some_and(|hint| hint.contains("`ca-bundle`")), "{error} {:?}", error.hint());

    let ca_bundle = Some(registry.dir.path().join("ca.pem"));
    let client = Client::new(Config { ca_bundle: ca_bundle.clone(), ..small_chunks() }).unwrap();
    round_trip(&client, &reference, &noise(9 << 20));
    // The same as the system's only root.
    let client = Client::new(Config { system_roots: ca_bundle, ..small_chunks() }).unwrap();
    client.manifest(&reference).unwrap();
}

#[test]
fn passwords_open_a_closed_registry() {
    let basic = |dir: &Path| {
        let path = dir.join("htpasswd");
        // bcrypt of `hunter2`
        fs::write(&path, "me:$2y$05$abcdefghijklmnopqrstuuoXuKqgZXLiJqzfmMXDDhSFPIvxV7t8.\n").unwrap();
        (format!("auth: {{htpasswd: {{realm: x, path: {}}}}}", path.display()), String::new())
    };
    let Some(registry) = Real::start(basic) else { return };
    let reference = registry.reference("a:1");
    let host = registry.address.to_string();
    let given = Credentials::none().with_password(&host, "me", Redacted::new("hunter2".into()));
    round_trip(
        &Client::new(Config { credentials: given, ..small_chunks() }).unwrap(),
        &reference,
        &noise(9 << 20),
    );

    let file = registry.dir.path().join("config.json");
    let auth = STANDARD.encode("me:hunter2");
    fs::write(&file, format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#)).unwrap();
    let filed = Credentials::none().with_file(file);
    Client::new(Config { credentials: filed, ..Config::default() }).unwrap().manifest(&reference).unwrap();

    let wrong = Credentials::none().with_password(&host, "me", Redacted::new("hunter3".into()));
    for credentials in [wrong, Credentials::none()] {
        let client = Client::new(Config { credentials, ..Config::default() }).unwrap();
        assert_eq!(client.manifest(&reference).unwrap_err().kind(), ErrorKind::Unauthorized);
    }
}

/// A token server that lets everybody with the password do everything, signing with the folder's `server.key`.
fn token_server(dir: std::path::PathBuf) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let head: Vec<String> = BufReader::new(&stream)
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let expect = format!("Basic {}", STANDARD.encode("me:hunter2"));
            let allowed = head.iter().any(|line| {
                line.to_ascii_lowercase().starts_with("authorization:") && line.ends_with(&expect)
            });
            let path =
                head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().replace("%2C", ",");
            let (status, body) = if allowed {
                (200, format!(r#"{{"token":"{}"}}"#, token(&dir, &path)))
            } else {
                (401, r#"{"details":"incorrect username or password"}"#.to_owned())
            };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            );
        }
    });
    address
}

/// A JSON Web Token for the scopes of a query, as the distribution token specification describes it.
fn token(dir: &Path, path: &str) -> String {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let grant = |scope: &str| {
        let mut parts = scope.splitn(3, ':');
        let (kind, name) = (parts.next()?, parts.next()?);
        let actions: Vec<_> = parts.next()?.split(',').map(|action| format!("\"{action}\"")).collect();
        Some(format!(r#"{{"type":"{kind}","name":"{name}","actions":[{}]}}"#, actions.join(",")))
    };
    let scopes = path.split(['?', '&']).filter_map(|pair| pair.strip_prefix("scope="));
    let access: Vec<String> = scopes.filter_map(grant).collect();
    let claims = format!(
        r#"{{"iss":"test","sub":"me","aud":"svc","exp":{},"nbf":{},"iat":{now},"jti":"1","access":[{}]}}"#,
        now + 300,
        now - 10,
        access.join(",")
    );
    let certificate = STANDARD.encode(openssl(dir, "x509 -in server.pem -outform DER", b""));
    let header = format!(r#"{{"typ":"JWT","alg":"RS256","x5c":["{certificate}"]}}"#);
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = openssl(dir, "dgst -sha256 -sign server.key", text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn tokens_open_a_closed_registry() {
    let with_tokens = |dir: &Path| {
        let roots = certificates(dir);
        let realm = token_server(dir.to_owned());
        let lines = format!(
            "auth:\n  token: {{realm: \"http://{realm}/token\", service: svc, issuer: test, rootcertbundle: {}}}",
            roots.display()
        );
        (lines, String::new())
    };
    let Some(registry) = Real::start(with_tokens) else { return };
    let host = registry.address.to_string();
    let credentials = Credentials::none().with_password(&host, "me", Redacted::new("hunter2".into()));
    let client = Client::new(Config { credentials, ..small_chunks() }).unwrap();
    let reference = registry.reference("team/app:1");
    round_trip(&client, &reference, &noise(9 << 20));
    let copy = registry.reference("team/copy:1");
    client.copy_image(&reference, &copy, CopyOptions::default()).unwrap();
    assert_eq!(client.tags(&copy).unwrap(), ["1"]);
    let error = Client::new(Config::default()).unwrap().manifest(&reference).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
}
