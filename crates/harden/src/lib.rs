//! How a container of an image runs with the least rights: a [`Profile`] is found from the image alone, its configuration and its
//! files, with a reason for each line, and written for an engine by a [`Target`], one file each in `targets/`. What known
//! servers need is in `servers/`, one file each.

mod capabilities;
mod merge;
mod profile;
mod program;
mod servers;
mod subject;
mod targets;
mod user;
mod words;

pub use merge::{MergeError, Merged, merge};
pub use profile::{Capability, Limits, Port, Profile, Wishes, Writable, profile};
pub use subject::Subject;
pub use targets::{Target, targets};
pub use user::RunUser;

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile that has something of everything.
    pub(crate) fn example() -> Profile {
        let writable = |path: &str, keep| Writable {
            path: path.to_owned(),
            keep,
            mode: 0o1777,
            owner: Some((10001, 10001)),
            reason: "files: \"x\" # y".to_owned(),
        };
        Profile {
            image: "registry.example.com/team/shop:1".to_owned(),
            name: "shop".to_owned(),
            user: RunUser { uid: 10001, gid: 10001, reason: "the image's own user".to_owned() },
            capabilities: vec![Capability { name: "NET_RAW", reason: "pings".to_owned() }],
            gains_rights: None,
            low_ports: true,
            writable: vec![writable("/data", true), writable("/tmp", false)],
            ports: vec![Port { number: 80, protocol: "tcp".to_owned() }],
            limits: Limits { memory: 512, pids: 256 },
            health: None,
            notes: vec!["a note".to_owned()],
        }
    }
}
