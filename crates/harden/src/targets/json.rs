//! # json
//!
//! The profile itself, for programs: user, capabilities, directories that are written to, ports and limits, each with its reason.
//! Fields are added, never renamed or removed.

use serde_json::json;

use super::Target;
use crate::profile::Profile;

pub(crate) static TARGET: Target = Target { name: "json", render, source: include_str!("json.rs") };

fn render(profile: &Profile) -> String {
    let user = &profile.user;
    let capabilities: Vec<_> =
        profile.capabilities.iter().map(|one| json!({ "name": one.name, "reason": one.reason })).collect();
    let writable: Vec<_> = profile
        .writable
        .iter()
        .map(|one| {
            json!({
                "path": one.path,
                "kind": if one.keep { "volume" } else { "tmpfs" },
                "mode": format!("{:04o}", one.mode),
                "owner": one.owner.map(|(uid, gid)| json!({ "uid": uid, "gid": gid })),
                "reason": one.reason,
            })
        })
        .collect();
    let ports: Vec<_> = profile
        .ports
        .iter()
        .map(|port| json!({ "number": port.number, "protocol": port.protocol }))
        .collect();
    let value = json!({
        "schema": "cooper/harden/1",
        "image": profile.image,
        "name": profile.name,
        "user": { "uid": user.uid, "gid": user.gid, "reason": user.reason },
        "capabilities": { "drop": ["ALL"], "add": capabilities },
        "noNewPrivileges": profile.gains_rights.is_none(),
        "gainsRights": profile.gains_rights,
        "unprivilegedLowPorts": profile.low_ports,
        "readOnlyRoot": true,
        "writable": writable,
        "ports": ports,
        "limits": { "memoryMegabytes": profile.limits.memory, "pids": profile.limits.pids },
        "seccomp": "default",
        "notes": profile.notes,
    });
    format!("{value:#}\n")
}
