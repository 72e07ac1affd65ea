//! Where an engine is, and the way to it.

use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use crate::EngineError;

/// The head of an answer is not longer.
const MAX_HEAD: usize = 16 << 10;

/// A place that can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A socket of this machine.
    Unix(String),
    /// `HOST:PORT`, without encryption.
    Tcp(String),
}

/// An engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `docker=ADDRESS`: a Docker Engine, which has a `BuildKit` within.
    Docker(Address),
    /// `buildkit=ADDRESS`: a `buildkitd`.
    Buildkit(Address),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix://") {
            return Ok(Self::Unix(path.to_owned()));
        }
        if text.starts_with('/') || text.starts_with('.') {
            return Ok(Self::Unix(text.to_owned()));
        }
        match text.strip_prefix("tcp://") {
            Some(host) if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) => {
                Ok(Self::Tcp(host.trim_end_matches('/').to_owned()))
            }
            _ => {
                Err(format!("`{text}` is no address of an engine; write `unix:///PATH` or `tcp://HOST:PORT`"))
            }
        }
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("docker", address)) => address.parse().map(Self::Docker),
            Some(("buildkit", address)) => address.parse().map(Self::Buildkit),
            None if text == "docker" => Ok(Self::Docker(Address::Unix("/var/run/docker.sock".to_owned()))),
            None if text == "buildkit" => {
                Ok(Self::Buildkit(Address::Unix("/run/buildkit/buildkitd.sock".to_owned())))
            }
            _ => Err(format!("`{text}` is no engine; write `docker[=ADDRESS]` or `buildkit[=ADDRESS]`")),
        }
    }
}

/// A connection.
pub(crate) enum Connection {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Address {
    pub(crate) fn shown(&self) -> &str {
        match self {
            Self::Unix(address) | Self::Tcp(address) => address,
        }
    }

    pub(crate) async fn connect(&self) -> Result<Connection, EngineError> {
        let made = match self {
            Self::Unix(path) => UnixStream::connect(path).await.map(Connection::Unix),
            Self::Tcp(host) => TcpStream::connect(host).await.map(Connection::Tcp),
        };
        made.map_err(|error| {
            EngineError::environment(format!("no engine answers at `{}`: {error}", self.shown()))
                .help("start it, or name another one with `--engine`")
        })
    }
}

impl Endpoint {
    /// A connection on which the engine speaks HTTP/2.
    pub(crate) async fn connect(&self) -> Result<Connection, EngineError> {
        match self {
            Self::Buildkit(address) => address.connect().await,
            Self::Docker(address) => {
                let mut connection = address.connect().await?;
                let head =
                    "POST /grpc HTTP/1.1\r\nHost: docker\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n";
                connection.write_all(head.as_bytes()).await?;
                let head = head_of(&mut connection).await?;
                let line = head.lines().next().unwrap_or_default();
                if line.split(' ').nth(1) != Some("101") {
                    let text =
                        format!("the engine at `{}` has no builder: it answers `{line}`", address.shown());
                    return Err(EngineError::environment(text).help("Docker Engine 18.09 and later have one"));
                }
                Ok(connection)
            }
        }
    }
}

/// The head of an answer, byte for byte so that nothing behind it is read.
pub(crate) async fn head_of(connection: &mut Connection) -> Result<String, EngineError> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEAD {
            return Err(EngineError::environment("the engine's answer is too long"));
        }
        head.push(connection.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buf),
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buf),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_named_by_kind_and_address() {
        let unix = |path: &str| Address::Unix(path.to_owned());
        let check = |text: &str, expect| assert_eq!(text.parse::<Endpoint>(), Ok(expect), "{text}");
        check("docker", Endpoint::Docker(unix("/var/run/docker.sock")));
        check("docker=unix:///run/d.sock", Endpoint::Docker(unix("/run/d.sock")));
        check("docker=/run/d.sock", Endpoint::Docker(unix("/run/d.sock")));
        check("buildkit=tcp://h:1234", Endpoint::Buildkit(Address::Tcp("h:1234".to_owned())));
        for wrong in ["podman", "docker=h", "buildkit=tcp://h", "buildkit=https://h:1"] {
            assert!(wrong.parse::<Endpoint>().is_err(), "{wrong}");
        }
    }
}
