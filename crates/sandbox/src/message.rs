//! What travels over the control socket between the calling process and the sandbox's init: one request,
//! then reports, each a length and an encoded value.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use seccompiler::sock_filter;

use crate::error::{ErrorKind, SandboxError};
use crate::spec::{ExecError, Spec, Usage};
use crate::target::Created;
use crate::wire::{Wire, wire_choice, wire_struct};

/// The largest message taken: specifications carry secrets of up to a few MiB.
const LIMIT: usize = 64 << 20;

/// What the new process is to do.
pub(crate) enum Request {
    /// Run a step, with this system call filter (empty: none).
    Run {
        /// What to run.
        spec: Box<Spec>,
        /// The compiled filter.
        filter: Vec<sock_filter>,
    },
    /// Be ready for the next request, which is to run a step.
    Wait {
        /// Whether the step is to have a network namespace with nothing but loopback.
        own_network: bool,
    },
    /// Try what the kernel offers.
    Probe,
    /// Make a network namespace and connect it with this program.
    Network {
        /// Path of the program.
        program: String,
        /// Its arguments, its name first.
        arguments: Vec<String>,
    },
    /// Make a user namespace in which this line is registered with `binfmt_misc`.
    Emulate {
        /// The line.
        line: String,
    },
}

/// What comes back.
pub(crate) enum Report {
    /// The sandbox could not be set up.
    Failed(SandboxError),
    /// The program could not be executed.
    NotExecuted(ExecError),
    /// Mount points were made.
    Created(Vec<Created>),
    /// Something was left out.
    Warning(String),
    /// The process has ended.
    Ended(Ended),
    /// A namespace is ready; it comes with this message.
    Connected,
    /// Calls that read directories wait for an answer; where they are heard comes with this message.
    Listening,
    /// A pseudo-terminal was opened; its controlling side comes with this message.
    Terminal,
    /// What a probe found: nothing when all is well, else what was refused.
    Probed(Option<SandboxError>),
}

/// The end of a process.
pub(crate) struct Ended {
    /// Raw status of `wait`.
    pub(crate) status: i32,
    /// What it used.
    pub(crate) usage: Usage,
}

wire_struct! {
    Ended { status, usage }
}

wire_choice! {
    ErrorKind { NoUserNamespaces, NoOverlay, NoNetwork, NoEmulator, BadSpec, MissingSource, Died, System }
}

impl Wire for SandboxError {
    fn put(&self, out: &mut Vec<u8>) {
        self.kind().put(out);
        self.errno().put(out);
        for text in [self.step(), self.object(), self.detail()] {
            text.to_owned().put(out);
        }
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        let (kind, errno) = (ErrorKind::get(input)?, Option::<i32>::get(input)?);
        let (step, object, detail) = (String::get(input)?, String::get(input)?, String::get(input)?);
        Some(Self::from_parts(kind, [step, object, detail], errno))
    }
}

impl Wire for Request {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Run { spec, filter } => {
                0_u8.put(out);
                spec.put(out);
                filter.put(out);
            }
            Self::Probe => 1_u8.put(out),
            Self::Network { program, arguments } => {
                2_u8.put(out);
                program.put(out);
                arguments.put(out);
            }
            Self::Emulate { line } => (3_u8.put(out), line.put(out)).1,
            Self::Wait { own_network } => (4_u8.put(out), own_network.put(out)).1,
        }
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::get(input)? {
            0 => Self::Run { spec: Box::new(Wire::get(input)?), filter: Wire::get(input)? },
            1 => Self::Probe,
            2 => Self::Network { program: Wire::get(input)?, arguments: Wire::get(input)? },
            3 => Self::Emulate { line: Wire::get(input)? },
            4 => Self::Wait { own_network: Wire::get(input)? },
            _ => return None,
        })
    }
}

impl Wire for Report {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Failed(error) => (0_u8.put(out), error.put(out)).1,
            Self::NotExecuted(error) => (1_u8.put(out), error.put(out)).1,
            Self::Created(list) => (2_u8.put(out), list.put(out)).1,
            Self::Warning(text) => (3_u8.put(out), text.put(out)).1,
            Self::Ended(ended) => (4_u8.put(out), ended.put(out)).1,
            Self::Terminal => 5_u8.put(out),
            Self::Probed(refused) => (6_u8.put(out), refused.put(out)).1,
            Self::Connected => 7_u8.put(out),
            Self::Listening => 8_u8.put(out),
        }
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::get(input)? {
            0 => Self::Failed(Wire::get(input)?),
            1 => Self::NotExecuted(Wire::get(input)?),
            2 => Self::Created(Wire::get(input)?),
            3 => Self::Warning(Wire::get(input)?),
            4 => Self::Ended(Wire::get(input)?),
            5 => Self::Terminal,
            6 => Self::Probed(Wire::get(input)?),
            7 => Self::Connected,
            8 => Self::Listening,
            _ => return None,
        })
    }
}

/// One message as bytes: length, then value.
pub(crate) fn encode(message: &impl Wire) -> Vec<u8> {
    let mut bytes = vec![0; size_of::<u64>()];
    message.put(&mut bytes);
    let length = bytes.len() - size_of::<u64>();
    let mut header = Vec::with_capacity(size_of::<u64>());
    length.put(&mut header);
    bytes[..header.len()].copy_from_slice(&header);
    bytes
}

/// Takes one whole message from the front of `buffer`, if there is one.
pub(crate) fn decode<T: Wire>(buffer: &mut Vec<u8>) -> io::Result<Option<T>> {
    let mut rest = buffer.as_slice();
    let Some(length) = usize::get(&mut rest) else { return Ok(None) };
    if length > LIMIT {
        return Err(io::Error::other("message too long"));
    }
    let Some(mut body) = rest.get(..length) else { return Ok(None) };
    let message = T::get(&mut body).ok_or_else(|| io::Error::other("malformed message"))?;
    buffer.drain(..size_of::<u64>() + length);
    Ok(Some(message))
}

/// Sends one message.
pub(crate) fn send(socket: BorrowedFd<'_>, message: &impl Wire) -> io::Result<()> {
    send_bytes(socket, &encode(message))
}

/// Sends an encoded message, or a part of one.
pub(crate) fn send_bytes(socket: BorrowedFd<'_>, mut rest: &[u8]) -> io::Result<()> {
    while !rest.is_empty() {
        match rustix::net::send(socket, rest, SendFlags::NOSIGNAL) {
            Ok(count) => rest = &rest[count..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Sends one message, and an open file with it.
pub(crate) fn send_with_file(
    socket: BorrowedFd<'_>,
    message: &impl Wire,
    file: BorrowedFd<'_>,
) -> io::Result<()> {
    let bytes = encode(message);
    let descriptors = [file];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    let sent = sendmsg(socket, &[IoSlice::new(&bytes)], &mut ancillary, SendFlags::NOSIGNAL)?;
    send_bytes(socket, &bytes[sent..])
}

/// Receives bytes, and the open file that came with them; no bytes at the end.
pub(crate) fn receive_bytes(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
) -> Result<(usize, Option<OwnedFd>), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received =
        recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?.bytes;
    let mut file = None;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(files) = message {
            file = files.last().or(file);
        }
    }
    Ok((received, file))
}

/// Receives one message, and the open file that came with it; fails when the other side is gone.
pub(crate) fn receive_with_file<T: Wire>(socket: BorrowedFd<'_>) -> io::Result<(T, Option<OwnedFd>)> {
    let (mut buffer, mut chunk, mut file) = (Vec::new(), [0; 4 << 10], None);
    loop {
        if let Some(message) = decode(&mut buffer)? {
            return Ok((message, file));
        }
        match receive_bytes(socket, &mut chunk) {
            Ok((0, _)) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok((count, came)) => {
                buffer.extend_from_slice(&chunk[..count]);
                file = came.or(file);
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// How many bytes the message that begins here lacks, as far as is known.
fn missing(buffer: &[u8]) -> usize {
    let whole = usize::get(&mut &*buffer).map_or(0, |length| length.saturating_add(size_of::<u64>()));
    whole.max(size_of::<u64>()).saturating_sub(buffer.len())
}

/// Receives one message and nothing of what follows it; fails when the other side is gone.
pub(crate) fn receive<T: Wire>(socket: impl AsFd) -> io::Result<T> {
    let mut buffer = Vec::new();
    let mut chunk = [0; 16 << 10];
    loop {
        if let Some(message) = decode(&mut buffer)? {
            return Ok(message);
        }
        let wanted = missing(&buffer).min(chunk.len());
        match rustix::net::recv(&socket, &mut chunk[..wanted], RecvFlags::empty()) {
            Ok((0, _)) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok((count, _)) => buffer.extend_from_slice(&chunk[..count]),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;

    #[test]
    fn a_message_is_taken_without_what_follows_it() {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        let long = "x".repeat(40 << 10);
        send(ours.as_fd(), &Request::Wait { own_network: true }).unwrap();
        send(ours.as_fd(), &Request::Emulate { line: long.clone() }).unwrap();
        send(ours.as_fd(), &Request::Probe).unwrap();
        drop(ours);
        assert!(matches!(receive(&theirs).unwrap(), Request::Wait { own_network: true }));
        assert!(matches!(receive(&theirs).unwrap(), Request::Emulate { line } if line == long));
        assert!(matches!(receive(&theirs).unwrap(), Request::Probe));
        assert!(receive::<Request>(&theirs).is_err());
    }
}
