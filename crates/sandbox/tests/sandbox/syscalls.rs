//! System calls made from inside a step, by this test's own program.

use std::process::ExitCode;

/// What [`report`] prints in the sandbox.
pub(crate) const EXPECTED: &str = "mount: EPERM\nunshare: EPERM\nkeyctl: EPERM\nbpf: EPERM\nclone3: ENOSYS\n\
    clone with namespaces: EPERM\npersonality odd: EPERM\npersonality query: allowed\nptrace: allowed\nvsock: EPERM\n\
    new call: ENOSYS\nthread: 42\n";

/// Makes the calls; prints what came of each.
#[expect(unsafe_code, reason = "the filter can only be tested with raw system calls")]
pub(crate) fn report() -> ExitCode {
    let say = |name: &str, result: libc::c_long| {
        let text = match std::io::Error::last_os_error().raw_os_error() {
            _ if result >= 0 => "allowed",
            Some(libc::EPERM) => "EPERM",
            Some(libc::ENOSYS) => "ENOSYS",
            _ => "allowed",
        };
        println!("{name}: {text}");
    };
    let namespaces = libc::c_long::from(libc::CLONE_NEWUSER);
    // SAFETY: the calls get null pointers or plain numbers, and those that are let through change nothing that
    // this program uses afterwards.
    unsafe {
        say("mount", libc::syscall(libc::SYS_mount, 0, 0, 0, 0, 0));
        say("unshare", libc::syscall(libc::SYS_unshare, namespaces));
        say("keyctl", libc::syscall(libc::SYS_keyctl, 0, 0, 0, 0, 0));
        say("bpf", libc::syscall(libc::SYS_bpf, 0, 0, 0));
        say("clone3", libc::syscall(libc::SYS_clone3, 0, 0));
        say("clone with namespaces", libc::syscall(libc::SYS_clone, namespaces, 0, 0, 0, 0));
        say("personality odd", libc::syscall(libc::SYS_personality, 0x0040_0000));
        say("personality query", libc::syscall(libc::SYS_personality, 0xffff_ffff_u32));
        say("ptrace", libc::syscall(libc::SYS_ptrace, libc::PTRACE_TRACEME, 0, 0, 0));
        say("vsock", libc::syscall(libc::SYS_socket, libc::AF_VSOCK, libc::SOCK_STREAM, 0));
        say("new call", libc::syscall(1000));
    }
    let thread = std::thread::spawn(|| 42);
    println!("thread: {}", thread.join().unwrap_or_default());
    ExitCode::SUCCESS
}
