//! Runs one process of a build step, or of `cooper run`, in namespaces on an overlayfs root: mounts,
//! `pivot_root`, capabilities, seccomp filter, limits. Also takes an ordinary user's process into a user
//! namespace, and says what the kernel offers. This is where cooper's unsafe code lives, in `sys` alone.
//!
//! A step starts by re-executing the program itself ([`init`] must be the first call of `main`), so starting
//! costs the same however large the calling process has grown:
//!
//! - the caller ([`spawn`], [`Starter`]) starts init, sends it the [`Spec`] over a socket, and reads output and reports;
//! - init makes the namespaces, starts process 1, waits for it, and kills it when the caller goes away;
//! - process 1 builds the mounts, enters them, gives up its privileges and becomes the program.

mod cancel;
mod caps;
mod cgroup;
mod cleanup;
mod deliver;
mod dev;
mod emulate;
mod enter;
mod error;
mod exec;
mod fsmount;
mod ground;
mod init;
mod limits;
mod lines;
mod link;
mod message;
mod mounts;
mod network;
mod overlay;
mod probe;
mod proc;
mod resolver;
mod reverse;
mod seccomp;
mod signals;
mod spawn;
mod spec;
mod starter;
mod support;
mod sys;
mod target;
mod terminal;
mod userns;
mod wire;

pub use cancel::Cancel;
pub use emulate::{EMULATOR_HELP, Emulation, emulation};
pub use error::{ErrorKind, SandboxError};
pub use ground::make_ground;
pub use init::init;
pub use network::{Helper, PrivateNetwork};
pub use signals::{cancel_on_signals, interrupted, pass_on_signals};
pub use spec::{
    EtcFiles, ExecError, ExecErrorKind, Exit, Limits, Mount, MountKind, Network, Rootfs, Security, Spec,
    Stdio, Stream, Streams, Ulimit, Usage, User, Variation,
};
pub use starter::{Starter, spawn};
pub use support::{Feature, Support, support};
pub use userns::{IdMap, enter_single_uid_namespace, enter_user_namespace};
