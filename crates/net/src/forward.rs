//! Plain http through a proxy: the request goes to the proxy with the whole address (RFC 9112, "absolute-form"), as
//! proxies expect it. Tunnels, which many grant to port 443 alone, are for https.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use ureq::http::{HeaderMap, HeaderName, HeaderValue};

use crate::{NetError, NetErrorKind, Result};

/// Largest head of an answer.
const MAX_HEAD: u64 = 64 << 10;

/// How long a connection may take and stay silent.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) connect: Duration,
    pub(crate) silence: Duration,
}

/// What came back.
pub(crate) struct Forwarded {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Box<dyn Read + Send>,
}

/// Connects to a proxy.
pub(crate) fn connect(host: &str, port: u16, patience: Patience) -> Result<TcpStream> {
    let failed = |text: &str, error: io::Error| {
        NetError::new(NetErrorKind::Unreachable, format!("the proxy `{host}:{port}` {text}"))
            .with_hint("check the proxy settings; `no_proxy` names hosts that are reached directly")
            .with_source(error)
    };
    let found = (host, port).to_socket_addrs().map_err(|error| failed("is not known", error))?;
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in found {
        match TcpStream::connect_timeout(&address, patience.connect) {
            Ok(stream) => {
                let set = stream
                    .set_read_timeout(Some(patience.silence))
                    .and_then(|()| stream.set_write_timeout(Some(patience.silence)));
                set.map_err(|error| failed("does not answer", error))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(failed("does not answer", last))
}

/// Sends a head with its lines, then a body, and reads the head of the answer.
pub(crate) fn exchange(
    stream: TcpStream,
    lines: &[String],
    body: &mut dyn Read,
    is_head: bool,
) -> io::Result<Forwarded> {
    let mut writer = io::BufWriter::new(stream.try_clone()?);
    for line in lines {
        writer.write_all(line.as_bytes())?;
        writer.write_all(b"\r\n")?;
    }
    writer.write_all(b"\r\n")?;
    io::copy(body, &mut writer)?;
    writer.flush()?;
    let mut reader = BufReader::new(stream);
    loop {
        let (status, headers) = head(&mut reader)?;
        // Interim answers only say that the real one will come.
        if status != 101 && (100..200).contains(&status) {
            continue;
        }
        let empty = is_head || matches!(status, 204 | 304);
        let body = content(reader, &headers, empty)?;
        return Ok(Forwarded { status, headers, body });
    }
}

fn head(reader: &mut impl BufRead) -> io::Result<(u16, HeaderMap)> {
    let mut left = MAX_HEAD;
    let first = line(reader, &mut left)?;
    let status = first.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok());
    let status = status.ok_or_else(|| invalid("the answer is not valid http"))?;
    let mut headers = HeaderMap::new();
    loop {
        let text = line(reader, &mut left)?;
        if text.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = text.split_once(':').ok_or_else(|| invalid("a header without a colon"))?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("a malformed header"))?;
        let value = HeaderValue::from_str(value.trim()).map_err(|_| invalid("a malformed header"))?;
        headers.append(name, value);
    }
}

/// A line without its end.
fn line(reader: &mut impl BufRead, left: &mut u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    let count = reader.take(*left).read_until(b'\n', &mut bytes)?;
    *left -= count as u64;
    if bytes.pop() != Some(b'\n') {
        let text =
            if *left == 0 { "the head of the answer is too large" } else { "the answer ends in its head" };
        return Err(invalid(text));
    }
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
    String::from_utf8(bytes.to_vec()).map_err(|_| invalid("a header that is not text"))
}

fn content(
    reader: BufReader<TcpStream>,
    headers: &HeaderMap,
    empty: bool,
) -> io::Result<Box<dyn Read + Send>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if empty {
        return Ok(Box::new(io::empty()));
    }
    if text("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return Ok(Box::new(Chunked { reader, left: 0, state: Chunk::Size }));
    }
    match text("content-length").map(str::parse) {
        Some(Ok(size)) => Ok(Box::new(Sized { reader, left: size })),
        Some(Err(_)) => Err(invalid("a malformed length")),
        None => Ok(Box::new(reader)),
    }
}

/// A body whose length was said; one that ends earlier is an error.
struct Sized<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Sized<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.reader.read(&mut buf[..most])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

#[derive(PartialEq)]
enum Chunk {
    Size,
    Data,
    End,
}

/// A body in chunks (RFC 9112, "Chunked Transfer Coding").
struct Chunked<R> {
    reader: R,
    left: u64,
    state: Chunk,
}

impl<R: BufRead> Chunked<R> {
    /// Reads the size of the next chunk.
    fn begin(&mut self) -> io::Result<()> {
        let mut bound = 4096;
        let text = line(&mut self.reader, &mut bound)?;
        let size = text.split(';').next().unwrap_or_default().trim();
        self.left = u64::from_str_radix(size, 16).map_err(|_| invalid("a malformed chunk"))?;
        self.state = Chunk::Data;
        if self.left == 0 {
            while !line(&mut self.reader, &mut bound)?.is_empty() {}
            self.state = Chunk::End;
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Chunked<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.state == Chunk::Size {
            self.begin()?;
        }
        if self.state == Chunk::End || buf.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let count = self.reader.read(&mut buf[..most])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        if self.left == 0 {
            line(&mut self.reader, &mut 2)?;
            self.state = Chunk::Size;
        }
        Ok(count)
    }
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(text: &str) -> io::Result<String> {
        let mut out = String::new();
        Chunked { reader: text.as_bytes(), left: 0, state: Chunk::Size }.read_to_string(&mut out)?;
        Ok(out)
    }

    #[test]
    fn chunks_are_joined() {
        assert_eq!(
            chunks("3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n").unwrap(),
            "abc0123456789"
        );
        for bad in
            ["", "x\r\n", "3\r\nab", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc\r\n", "ffffffffffffffffff\r\n"]
        {
            assert!(chunks(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn heads_are_bounded_and_checked() {
        let read = |text: &str| head(&mut text.as_bytes());
        let (status, headers) = read("HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\n\r\n").unwrap();
        assert_eq!((status, headers.get_all("a").iter().count()), (200, 2));
        let large = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(70_000));
        for bad in ["", "HTTP/1.1", "SSH-2.0 200 x\r\n\r\n", "HTTP/1.1 200 OK\r\nA\r\n\r\n", &large] {
            assert!(read(bad).is_err(), "{:?}", &bad[..bad.len().min(30)]);
        }
    }
}
