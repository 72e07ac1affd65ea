//! Files of web servers, from one in this process.

#![expect(clippy::unwrap_used, reason = "a failed helper fails the test")]

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use cooper_fetch::{Ask, Config, FetchError, Fetcher, NoProgress, Sink, Validators, WebAnswer, WebFile};
use kit::{Digest, Redacted};
use net::Sleeper;
use syntax::WebUrl;
use testkit::{Authority, Reply, Seen, Server};

#[derive(Default)]
struct Memory(Vec<u8>);

impl Sink for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn reset(&mut self) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }
}

fn config() -> Config {
    let net = net::Settings { sleep: Sleeper::new(|_| ()), ..net::Settings::default() };
    Config { net, ..Config::default() }
}

fn get(config: Config, url: &str, known: Option<&Validators>) -> Result<(WebAnswer, Vec<u8>), FetchError> {
    let url = WebUrl::parse(url).unwrap().unwrap();
    let mut sink = Memory::default();
    let ask = Ask { url: &url, known, checked: false, limit: 1 << 20 };
    let answer = Fetcher::new(config).web(&ask, &mut sink, &NoProgress)?;
    Ok((answer, sink.0))
}

fn file(answer: WebAnswer) -> WebFile {
    match answer {
        WebAnswer::New(file) => file,
        WebAnswer::Unchanged => panic!("nothing was fetched"),
    }
}

#[test]
fn a_file_comes_with_its_digest_and_time() {
    let server = Server::start(|_| {
        Reply::ok("hello\n").header("ETag", "\"1\"").header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
    });
    let (answer, content) = get(config(), &server.url("/a b?x=1#frag"), None).unwrap();
    let file = file(answer);
    assert_eq!(content, b"hello\n");
    assert_eq!((file.digest, file.size), (Digest::of(b"hello\n"), 6));
    assert_eq!(file.modified, Some(1_445_412_480));
    let seen = &server.seen()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", "/a%20b?x=1"));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.header("authorization"), None);
}

#[test]
fn what_is_known_is_asked_for_and_not_sent_again() {
    let server = Server::start(|seen| {
        if seen.header("if-none-match") == Some("\"1\"")
            || seen.header("if-modified-since") == Some("Wed, 21 Oct 2015 07:28:00 GMT")
        {
            return Reply::new(304);
        }
        Reply::ok("x").header("ETag", "W/\"1\"")
    });
    let known = |etag: Option<&str>, date: Option<&str>| Validators {
        etag: etag.map(str::to_owned),
        last_modified: date.map(str::to_owned),
    };
    let answer = |known: &Validators| get(config(), &server.url("/"), Some(known)).unwrap();
    assert_eq!(answer(&known(Some("\"1\""), None)).0, WebAnswer::Unchanged);
    assert_eq!(answer(&known(None, Some("Wed, 21 Oct 2015 07:28:00 GMT"))).0, WebAnswer::Unchanged);
    // This server knows the tag and sends the content all the same.
    let (same, content) = answer(&known(Some("W/\"1\""), None));
    assert_eq!((same, content.len()), (WebAnswer::Unchanged, 0));
    assert_eq!(answer(&known(Some("\"2\""), None)).1, b"x");
}

#[test]
fn a_broken_transfer_goes_on_where_it_broke() {
    let content: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let body = content.clone();
    let rounds = AtomicUsize::new(0);
    let server = Server::start(move |seen| {
        if let Some(range) = seen.header("range") {
            let start: usize = range["bytes=".len()..].trim_end_matches('-').parse().unwrap();
            assert_eq!(seen.header("if-range"), Some("\"1\""));
            let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
            return Reply { status: 206, ..Reply::ok(&body[start..]) }.header("Content-Range", range);
        }
        let reply = Reply::ok(body.clone()).header("ETag", "\"1\"");
        let cut = (rounds.fetch_add(1, Ordering::Relaxed) == 0).then_some(70_000);
        Reply { cut, ..reply }
    });
    let (answer, got) = get(config(), &server.url("/x"), None).unwrap();
    assert_eq!(file(answer).digest, Digest::of(&content));
    assert!(got == content && server.count() == 2, "{} bytes, {} requests", got.len(), server.count());
}

#[test]
fn without_a_strong_tag_a_broken_transfer_starts_again() {
    let rounds = AtomicUsize::new(0);
    let server = Server::start(move |seen| {
        assert_eq!(seen.header("range"), None);
        let cut = (rounds.fetch_add(1, Ordering::Relaxed) < 2).then_some(3);
        Reply { cut, ..Reply::ok("abcdef").header("ETag", "W/\"1\"") }
    });
    assert_eq!(get(config(), &server.url("/x"), None).unwrap().1, b"abcdef");
    assert_eq!(server.count(), 3);
}

#[test]
fn what_a_server_encodes_unasked_is_decoded() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut packed, b"plain").unwrap();
    let packed = packed.finish().unwrap();
    let body = packed.clone();
    let server = Server::start(move |seen| {
        let reply = Reply::ok(body.clone());
        if seen.path() == "/encoded" { reply.header("Content-Encoding", "gzip") } else { reply }
    });
    assert_eq!(get(config(), &server.url("/encoded"), None).unwrap().1, b"plain");
    assert_eq!(get(config(), &server.url("/archive.gz"), None).unwrap().1, packed);
}

#[test]
fn failures_say_what_and_why_and_what_to_do() {
    let server = Server::start(|seen| match seen.path() {
        "/busy" => Reply::new(503),
        "/large" => Reply::ok(vec![0; 2 << 20]),
        "/loop" => Reply::new(302).header("Location", "/loop"),
        "/private" => Reply::new(401),
        _ => Reply::new(404),
    });
    let check = |url: &str, message: &str, help: &str| {
        let error = get(config(), url, None).unwrap_err();
        assert!(error.message.contains(message), "{url}: {}", error.message);
        assert!(error.help.as_deref().unwrap_or_default().contains(help), "{url}: {:?}", error.help);
        assert!(error.environment, "{url}");
    };
    check(&server.url("/none?token=secret"), "there is no such file (status 404)", "check the address");
    check(&server.url("/private"), "wants to know who asks", "HTTP_AUTH_TOKEN_127.0.0.1");
    check(&server.url("/large"), "more than the 1048576 bytes", "");
    check(&server.url("/loop"), "redirects", "");
    check("http://127.0.0.1:1/x", "refused", "");
    check("http://host.invalid/x", "host name is not known", "");
    let before = server.count();
    check(&server.url("/busy"), "the server failed (status 503)", "");
    assert_eq!(server.count() - before, 5, "one attempt and four more");
    let error = get(config(), &server.url("/none?token=secret"), None).unwrap_err();
    assert!(!error.message.contains("secret"), "{}", error.message);
}

#[test]
fn secrets_go_to_their_host_and_not_along_a_redirect() {
    let other = Server::start(|_| Reply::ok("there"));
    let target = other.url("/there");
    let server = Server::start(move |seen| match seen.path() {
        "/away" => Reply::new(302).header("Location", target.clone()),
        _ => Reply::ok("here"),
    });
    let secret = |value: &str| Redacted::new(value.as_bytes().to_vec());
    let sent = |secrets: &[(&str, &str)], path: &str| {
        let mut config = config();
        config.secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), secret(value))).collect();
        get(config, &server.url(path), None).unwrap();
        server.seen().last().unwrap().header("authorization").map(str::to_owned)
    };
    assert_eq!(sent(&[("HTTP_AUTH_TOKEN_127.0.0.1", "abc\n")], "/x").as_deref(), Some("Bearer abc"));
    assert_eq!(sent(&[("HTTP_AUTH_HEADER_127.0.0.1", "Basic eDp5")], "/x").as_deref(), Some("Basic eDp5"));
    assert_eq!(sent(&[("HTTP_AUTH_TOKEN_other.example", "abc")], "/x"), None);
    assert_eq!(sent(&[("HTTP_AUTH_TOKEN_127.0.0.1", "abc")], "/away").as_deref(), Some("Bearer abc"));
    assert_eq!(other.seen()[0].header("authorization"), None, "another origin");
    let login = server.url("/x").replace("http://", "http://me:p%40ss@");
    get(config(), &login, None).unwrap();
    assert_eq!(server.seen().last().unwrap().header("authorization"), Some("Basic bWU6cEBzcw=="));
}

#[test]
fn a_private_authority_is_trusted_when_named_and_https_is_not_left() {
    let dir = tempfile::tempdir().unwrap();
    let Some(authority) = Authority::new(dir.path()) else { return };
    let plain = Server::start(|_| Reply::ok("plain"));
    let target = format!("http://localhost.example:{}/", plain.address.port());
    let server = Server::start_tls(&authority, move |seen: &Seen| match seen.path() {
        "/down" => Reply::new(302).header("Location", target.clone()),
        _ => Reply::ok("sealed"),
    });
    let error = get(config(), &server.url("/"), None).unwrap_err();
    assert!(error.message.contains("TLS") && error.help.unwrap().contains("ca-bundle"), "{}", error.message);
    let mut trusting = config();
    trusting.net.ca_bundles = vec![authority.bundle()];
    assert_eq!(get(trusting.clone(), &server.url("/"), None).unwrap().1, b"sealed");
    let error = get(trusting, &server.url("/down"), None).unwrap_err();
    assert!(error.message.contains("plain http is refused"), "{}", error.message);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let wrong = format!("https://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = io::Read::read(&mut stream, &mut [0; 1024]);
            let _ = io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let error = get(config(), &wrong, None).unwrap_err();
    assert!(error.help.unwrap_or_default().contains("`http://`"), "{}", error.message);
}

#[test]
fn a_proxy_is_used_when_it_is_set() {
    // Loopback is reached directly, so the name of another host is needed; the proxy looks it up.
    let proxy = Server::start(|_| Reply::ok("from the proxy"));
    let mut config = config();
    let http = Some(Redacted::new(proxy.url("")));
    config.net.proxy = Some(net::ProxySettings { http, https: None, no_proxy: "direct.invalid".to_owned() });
    let (_, content) = get(config.clone(), "http://some.invalid/x", None).unwrap_or_else(|error| {
        println!("{error}");
        panic!("{:?}", proxy.seen());
    });
    assert_eq!(content, b"from the proxy");
    let error = get(config, "http://direct.invalid/x", None).unwrap_err();
    assert!(error.message.contains("not known"), "{}", error.message);
}
