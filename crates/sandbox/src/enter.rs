//! What process 1 of a step does before it becomes the program: builds the file system it will see, gives up
//! what it does not need, and executes.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::mount::{MountAttrFlags, MountPropagationFlags, UnmountFlags, mount_change, unmount};
use rustix::process::{
    Gid, Signal, Uid, chdir, fchdir, pivot_root, set_parent_process_death_signal, setsid, umask,
};
use rustix::system::sethostname;
use rustix::thread::{
    LinkNameSpaceType, move_into_link_name_space, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use seccompiler::sock_filter;

use crate::error::{Context as _, SandboxError};
use crate::exec::Program;
use crate::message::{Report, send};
use crate::mounts::{Workshop, attach_all};
use crate::overlay::{Layers, open_directory};
use crate::spec::{Network, Security, Spec};
use crate::target::{Shape, Tree};
use crate::{Emulation, caps, dev, fsmount, init, limits, proc, reverse, sys, terminal, userns};

/// Runs the step; returns only when that was not possible, with the exit status to end with. `own_network` says that the
/// process is in a network namespace of its own that was made ready before.
pub(crate) fn run(spec: &Spec, filter: &[sock_filter], socket: BorrowedFd<'_>, own_network: bool) -> i32 {
    let report = match prepare(spec, socket, own_network)
        .and_then(|program| become_program(&program, spec, filter, socket))
    {
        Ok(error) => Report::NotExecuted(error),
        Err(error) => Report::Failed(error),
    };
    // When even this fails the caller sees the sandbox die without a report, which is an error too.
    let _ = send(socket, &report);
    if let Report::NotExecuted(error) = report { error.code() } else { 1 }
}

fn prepare(spec: &Spec, socket: BorrowedFd<'_>, own_network: bool) -> Result<Program, SandboxError> {
    set_parent_process_death_signal(Some(Signal::KILL)).context("tie to the parent process", "")?;
    setsid().context("start a session", "")?;
    umask(Mode::from_raw_mode(0o022));
    if let Some(count) = spec.variation.processors {
        limits::processors(count).context("limit processors", "")?;
    }
    sethostname(spec.hostname().as_bytes()).context("set host name", spec.hostname())?;
    if matches!(spec.network, Network::None) && !own_network {
        sys::loopback_up().context("bring up the loopback interface", "")?;
    }
    let tree = build(spec, socket)?;
    let root = tree.root();
    if spec.readonly_root {
        fsmount::make_readonly(root.as_fd(), false).context("make the root read-only", "")?;
    }
    switch_root(root).context("switch to the new root", "")?;
    drop(tree);
    if spec.tty {
        terminal::open(socket).context("open a terminal", "")?;
    }
    enter_directory(&spec.cwd).context("change to directory", &spec.cwd)?;
    for name in limits::apply(&spec.limits.ulimits) {
        let text = format!("ulimit `{name}` was set as high as the caller's own limit allows");
        send(socket, &Report::Warning(text)).context("report", "")?;
    }
    Ok(Program::new(spec))
}

/// Mounts everything, in a mount namespace that shares nothing with the host's.
fn build(spec: &Spec, socket: BorrowedFd<'_>) -> Result<Tree, SandboxError> {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).context("make mounts private", "/")?;
    let nested = userns::is_nested().context("read", "/proc/self/uid_map")?;
    let staging = open_directory(&spec.rootfs.upper)?;
    let place = open_directory(&spec.rootfs.upper)?;
    let upper = open_directory(&spec.rootfs.upper)?;
    let root = root_mount(spec, nested, &staging)?;
    let mut workshop = Workshop::new(staging, nested, spec.security);
    let mounts = workshop.prepare_all(spec)?;
    fsmount::attach(&root, place).context("mount", "/")?;
    if spec.security == Security::Sandbox {
        fsmount::restrict(root.as_fd(), MountAttrFlags::MOUNT_ATTR_NODEV, false)
            .context("forbid devices", "/")?;
    }
    let upper = (!spec.rootfs.lowers.is_empty()).then_some(upper);
    let mut tree = Tree::new(root, upper).context("look at", "/")?;
    if proc::mount_proc(&mut tree)? {
        let text = "the kernel refuses a new /proc in this container, so the step sees the surrounding one";
        send(socket, &Report::Warning(text.to_owned())).context("report", "")?;
    }
    dev::mount(&mut tree, spec.limits.shm_size, spec.security)?;
    proc::mount_sys(&mut tree, spec.security)?;
    if spec.security == Security::Sandbox {
        proc::mask(&tree)?;
    }
    attach_all(&mut tree, &mounts)?;
    if !spec.cwd.is_empty() {
        // Kept, unlike a mount point: a working directory is part of the image.
        tree.keep(&spec.cwd, Shape::Directory).context("make working directory", &spec.cwd)?;
    }
    send(socket, &Report::Created(tree.take_created())).context("report", "")?;
    Ok(tree)
}

/// The root file system, attached nowhere.
fn root_mount(spec: &Spec, nested: bool, staging: &OwnedFd) -> Result<OwnedFd, SandboxError> {
    let rootfs = &spec.rootfs;
    let upper = open_directory(&rootfs.upper)?;
    if rootfs.lowers.is_empty() {
        return fsmount::copy_of(&upper, "", false).context("copy mount", &rootfs.upper);
    }
    let work = open_directory(&rootfs.work)?;
    Layers::open(&rootfs.lowers)?.writable(upper, work).mount(nested, staging)
}

/// Makes the new root the root, and lets go of the old one with all its mounts.
fn switch_root(root: &OwnedFd) -> Result<(), Errno> {
    fchdir(root)?;
    // Stacks the old root onto the new one at the same place, from where it is detached.
    pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    chdir("/")
}

fn enter_directory(path: &str) -> Result<(), Errno> {
    chdir(if path.is_empty() { "/" } else { path })
}

/// Gives up privileges and executes; returns why the program could not be.
fn become_program(
    program: &Program,
    spec: &Spec,
    filter: &[sock_filter],
    socket: BorrowedFd<'_>,
) -> Result<crate::ExecError, SandboxError> {
    if spec.emulation.as_ref().is_some_and(Emulation::is_apart) {
        enter_emulation()?;
    }
    if spec.variation.reversed {
        reverse::listen(socket).context("have directories read in another order", "")?;
    }
    let confined = spec.security == Security::Sandbox;
    if confined {
        // While this process may still do so: to load a filter afterwards it would have to forbid new privileges,
        // and with them `sudo`.
        sys::install_filter(filter).context("install the system call filter", "")?;
        caps::limit_bounding_set().context("limit capabilities", "")?;
    }
    become_user(spec)?;
    if confined {
        caps::limit(spec.user.uid == 0).context("limit capabilities", "")?;
    }
    // Changing the user clears this, so it is set once more.
    set_parent_process_death_signal(Some(Signal::KILL)).context("tie to the parent process", "")?;
    sys::restore_broken_pipe_signal();
    sys::close_on_exec_from(3).context("close descriptors", "")?;
    let path = match program.find() {
        Ok(path) => path,
        Err(error) => return Ok(error),
    };
    Ok(program.execute(&path))
}

/// Enters the user namespace that came with this process, in which every id is itself and an emulator is registered.
fn enter_emulation() -> Result<(), SandboxError> {
    let namespace = sys::take_file(init::EMULATION).ok_or(Errno::BADF).context("find the emulator", "")?;
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::User))
        .context("enter the emulator's namespace", "")
}

fn become_user(spec: &Spec) -> Result<(), SandboxError> {
    let user = &spec.user;
    let who = format!("{}:{}", user.uid, user.gid);
    let hint = "the user namespace maps only one id; install `uidmap` and give the user a range in /etc/subuid and \
                /etc/subgid";
    let explain = |error: SandboxError| match error.errno().map(Errno::from_raw_os_error) {
        Some(Errno::INVAL | Errno::PERM) => error.with_detail(hint),
        _ => error,
    };
    let groups: Vec<Gid> = user.groups.iter().map(|gid| Gid::from_raw(*gid)).collect();
    match set_thread_groups(&groups) {
        // With a single-id map nobody may set groups, and root there has none that matter.
        Err(Errno::PERM) if groups.is_empty() => {}
        result => result.context("set groups", &who).map_err(explain)?,
    }
    let gid = Gid::from_raw(user.gid);
    set_thread_res_gid(gid, gid, gid).context("become group", &who).map_err(explain)?;
    let uid = Uid::from_raw(user.uid);
    set_thread_res_uid(uid, uid, uid).context("become user", &who).map_err(explain)
}
