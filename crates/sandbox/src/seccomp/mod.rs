//! The system call filter of a step: a program for the kernel's packet filter machine that finds the call's
//! number by binary search over ranges. It is small, is made in microseconds, and costs each system call of the
//! step a few instructions instead of hundreds.

mod table;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use seccompiler::sock_filter;

/// Return values of a filter, see `linux/seccomp.h`.
const ALLOW: u32 = 0x7fff_0000;
const ERRNO: u32 = 0x0005_0000;
const TELL: u32 = 0x7fc0_0000;

/// Instruction codes, see `linux/bpf_common.h`.
const LOAD: u16 = 0x20;
const JUMP: u16 = 0x05;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_AT_LEAST: u16 = 0x35;
const JUMP_ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

/// Offsets in the structure that a filter sees; the lower half of the first argument on little-endian machines.
const OFFSET_NUMBER: u32 = 0;
const OFFSET_ARCHITECTURE: u32 = 4;
const OFFSET_ARGUMENT: u32 = 16;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Flags of `clone` that make namespaces.
const NAMESPACE_FLAGS: u32 = 0x7e02_0000;
/// Execution domains that are harmless: Linux, 32-bit Linux, each also with the name of an old release, and
/// the question for the current one.
const PERSONALITIES: [u32; 5] = [0, 0x0008, 0x0002_0000, 0x0002_0008, 0xffff_ffff];
/// Sockets to the hypervisor would get around the network namespace.
const VSOCK: u32 = 40;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Allow,
    /// Fails with `EPERM`.
    Deny,
    /// Fails with `ENOSYS`, as if the kernel did not have it.
    Missing,
    /// Depends on the first argument.
    Clone,
    Personality,
    Socket,
}

/// The filter, made once.
pub(crate) fn filter() -> &'static [sock_filter] {
    static FILTER: OnceLock<Vec<sock_filter>> = OnceLock::new();
    FILTER.get_or_init(compile)
}

fn compile() -> Vec<sock_filter> {
    let mut program = vec![
        step(LOAD, OFFSET_ARCHITECTURE),
        jump(JUMP_EQUAL, ARCHITECTURE, 1, 0),
        step(RETURN, errno(libc::EPERM)),
        step(LOAD, OFFSET_NUMBER),
    ];
    search(&ranges(), &mut program);
    program
}

/// Ranges of numbers with the same action, each by its first number, from 0 on, in order.
fn ranges() -> Vec<(u32, Action)> {
    let lists = [table::COMMON, table::ARCHITECTURE, table::UNNAMED, table::RECENT];
    let allowed: BTreeSet<u32> =
        lists.concat().into_iter().filter_map(|number| u32::try_from(number).ok()).collect();
    let mut ranges: Vec<(u32, Action)> = Vec::new();
    for number in 0..=table::NEWEST + 1 {
        let action = action(number, &allowed);
        if ranges.last().is_none_or(|(_, last)| *last != action) {
            ranges.push((number, action));
        }
    }
    ranges
}

fn action(number: u32, allowed: &BTreeSet<u32>) -> Action {
    match libc::c_long::from(number) {
        libc::SYS_clone => Action::Clone,
        // Its flags are in memory, where a filter cannot look; programs then use `clone`.
        libc::SYS_clone3 => Action::Missing,
        libc::SYS_personality => Action::Personality,
        libc::SYS_socket => Action::Socket,
        _ if number > table::NEWEST => Action::Missing,
        _ if allowed.contains(&number) => Action::Allow,
        _ => Action::Deny,
    }
}

/// Appends a binary search: numbers below the middle go on right here, the others jump over that part.
fn search(ranges: &[(u32, Action)], program: &mut Vec<sock_filter>) {
    let (left, right) = ranges.split_at(ranges.len() / 2);
    let Some((middle, _)) = right.first().filter(|_| !left.is_empty()) else {
        return ranges.iter().for_each(|(_, action)| decide(*action, program));
    };
    let mut below = Vec::new();
    search(left, &mut below);
    if let Ok(length) = u8::try_from(below.len()) {
        program.push(jump(JUMP_AT_LEAST, *middle, length, 0));
    } else {
        // Conditional jumps reach 255 instructions, unconditional ones any number.
        program.push(jump(JUMP_AT_LEAST, *middle, 0, 1));
        program.push(step(JUMP, u32::try_from(below.len()).unwrap_or(u32::MAX)));
    }
    program.append(&mut below);
    search(right, program);
}

/// Appends the decision for one range.
fn decide(action: Action, program: &mut Vec<sock_filter>) {
    let (allow, deny) = (step(RETURN, ALLOW), step(RETURN, errno(libc::EPERM)));
    let load = step(LOAD, OFFSET_ARGUMENT);
    match action {
        Action::Allow => program.push(allow),
        Action::Deny => program.push(deny),
        Action::Missing => program.push(step(RETURN, errno(libc::ENOSYS))),
        Action::Clone => program.extend([load, jump(JUMP_ANY_BIT, NAMESPACE_FLAGS, 1, 0), allow, deny]),
        Action::Socket => program.extend([load, jump(JUMP_EQUAL, VSOCK, 1, 0), allow, deny]),
        Action::Personality => {
            program.push(load);
            for (value, left) in PERSONALITIES.into_iter().zip((1..=5_u8).rev()) {
                program.push(jump(JUMP_EQUAL, value, left, 0));
            }
            program.extend([deny, allow]);
        }
    }
}

/// A filter that lets everything pass, and has calls that read directories wait for an answer.
pub(crate) fn directories() -> Vec<sock_filter> {
    let call = u32::try_from(libc::SYS_getdents64).unwrap_or_default();
    vec![
        step(LOAD, OFFSET_ARCHITECTURE),
        jump(JUMP_EQUAL, ARCHITECTURE, 0, 3),
        step(LOAD, OFFSET_NUMBER),
        jump(JUMP_EQUAL, call, 0, 1),
        step(RETURN, TELL),
        step(RETURN, ALLOW),
    ]
}

/// The return value that makes a call fail with this error.
const fn errno(number: i32) -> u32 {
    ERRNO | number.unsigned_abs()
}

const fn step(code: u16, k: u32) -> sock_filter {
    sock_filter { code, jt: 0, jf: 0, k }
}

const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPERM: u32 = errno(1);
    const ENOSYS: u32 = errno(38);

    /// Runs the filter as the kernel would.
    fn run(architecture: u32, number: u32, argument: u32) -> u32 {
        let (program, mut position, mut register) = (filter(), 0, 0);
        loop {
            let now = &program[position];
            position += 1;
            let skip = |condition: bool| usize::from(if condition { now.jt } else { now.jf });
            match now.code {
                LOAD if now.k == OFFSET_NUMBER => register = number,
                LOAD if now.k == OFFSET_ARCHITECTURE => register = architecture,
                LOAD => register = argument,
                JUMP => position += now.k as usize,
                JUMP_EQUAL => position += skip(register == now.k),
                JUMP_AT_LEAST => position += skip(register >= now.k),
                JUMP_ANY_BIT => position += skip(register & now.k != 0),
                RETURN => return now.k,
                code => panic!("unknown instruction {code:#x}"),
            }
        }
    }

    fn number(call: libc::c_long) -> u32 {
        u32::try_from(call).unwrap()
    }

    #[test]
    fn every_number_gets_what_the_table_says() {
        let listed: BTreeSet<u32> = [table::COMMON, table::ARCHITECTURE, table::UNNAMED, table::RECENT]
            .concat()
            .into_iter()
            .map(number)
            .collect();
        let special =
            [libc::SYS_clone, libc::SYS_clone3, libc::SYS_personality, libc::SYS_socket].map(number);
        for call in (0..2000).filter(|call| !special.contains(call)) {
            let expect = match call {
                call if listed.contains(&call) => ALLOW,
                467.. => ENOSYS,
                _ => EPERM,
            };
            assert_eq!(run(ARCHITECTURE, call, 0), expect, "call {call}");
        }
    }

    #[test]
    fn arguments_decide_where_they_matter() {
        let check = |call, argument, expect| {
            assert_eq!(run(ARCHITECTURE, number(call), argument), expect, "{call} {argument:#x}");
        };
        check(libc::SYS_clone, 0x11, ALLOW);
        check(libc::SYS_clone, 0x003d_0f00, ALLOW);
        check(libc::SYS_clone, 0x1000_0011, EPERM);
        check(libc::SYS_clone, 0x0002_0011, EPERM);
        check(libc::SYS_clone3, 0, ENOSYS);
        check(libc::SYS_socket, 2, ALLOW);
        check(libc::SYS_socket, 40, EPERM);
        check(libc::SYS_personality, 0xffff_ffff, ALLOW);
        check(libc::SYS_personality, 0x0002_0008, ALLOW);
        check(libc::SYS_personality, 0x0004_0000, EPERM);
    }

    #[test]
    fn dangerous_calls_are_denied_and_common_ones_are_not() {
        let denied = [
            libc::SYS_mount,
            libc::SYS_umount2,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_bpf,
            libc::SYS_keyctl,
            libc::SYS_add_key,
            libc::SYS_kexec_load,
            libc::SYS_perf_event_open,
            libc::SYS_open_by_handle_at,
            libc::SYS_userfaultfd,
            libc::SYS_io_uring_setup,
            libc::SYS_init_module,
            libc::SYS_reboot,
            libc::SYS_pivot_root,
        ];
        for call in denied {
            assert_eq!(run(ARCHITECTURE, number(call), 0), EPERM, "{call}");
        }
        let allowed = [libc::SYS_read, libc::SYS_execve, libc::SYS_ptrace, libc::SYS_chroot, libc::SYS_futex];
        for call in allowed {
            assert_eq!(run(ARCHITECTURE, number(call), 0), ALLOW, "{call}");
        }
    }

    #[test]
    fn other_architectures_and_number_schemes_get_nothing() {
        assert_eq!(run(0x4000_0003, 3, 0), EPERM);
        assert_ne!(run(ARCHITECTURE, 0x4000_0000, 0), ALLOW);
    }

    #[test]
    fn the_filter_is_small() {
        assert!(filter().len() < 200, "{} instructions", filter().len());
    }
}
