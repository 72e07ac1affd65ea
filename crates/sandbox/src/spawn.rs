//! The process of a step as the calling process sees it: how it is started, and how it is followed to its end.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::OnceLock;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SendFlags, Shutdown, SocketFlags, SocketType, shutdown, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Pid;
use rustix::termios::Winsize;

use crate::error::{Context as _, ErrorKind, SandboxError};
use crate::lines::Lines;
use crate::message::{self, Ended, Report, Request};
use crate::reverse::Listener;
use crate::spec::{Exit, Network, Spec, Stdio, Stream};
use crate::target::Created;
use crate::{Cancel, Emulation, cleanup, fsmount, init, sys, terminal};

/// How often a terminal's size, or a flag that cannot wake us, is looked at.
const GLANCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Starts init for a step; what it is to run, it is told later.
pub(crate) fn start(spec: &Spec, request: &Request) -> io::Result<(Process, Outputs)> {
    let mut outputs = Outputs::open(spec)?;
    let network = match &spec.network {
        Network::Private(network) => network.namespace(),
        Network::None | Network::Host => None,
    };
    let emulation = spec.emulation.as_ref().and_then(Emulation::namespace);
    let namespaces = [(network, init::NAMESPACE), (emulation, init::EMULATION)];
    let namespaces: Vec<_> =
        namespaces.into_iter().filter_map(|(file, number)| Some((file?, number))).collect();
    let process = Process::start(&outputs.for_child(), request, &namespaces)?;
    outputs.close_child_side();
    Ok((process, outputs))
}

/// Follows a step to its end. `begun` is called once when it has said that it is on its way. With the outcome comes what is
/// left of its init, which may take a moment to go.
pub(crate) fn follow(
    mut process: Process,
    outputs: Outputs,
    spec: &Spec,
    out: &mut dyn FnMut(Stream, &[u8]),
    begun: &mut dyn FnMut(),
    cancel: &Cancel,
) -> Result<(Outcome, Process), SandboxError> {
    let mut follower = Follower {
        outputs,
        sink: out,
        outcome: Outcome::default(),
        terminal: None,
        listener: None,
        signals: Vec::new(),
    };
    let result = follower.run(&mut process, begun, cancel);
    let outcome = follower.outcome;
    cleanup::remove_mountpoints(&spec.rootfs.upper, &outcome.created);
    result.context("follow the step", "")?;
    Ok((outcome, process))
}

/// Asks the kernel, in a new process, whether a sandbox can be had.
pub(crate) fn probe() -> Result<(), SandboxError> {
    let null = null().context("open", "/dev/null")?;
    let streams = [(null.as_fd(), 0), (null.as_fd(), 1), (null.as_fd(), 2)];
    let process = Process::start(&streams, &Request::Probe, &[]).context("start the sandbox", "")?;
    match message::receive(&process.socket) {
        Ok(Report::Probed(None)) => Ok(()),
        Ok(Report::Probed(Some(error))) => Err(error),
        _ => Err(died()),
    }
}

/// The sandbox's own process ended without saying why.
pub(crate) fn died() -> SandboxError {
    let detail =
        "its process ended without a report; was it killed, or is `sandbox::init` missing from `main`?";
    SandboxError::new(ErrorKind::Died, "run the sandbox", detail)
}

fn null() -> Result<OwnedFd, Errno> {
    openat(CWD, "/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
}

/// The program to start as init: this one, through a read-only mount of its file. So nothing inside can
/// reach the file for writing through `/proc/<pid>/exe`, even as the system's own root.
fn own_program() -> CString {
    static COPY: OnceLock<Option<OwnedFd>> = OnceLock::new();
    let copy = COPY.get_or_init(|| {
        let copy = fsmount::copy_of(CWD, "/proc/self/exe", false).ok()?;
        fsmount::make_readonly(copy.as_fd(), false).ok()?;
        Some(copy)
    });
    let path = copy.as_ref().map_or_else(|| "/proc/self/exe".to_owned(), fsmount::descriptor_path);
    CString::new(path).unwrap_or_default()
}

/// The init process of one step, or of a network; ended and waited for when dropped.
pub(crate) struct Process {
    socket: OwnedFd,
    pid: Pid,
}

impl Process {
    /// Starts init with these streams and with namespaces to enter, whose descriptors are out of the way of all numbers.
    pub(crate) fn start(
        streams: &[(BorrowedFd<'_>, i32)],
        request: &Request,
        namespaces: &[(BorrowedFd<'_>, i32)],
    ) -> io::Result<Self> {
        let (socket, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        let mut moves = streams.to_vec();
        moves.push((theirs.as_fd(), init::SOCKET));
        // The last: only their numbers are sure not to be some that other descriptors have just been moved to.
        moves.extend_from_slice(namespaces);
        let bytes = message::encode(request);
        // What fits into the socket is there already when init looks, which spares it a wait.
        let early =
            rustix::net::send(&socket, &bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT).unwrap_or_default();
        let process = Self { pid: sys::start(&own_program(), init::NAME, &moves)?, socket };
        drop(theirs);
        // When this fails the process is gone, which reading its report will tell better.
        let _ = message::send_bytes(process.socket.as_fd(), &bytes[early..]);
        Ok(process)
    }

    /// Tells init what to do, after what it was started with.
    pub(crate) fn ask(&self, request: &Request) -> io::Result<()> {
        message::send_bytes(self.socket.as_fd(), &message::encode(request))
    }

    /// Where reports come from.
    pub(crate) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Tells init to kill the step; it still reports.
    fn stop(&self) {
        // A socket that is closed already needs no closing.
        let _ = shutdown(&self.socket, Shutdown::Write);
    }

    /// Has init end, by itself, after it has ended what it runs.
    pub(crate) fn end(&self) {
        // A socket that is closed already needs no closing.
        let _ = shutdown(&self.socket, Shutdown::Both);
    }

    /// Tells init to pass signals on to the step, one byte for each.
    fn pass_on(&self, signals: &[u8]) {
        // An init that has gone has no step any more.
        let _ = message::send_bytes(self.socket.as_fd(), signals);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
        let _ = sys::wait(self.pid);
    }
}

/// The streams of a step, on the way to the child and back.
pub(crate) struct Outputs {
    /// Descriptor numbers in the child, with what they become; what is inherited is not listed.
    child: Vec<(OwnedFd, i32)>,
    /// What is captured.
    captured: Vec<(OwnedFd, Stream, Lines)>,
    terminal: bool,
    streams: crate::Streams,
}

impl Outputs {
    fn open(spec: &Spec) -> io::Result<Self> {
        let streams = spec.streams;
        let mut all = Self { child: Vec::new(), captured: Vec::new(), terminal: spec.tty, streams };
        if spec.tty || streams.stdin != Stdio::Inherit {
            all.child.push((null()?, 0));
        }
        all.add(streams.stdout, Stream::Stdout, 1)?;
        all.add(streams.stderr, Stream::Stderr, 2)?;
        Ok(all)
    }

    fn add(&mut self, wanted: Stdio, stream: Stream, number: i32) -> io::Result<()> {
        match wanted {
            _ if self.terminal => self.child.push((null()?, number)),
            Stdio::Inherit => {}
            Stdio::Null => self.child.push((null()?, number)),
            Stdio::Capture => {
                let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC)?;
                self.child.push((theirs, number));
                self.captured.push((ours, stream, Lines::default()));
            }
        }
        Ok(())
    }

    fn for_child(&self) -> Vec<(BorrowedFd<'_>, i32)> {
        self.child.iter().map(|(file, number)| (file.as_fd(), *number)).collect()
    }

    fn close_child_side(&mut self) {
        self.child.clear();
    }
}

/// What was reported.
#[derive(Default)]
pub(crate) struct Outcome {
    ended: Option<Ended>,
    failed: Option<SandboxError>,
    exit: Exit,
    created: Vec<Created>,
    /// Whether there was any report: then init has read its request.
    begun: bool,
}

impl Outcome {
    fn take(&mut self, report: Report) {
        self.begun = true;
        match report {
            // The first failure is the cause of what comes after.
            Report::Failed(error) => drop(self.failed.get_or_insert(error)),
            Report::NotExecuted(error) => self.exit.exec_error = Some(error),
            Report::Created(list) => self.created = list,
            Report::Warning(text) => self.exit.warnings.push(text),
            Report::Ended(ended) => self.ended = Some(ended),
            Report::Terminal | Report::Listening | Report::Probed(_) | Report::Connected => {}
        }
    }

    pub(crate) fn into_exit(mut self, cancel: &Cancel) -> Result<Exit, SandboxError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let ended = self.ended.ok_or_else(died)?;
        self.created.reverse();
        self.exit.created_mountpoints = self.created.into_iter().map(|one| one.path).collect();
        self.exit.usage = ended.usage;
        if libc::WIFSIGNALED(ended.status) {
            let signal = libc::WTERMSIG(ended.status);
            self.exit.signal = Some(signal);
            self.exit.code = 128 + signal;
            self.exit.cancelled = cancel.is_set() && signal == libc::SIGKILL;
        } else {
            self.exit.code = libc::WEXITSTATUS(ended.status);
        }
        Ok(self.exit)
    }
}

/// The caller's side of a step's terminal.
struct Relay {
    control: OwnedFd,
    /// Whether keys are still passed on.
    input: bool,
    size: Option<Winsize>,
    /// Restores the caller's terminal at the end.
    _raw: Option<terminal::RawMode>,
}

/// Moves output and reports until the step has ended.
struct Follower<'a> {
    outputs: Outputs,
    sink: &'a mut dyn FnMut(Stream, &[u8]),
    outcome: Outcome,
    terminal: Option<Relay>,
    /// Where calls that read directories are heard.
    listener: Option<Listener>,
    /// Signals that wait until init can take them.
    signals: Vec<u8>,
}

impl Follower<'_> {
    fn run(&mut self, process: &mut Process, begun: &mut dyn FnMut(), cancel: &Cancel) -> io::Result<()> {
        let (mut reports, mut open, mut stopped) = (Vec::new(), true, false);
        while open || !self.outputs.captured.is_empty() || self.terminal.is_some() {
            if cancel.is_set() && !stopped {
                process.stop();
                stopped = true;
            }
            self.signals.extend(cancel.take_signals());
            if self.outcome.begun && !stopped {
                process.pass_on(&std::mem::take(&mut self.signals));
            }
            let ready = self.wait(process, open, (!stopped).then_some(cancel))?;
            if ready.contains(&process.socket.as_raw_fd()) {
                let before = self.outcome.begun;
                open = self.take_reports(process, &mut reports)? && self.outcome.ended.is_none();
                if self.outcome.begun && !before {
                    begun();
                }
            }
            self.listener
                .take_if(|listener| ready.contains(&listener.as_fd().as_raw_fd()) && !listener.serve());
            self.take_output(&ready)?;
            self.relay(&ready)?;
        }
        Ok(())
    }

    /// Waits until something is to be read; the numbers of the descriptors where it is.
    fn wait(&self, process: &Process, open: bool, cancel: Option<&Cancel>) -> io::Result<Vec<i32>> {
        let mut files: Vec<BorrowedFd<'_>> =
            self.outputs.captured.iter().map(|(file, ..)| file.as_fd()).collect();
        if open {
            files.push(process.socket.as_fd());
        }
        files.extend(cancel.and_then(Cancel::wake_fd));
        files.extend(self.listener.as_ref().map(Listener::as_fd));
        if let Some(relay) = &self.terminal {
            files.push(relay.control.as_fd());
            if relay.input {
                files.push(rustix::stdio::stdin());
            }
        }
        let blind = cancel.is_some_and(|cancel| cancel.wake_fd().is_none());
        let glance = (blind || self.terminal.is_some()).then_some(GLANCE);
        let mut events: Vec<PollFd<'_>> =
            files.iter().map(|file| PollFd::from_borrowed_fd(*file, PollFlags::IN)).collect();
        match poll(&mut events, glance.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
        let ready = events.iter().filter(|event| !event.revents().is_empty());
        Ok(ready.map(|event| event.as_fd().as_raw_fd()).collect())
    }

    /// Takes what init says; `false` once it has gone.
    fn take_reports(&mut self, process: &Process, buffer: &mut Vec<u8>) -> io::Result<bool> {
        let mut chunk = [0; 16 << 10];
        let (received, file) = match message::receive_bytes(process.socket(), &mut chunk) {
            Err(Errno::INTR) => return Ok(true),
            // Init ended with part of the request unread.
            Err(Errno::CONNRESET) => return Ok(false),
            received => received?,
        };
        match file {
            Some(control) if self.outputs.terminal => self.open_terminal(control),
            listener => self.listener = listener.map(Listener).or(self.listener.take()),
        }
        buffer.extend_from_slice(&chunk[..received]);
        while let Some(report) = message::decode(buffer)? {
            self.outcome.take(report);
        }
        Ok(received > 0)
    }

    fn open_terminal(&mut self, control: OwnedFd) {
        let input = self.outputs.streams.stdin == Stdio::Inherit;
        let raw = if input { terminal::RawMode::enable() } else { None };
        self.outputs.captured.clear();
        self.terminal = Some(Relay { control, input, size: None, _raw: raw });
    }

    fn take_output(&mut self, ready: &[i32]) -> io::Result<()> {
        let mut chunk = [0; 16 << 10];
        for (file, stream, lines) in &mut self.outputs.captured {
            if ready.contains(&file.as_raw_fd()) {
                match rustix::io::read(&*file, &mut chunk) {
                    Ok(0) => lines.end(&mut |line| (self.sink)(*stream, line)),
                    Ok(count) => lines.push(&chunk[..count], &mut |line| (self.sink)(*stream, line)),
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.outputs.captured.retain(|(_, _, lines)| !lines.ended());
        Ok(())
    }

    /// Passes keys in and output back.
    fn relay(&mut self, ready: &[i32]) -> io::Result<()> {
        let Some(relay) = &mut self.terminal else { return Ok(()) };
        relay.size = terminal::follow_size(relay.control.as_fd(), relay.size);
        let mut chunk = [0; 16 << 10];
        if relay.input && ready.contains(&rustix::stdio::stdin().as_raw_fd()) {
            let count = rustix::io::read(rustix::stdio::stdin(), &mut chunk).unwrap_or_default();
            relay.input = count > 0;
            write_all(relay.control.as_fd(), &chunk[..count])?;
        }
        if ready.contains(&relay.control.as_raw_fd()) {
            // Reading fails once nothing inside has the terminal open any more.
            let count = rustix::io::read(&relay.control, &mut chunk).unwrap_or_default();
            match self.outputs.streams.stdout {
                _ if count == 0 => self.terminal = None,
                Stdio::Inherit => write_all(rustix::stdio::stdout(), &chunk[..count])?,
                Stdio::Capture => (self.sink)(Stream::Stdout, &chunk[..count]),
                Stdio::Null => {}
            }
        }
        Ok(())
    }
}

fn write_all(file: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(file, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
