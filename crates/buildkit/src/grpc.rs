//! gRPC on HTTP/2: messages with five bytes before them, and the status in the trailers.

use std::future::poll_fn;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request};
use prost::Message;

use crate::EngineError;

/// No message is longer.
const MAX_MESSAGE: usize = 64 << 20;

/// The codes of gRPC that are used here.
pub(crate) mod code {
    pub(crate) const UNKNOWN: u32 = 2;
    pub(crate) const NOT_FOUND: u32 = 5;
    pub(crate) const UNIMPLEMENTED: u32 = 12;
}

/// A call that failed at the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl Status {
    pub(crate) fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What trailers say; nothing when they say that all is well.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let code = text("grpc-status")?.parse().unwrap_or(code::UNKNOWN);
        (code != 0).then(|| Self::new(code, decoded(text("grpc-message").unwrap_or_default())))
    }
}

/// Percent-encoded bytes as a text.
pub(crate) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Bytes as trailers can carry them.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'%';
    text.bytes().fold(String::new(), |out, byte| {
        if plain(byte) { out + &char::from(byte).to_string() } else { out + &format!("%{byte:02X}") }
    })
}

/// A message with its length before it.
pub(crate) fn framed(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut out = BytesMut::with_capacity(5 + length);
    out.put_u8(0);
    out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    // A buffer that grows always has room.
    let _ = message.encode(&mut out);
    out.freeze()
}

/// Sends bytes as fast as the other side takes them.
pub(crate) async fn send(stream: &mut SendStream<Bytes>, mut bytes: Bytes) -> Result<(), h2::Error> {
    while !bytes.is_empty() {
        stream.reserve_capacity(bytes.len());
        let room = match poll_fn(|context| stream.poll_capacity(context)).await {
            Some(room) => room?.min(bytes.len()),
            None => return Err(h2::Reason::CANCEL.into()),
        };
        if room > 0 {
            stream.send_data(bytes.split_to(room), false)?;
        }
    }
    Ok(())
}

/// Messages as they come.
pub(crate) struct Incoming {
    stream: RecvStream,
    buffer: BytesMut,
}

impl Incoming {
    pub(crate) fn new(stream: RecvStream) -> Self {
        Self { stream, buffer: BytesMut::new() }
    }

    /// The next message; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, EngineError> {
        loop {
            if let Some(message) = take(&mut self.buffer)? {
                return Ok(Some(message));
            }
            match self.stream.data().await {
                None => return Ok(None),
                Some(bytes) => {
                    let bytes = bytes?;
                    self.stream.flow_control().release_capacity(bytes.len())?;
                    self.buffer.extend_from_slice(&bytes);
                }
            }
        }
    }

    /// The next message of a kind.
    pub(crate) async fn decode<M: Message + Default>(&mut self) -> Result<Option<M>, EngineError> {
        let Some(bytes) = self.next().await? else { return Ok(None) };
        let message = M::decode(bytes);
        message
            .map(Some)
            .map_err(|error| EngineError::environment(format!("the engine sent no message: {error}")))
    }

    /// What the trailers say, after all messages.
    async fn status(&mut self) -> Result<Option<Status>, EngineError> {
        Ok(self.stream.trailers().await?.as_ref().and_then(Status::of))
    }
}

pub(crate) fn take(buffer: &mut BytesMut) -> Result<Option<Bytes>, EngineError> {
    let Some((head, rest)) = buffer.split_at_checked(5) else { return Ok(None) };
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if head[0] != 0 || length > MAX_MESSAGE {
        return Err(EngineError::environment("the engine sent a message that is compressed or too long"));
    }
    if rest.len() < length {
        return Ok(None);
    }
    buffer.advance(5);
    Ok(Some(buffer.split_to(length).freeze()))
}

/// Why a call gave nothing.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The other side refused it.
    Status(Status),
    /// It did not get there.
    Engine(EngineError),
}

impl From<EngineError> for CallError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<h2::Error> for CallError {
    fn from(error: h2::Error) -> Self {
        Self::Engine(error.into())
    }
}

/// A call whose stream is open.
pub(crate) struct Call {
    pub(crate) send: SendStream<Bytes>,
    response: h2::client::ResponseFuture,
}

/// Begins a call.
pub(crate) async fn begin(
    client: &SendRequest<Bytes>,
    path: &str,
    headers: &[(String, String)],
) -> Result<Call, EngineError> {
    let mut request = Request::post(format!("http://localhost{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", concat!("cooper/", env!("CARGO_PKG_VERSION")));
    for (name, value) in headers {
        request = request.header(name.as_str(), value.as_str());
    }
    let request = request
        .body(())
        .map_err(|error| EngineError::environment(format!("a call cannot be written: {error}")))?;
    let mut client = client.clone().ready().await?;
    let (response, send) = client.send_request(request, false)?;
    Ok(Call { send, response })
}

impl Call {
    /// The stream to the other side, and its answer, which may wait for what is sent.
    pub(crate) fn parts(self) -> (SendStream<Bytes>, h2::client::ResponseFuture) {
        (self.send, self.response)
    }

    /// The messages of the other side.
    pub(crate) async fn messages(self) -> Result<(SendStream<Bytes>, Incoming), CallError> {
        let response = self.response.await?;
        if let Some(status) = Status::of(response.headers()) {
            return Err(CallError::Status(status));
        }
        if response.status() != http::StatusCode::OK {
            let text = format!("the engine answers with HTTP status {}", response.status());
            return Err(EngineError::environment(text).into());
        }
        Ok((self.send, Incoming::new(response.into_body())))
    }
}

/// A call with one message in each direction.
pub(crate) async fn unary<R: Message + Default>(
    client: &SendRequest<Bytes>,
    path: &str,
    headers: &[(String, String)],
    request: &impl Message,
) -> Result<R, CallError> {
    let (_send, mut incoming) = stream(client, path, headers, request).await?;
    let answer = incoming.decode::<R>().await?;
    while incoming.next().await?.is_some() {}
    match (incoming.status().await?, answer) {
        (Some(status), _) => Err(CallError::Status(status)),
        (None, Some(answer)) => Ok(answer),
        (None, None) => Err(EngineError::environment("the engine gave no answer").into()),
    }
}

/// A call with one message there and many back.
pub(crate) async fn stream(
    client: &SendRequest<Bytes>,
    path: &str,
    headers: &[(String, String)],
    request: &impl Message,
) -> Result<(SendStream<Bytes>, Incoming), CallError> {
    let mut call = begin(client, path, headers).await?;
    send(&mut call.send, framed(request)).await?;
    call.send.send_data(Bytes::new(), true)?;
    call.messages().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::BytesMessage;

    #[test]
    fn messages_are_found_in_any_pieces() {
        let message = BytesMessage { data: Bytes::from_static(b"hello") };
        let bytes = [framed(&message), framed(&BytesMessage::default())].concat();
        let mut buffer = BytesMut::new();
        let mut found = Vec::new();
        for byte in bytes {
            buffer.put_u8(byte);
            while let Some(one) = take(&mut buffer).unwrap() {
                found.push(BytesMessage::decode(one).unwrap());
            }
        }
        assert_eq!(found, [message, BytesMessage::default()]);
        for bad in [&[1, 0, 0, 0, 0][..], &[0, 255, 255, 255, 255]] {
            assert!(take(&mut BytesMut::from(bad)).is_err());
        }
    }

    #[test]
    fn texts_of_trailers_are_encoded() {
        assert_eq!(encoded("50% ä\n"), "50%25 %C3%A4%0A");
        assert_eq!(decoded("50%25 %C3%A4%0A%"), "50% ä\n%");
    }
}
