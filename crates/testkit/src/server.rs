//! A small web server whose answers a test decides.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::tls::Authority;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// `GET` and the like.
    pub method: String,
    /// Path with query, not decoded.
    pub target: String,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Seen {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers besides `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Send only so many bytes of the body, then close.
    pub cut: Option<usize>,
}

impl Reply {
    /// An answer without a body.
    pub fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// 200 with a body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::new(200) }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

type Handler = dyn Fn(&Seen) -> Reply + Send + Sync;

/// A server on a free port of loopback.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    scheme: &'static str,
    log: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers by plain http.
    pub fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(handler))
    }

    /// Answers by https, with a certificate of an authority that only the test knows.
    pub fn start_tls(
        authority: &Authority,
        handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(authority.server()), Arc::new(handler))
    }

    fn listen(tls: Option<Arc<rustls::ServerConfig>>, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (shared, scheme) = (Arc::clone(&log), if tls.is_some() { "https" } else { "http" });
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, handler, tls) = (Arc::clone(&shared), Arc::clone(&handler), tls.clone());
                // A client that goes away ends its connection; nobody else is to notice.
                thread::spawn(move || drop(connection(stream, tls, &log, &*handler)));
            }
        });
        Self { address, scheme, log }
    }

    /// An address on it.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// What was asked so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often something was asked so far.
    pub fn count(&self) -> usize {
        self.seen().len()
    }
}

fn connection(
    stream: TcpStream,
    tls: Option<Arc<rustls::ServerConfig>>,
    log: &Mutex<Vec<Seen>>,
    handler: &Handler,
) -> io::Result<()> {
    match tls {
        None => {
            let mut writer = stream.try_clone()?;
            serve(&mut BufReader::new(stream), &mut |bytes| writer.write_all(bytes), log, handler)
        }
        Some(config) => {
            let session = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
            let stream = std::cell::RefCell::new(rustls::StreamOwned::new(session, stream));
            let mut reader = BufReader::new(Shared(&stream));
            serve(&mut reader, &mut |bytes| Write::write_all(&mut *stream.borrow_mut(), bytes), log, handler)
        }
    }
}

/// Reads from a stream that is also written to.
struct Shared<'a>(&'a std::cell::RefCell<rustls::StreamOwned<rustls::ServerConnection, TcpStream>>);

impl Read for Shared<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buf)
    }
}

fn serve(
    reader: &mut impl BufRead,
    write: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    log: &Mutex<Vec<Seen>>,
    handler: &Handler,
) -> io::Result<()> {
    while let Some(seen) = request(reader)? {
        log.lock().unwrap_or_else(PoisonError::into_inner).push(seen.clone());
        let reply = handler(&seen);
        let mut head = format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        write(format!("{head}\r\n").as_bytes())?;
        if seen.method == "HEAD" || matches!(reply.status, 204 | 304) {
            continue;
        }
        write(&reply.body[..reply.cut.unwrap_or(reply.body.len())])?;
        if reply.cut.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

fn request(reader: &mut impl BufRead) -> io::Result<Option<Seen>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let mut seen = Seen {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        ..Seen::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        seen.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    if seen.header("transfer-encoding") == Some("chunked") {
        seen.body = chunks(reader)?;
    } else if let Some(len) = seen.header("content-length").and_then(|text| text.parse().ok()) {
        reader.take(len).read_to_end(&mut seen.body)?;
    }
    Ok(Some(seen))
}

fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        reader.by_ref().take(size).read_to_end(&mut out)?;
        reader.read_line(&mut line)?;
        if size == 0 {
            return Ok(out);
        }
    }
}
