//! Runs real steps: as root, and once more as an ordinary user in a user namespace. Has its own `main`,
//! because a program that uses the sandbox must start with `init`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "this is a test, with its own harness")]

mod confinement;
mod lab;
mod lifecycle;
mod mounts;
mod network;
mod run;
mod syscalls;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, ExitCode};

use cooper_sandbox::{IdMap, enter_single_uid_namespace, enter_user_namespace, init, support};

use lab::Lab;

/// A name and what it checks.
type Case = (&'static str, fn(&Lab));

const GROUPS: [&[Case]; 5] =
    [run::CASES, mounts::CASES, confinement::CASES, lifecycle::CASES, network::CASES];

/// An id for an ordinary user that needs no account.
const ORDINARY: u32 = 64_321;

fn main() -> ExitCode {
    init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--syscalls"] => return syscalls::report(),
        ["--run-until-killed", directory] => return lifecycle::run_until_killed(directory),
        ["--single", filter @ ..] => return rootless(true, filter),
        ["--ranges", filter @ ..] => return rootless(false, filter),
        ["--list", ..] => return ExitCode::SUCCESS,
        _ => {}
    }
    let filter: Vec<&str> = words.into_iter().filter(|word| !word.starts_with('-')).collect();
    if rustix::process::geteuid().is_root() {
        let good = run_all("root", &filter, IdMap::Root);
        let rootless = as_ordinary_user(&filter);
        let ranges = as_user_with_ranges(&filter);
        if good && rootless && ranges { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    } else {
        // Both kinds of id map; a process can enter only one, so the other gets its own.
        let single = Command::new("/proc/self/exe").arg("--single").args(&filter).status();
        let ranges = rootless(false, &filter);
        if single.is_ok_and(|status| status.success()) { ranges } else { ExitCode::FAILURE }
    }
}

/// Runs the cases again as somebody who is not root.
fn as_ordinary_user(filter: &[&str]) -> bool {
    let status = Command::new("/proc/self/exe")
        .arg("--single")
        .args(filter)
        .current_dir("/")
        .uid(ORDINARY)
        .gid(ORDINARY)
        .status();
    status.is_ok_and(|status| status.success())
}

/// Runs the cases once more as a user who has ranges of ids: an account that only a private view of the
/// account files has.
fn as_user_with_ranges(filter: &[&str]) -> bool {
    const SCRIPT: &str = "mount --bind \"$1/passwd\" /etc/passwd && mount --bind \"$1/ids\" /etc/subuid && \
        mount --bind \"$1/ids\" /etc/subgid && cd / || exit 99; \
        mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200; program=$2; shift 2; \
        exec setpriv --reuid 64321 --regid 64321 --clear-groups \"$program\" --ranges \"$@\"";
    if !Path::new("/usr/bin/newuidmap").exists() || !Path::new("/etc/subuid").exists() {
        println!("cases with ranges of ids cannot run here: there is no newuidmap (package `uidmap`)");
        return true;
    }
    let directory = tempfile::tempdir().unwrap();
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    fs::write(directory.path().join("passwd"), format!("{passwd}cask:x:{ORDINARY}:{ORDINARY}::/:/bin/sh\n"))
        .unwrap();
    fs::write(directory.path().join("ids"), "cask:200000:65536\n").unwrap();
    // The link under /proc would name another program once `sh` runs, and the real path may be closed to the user.
    let program = directory.path().join("program");
    fs::copy("/proc/self/exe", &program).unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", SCRIPT, "sh"]).arg(directory.path()).arg(program).args(filter);
    match command.status().map(|status| status.code()) {
        Ok(Some(99)) | Err(_) => {
            println!(
                "cases with ranges of ids cannot run here: no private view of the account files can be had"
            );
            true
        }
        Ok(code) => code == Some(0),
    }
}

fn rootless(single: bool, filter: &[&str]) -> ExitCode {
    let support = support();
    if !support.namespaces.is_available() || !support.overlay.is_available() {
        println!("rootless cases cannot run here: {:?}, {:?}", support.namespaces, support.overlay);
        return ExitCode::SUCCESS;
    }
    let map = if single { enter_single_uid_namespace() } else { enter_user_namespace() };
    let map = map.expect("the probe has just entered one");
    match map {
        IdMap::Single { reason } => println!("ids: only one, because {reason}"),
        map => println!("ids: {map:?}"),
    }
    let good = run_all("rootless", filter, map);
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_all(how: &str, filter: &[&str], map: IdMap) -> bool {
    let lab = match Lab::new(map) {
        Ok(lab) => lab,
        Err(reason) => {
            println!("{how} cases cannot run here: {reason}");
            return true;
        }
    };
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (name, case) in GROUPS.concat() {
        if !filter.is_empty() && !filter.iter().any(|part| name.contains(part)) {
            skipped += 1;
            continue;
        }
        let good = catch_unwind(AssertUnwindSafe(|| case(&lab))).is_ok();
        println!("test {how}::{name} ... {}", if good { "ok" } else { "FAILED" });
        *(if good { &mut passed } else { &mut failed }) += 1;
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {result}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {skipped} filtered out\n"
    );
    failed == 0
}
