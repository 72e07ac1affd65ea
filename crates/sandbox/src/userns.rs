//! Takes an ordinary user's process into a user namespace where it is root.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{getegid, geteuid, getpid};

use crate::error::{Context as _, ErrorKind, SandboxError};
use crate::sys::{self, Fork};

/// How user ids inside map to those outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdMap {
    /// No mapping was made: this is real root, or a process that is root in a user namespace already.
    Root,
    /// The user is root inside, and ids from 1 on come from the ranges that `/etc/subuid` and `/etc/subgid` grant.
    Subuid {
        /// Number of user ids inside, root included.
        uids: u32,
        /// Number of group ids inside, root included.
        gids: u32,
    },
    /// The user is root inside, and no other id exists: steps that change user, and files of other owners, fail.
    Single {
        /// Why there is no range.
        reason: &'static str,
    },
}

/// Where distributions install `newuidmap` and `newgidmap`.
const TOOL_DIRECTORIES: [&str; 4] = ["/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin"];
const NAMESPACES: i32 = libc::CLONE_NEWUSER | libc::CLONE_NEWNS;

/// Makes this process root in a new user and mount namespace, unless it is root already. Process id, standard
/// streams and everything else stay as they are.
///
/// Uses the user's ranges of subordinate ids when there are some and `newuidmap` can set them, else only the
/// user's own id. Must be called while the process has a single thread.
pub fn enter_user_namespace() -> Result<IdMap, SandboxError> {
    if geteuid().is_root() {
        return Ok(IdMap::Root);
    }
    match Ranges::find() {
        Ok(ranges) => ranges.enter(),
        Err(reason) => enter_single(reason),
    }
}

/// As [`enter_user_namespace`], with only the caller's own id, whatever ranges there are.
pub fn enter_single_uid_namespace() -> Result<IdMap, SandboxError> {
    if geteuid().is_root() { Ok(IdMap::Root) } else { enter_single("it was asked for") }
}

/// Whether ids are mapped, so that root here is not the system's own root.
pub(crate) fn is_nested() -> io::Result<bool> {
    let map = fs::read_to_string("/proc/self/uid_map")?;
    Ok(!map.split_whitespace().eq(["0", "0", "4294967295"]))
}

/// Why there is no range of ids for this user; `None` when there is one.
pub(crate) fn missing_ranges() -> Option<&'static str> {
    Ranges::find().err()
}

fn enter_single(reason: &'static str) -> Result<IdMap, SandboxError> {
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    create()?;
    // Without this the kernel lets nobody but a privileged helper map groups.
    write("/proc/self/setgroups", "deny")?;
    write("/proc/self/uid_map", &format!("0 {uid} 1"))?;
    write("/proc/self/gid_map", &format!("0 {gid} 1"))?;
    detach_mounts()?;
    Ok(IdMap::Single { reason })
}

fn write(path: &str, text: &str) -> Result<(), SandboxError> {
    fs::write(path, text).context("write", path).map_err(explain)
}

/// Creates the namespaces; the process keeps its user id outside, and has all capabilities inside.
fn create() -> Result<(), SandboxError> {
    sys::unshare(NAMESPACES).context("create user namespace", "").map_err(explain)
}

/// Mount events of the host do not come in, nor do ours go out.
fn detach_mounts() -> Result<(), SandboxError> {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).context("make mounts private", "/").map_err(explain)
}

/// Settings that forbid user namespaces, the value that does, and what to do about it.
const SWITCHES: [(&str, &str, &str); 3] = [
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "user namespaces are disabled for ordinary users: `sysctl kernel.unprivileged_userns_clone=1` as root allows them",
    ),
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "user namespaces are disabled: `sysctl user.max_user_namespaces=15000` as root allows them",
    ),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor restricts user namespaces: `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root, or a \
         profile for this program that has `userns,`, allows them",
    ),
];

/// Says which setting forbids user namespaces.
fn explain(error: SandboxError) -> SandboxError {
    let hint = SWITCHES
        .iter()
        .find(|(path, forbids, _)| fs::read_to_string(path).is_ok_and(|value| value.trim() == *forbids));
    let detail = match (hint, error.errno()) {
        (Some((_, _, hint)), _) => hint,
        (None, Some(libc::EINVAL)) => {
            "the kernel has no user namespaces, or this process has several threads"
        }
        (None, Some(libc::ENOSPC)) => {
            "too many user namespaces exist, or they are nested too deeply: see `sysctl user.max_user_namespaces`"
        }
        _ => {
            "the kernel or the surrounding container does not allow user namespaces; run as root, or allow \
             `unshare` and `mount` in the container's seccomp profile"
        }
    };
    error.with_kind(ErrorKind::NoUserNamespaces).with_detail(detail)
}

/// One line of an id map for `newuidmap`: first id inside, first id outside, count.
type MapLine = (u32, u32, u32);

/// The subordinate ids of this user, and the tools that can map them.
struct Ranges {
    uids: Vec<MapLine>,
    gids: Vec<MapLine>,
    uid_tool: String,
    gid_tool: String,
}

impl Ranges {
    fn find() -> Result<Self, &'static str> {
        let uid_tool = tool("newuidmap").ok_or("`newuidmap` is not installed (package `uidmap`)")?;
        let gid_tool = tool("newgidmap").ok_or("`newgidmap` is not installed (package `uidmap`)")?;
        let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = user_name(&passwd, uid).unwrap_or_default();
        let read = |path: &str, own: u32| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let lines = map_lines(&text, name, uid, own);
            (lines.len() > 1).then_some(lines)
        };
        let uids = read("/etc/subuid", uid)
            .ok_or("/etc/subuid has no range for the user (`usermod --add-subuids`)")?;
        let gids = read("/etc/subgid", gid)
            .ok_or("/etc/subgid has no range for the user (`usermod --add-subgids`)")?;
        Ok(Self { uids, gids, uid_tool, gid_tool })
    }

    /// Creates the namespaces and has the maps written from outside: by a child that was forked before, since
    /// only there do the tools have the right to.
    fn enter(&self) -> Result<IdMap, SandboxError> {
        let (created, tell_created) = pipe_with(PipeFlags::CLOEXEC).context("make a pipe", "")?;
        let this = getpid().as_raw_nonzero().to_string();
        let helper = match sys::fork_into(0).context("start the helper that maps ids", "")? {
            Fork::Child => {
                drop(tell_created);
                sys::exit_now(self.map_when_told(&created, &this))
            }
            Fork::Parent(pid) => pid,
        };
        drop(created);
        let entered = create();
        if entered.is_ok() {
            // When the helper is gone, its exit status below says so.
            let _ = rustix::io::write(&tell_created, &[1]);
        }
        drop(tell_created);
        let (status, _) = sys::wait(helper).context("wait for the helper that maps ids", "")?;
        entered?;
        if status != 0 {
            return Err(SandboxError::new(
                ErrorKind::NoUserNamespaces,
                "map user ids",
                "`newuidmap` or `newgidmap` failed; check that both are set-user-id root and that the ranges in \
                 /etc/subuid and /etc/subgid do not overlap the user's own ids",
            ));
        }
        become_root()?;
        detach_mounts()?;
        Ok(IdMap::Subuid { uids: total(&self.uids), gids: total(&self.gids) })
    }

    /// Runs in the child: an exit status.
    fn map_when_told(&self, created: &OwnedFd, process: &str) -> i32 {
        // End of file: the namespace could not be created.
        if !matches!(rustix::io::read(created, &mut [0; 1]), Ok(1)) {
            return 1;
        }
        let run = |tool: &str, lines: &[MapLine]| {
            let numbers = lines.iter().flat_map(|(inside, outside, count)| [inside, outside, count]);
            let status = Command::new(tool)
                .arg(process)
                .args(numbers.map(u32::to_string))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            status.is_ok_and(|status| status.success())
        };
        i32::from(!(run(&self.uid_tool, &self.uids) && run(&self.gid_tool, &self.gids)))
    }
}

/// The ids of the process are still those of outside, which now read as 0, but its real and saved ones have
/// to be set for programs that compare them; groups of the user outside are given up.
fn become_root() -> Result<(), SandboxError> {
    use rustix::process::{Gid, Uid};
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
    set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT).context("become group", "0:0")?;
    set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).context("become user", "0:0")?;
    set_thread_groups(&[]).context("set groups", "0:0")
}

/// The path of a program that the distribution installs.
pub(crate) fn tool(name: &str) -> Option<String> {
    TOOL_DIRECTORIES
        .iter()
        .map(|directory| format!("{directory}/{name}"))
        .find(|path| Path::new(path).exists())
}

/// The name of a user in the text of a passwd file.
fn user_name(passwd: &str, uid: u32) -> Option<&str> {
    let uid = uid.to_string();
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then_some(name)
    })
}

/// The map for a user: its own id as 0, then its ranges one after the other. `owner` in the file is a name or
/// a user id, in both files.
fn map_lines(text: &str, name: &str, uid: u32, own: u32) -> Vec<MapLine> {
    let uid = uid.to_string();
    let mut lines = vec![(0, own, 1)];
    for line in text.lines() {
        let fields: Vec<&str> = line.trim().split(':').collect();
        let &[owner, start, count] = fields.as_slice() else { continue };
        let (Ok(start), Ok(count)) = (start.parse::<u32>(), count.parse::<u32>()) else { continue };
        let inside = total(&lines);
        let fits = count > 0 && start.checked_add(count).is_some() && inside.checked_add(count).is_some();
        if (owner == name || owner == uid) && !owner.is_empty() && fits {
            lines.push((inside, start, count));
        }
    }
    lines
}

/// Number of ids that a map covers.
fn total(lines: &[MapLine]) -> u32 {
    lines.iter().map(|(_, _, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_found_by_name_and_by_id() {
        let check =
            |text: &str, expect: &[MapLine]| assert_eq!(map_lines(text, "ann", 1000, 100), expect, "{text}");
        check("", &[(0, 100, 1)]);
        check("ann:100000:65536\n", &[(0, 100, 1), (1, 100_000, 65_536)]);
        check("bob:1:2\n1000:5:3\nann:9:1\n", &[(0, 100, 1), (1, 5, 3), (4, 9, 1)]);
        check("ann:x:1\nann:5\nann:4294967295:9\nann:7:0\n", &[(0, 100, 1)]);
    }

    #[test]
    fn users_are_named_by_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nbroken\n";
        assert_eq!(user_name(passwd, 1000), Some("ann"));
        assert_eq!(user_name(passwd, 7), None);
    }
}
