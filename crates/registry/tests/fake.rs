//! The client against a registry in this process: what goes wrong, and how it goes on.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod support;

use std::collections::BTreeMap;
use std::io::Read;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cooper_registry::{
    BlobSource, Cancel, Client, Config, CopyOptions, Credential, Credentials, ErrorKind, GrowingSource,
    NoProgress, ProxySettings, Reach, Sleeper, VecSink, WithCancel, parallel,
};
use image::{Descriptor, Digest, Index, Manifest, Reference, media_type};
use kit::Redacted;
use support::{Action, Fake, Request, Response};

/// Settings that do not wait, and what they would have waited.
fn config() -> (Config, Arc<Mutex<Vec<Duration>>>) {
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&pauses);
    let sleep = Sleeper::new(move |time| log.lock().unwrap().push(time));
    (Config { sleep, timeout: Duration::from_secs(10), chunk: 3 << 20, ..Config::default() }, pauses)
}

fn client() -> Client {
    Client::new(config().0).unwrap()
}

fn manifest() -> Vec<u8> {
    let config = Descriptor::of(media_type::CONFIG, b"{}");
    serde_json::to_vec(&Manifest::new(config, Vec::new())).unwrap()
}

/// Bytes without a pattern that a mistake in offsets could hide in.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let step = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).unwrap()
    };
    (0..len).map(step).collect()
}

fn blob(bytes: &[u8]) -> Descriptor {
    Descriptor::of(media_type::LAYER, bytes)
}

/// The first `count` requests that match get this answer.
fn first(count: usize, method: &'static str, part: &'static str, response: Response) -> Fake {
    Fake::with(move |request, seen| {
        if request.is(method, part) && seen < count { Action::Answer(response.clone()) } else { Action::Pass }
    })
}

#[test]
fn a_manifest_is_fetched_and_asked_for() {
    let fake = Fake::start();
    let digest = fake.add_manifest("a", "1", media_type::MANIFEST, &manifest());
    let expect = Descriptor::of(media_type::MANIFEST, &manifest());
    let by_digest = fake.reference("a").with_digest(digest);
    for reference in [fake.reference("a:1"), by_digest] {
        assert_eq!(client().manifest(&reference).unwrap(), (expect.clone(), manifest()));
        assert_eq!(client().head(&reference).unwrap(), Some(expect.clone()));
    }
    assert_eq!(client().head(&fake.reference("a:2")).unwrap(), None);
    let error = client().manifest(&fake.reference("a:2")).unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.has_code("MANIFEST_UNKNOWN")),
        (ErrorKind::NotFound, Some(404), true)
    );
    assert!(error.to_string().starts_with(&format!("`{}/a:2`: not found", fake.address)), "{error}");
}

#[test]
fn what_may_pass_is_tried_again() {
    let hang_up = Response { hang_up: true, ..Response::default() };
    let limited = Response::new(429).header("retry-after", 3);
    for (answer, pause) in [
        (Response::new(500), None),
        (Response::new(503), None),
        (hang_up, None),
        (limited, Some(Duration::from_secs(3))),
    ] {
        let fake = first(2, "GET", "/manifests/", answer);
        fake.add_manifest("a", "1", media_type::MANIFEST, &manifest());
        let (config, pauses) = config();
        Client::new(config).unwrap().manifest(&fake.reference("a:1")).unwrap();
        let pauses = pauses.lock().unwrap();
        assert_eq!(pauses.len(), 2);
        assert!(pause.is_none_or(|pause| pauses.iter().all(|found| *found == pause)), "{pauses:?}");
        assert_eq!(fake.count("GET", "/manifests/"), 3);
    }
}

#[test]
fn patience_ends() {
    for (status, kind, requests) in [
        (500, ErrorKind::Server, 5),
        (429, ErrorKind::RateLimited, 5),
        (403, ErrorKind::Denied, 1),
        (400, ErrorKind::Refused, 1),
        (501, ErrorKind::Server, 1),
        (204, ErrorKind::Protocol, 1),
    ] {
        let fake = first(99, "GET", "/manifests/", Response::new(status));
        let error = client().manifest(&fake.reference("a:1")).unwrap_err();
        assert_eq!((error.kind(), fake.count("GET", "/manifests/")), (kind, requests), "{status}: {error}");
    }
    let far = first(9, "GET", "/manifests/", Response::new(429).header("retry-after", 86400));
    assert_eq!(client().manifest(&far.reference("a:1")).unwrap_err().kind(), ErrorKind::RateLimited);
    assert_eq!(far.count("GET", "/manifests/"), 1, "a day is not waited for");
}

#[test]
fn nobody_at_home_is_said_soon() {
    // A port that was free a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let reference: Reference = format!("{address}/a:1").parse().unwrap();
    let error = client().manifest(&reference).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("refused") && error.hint().is_some(), "{error}");
}

#[test]
fn manifests_are_bounded_and_checked() {
    let other = Digest::of(b"other");
    let by_digest = |fake: &Fake| fake.reference("a").with_digest(other);
    let served = |body: Vec<u8>| Response::new(200).header("content-type", media_type::MANIFEST).body(body);
    let check = |answer: Response, kind: ErrorKind| {
        let fake = first(9, "GET", "/manifests/", answer);
        for reference in [fake.reference("a:1"), by_digest(&fake)] {
            assert_eq!(client().manifest(&reference).unwrap_err().kind(), kind, "{reference}");
        }
    };
    check(
        served(manifest()).header("docker-content-digest", other).body([b' ', b'{', b'}']),
        ErrorKind::DigestMismatch,
    );
    check(served(vec![b' '; (4 << 20) + 1]), ErrorKind::TooLarge);
    let endless = vec![format!("{:x}\r\n{}\r\n", 1 << 16, " ".repeat(1 << 16)); 80].concat();
    check(served(endless.into()).header("transfer-encoding", "chunked"), ErrorKind::TooLarge);
    let fake = first(9, "GET", "/manifests/", served(b"<html>".to_vec()));
    assert_eq!(client().manifest(&fake.reference("a:1")).unwrap_err().kind(), ErrorKind::Protocol);
    let fake = first(9, "GET", "/manifests/", Response::new(200).header("x", "y".repeat(1 << 20)));
    assert_eq!(client().manifest(&fake.reference("a:1")).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn a_broken_pull_goes_on_where_it_was() {
    let data = noise(1_000_000);
    for ranges in [true, false] {
        let whole = data.clone();
        let fake = Fake::with(move |request, seen| match (request.is("GET", "/blobs/"), seen) {
            (true, 0) => {
                Action::Answer(Response { cut: Some(400_000), ..Response::new(200).body(whole.clone()) })
            }
            // A registry without ranges gives everything again.
            (true, _) if !ranges => Action::Answer(Response::new(200).body(whole.clone())),
            _ => Action::Pass,
        });
        fake.add_blob("a", &data);
        let mut sink = VecSink::default();
        let last = Mutex::new(0);
        let progress = |_: &Digest, done: u64, total: u64| {
            assert_eq!(total, 1_000_000);
            *last.lock().unwrap() = done;
        };
        client().pull_blob(&fake.reference("a"), &blob(&data), &mut sink, &progress).unwrap();
        assert!(sink.0 == data);
        assert_eq!(*last.lock().unwrap(), 1_000_000);
        let ranges: Vec<_> = fake.log().iter().filter_map(|r| r.header("range").map(str::to_owned)).collect();
        assert_eq!(ranges, ["bytes=400000-"]);

        let mut read = Vec::new();
        client().blob(&fake.reference("a"), &blob(&data), 0).unwrap().read_to_end(&mut read).unwrap();
        assert!(read == data);
    }
}

#[test]
fn a_pull_starts_where_the_sink_is() {
    let data = noise(100_000);
    let fake = Fake::start();
    fake.add_blob("a", &data);
    for have in [0, 1, 99_999, 100_000] {
        let mut sink = VecSink(data[..have].to_vec());
        client().pull_blob(&fake.reference("a"), &blob(&data), &mut sink, &NoProgress).unwrap();
        assert!(sink.0 == data, "{have}");
    }
    let mut sink = VecSink(vec![0; 100_001]);
    client().pull_blob(&fake.reference("a"), &blob(&data), &mut sink, &NoProgress).unwrap();
    assert!(sink.0 == data, "a sink that holds too much starts anew");
    let mut rest = Vec::new();
    client().blob(&fake.reference("a"), &blob(&data), 60_000).unwrap().read_to_end(&mut rest).unwrap();
    assert!(rest == data[60_000..]);
}

#[test]
fn wrong_blobs_are_refused() {
    let data = noise(10_000);
    let mut other = data.clone();
    other[5000] ^= 1;
    let endless =
        [b"2710\r\n".to_vec(), data.clone(), b"\r\n2710\r\n".to_vec(), data.clone(), b"\r\n".to_vec()];
    for answer in [
        Response::new(200).body(other),
        Response::new(200).body(&data[..9999]),
        Response::new(200).header("transfer-encoding", "chunked").body(endless.concat()),
    ] {
        let fake = first(9, "GET", "/blobs/", answer);
        let mut sink = VecSink::default();
        let result = client().pull_blob(&fake.reference("a"), &blob(&data), &mut sink, &NoProgress);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::DigestMismatch);
        assert!(sink.0.len() <= data.len());
        let read = client().blob(&fake.reference("a"), &blob(&data), 0).map(|mut reader| {
            let mut out = Vec::new();
            reader.read_to_end(&mut out).is_ok()
        });
        assert!(!read.is_ok_and(|whole| whole));
    }
}

#[test]
fn a_wrong_first_half_is_fetched_again() {
    let data = noise(10_000);
    let wrong = vec![0; 10_000];
    let fake = Fake::with(move |request, seen| match (request.is("GET", "/blobs/"), seen) {
        (true, 0) => Action::Answer(Response { cut: Some(5000), ..Response::new(200).body(wrong.clone()) }),
        _ => Action::Pass,
    });
    fake.add_blob("a", &data);
    let mut sink = VecSink::default();
    client().pull_blob(&fake.reference("a"), &blob(&data), &mut sink, &NoProgress).unwrap();
    assert!(sink.0 == data);
}

fn with_password(config: Config, fake: &Fake) -> Config {
    let registry = fake.address.to_string();
    let credentials = Credentials::none().with_password(&registry, "me", Redacted::new("hunter2".into()));
    Config { credentials, ..config }
}

/// base64 of `me:hunter2`
const BASIC: &str = "Basic bWU6aHVudGVyMg==";

fn demand_basic(request: &Request) -> Action {
    if request.header("authorization") == Some(BASIC) {
        return Action::Pass;
    }
    Action::Answer(Response::new(401).header("www-authenticate", "Basic realm=\"x\""))
}

#[test]
fn a_redirect_elsewhere_takes_no_password_along() {
    let data = noise(1000);
    let cdn = Fake::start();
    cdn.add_blob("a", &data);
    let at = cdn.address;
    let fake = Fake::with(move |request, _| match demand_basic(request) {
        Action::Pass if request.is("GET", "/blobs/") => {
            let location = format!("http://{at}{}?signature=s3cret", request.path);
            Action::Answer(Response::new(307).header("location", location))
        }
        other => other,
    });
    let client = Client::new(with_password(config().0, &fake)).unwrap();
    let mut sink = VecSink::default();
    client.pull_blob(&fake.reference("a"), &blob(&data), &mut sink, &NoProgress).unwrap();
    assert_eq!(cdn.log().len(), 1);
    assert_eq!(cdn.log()[0].header("authorization"), None);
    assert_eq!(fake.log().last().unwrap().header("authorization"), Some(BASIC));

    let missing = client.blob(&fake.reference("a"), &blob(b"other"), 0).err().unwrap();
    assert!(!format!("{missing} {missing:?}").contains("s3cret"), "{missing:?}");
}

#[test]
fn redirects_end() {
    let fake = Fake::with(|request, _| {
        Action::Answer(Response::new(302).header("location", format!("{}x", request.path)))
    });
    let error = client().manifest(&fake.reference("a:1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert!(fake.log().len() <= 40);
    for location in ["", "ftp://x/", "http://user:pw@x/", "http://"] {
        let fake = first(9, "GET", "/manifests/", Response::new(302).header("location", location));
        assert_eq!(
            client().manifest(&fake.reference("a:1")).unwrap_err().kind(),
            ErrorKind::Protocol,
            "{location}"
        );
    }
}

#[test]
fn basic_auth_is_used_when_asked_for() {
    let fake = Fake::with(|request, _| demand_basic(request));
    fake.add_manifest("a", "1", media_type::MANIFEST, &manifest());
    let known = Client::new(with_password(config().0, &fake)).unwrap();
    known.manifest(&fake.reference("a:1")).unwrap();
    let sent: Vec<bool> =
        fake.log().iter().map(|request| request.headers.contains_key("authorization")).collect();
    assert_eq!(sent, [false, false, true], "nothing is sent before it is asked for");
    known.manifest(&fake.reference("a:1")).unwrap();
    assert_eq!(fake.log().len(), 4, "the second time it is known");

    let error = client().manifest(&fake.reference("a:1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.hint().unwrap().contains("login"), "{:?}", error.hint());

    let wrong =
        Credentials::none().with_password(&fake.address.to_string(), "me", Redacted::new("wr0ng".into()));
    let client = Client::new(Config { credentials: wrong, ..config().0 }).unwrap();
    let error = client.manifest(&fake.reference("a:1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(!format!("{error} {error:?}").contains("wr0ng"));
}

/// A registry that wants tokens, and the token server beside it. `live` says whether a token is good.
fn token_registry(live: impl Fn(&str) -> bool + Send + Sync + 'static) -> (Fake, Fake) {
    let tokens = Fake::with(|request, _| {
        let anonymous = !request.headers.contains_key("authorization");
        let public = anonymous && request.path.contains("public");
        if request.method != "POST" && request.header("authorization") != Some(BASIC) && !public {
            let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"incorrect username or password"}]}"#;
            return Action::Answer(Response::new(401).body(body));
        }
        let scope = request.path.split("scope=").nth(1).unwrap_or("posted");
        Action::Answer(Response::new(200).body(format!(r#"{{"token":"T:{scope}","expires_in":300}}"#)))
    });
    let realm = tokens.address;
    let fake = Fake::with(move |request, _| {
        let token = request.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
        if token.is_some_and(&live) {
            return Action::Pass;
        }
        let challenge = format!("Bearer realm=\"http://{realm}/token\",service=\"svc\"");
        Action::Answer(Response::new(401).header("www-authenticate", challenge))
    });
    (fake, tokens)
}

#[test]
fn tokens_are_fetched_once_per_scope() {
    let (fake, tokens) = token_registry(|_| true);
    fake.add_manifest("a", "1", media_type::MANIFEST, &manifest());
    let client = Client::new(with_password(config().0, &fake)).unwrap();
    let work: Vec<u32> = (0..16).collect();
    parallel(&work, 8, |_, _| client.manifest(&fake.reference("a:1")).map(|_| ())).unwrap();
    let data = noise(100);
    client.push_blob(&fake.reference("a"), &blob(&data), &data, &NoProgress).unwrap();
    let asked: Vec<String> = tokens.log().into_iter().map(|request| request.path).collect();
    let expect =
        ["/token?service=svc&scope=repository:a:pull", "/token?service=svc&scope=repository:a:pull%2Cpush"];
    assert_eq!(asked, expect);
    assert_eq!(fake.blob("a", &Digest::of(&data)), Some(data));
}

#[test]
fn a_token_that_is_refused_is_fetched_anew() {
    let revoked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&revoked);
    let (fake, tokens) = token_registry(move |_| !seen.swap(false, Ordering::Relaxed));
    fake.add_manifest("public", "1", media_type::MANIFEST, &manifest());
    let client = client();
    client.manifest(&fake.reference("public:1")).unwrap();
    revoked.store(true, Ordering::Relaxed);
    client.manifest(&fake.reference("public:1")).unwrap();
    assert_eq!(tokens.log().len(), 2);
    assert!(tokens.log().iter().all(|request| request.header("authorization").is_none()), "anonymous");
}

#[test]
fn identity_tokens_are_changed_at_the_token_server() {
    let (fake, tokens) = token_registry(|token| token == "T:posted");
    fake.add_manifest("a", "1", media_type::MANIFEST, &manifest());
    let identity = Credential::Identity(Redacted::new("id/entity".into()));
    let credentials = Credentials::none().with(&fake.address.to_string(), identity);
    let client = Client::new(Config { credentials, ..config().0 }).unwrap();
    client.manifest(&fake.reference("a:1")).unwrap();
    assert_eq!(tokens.count("POST", "/token"), 1);
    assert_eq!(tokens.log()[0].header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[test]
fn a_refused_login_is_said_without_the_password() {
    let (fake, _tokens) = token_registry(|_| true);
    let credentials =
        Credentials::none().with_password(&fake.address.to_string(), "me", Redacted::new("wr0ng".into()));
    let client = Client::new(Config { credentials, ..config().0 }).unwrap();
    let error = client.manifest(&fake.reference("a:1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("incorrect username or password"), "{error}");
    assert!(!format!("{error} {error:?}").contains("wr0ng"));
}

#[test]
fn blobs_are_pushed_whole_or_in_chunks() {
    let fake = Fake::start();
    for (len, patches) in [(0, 0), (1, 0), ((8 << 20) - 1, 0), (8 << 20, 3), ((9 << 20) + 1, 4)] {
        let data = noise(len);
        let before = fake.count("PATCH", "");
        let done = Mutex::new(0);
        let progress = |_: &Digest, at: u64, _: u64| *done.lock().unwrap() = at;
        client().push_blob(&fake.reference("a"), &blob(&data), &data, &progress).unwrap();
        assert!(fake.blob("a", &Digest::of(&data)).is_some_and(|found| found == data), "{len}");
        assert_eq!(fake.count("PATCH", "") - before, patches, "{len}");
        assert!(len == 0 || *done.lock().unwrap() == len as u64);
        let posts = fake.count("POST", "");
        client().push_blob(&fake.reference("a"), &blob(&data), &data, &NoProgress).unwrap();
        assert_eq!(fake.count("POST", ""), posts, "what is there is not pushed again");
    }
}

#[test]
fn a_broken_push_goes_on_where_the_registry_is() {
    let data = noise(10 << 20);
    for (method, keep) in [("PATCH", 1 << 20), ("PATCH", 0), ("PUT", 0)] {
        let done = AtomicBool::new(false);
        let fake = Fake::with(move |request, _| {
            let second = request.header("content-range").is_none_or(|range| range.starts_with("3145728-"));
            if request.method == method && second && !done.swap(true, Ordering::Relaxed) {
                // The test's registry counts what came before the cut.
                return Action::CutBody(keep);
            }
            Action::Pass
        });
        client().push_blob(&fake.reference("a"), &blob(&data), &data, &NoProgress).unwrap();
        assert!(fake.blob("a", &Digest::of(&data)).is_some_and(|found| found == data), "{method} {keep}");
        assert_eq!(fake.count("POST", ""), 1, "{method} {keep}: one upload is enough");
    }
}

#[test]
fn an_upload_that_is_forgotten_starts_anew() {
    let data = noise(9 << 20);
    let lost = AtomicBool::new(false);
    let fake = Fake::with(move |request, _| {
        if request.method == "PATCH" && !lost.swap(true, Ordering::Relaxed) {
            return Action::Answer(Response { hang_up: true, ..Response::default() });
        }
        if request.is("GET", "/uploads/") {
            return Action::Answer(Response::new(404));
        }
        Action::Pass
    });
    client().push_blob(&fake.reference("a"), &blob(&data), &data, &NoProgress).unwrap();
    assert!(fake.blob("a", &Digest::of(&data)).is_some_and(|found| found == data));
    assert_eq!(fake.count("POST", ""), 2);
}

#[test]
fn a_push_that_cannot_work_ends_with_its_cause() {
    let data = noise(9 << 20);
    let fake = Fake::start();
    let short = &data[..data.len() - 1];
    let error =
        client().push_blob(&fake.reference("a"), &blob(&data), &short.to_vec(), &NoProgress).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local, "{error}");
    let broken = |_: u64| Err(std::io::Error::other("disk on fire"));
    let error = client().push_blob(&fake.reference("a"), &blob(&data), &broken, &NoProgress).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    let mut other = data.clone();
    other[0] ^= 1;
    let error = client().push_blob(&fake.reference("a"), &blob(&data), &other, &NoProgress).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{error}");
    assert_eq!(fake.count("DELETE", "/uploads/"), 3, "no upload stays open");
}

/// A blob that grows to whatever is waited for, and in the end is whole or fails.
struct Making {
    data: Vec<u8>,
    ends_well: bool,
    /// Who waits more often than this finds it at its end.
    waits: usize,
    waited: AtomicUsize,
}

impl Making {
    fn new(len: usize) -> Self {
        Self { data: noise(len), ends_well: true, waits: usize::MAX, waited: AtomicUsize::new(0) }
    }
}

impl BlobSource for Making {
    fn open_at(&self, offset: u64) -> std::io::Result<Box<dyn Read + Send + '_>> {
        self.data.open_at(offset)
    }
}

impl GrowingSource for Making {
    fn wait(&self, size: u64) -> std::io::Result<Reach> {
        let early = self.waited.fetch_add(1, Ordering::Relaxed) < self.waits;
        match (early && size < self.data.len() as u64, self.ends_well) {
            (true, _) => Ok(Reach::Growing(size)),
            (false, true) => Ok(Reach::Whole(Box::new(blob(&self.data)))),
            (false, false) => Err(std::io::Error::other("not wanted any more")),
        }
    }
}

#[test]
fn a_blob_is_pushed_while_it_is_made() {
    // A small one is asked for by its digest; a large one is under way before it has one.
    let (small, large) = ((8 << 20) - 1, (8 << 20) + 1);
    for (len, heads, patches) in [(0, 1, 0), (small, 1, 0), (8 << 20, 1, 3), (large, 0, 3)] {
        let (fake, making) = (Fake::start(), Making::new(len));
        client().push_growing(&fake.reference("a"), &making, &NoProgress).unwrap();
        assert!(fake.blob("a", &Digest::of(&making.data)).is_some_and(|found| found == making.data), "{len}");
        let counts = ["HEAD", "PATCH", "POST"].map(|method| fake.count(method, ""));
        assert_eq!(counts, [heads, patches, 1], "{len}");
    }
}

#[test]
fn a_broken_push_of_what_is_made_goes_on() {
    for (method, keep) in [("PATCH", 1 << 20), ("PATCH", 0), ("PUT", 0)] {
        let done = AtomicBool::new(false);
        let fake = Fake::with(move |request, _| {
            let second = request.header("content-range").is_none_or(|range| range.starts_with("3145728-"));
            let cut = request.method == method && second && !done.swap(true, Ordering::Relaxed);
            if cut { Action::CutBody(keep) } else { Action::Pass }
        });
        let making = Making::new(10 << 20);
        client().push_growing(&fake.reference("a"), &making, &NoProgress).unwrap();
        let found = fake.blob("a", &Digest::of(&making.data));
        assert!(found.is_some_and(|found| found == making.data), "{method} {keep}");
        assert_eq!(fake.count("POST", ""), 1, "{method} {keep}: one upload is enough");
    }
}

#[test]
fn an_upload_of_what_is_made_is_taken_back_when_it_is_not_needed() {
    let refuses = |request: &Request, _| {
        let is_second = request.header("content-range").is_some_and(|range| range.starts_with("3145728-"));
        if is_second { Action::Answer(Response::new(403)) } else { Action::Pass }
    };
    for (case, fake, ends_well, expect) in [
        ("it is never whole", Fake::start(), false, Some(ErrorKind::Local)),
        ("the registry refuses", Fake::with(refuses), true, Some(ErrorKind::Denied)),
        ("the registry has it", Fake::start(), true, None),
    ] {
        // Whole after the first request, so that much would be left to be sent.
        let making = Making { ends_well, waits: 2, ..Making::new(12 << 20) };
        if expect.is_none() {
            fake.add_blob("a", &making.data);
        }
        let result = client().push_growing(&fake.reference("a"), &making, &NoProgress);
        assert_eq!(result.err().map(|error| error.kind()), expect, "{case}");
        assert_eq!(fake.count("PUT", ""), 0, "{case}");
        assert_eq!(fake.count("DELETE", "/uploads/"), 1, "{case}");
        assert!(fake.count("PATCH", "") <= 2, "{case}");
    }
}

#[test]
fn transfers_can_be_stopped() {
    let data = noise(9 << 20);
    let fake = Fake::start();
    fake.add_blob("a", &data);
    let cancel = Cancel::new();
    let stop = |_: &Digest, done: u64, _: u64| {
        if done > 1 << 20 {
            cancel.set();
        }
    };
    let progress = WithCancel { progress: &stop, cancel: &cancel };
    let mut sink = VecSink::default();
    let error = client().pull_blob(&fake.reference("a"), &blob(&data), &mut sink, &progress).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(sink.0.len() < 4 << 20);
    let error = client().push_blob(&fake.reference("b"), &blob(&data), &data, &progress).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

#[test]
fn mirrors_come_first_for_pulls_only() {
    let (origin, empty, full) = (Fake::start(), Fake::start(), Fake::start());
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    full.add_manifest("a", "1", media_type::MANIFEST, &manifest());
    let mirrors = vec![dead.to_string(), empty.address.to_string(), format!("http://{}", full.address)];
    let mirrors = BTreeMap::from([(origin.address.to_string(), mirrors)]);
    let client = Client::new(Config { mirrors, ..config().0 }).unwrap();
    client.manifest(&origin.reference("a:1")).unwrap();
    assert_eq!((empty.count("GET", "manifests"), origin.log().len()), (1, 0));
    let data = noise(10);
    client.push_blob(&origin.reference("a"), &blob(&data), &data, &NoProgress).unwrap();
    assert_eq!(full.count("POST", ""), 0);
    let error = client.manifest(&origin.reference("a:2")).unwrap_err();
    assert!(
        error.url().unwrap().contains(&origin.address.to_string()),
        "the origin has the last word: {error}"
    );
}

#[test]
fn plain_http_needs_leave() {
    // The address by which this machine would be seen; nothing is sent to find it out.
    let found = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let Some(address) = found.ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback()) else {
        println!("skipped: this machine has no address but loopback");
        return;
    };
    let fake = Fake::on(&format!("{address}:0"), |_, _| Action::Pass);
    fake.add_manifest("a", "1", media_type::MANIFEST, &manifest());
    let error = client().manifest(&fake.reference("a:1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(
        error.hint().is_some_and(|hint| hint.contains("--insecure-registry")),
        "{error} {:?}",
        error.hint()
    );
    let insecure = vec![fake.address.to_string()];
    Client::new(Config { insecure, ..config().0 }).unwrap().manifest(&fake.reference("a:1")).unwrap();
}

#[test]
fn proxies_are_used_where_they_are_to_be() {
    // The proxy is the registry itself: it answers what it is asked for another server.
    let fake = Fake::with(|request, _| match request.method.as_str() {
        "CONNECT" => Action::Answer(Response::new(403)),
        _ => Action::Pass,
    });
    fake.add_manifest("a", "1", media_type::MANIFEST, &manifest());
    let through = |no_proxy: &str| {
        let address = Redacted::new(format!("http://me:hunter2@{}", fake.address));
        let proxy = ProxySettings {
            http: Some(address.clone()),
            https: Some(address),
            no_proxy: no_proxy.to_owned(),
        };
        let insecure = vec!["registry.invalid".to_owned()];
        Client::new(Config { proxy: Some(proxy), insecure, retries: 0, ..config().0 }).unwrap()
    };
    let far: Reference = "registry.invalid/a:1".parse().unwrap();
    through("").manifest(&far).unwrap();
    assert!(fake.count("CONNECT", "registry.invalid:443") > 0, "https goes through a tunnel");
    assert!(fake.count("GET", "http://registry.invalid/v2/a/manifests/1") > 0, "http does not");
    let log = fake.log();
    assert!(log.iter().all(|request| request.header("proxy-authorization") == Some(BASIC)));

    assert_eq!(through("example, .invalid").manifest(&far).unwrap_err().kind(), ErrorKind::Unreachable);
    let near = Fake::start();
    near.add_manifest("a", "1", media_type::MANIFEST, &manifest());
    through("").manifest(&near.reference("a:1")).unwrap();
    assert!(near.count("GET", "manifests") == 1, "loopback is reached directly");
    assert_eq!(fake.log().len(), log.len());
}

#[test]
fn tags_come_in_pages_that_end() {
    let fake = Fake::with(|request, _| {
        let (tags, link) = if request.path.contains("last=b") {
            ("\"c\"", "")
        } else {
            ("\"b\",\"a\"", "</v2/a/tags/list?n=2&last=b>; rel=\"next\"")
        };
        Action::Answer(
            Response::new(200).header("link", link).body(format!(r#"{{"name":"a","tags":[{tags}]}}"#)),
        )
    });
    assert_eq!(client().tags(&fake.reference("a")).unwrap(), ["a", "b", "c"]);
    let null = first(9, "GET", "/tags/", Response::new(200).body(r#"{"name":"a","tags":null}"#));
    assert!(client().tags(&null.reference("a")).unwrap().is_empty());
    let endless = first(
        9999,
        "GET",
        "/tags/",
        Response::new(200).header("link", "</v2/a/tags/list>; rel=next").body("{}"),
    );
    assert_eq!(client().tags(&endless.reference("a")).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn referrers_are_kept_where_the_registry_does_not() {
    let fake = Fake::start();
    let subject = fake.add_manifest("a", "1", media_type::MANIFEST, &manifest());
    assert_eq!(client().referrers(&fake.reference("a"), &subject).unwrap().manifests, []);
    let mut artifact: Manifest = serde_json::from_slice(&manifest()).unwrap();
    artifact.artifact_type = Some("application/x-test".into());
    artifact.subject = Some(Descriptor::new(media_type::MANIFEST, subject, 1));
    let bytes = serde_json::to_vec(&artifact).unwrap();
    let reference = fake.reference("a").with_digest(Digest::of(&bytes));
    for _ in 0..2 {
        client().put_manifest(&reference, media_type::MANIFEST, &bytes).unwrap();
    }
    let found = client().referrers(&fake.reference("a"), &subject).unwrap();
    assert_eq!(found.manifests.len(), 1);
    assert_eq!(found.manifests[0].digest, Digest::of(&bytes));
    assert_eq!(found.manifests[0].artifact_type.as_deref(), Some("application/x-test"));
    client().delete(&reference).unwrap();
    assert_eq!(client().head(&reference).unwrap(), None);
}

/// An index of two images with a shared layer, in repository `a`.
fn seed_index(fake: &Fake, data: &[u8]) -> Digest {
    fake.add_blob("a", data);
    let image = |platform: &str| {
        let config = format!(r#"{{"architecture":"{platform}"}}"#);
        fake.add_blob("a", config.as_bytes());
        let config = Descriptor::of(media_type::CONFIG, config.as_bytes());
        let bytes = serde_json::to_vec(&Manifest::new(config, vec![blob(data)])).unwrap();
        fake.add_manifest("a", platform, media_type::MANIFEST, &bytes);
        let platform = Some(platform.parse().unwrap());
        Descriptor { platform, ..Descriptor::of(media_type::MANIFEST, &bytes) }
    };
    let index = Index::new(vec![image("amd64"), image("arm64")]);
    fake.add_manifest("a", "1", media_type::INDEX, &serde_json::to_vec(&index).unwrap())
}

#[test]
fn images_are_copied() {
    let data = noise(9 << 20);
    let (from, to) = (Fake::start(), Fake::start());
    let index = seed_index(&from, &data);
    let client = client();
    let copied =
        client.copy_image(&from.reference("a:1"), &to.reference("b:2"), CopyOptions::default()).unwrap();
    assert_eq!(copied.digest, index);
    assert!(to.blob("b", &Digest::of(&data)).is_some_and(|found| found == data));
    assert_eq!(client.head(&to.reference("b:2")).unwrap().unwrap().digest, index);
    let uploads = to.count("POST", "");
    assert_eq!(uploads, 3);

    client.copy_image(&to.reference("b:2"), &to.reference("c:3"), CopyOptions::default()).unwrap();
    assert_eq!(to.count("POST", "mount="), 3, "within one registry blobs are mounted");
    assert_eq!(to.count("GET", "/v2/b/blobs/"), 0);

    let platform = "arm64".parse().unwrap();
    let options = CopyOptions { platform: Some(&platform), ..CopyOptions::default() };
    let one = client.copy_image(&from.reference("a:1"), &to.reference("d:1"), options).unwrap();
    assert_eq!(one.media_type, media_type::MANIFEST);
    let platform = "s390x".parse().unwrap();
    let options = CopyOptions { platform: Some(&platform), ..CopyOptions::default() };
    let error = client.copy_image(&from.reference("a:1"), &to.reference("d:2"), options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn mounting_says_whether_it_worked() {
    let fake = Fake::start();
    let digest = fake.add_blob("a", b"x");
    assert!(client().mount_blob(&fake.reference("b"), &digest, "a").unwrap());
    assert!(client().has_blob(&fake.reference("b"), &digest).unwrap());
    let other = Digest::of(b"y");
    assert!(!client().mount_blob(&fake.reference("b"), &other, "a").unwrap());
    assert!(!client().has_blob(&fake.reference("b"), &other).unwrap());
    assert_eq!(fake.count("DELETE", "/uploads/"), 1, "the upload that came instead is given up");
}
