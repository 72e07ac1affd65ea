//! What an engine can send, read from bytes of any kind: for tests that look for bytes that do harm.

use bytes::BytesMut;
use prost::Message;

use crate::messages::{BridgeSolved, BytesMessage, Packet, SolveResponse, StatusResponse};
use crate::{docker, grpc, wording};

/// Reads bytes as frames with the messages of each service in them, as an answer of Docker's API, and as what an engine says
/// of a failure.
///
/// # Panics
/// When something is read that was not sent.
pub fn probe(input: &[u8]) {
    let mut buffer = BytesMut::from(input);
    let mut left = buffer.len();
    while let Ok(Some(message)) = grpc::take(&mut buffer) {
        assert!(buffer.len() + message.len() + 5 == left, "a frame is taken whole");
        left = buffer.len();
        if let Ok(status) = StatusResponse::decode(message.clone()) {
            let again = StatusResponse::decode(&*status.encode_to_vec());
            assert_eq!(again.as_ref(), Ok(&status), "a status is read as it was written");
        }
        // What is no such message is an error and nothing else.
        let _ = SolveResponse::decode(message.clone());
        let _ = BridgeSolved::decode(message.clone());
        let _ = BytesMessage::decode(message.clone());
        let _ = Packet::decode(message);
    }
    if let Ok(size) = docker::probe(input) {
        assert!(size <= input.len(), "an answer has no more than was sent");
    }
    let text = String::from_utf8_lossy(input);
    let error = wording::error(&text);
    assert!(error.exit.is_none() || error.message.contains("exit code"), "{}", error.message);
    let _ = grpc::decoded(&text);
}
