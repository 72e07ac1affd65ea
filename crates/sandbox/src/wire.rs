//! The encoding in which a specification travels to the sandbox's init, and its reports back. Private to one
//! program talking to itself, so it needs no versions. A secret has no encoding of its own: the one place
//! that sends it reveals it by name.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::time::Duration;

use kit::Redacted;
use seccompiler::sock_filter;

use crate::spec::{
    EtcFiles, ExecError, ExecErrorKind, Limits, Mount, MountKind, Network, Rootfs, Security, Stdio, Streams,
    Ulimit, Usage, User, Variation,
};
use crate::{Emulation, PrivateNetwork, Spec};

/// A value that can be sent.
pub(crate) trait Wire: Sized {
    /// Appends the value.
    fn put(&self, out: &mut Vec<u8>);
    /// Takes the value from the front; `None` when the bytes are not one.
    fn get(input: &mut &[u8]) -> Option<Self>;
}

/// Takes `count` bytes from the front.
fn take<'a>(input: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = input.split_at_checked(count)?;
    *input = rest;
    Some(head)
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    bytes.len().put(out);
    out.extend_from_slice(bytes);
}

fn get_bytes(input: &mut &[u8]) -> Option<Vec<u8>> {
    let count = usize::get(input)?;
    take(input, count).map(<[u8]>::to_vec)
}

macro_rules! wire_number {
    ($($type:ty),+) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn get(input: &mut &[u8]) -> Option<Self> {
                Some(Self::from_le_bytes(take(input, size_of::<Self>())?.try_into().ok()?))
            }
        }
    )+};
}

macro_rules! wire_struct {
    ($($type:ident { $($field:ident),+ $(,)? })+) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)+
            }
            fn get(input: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: Wire::get(input)?),+ })
            }
        }
    )+};
}

/// Enums without values travel as their position in the list given here.
macro_rules! wire_choice {
    ($($type:ident { $($variant:ident),+ $(,)? })+) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                const ALL: &[$type] = &[$($type::$variant),+];
                let position = ALL.iter().position(|one| one == self).unwrap_or_default();
                position.put(out);
            }
            fn get(input: &mut &[u8]) -> Option<Self> {
                const ALL: &[$type] = &[$($type::$variant),+];
                ALL.get(usize::get(input)?).copied()
            }
        }
    )+};
}

pub(crate) use {wire_choice, wire_struct};

wire_number!(u8, u16, u32, u64, i32, i64, usize);

wire_struct! {
    Rootfs { lowers, upper, work }
    User { uid, gid, groups }
    Mount { target, kind, readonly }
    Limits {
        memory, memory_swap, pids, cpu_shares, cpu_quota, cpu_period, cpuset_cpus, cpuset_mems, shm_size, ulimits,
    }
    Ulimit { name, soft, hard }
    EtcFiles { resolv_conf, hosts, hostname }
    Streams { stdin, stdout, stderr }
    Usage { wall, user, system, max_rss, read, written, disk_read, disk_written }
    Variation { processors, reversed }
    ExecError { program, kind }
    sock_filter { code, jt, jf, k }
    Spec {
        rootfs, args, env, cwd, user, mounts, network, hostname, security, tty, limits, extra_hosts, readonly_root,
        etc, streams, emulation, variation,
    }
}

wire_choice! {
    Security { Sandbox, Insecure }
    Stdio { Inherit, Capture, Null }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        u8::get(input).map(|value| value != 0)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(self.as_bytes(), out);
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        Self::from_utf8(get_bytes(input)?).ok()
    }
}

impl Wire for OsString {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(self.as_bytes(), out);
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        get_bytes(input).map(Self::from_vec)
    }
}

impl Wire for PathBuf {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(self.as_os_str().as_bytes(), out);
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        OsString::get(input).map(Self::from)
    }
}

impl Wire for Duration {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_secs().put(out);
        self.subsec_nanos().put(out);
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        // Built so because `Duration::new` panics on an overflow.
        Some(Self::from_secs(u64::get(input)?).saturating_add(Self::from_nanos(u64::from(u32::get(input)?))))
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        if bool::get(input)? { T::get(input).map(Some) } else { Some(None) }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        for item in self {
            item.put(out);
        }
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        let count = usize::get(input)?;
        (0..count).map(|_| T::get(input)).collect()
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        Some((A::get(input)?, B::get(input)?))
    }
}

impl Wire for MountKind {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bind { source } => {
                0_u8.put(out);
                source.put(out);
            }
            Self::Overlay { lowers, upper, work, subpath } => {
                1_u8.put(out);
                lowers.put(out);
                upper.put(out);
                work.put(out);
                subpath.put(out);
            }
            Self::Tmpfs { size, mode } => {
                2_u8.put(out);
                size.put(out);
                mode.put(out);
            }
            Self::Secret { data, mode, uid, gid } => {
                3_u8.put(out);
                put_bytes(data.reveal(), out);
                for number in [mode, uid, gid] {
                    number.put(out);
                }
            }
            Self::Socket { source } => {
                4_u8.put(out);
                source.put(out);
            }
            Self::Device { source } => {
                5_u8.put(out);
                source.put(out);
            }
        }
    }

    fn get(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::get(input)? {
            0 => Self::Bind { source: Wire::get(input)? },
            1 => Self::Overlay {
                lowers: Wire::get(input)?,
                upper: Wire::get(input)?,
                work: Wire::get(input)?,
                subpath: Wire::get(input)?,
            },
            2 => Self::Tmpfs { size: Wire::get(input)?, mode: Wire::get(input)? },
            3 => Self::Secret {
                data: Redacted::new(get_bytes(input)?),
                mode: Wire::get(input)?,
                uid: Wire::get(input)?,
                gid: Wire::get(input)?,
            },
            4 => Self::Socket { source: Wire::get(input)? },
            5 => Self::Device { source: Wire::get(input)? },
            _ => return None,
        })
    }
}

impl Wire for Network {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::None => 0_u8.put(out),
            Self::Host => 1_u8.put(out),
            Self::Private(network) => (2_u8.put(out), network.resolver.to_bits().put(out)).1,
        }
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::get(input)? {
            0 => Self::None,
            1 => Self::Host,
            2 => Self::Private(PrivateNetwork::seen_by_init(Ipv4Addr::from_bits(u32::get(input)?))),
            _ => return None,
        })
    }
}

/// What there is to know on the other side is that there is one.
impl Wire for Emulation {
    fn put(&self, out: &mut Vec<u8>) {
        self.namespace().is_some().put(out);
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        bool::get(input).map(Self::seen_by_init)
    }
}

impl Wire for ExecErrorKind {
    fn put(&self, out: &mut Vec<u8>) {
        let (number, errno) = match self {
            Self::NotInPath => (0_u8, 0),
            Self::NotFound => (1, 0),
            Self::PermissionDenied => (2, 0),
            Self::Format => (3, 0),
            Self::Other(errno) => (4, *errno),
        };
        number.put(out);
        errno.put(out);
    }
    fn get(input: &mut &[u8]) -> Option<Self> {
        let (number, errno) = (u8::get(input)?, i32::get(input)?);
        Some(match number {
            0 => Self::NotInPath,
            1 => Self::NotFound,
            2 => Self::PermissionDenied,
            3 => Self::Format,
            4 => Self::Other(errno),
            _ => return None,
        })
    }
}
