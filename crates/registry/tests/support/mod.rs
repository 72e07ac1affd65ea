//! A small registry in this process, whose answers a test can replace.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "helpers of tests may panic, and read better so"
)]

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use image::{Digest, Reference};

/// One request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path with query, not decoded.
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn is(&self, method: &str, part: &str) -> bool {
        self.method == method && self.path.contains(part)
    }

    fn param(&self, key: &str) -> Option<String> {
        let query = self.path.split_once('?')?.1;
        query.split('&').find_map(|pair| Some(pair.strip_prefix(key)?.strip_prefix('=')?.to_owned()))
    }
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Send only so many bytes of the body, then close.
    pub(crate) cut: Option<usize>,
    /// Close without an answer.
    pub(crate) hang_up: bool,
}

impl Response {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

/// What a test does with a request before the registry sees it.
pub(crate) enum Action {
    /// The registry answers.
    Pass,
    /// This is the answer.
    Answer(Response),
    /// Only so many bytes of the body are read, given to the registry, and the connection is closed.
    CutBody(usize),
}

type Hook = dyn Fn(&Request, usize) -> Action + Send + Sync;

#[derive(Default)]
struct State {
    manifests: BTreeMap<String, (String, Vec<u8>)>,
    blobs: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, Vec<u8>>,
    /// Uploads that were begun; each has a number of its own, also when several begin at once.
    begun: usize,
    log: Vec<Request>,
}

/// A running registry. Its threads end with the process.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub(crate) fn start() -> Self {
        Self::with(|_, _| Action::Pass)
    }

    /// `hook` sees each request before its body is read, with the number of earlier requests of the same method
    /// and path.
    pub(crate) fn with(hook: impl Fn(&Request, usize) -> Action + Send + Sync + 'static) -> Self {
        Self::on("127.0.0.1:0", hook)
    }

    pub(crate) fn on(
        address: &str,
        hook: impl Fn(&Request, usize) -> Action + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, hook): (_, Arc<Hook>) = (Arc::clone(&state), Arc::new(hook));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (state, hook) = (Arc::clone(&shared), Arc::clone(&hook));
                thread::spawn(move || serve(&stream, &state, &*hook));
            }
        });
        Self { address, state }
    }

    pub(crate) fn reference(&self, rest: &str) -> Reference {
        format!("{}/{rest}", self.address).parse().unwrap()
    }

    pub(crate) fn add_manifest(&self, repository: &str, tag: &str, kind: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        let mut state = self.state.lock().unwrap();
        for name in [tag.to_owned(), digest.to_string()] {
            state.manifests.insert(format!("{repository}/{name}"), (kind.to_owned(), bytes.to_vec()));
        }
        digest
    }

    pub(crate) fn add_blob(&self, repository: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.state.lock().unwrap().blobs.insert(format!("{repository}/{digest}"), bytes.to_vec());
        digest
    }

    pub(crate) fn blob(&self, repository: &str, digest: &Digest) -> Option<Vec<u8>> {
        self.state.lock().unwrap().blobs.get(&format!("{repository}/{digest}")).cloned()
    }

    pub(crate) fn log(&self) -> Vec<Request> {
        self.state.lock().unwrap().log.clone()
    }

    /// How many requests had this method and this part in their path.
    pub(crate) fn count(&self, method: &str, part: &str) -> usize {
        self.log().iter().filter(|request| request.is(method, part)).count()
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>, hook: &Hook) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream);
    if reader.fill_buf().is_ok_and(|bytes| bytes.first().is_some_and(|byte| !byte.is_ascii_alphabetic())) {
        // Somebody tries TLS; servers of the field answer in plain text.
        let _ = (&*stream).write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        return;
    }
    while let Ok(Some(mut request)) = read_head(&mut reader) {
        let length: usize = request.header("content-length").map_or(0, |text| text.parse().unwrap());
        let seen = {
            let log = &mut state.lock().unwrap().log;
            let same = |old: &&Request| old.method == request.method && old.path == request.path;
            let seen = log.iter().filter(same).count();
            log.push(request.clone());
            seen
        };
        let action = hook(&request, seen);
        let take = if let Action::CutBody(limit) = action { limit.min(length) } else { length };
        request.body = vec![0; take];
        if reader.read_exact(&mut request.body).is_err() {
            return;
        }
        let response = match action {
            Action::Answer(response) => response,
            Action::Pass => answer(&request, &mut state.lock().unwrap()),
            Action::CutBody(_) => {
                answer(&request, &mut state.lock().unwrap());
                return;
            }
        };
        if response.hang_up || write_response(stream, &request, &response).is_err() || response.cut.is_some()
        {
            return;
        }
    }
}

fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        ..Request::default()
    };
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { return Ok(Some(request)) };
        request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
}

fn write_response(mut stream: &TcpStream, request: &Request, response: &Response) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} x\r\n", response.status);
    let has = |name: &str| response.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    if !has("content-length") && !has("transfer-encoding") && response.status != 204 {
        head.push_str(&["content-length: ", &response.body.len().to_string(), "\r\n"].concat());
    }
    for (name, value) in &response.headers {
        head.push_str(&[name, ": ", value, "\r\n"].concat());
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    if request.method != "HEAD" {
        stream.write_all(&response.body[..response.cut.unwrap_or(response.body.len())])?;
    }
    Ok(())
}

/// The registry proper: `/v2/<name>/<what>/<which>` with names of one component.
fn answer(request: &Request, state: &mut State) -> Response {
    let path = request.path.split('?').next().unwrap_or_default();
    // As a proxy sees it: with the server in front.
    let path =
        path.strip_prefix("http://").map_or(path, |rest| rest.split_once('/').map_or("", |(_, path)| path));
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["v2", ""]) => Response::new(200),
        ("GET" | "HEAD", ["v2", name, "manifests", which]) => state
            .manifests
            .get(&format!("{name}/{which}"))
            .map_or(missing("MANIFEST_UNKNOWN"), |(kind, bytes)| {
                Response::new(200)
                    .header("content-type", kind)
                    .header("docker-content-digest", Digest::of(bytes))
                    .body(bytes.clone())
            }),
        ("PUT", ["v2", name, "manifests", which]) => {
            let kind = request.header("content-type").unwrap_or_default().to_owned();
            let digest = Digest::of(&request.body);
            for key in [(*which).to_owned(), digest.to_string()] {
                state.manifests.insert(format!("{name}/{key}"), (kind.clone(), request.body.clone()));
            }
            Response::new(201).header("docker-content-digest", digest).header("location", "/x")
        }
        ("DELETE", ["v2", name, "manifests", which]) => {
            let gone = state.manifests.remove(&format!("{name}/{which}"));
            gone.map_or(missing("MANIFEST_UNKNOWN"), |_| Response::new(202))
        }
        ("GET" | "HEAD", ["v2", name, "blobs", digest]) => {
            let blob = state.blobs.get(&format!("{name}/{digest}"));
            blob.map_or(missing("BLOB_UNKNOWN"), |bytes| ranged(request, bytes))
        }
        ("POST", ["v2", name, "blobs", "uploads", ""]) => begin(request, name, state),
        (_, ["v2", name, "blobs", "uploads", id]) => upload(request, name, id, state),
        _ => missing("NOT_FOUND"),
    }
}

fn missing(code: &str) -> Response {
    Response::new(404).body(format!(r#"{{"errors":[{{"code":"{code}","message":"unknown"}}]}}"#))
}

fn ranged(request: &Request, bytes: &[u8]) -> Response {
    let start =
        request.header("range").and_then(|text| text.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    match start {
        Some(start) => Response::new(206)
            .header("content-range", format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len()))
            .body(&bytes[start..]),
        None => Response::new(200).body(bytes),
    }
}

fn begin(request: &Request, name: &str, state: &mut State) -> Response {
    if let (Some(digest), Some(from)) = (request.param("mount"), request.param("from"))
        && let Some(bytes) = state.blobs.get(&format!("{from}/{digest}")).cloned()
    {
        state.blobs.insert(format!("{name}/{digest}"), bytes);
        return Response::new(201);
    }
    state.begun += 1;
    let id = state.begun.to_string();
    state.uploads.insert(id.clone(), Vec::new());
    Response::new(202).header("location", format!("/v2/{name}/blobs/uploads/{id}?state=secret0"))
}

fn upload(request: &Request, name: &str, id: &str, state: &mut State) -> Response {
    let Some(data) = state.uploads.get_mut(id) else { return missing("BLOB_UPLOAD_UNKNOWN") };
    if request.method == "DELETE" {
        state.uploads.remove(id);
        return Response::new(204);
    }
    let start =
        request.header("content-range").and_then(|text| text.split('-').next()?.parse::<usize>().ok());
    if start.is_some_and(|start| start != data.len()) {
        return Response::new(416);
    }
    data.extend_from_slice(&request.body);
    let status = match request.method.as_str() {
        "PATCH" => 202,
        "GET" => 204,
        _ => {
            let digest = request.param("digest").unwrap();
            if Digest::of(data).to_string() != digest {
                return Response::new(400).body(r#"{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}"#);
            }
            let data = state.uploads.remove(id).unwrap();
            state.blobs.insert(format!("{name}/{digest}"), data);
            return Response::new(201);
        }
    };
    let last = data.len().saturating_sub(1);
    Response::new(status)
        .header("location", format!("/v2/{name}/blobs/uploads/{id}?state=secret{last}"))
        .header("range", format!("0-{last}"))
}
