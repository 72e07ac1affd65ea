//! The system calls that rustix does not wrap safely, each behind a safe function. All of the crate's unsafe
//! code is here.
#![expect(unsafe_code, reason = "raw system calls; every block says why it is sound")]

use std::ffi::{CStr, CString, c_char, c_int};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::ptr;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::Pid;
use seccompiler::sock_filter;

use crate::spec::Usage;

/// Turns a `-1` of the C library into the error it left behind.
fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The same for a raw system call.
fn check_long(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The same for the `posix_spawn` family, which returns the error's number.
fn check_spawn(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(result)) }
}

/// File actions of `posix_spawn`, destroyed when dropped.
struct Actions(libc::posix_spawn_file_actions_t);

impl Actions {
    fn new(moves: &[(BorrowedFd<'_>, RawFd)]) -> io::Result<Self> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: the pointer is valid for writing; on success the value is initialised.
        let mut actions = unsafe {
            check_spawn(libc::posix_spawn_file_actions_init(raw.as_mut_ptr()))?;
            Self(raw.assume_init())
        };
        for (from, to) in moves {
            // SAFETY: `actions` is initialised, and both numbers are plain values.
            check_spawn(unsafe {
                libc::posix_spawn_file_actions_adddup2(&raw mut actions.0, from.as_raw_fd(), *to)
            })?;
        }
        Ok(actions)
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, destroyed only here.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}

/// Attributes of `posix_spawn`, destroyed when dropped.
struct Attributes(libc::posix_spawnattr_t);

impl Attributes {
    /// No signal blocked, none ignored: what a new program expects, whatever the caller has set.
    fn clean_signals() -> io::Result<Self> {
        let mut raw = MaybeUninit::uninit();
        let mut set = MaybeUninit::uninit();
        let flags = libc::POSIX_SPAWN_SETSIGDEF | libc::POSIX_SPAWN_SETSIGMASK;
        // SAFETY: each pointer is valid for writing, and each value is initialised before it is read.
        unsafe {
            check_spawn(libc::posix_spawnattr_init(raw.as_mut_ptr()))?;
            let mut attributes = Self(raw.assume_init());
            libc::sigemptyset(set.as_mut_ptr());
            check_spawn(libc::posix_spawnattr_setsigmask(&raw mut attributes.0, set.as_ptr()))?;
            libc::sigfillset(set.as_mut_ptr());
            check_spawn(libc::posix_spawnattr_setsigdefault(&raw mut attributes.0, set.as_ptr()))?;
            let flags = libc::c_short::try_from(flags).unwrap_or_default();
            check_spawn(libc::posix_spawnattr_setflags(&raw mut attributes.0, flags))?;
            Ok(attributes)
        }
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialised in `clean_signals`, destroyed only here.
        unsafe { libc::posix_spawnattr_destroy(&raw mut self.0) };
    }
}

/// Starts `program` with the single argument `name`, an empty environment, and only the descriptors of
/// `moves` (and those of the caller that are not close-on-exec). Costs the same for a large caller, because
/// nothing is copied: the C library uses `vfork` semantics.
pub(crate) fn start(program: &CStr, name: &CStr, moves: &[(BorrowedFd<'_>, RawFd)]) -> io::Result<Pid> {
    let actions = Actions::new(moves)?;
    let attributes = Attributes::clean_signals()?;
    let arguments = [name.as_ptr().cast_mut(), ptr::null_mut()];
    let environment: [*mut c_char; 1] = [ptr::null_mut()];
    let mut pid = 0;
    // SAFETY: all pointers outlive the call; both arrays end with null; strings are not written to.
    check_spawn(unsafe {
        libc::posix_spawn(
            &raw mut pid,
            program.as_ptr(),
            &raw const actions.0,
            &raw const attributes.0,
            arguments.as_ptr(),
            environment.as_ptr(),
        )
    })?;
    Pid::from_raw(pid).ok_or_else(|| io::Error::other("the new process has no id"))
}

/// What `fork_into` returned into.
pub(crate) enum Fork {
    /// The calling process, with the child's id.
    Parent(Pid),
    /// The new process.
    Child,
}

/// Forks into new namespaces (`CLONE_NEW*` flags; none for a plain fork).
///
/// The calling process must have a single thread, else locks held by others stay locked in the child.
pub(crate) fn fork_into(namespaces: c_int) -> io::Result<Fork> {
    let flags = libc::c_long::from(namespaces | libc::SIGCHLD);
    // SAFETY: without CLONE_VM this is a fork: the child has its own copy of the memory, and a null stack
    // means that it goes on using its copy of this one. The callers have one thread.
    let pid =
        check_long(unsafe { libc::syscall(libc::SYS_clone, flags, 0_usize, 0_usize, 0_usize, 0_usize) })?;
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    Ok(pid.map_or(Fork::Child, Fork::Parent))
}

/// Waits for a child; its raw status, and what it used.
pub(crate) fn wait(pid: Pid) -> io::Result<(i32, Usage)> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    loop {
        // SAFETY: both pointers are valid for writing.
        let result =
            check(unsafe { libc::wait4(pid.as_raw_nonzero().get(), &raw mut status, 0, usage.as_mut_ptr()) });
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => {
                // SAFETY: all zeros is a valid value of this plain structure, and the kernel wrote over it.
                let usage = unsafe { usage.assume_init() };
                return Ok((status, usage_from(&usage)));
            }
        }
    }
}

fn usage_from(raw: &libc::rusage) -> Usage {
    let time = |value: &libc::timeval| {
        let seconds = u64::try_from(value.tv_sec).unwrap_or_default();
        let micros = u64::try_from(value.tv_usec).unwrap_or_default();
        Duration::from_secs(seconds) + Duration::from_micros(micros)
    };
    Usage {
        wall: Duration::ZERO,
        user: time(&raw.ru_utime),
        system: time(&raw.ru_stime),
        // The kernel counts in KiB.
        max_rss: u64::try_from(raw.ru_maxrss).unwrap_or_default() * 1024,
        ..Usage::default()
    }
}

/// Takes over the descriptor with this number, when it is an open socket.
pub(crate) fn take_socket(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: the descriptor is only looked at, for the length of this call.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::net::sockopt::socket_type(borrowed).ok()?;
    // SAFETY: called once, at the start of `main`, before anything else could own this number.
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Takes over the descriptor with this number, when it is open.
pub(crate) fn take_file(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: the descriptor is only looked at, for the length of this call.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_getfd(borrowed).ok()?;
    // SAFETY: called once in a process that was started with this descriptor for this purpose.
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Sets flags (`MOUNT_ATTR_*`) of a mount, and of those below it with `recursive`.
pub(crate) fn set_mount_flags(mount: BorrowedFd<'_>, flags: u64, recursive: bool) -> io::Result<()> {
    let attributes = libc::mount_attr { attr_set: flags, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let at = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is an empty C string, and the structure is valid for reading with the size given.
    check_long(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            at,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    })?;
    Ok(())
}

/// Installs a system call filter for this thread; needs "no new privileges" or the right capability.
pub(crate) fn install_filter(program: &[sock_filter]) -> io::Result<()> {
    let length = u16::try_from(program.len()).map_err(io::Error::other)?;
    // The kernel only reads through the pointer; `sock_filter` of both crates is the kernel's structure.
    let header =
        libc::sock_fprog { len: length, filter: program.as_ptr().cast::<libc::sock_filter>().cast_mut() };
    // SAFETY: the header points at `length` instructions that outlive the call.
    check_long(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW,
            &raw const header,
        )
    })?;
    Ok(())
}

/// Installs a filter whose calls are told to who holds the descriptor.
pub(crate) fn install_listener(program: &[sock_filter]) -> io::Result<OwnedFd> {
    let length = u16::try_from(program.len()).map_err(io::Error::other)?;
    let header =
        libc::sock_fprog { len: length, filter: program.as_ptr().cast::<libc::sock_filter>().cast_mut() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    // SAFETY: the header points at `length` instructions that outlive the call.
    let number = check_long(unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const header)
    })?;
    let number = RawFd::try_from(number).map_err(io::Error::other)?;
    // SAFETY: the kernel has just made the descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// A system call that waits for an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// What the answer is to name.
    pub(crate) id: u64,
    /// The thread that waits, as this process sees it.
    pub(crate) thread: u32,
    /// Its arguments.
    pub(crate) arguments: [u64; 6],
}

/// Control calls of a listener (`linux/seccomp.h`).
const RECEIVE: u64 = 0xc050_2100;
const ANSWER: u64 = 0xc018_2101;
const IS_WAITING: u64 = 0x4008_2102;

/// Takes a call; waits for one.
pub(crate) fn receive_call(listener: BorrowedFd<'_>) -> io::Result<Call> {
    // SAFETY: all zeros is a valid value of this plain structure, and the kernel asks for it.
    let mut call: libc::seccomp_notif = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: the structure is the one that this control call writes.
    check(unsafe { libc::ioctl(listener.as_raw_fd(), RECEIVE as _, &raw mut call) })?;
    Ok(Call { id: call.id, thread: call.pid, arguments: call.data.args })
}

/// Whether the thread of a call still waits: its number may be another's by now.
pub(crate) fn is_waiting(listener: BorrowedFd<'_>, call: &Call) -> bool {
    // SAFETY: the control call reads one number.
    unsafe { libc::ioctl(listener.as_raw_fd(), IS_WAITING as _, &raw const call.id) == 0 }
}

/// Answers a call with a value; with none the kernel goes on with it as usual.
pub(crate) fn answer_call(listener: BorrowedFd<'_>, call: &Call, value: Option<i64>) -> io::Result<()> {
    let usual = u32::try_from(libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE).unwrap_or_default();
    let flags = if value.is_some() { 0 } else { usual };
    let answer = libc::seccomp_notif_resp { id: call.id, val: value.unwrap_or_default(), error: 0, flags };
    // SAFETY: the structure is the one that this control call reads.
    check(unsafe { libc::ioctl(listener.as_raw_fd(), ANSWER as _, &raw const answer) })?;
    Ok(())
}

/// Replaces this process; returns only with the reason why not.
pub(crate) fn execute(program: &CStr, arguments: &[CString], environment: &[CString]) -> io::Error {
    let pointers = |list: &[CString]| -> Vec<*const c_char> {
        list.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect()
    };
    let (arguments, environment) = (pointers(arguments), pointers(environment));
    // SAFETY: both arrays end with null and their strings outlive the call.
    unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    io::Error::last_os_error()
}

/// Undoes what Rust's runtime did when this process started: it ignores SIGPIPE, which programs would inherit.
pub(crate) fn restore_broken_pipe_signal() {
    // SAFETY: setting the default handler runs no code of ours.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// Marks every descriptor from `first` on as close-on-exec.
pub(crate) fn close_on_exec_from(first: u32) -> io::Result<()> {
    // SAFETY: no memory is involved, and no descriptor is closed before `execve` succeeds.
    check_long(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) })?;
    Ok(())
}

/// Brings the loopback interface of the current network namespace up.
pub(crate) fn loopback_up() -> io::Result<()> {
    // SAFETY: all zeros is a valid value of this plain structure.
    let mut request: libc::ifreq = unsafe { MaybeUninit::zeroed().assume_init() };
    for (to, from) in request.ifr_name.iter_mut().zip(c"lo".to_bytes()) {
        *to = c_char::from_ne_bytes([*from]);
    }
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP).unwrap_or_default();
    // SAFETY: the constants are valid; the result is checked before it becomes an owned descriptor.
    let socket = unsafe {
        OwnedFd::from_raw_fd(check(libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0))?)
    };
    // SAFETY: the request is the structure that this control call reads.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw const request) })?;
    Ok(())
}

/// Moves this process, which must have one thread, into new namespaces.
pub(crate) fn unshare(namespaces: c_int) -> io::Result<()> {
    // SAFETY: none of the flags used (user, mount) unshares the descriptor table or memory.
    check(unsafe { libc::unshare(namespaces) })?;
    Ok(())
}

/// Ends this process at once, without running exit handlers of the parent it was forked from.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: ends the process; nothing of it is used afterwards.
    unsafe { libc::_exit(code) }
}

/// What to call when a signal comes.
static HANDLER: OnceLock<fn(c_int)> = OnceLock::new();

extern "C" fn call_handler(signal: c_int) {
    // SAFETY: the C library's pointer to this thread's error number is valid as long as the thread is.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above. The interrupted code must find the number as it left it.
    let before = unsafe { *errno };
    if let Some(handler) = HANDLER.get() {
        handler(signal);
    }
    // SAFETY: as above.
    unsafe { *errno = before };
}

/// Has `handler` called for these signals, except for those that are ignored. It may do only what is safe in a
/// signal handler: atomic values, plain system calls, no memory. The first call decides the handler.
pub(crate) fn handle_signals(signals: &[c_int], handler: fn(c_int)) -> io::Result<()> {
    HANDLER.get_or_init(|| handler);
    for signal in signals {
        // SAFETY: all zeros is a valid value: the default action, no signals blocked meanwhile, no flags.
        let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        // SAFETY: a null new action only reads the present one into valid memory.
        check(unsafe { libc::sigaction(*signal, ptr::null(), &raw mut action) })?;
        if action.sa_sigaction == libc::SIG_IGN {
            continue;
        }
        action.sa_sigaction = call_handler as extern "C" fn(c_int) as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        // SAFETY: the handler does only what is allowed in one, and lives as long as the process.
        check(unsafe { libc::sigaction(*signal, &raw const action, ptr::null_mut()) })?;
    }
    Ok(())
}
