//! # flags
//!
//! A call of `docker run`, with a comment for each flag; podman takes the same flags. The comments stand above the call, so that it
//! can be copied.
//!
//! The engine's own seccomp and `AppArmor` profiles hold as long as nobody says `unconfined`, so there is no flag for them. Ports are
//! published on the loopback address: Docker's rules come before those of a firewall as `ufw`.

use super::{Target, notes, tmpfs, volume, why};
use crate::profile::Profile;
use crate::words::{line, shell};

pub(crate) static TARGET: Target = Target { name: "flags", render, source: include_str!("flags.rs") };

/// The flags, each with its reason.
pub(crate) fn flags(profile: &Profile) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |flag: String, reason: &str| all.push((flag, line(reason)));
    let user = &profile.user;
    add(format!("--user {}:{}", user.uid, user.gid), &user.reason);
    add("--cap-drop ALL".to_owned(), why::DROP);
    for one in &profile.capabilities {
        add(format!("--cap-add {}", one.name), &one.reason);
    }
    if profile.gains_rights.is_none() {
        add("--security-opt no-new-privileges".to_owned(), why::NEW);
    }
    if profile.low_ports {
        add("--sysctl net.ipv4.ip_unprivileged_port_start=0".to_owned(), why::LOW);
    }
    add("--read-only".to_owned(), why::ROOT);
    for one in &profile.writable {
        let flag = if one.keep {
            format!("--volume {}", shell(&format!("{}:{}", volume(profile, one), one.path)))
        } else {
            format!("--tmpfs {}", shell(&tmpfs(one)))
        };
        add(flag, &one.reason);
    }
    add(format!("--memory {0}m --memory-swap {0}m", profile.limits.memory), why::MEMORY);
    add(format!("--pids-limit {}", profile.limits.pids), why::PIDS);
    add("--log-driver json-file --log-opt max-size=10m --log-opt max-file=3".to_owned(), why::LOG);
    for port in &profile.ports {
        add(format!("-p 127.0.0.1:{0}:{0}/{1}", port.number, port.protocol), why::PORT);
    }
    all
}

fn render(profile: &Profile) -> String {
    let flags = flags(profile);
    let mut text = notes(profile);
    if let Some(reason) = &profile.gains_rights {
        text += &format!("# without no-new-privileges: {}\n", line(reason));
    }
    for (flag, reason) in &flags {
        text += &format!("# {flag}: {reason}\n");
    }
    text += &format!("docker run --detach --name {} \\\n", shell(&profile.name));
    for (flag, _) in &flags {
        text += &format!("    {flag} \\\n");
    }
    text + &format!("    {}\n", shell(&profile.image))
}
