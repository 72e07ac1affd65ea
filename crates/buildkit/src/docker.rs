//! What else of Docker's API is needed: an image out of its store.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use crate::EngineError;
use crate::connect::Address;

/// Lines of heads and of chunks are not longer.
const MAX_LINE: u64 = 16 << 10;

/// Copies an image out of the engine's store, as the archive that `docker save` makes; gives the id under which it is there.
/// Stores differ in whether that is the digest of the manifest or of the configuration.
pub fn save<'a>(address: &Address, ids: &[&'a str], out: &mut dyn Write) -> Result<&'a str, EngineError> {
    let mut refused = EngineError::environment("the engine does not say which image it made");
    for id in ids {
        let mut answer = ask(address, "GET", &format!("/images/{id}/get"))?;
        if answer.status == 200 {
            std::io::copy(&mut answer.body, out)?;
            out.flush()?;
            return Ok(id);
        }
        let mut text = String::new();
        answer.body.take(MAX_LINE).read_to_string(&mut text)?;
        let text = format!("the engine does not give the image `{id}`: {} {}", answer.status, text.trim());
        refused = EngineError::environment(text);
    }
    Err(refused)
}

/// Gives an image of the engine's store a name.
pub fn tag(address: &Address, id: &str, repository: &str, tag: &str) -> Result<(), EngineError> {
    let answer = ask(address, "POST", &format!("/images/{id}/tag?repo={repository}&tag={tag}"))?;
    match answer.status {
        201 => Ok(()),
        status => {
            let text = format!("the engine does not name the image `{repository}:{tag}`: {status}");
            Err(EngineError::environment(text))
        }
    }
}

/// Takes an image out of the engine's store.
pub fn remove(address: &Address, id: &str) -> Result<(), EngineError> {
    let answer = ask(address, "DELETE", &format!("/images/{id}?force=1"))?;
    match answer.status {
        200 => Ok(()),
        status => Err(EngineError::environment(format!("the engine does not remove `{id}`: {status}"))),
    }
}

/// Reads bytes as an answer; the size of its body.
pub(crate) fn probe(input: &[u8]) -> Result<usize, EngineError> {
    let mut answer = head(std::io::Cursor::new(input.to_vec()))?;
    let mut body = Vec::new();
    answer.body.read_to_end(&mut body)?;
    Ok(body.len())
}

struct Answer {
    status: u16,
    body: Box<dyn Read>,
}

fn ask(address: &Address, method: &str, path: &str) -> Result<Answer, EngineError> {
    let failed = |error: std::io::Error| {
        EngineError::environment(format!("no engine answers at `{}`: {error}", address.shown()))
    };
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let reader: Box<dyn Read> = match address {
        Address::Unix(path) => {
            let mut stream = UnixStream::connect(path).map_err(failed)?;
            stream.write_all(request.as_bytes())?;
            Box::new(stream)
        }
        Address::Tcp(host) => {
            let mut stream = TcpStream::connect(host).map_err(failed)?;
            stream.write_all(request.as_bytes())?;
            Box::new(stream)
        }
    };
    head(BufReader::with_capacity(1 << 16, reader))
}

fn line(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = Vec::new();
    reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn head<R: BufRead + 'static>(mut reader: R) -> Result<Answer, EngineError> {
    let first = line(&mut reader)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| EngineError::environment("the engine's answer is no HTTP"))?;
    let (mut chunked, mut length) = (false, None);
    loop {
        let header = line(&mut reader)?.to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else { continue };
        match name {
            "transfer-encoding" => chunked = value.trim() == "chunked",
            "content-length" => length = value.trim().parse::<u64>().ok(),
            _ => {}
        }
    }
    let body: Box<dyn Read> = match (chunked, length) {
        (true, _) => Box::new(Chunks { reader, left: 0, ended: false }),
        (false, Some(length)) => Box::new(reader.take(length)),
        (false, None) => Box::new(reader),
    };
    Ok(Answer { status, body })
}

/// A body in chunks. One that ends before its last chunk is an error.
struct Chunks<R> {
    reader: R,
    left: u64,
    ended: bool,
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            let text = line(&mut self.reader)?;
            let size = text.split(';').next().unwrap_or_default().trim();
            self.left = u64::from_str_radix(size, 16).map_err(|_| {
                std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the answer is cut off")
            })?;
            if self.left == 0 {
                self.ended = true;
                return Ok(0);
            }
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.reader.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the answer is cut off"));
        }
        self.left -= count as u64;
        if self.left == 0 {
            line(&mut self.reader)?;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn body(text: &'static str) -> (u16, std::io::Result<String>) {
        let answer = head(Cursor::new(text)).unwrap();
        let mut out = String::new();
        let mut body = answer.body;
        (answer.status, body.read_to_string(&mut out).map(|_| out))
    }

    #[test]
    fn bodies_are_read_to_their_end() {
        let (status, text) =
            body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2;x\r\n !\r\n0\r\n\r\n");
        assert_eq!((status, text.unwrap().as_str()), (200, "hello !"));
        let (status, text) = body("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nnomore");
        assert_eq!((status, text.unwrap().as_str()), (404, "no"));
        assert!(body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel").1.is_err());
        assert!(head(Cursor::new("what")).is_err());
    }
}
