//! # quadlet
//!
//! A unit of Podman's quadlet (`NAME.container`, for `~/.config/containers/systemd` or `/etc/containers/systemd`). Podman's own
//! seccomp profile holds as nothing else is said; the journal keeps logs within its own limits.

use super::{Target, notes, tmpfs, volume, why};
use crate::profile::Profile;
use crate::words::line;

pub(crate) static TARGET: Target = Target { name: "quadlet", render, source: include_str!("quadlet.rs") };

fn render(profile: &Profile) -> String {
    let user = &profile.user;
    let mut text = notes(profile);
    text += &format!("[Unit]\nDescription={}\n\n[Container]\n", value(&profile.name));
    text += &format!("Image={}\nContainerName={}\n", value(&profile.image), value(&profile.name));
    let mut add = |reason: &str, key: &str, words: &str| {
        text += &format!("# {}\n{key}={}\n", line(reason), value(words));
    };
    add(&user.reason, "User", &user.uid.to_string());
    add("its group", "Group", &user.gid.to_string());
    add(why::DROP, "DropCapability", "all");
    for one in &profile.capabilities {
        add(&one.reason, "AddCapability", &format!("CAP_{}", one.name));
    }
    match &profile.gains_rights {
        None => add(why::NEW, "NoNewPrivileges", "true"),
        Some(reason) => add(reason, "NoNewPrivileges", "false"),
    }
    if profile.low_ports {
        add(why::LOW, "Sysctl", "net.ipv4.ip_unprivileged_port_start=0");
    }
    add(why::ROOT, "ReadOnly", "true");
    add("only what is named here", "ReadOnlyTmpfs", "false");
    for one in &profile.writable {
        if one.keep {
            add(&one.reason, "Volume", &format!("{}:{}", volume(profile, one), one.path));
        } else {
            add(&one.reason, "Tmpfs", &without_owner(&tmpfs(one)));
        }
    }
    add(why::PIDS, "PidsLimit", &profile.limits.pids.to_string());
    add(why::MEMORY, "PodmanArgs", &format!("--memory={0}m --memory-swap={0}m", profile.limits.memory));
    add(why::LOG, "LogDriver", "journald");
    for port in &profile.ports {
        let words = format!("127.0.0.1:{0}:{0}/{1}", port.number, port.protocol);
        add(why::PORT, "PublishPort", &words);
    }
    text + "\n[Service]\nRestart=on-failure\n\n[Install]\nWantedBy=default.target\n"
}

/// Podman's `tmpfs` knows no owner: the directory is everybody's instead.
fn without_owner(options: &str) -> String {
    let Some((before, _)) = options.split_once(",uid=") else { return options.to_owned() };
    before.rsplit_once(",mode=").map_or(before, |(before, _)| before).to_owned() + ",mode=1777"
}

/// A value within a unit: `%` stands for itself only when it is there twice.
fn value(text: &str) -> String {
    line(text).replace('%', "%%")
}
