//! # compose
//!
//! A service of a compose file. With `--compose FILE` it is merged into that file: lines are added to the service, what the file
//! has stays as it is, comments and order as well, and what speaks against the profile is told.
//!
//! ## Example
//! ```yaml
//! services:
//!   app:
//!     read_only: true  # what cannot be written cannot be replaced
//!     cap_drop:
//!       - ALL  # no rights of root but those that are named
//! ```

use super::{Target, notes, tmpfs, volume, why};
use crate::profile::Profile;
use crate::words::{line, yaml};

pub(crate) static TARGET: Target = Target { name: "compose", render, source: include_str!("compose.rs") };

/// A key of a service with what it has.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) key: &'static str,
    pub(crate) value: Value,
}

#[derive(Clone)]
pub(crate) enum Value {
    /// A value, and why.
    One(String, String),
    /// Items of a list, each with why.
    List(Vec<(String, String)>),
    /// Lines below the key, and why.
    Lines(Vec<String>, String),
}

impl Part {
    /// The lines of the part at an indentation.
    pub(crate) fn lines(&self, indent: &str) -> Vec<String> {
        let key = self.key;
        match &self.value {
            Value::One(value, reason) => vec![format!("{indent}{key}: {value}  # {reason}")],
            Value::List(items) => {
                let mut lines = vec![format!("{indent}{key}:")];
                lines.extend(items.iter().map(|(item, reason)| format!("{indent}  - {item}  # {reason}")));
                lines
            }
            Value::Lines(below, reason) => {
                let mut lines = vec![format!("{indent}{key}:  # {reason}")];
                lines.extend(below.iter().map(|text| format!("{indent}  {text}")));
                lines
            }
        }
    }
}

/// What a service has, without its image and its ports.
pub(crate) fn parts(profile: &Profile) -> Vec<Part> {
    let one = |key, value: String, reason: &str| Part { key, value: Value::One(value, line(reason)) };
    let list = |key, items: Vec<(String, String)>| Part { key, value: Value::List(items) };
    let user = &profile.user;
    let mut parts = vec![one("user", yaml(&format!("{}:{}", user.uid, user.gid)), &user.reason)];
    parts.push(list("cap_drop", vec![("ALL".to_owned(), why::DROP.to_owned())]));
    if !profile.capabilities.is_empty() {
        let items = profile.capabilities.iter().map(|one| (one.name.to_owned(), line(&one.reason)));
        parts.push(list("cap_add", items.collect()));
    }
    if profile.gains_rights.is_none() {
        parts.push(list("security_opt", vec![("no-new-privileges:true".to_owned(), why::NEW.to_owned())]));
    }
    if profile.low_ports {
        let items = vec![("net.ipv4.ip_unprivileged_port_start=0".to_owned(), why::LOW.to_owned())];
        parts.push(list("sysctls", items));
    }
    parts.push(one("read_only", "true".to_owned(), why::ROOT));
    let in_memory = profile.writable.iter().filter(|one| !one.keep);
    parts.push(list("tmpfs", in_memory.map(|one| (yaml(&tmpfs(one)), line(&one.reason))).collect()));
    let kept: Vec<_> = profile
        .writable
        .iter()
        .filter(|one| one.keep)
        .map(|one| (yaml(&format!("{}:{}", volume(profile, one), one.path)), line(&one.reason)))
        .collect();
    if !kept.is_empty() {
        parts.push(list("volumes", kept));
    }
    parts.push(one("mem_limit", format!("{}m", profile.limits.memory), why::MEMORY));
    parts.push(one("memswap_limit", format!("{}m", profile.limits.memory), "no swap on top of it"));
    parts.push(one("pids_limit", profile.limits.pids.to_string(), why::PIDS));
    let log =
        ["driver: json-file", "options:", "  max-size: \"10m\"", "  max-file: \"3\""].map(str::to_owned);
    parts.push(Part { key: "logging", value: Value::Lines(log.to_vec(), why::LOG.to_owned()) });
    parts
}

fn render(profile: &Profile) -> String {
    let mut text = notes(profile);
    if let Some(reason) = &profile.gains_rights {
        text += &format!("# without no-new-privileges: {}\n", line(reason));
    }
    text += &format!("services:\n  {}:\n    image: {}\n", yaml(&profile.name), yaml(&profile.image));
    for part in parts(profile) {
        text += &(part.lines("    ").join("\n") + "\n");
    }
    if !profile.ports.is_empty() {
        text += "    ports:\n";
        for port in &profile.ports {
            let value = yaml(&format!("127.0.0.1:{0}:{0}/{1}", port.number, port.protocol));
            text += &format!("      - {value}  # {}\n", why::PORT);
        }
    }
    let kept: Vec<_> = profile.writable.iter().filter(|one| one.keep).collect();
    if !kept.is_empty() {
        text += "volumes:\n";
        text.extend(kept.iter().map(|one| format!("  {}:\n", yaml(&volume(profile, one)))));
    }
    text
}
