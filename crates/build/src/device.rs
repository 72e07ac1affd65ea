//! `RUN --device`: devices that this machine offers by the Container Device Interface, and what they give a step.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plan::Exec;
use sandbox::{Mount, MountKind, Spec};

use crate::engine::Engine;
use crate::{BuildError, EventKind};

/// A device that this machine offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// `vendor/class=name`.
    pub name: String,
    /// Another name behind the `=`, which several devices can have.
    pub class: Option<String>,
    /// Whether a step may use it without `--allow device`.
    pub auto_allow: bool,
    /// Variables.
    pub env: Vec<(String, String)>,
    /// Device nodes: path on this machine, path in the step.
    pub nodes: Vec<(PathBuf, String)>,
    /// Files and directories: path on this machine, path in the step, whether it is read-only.
    pub mounts: Vec<(PathBuf, String, bool)>,
    /// Groups that the process is in.
    pub groups: Vec<u32>,
    /// What it needs beyond these, which a step cannot have.
    pub unsupported: Option<String>,
}

/// The devices that a name stands for: that one, all of a kind (`=*`), the first of a kind (no `=`), or those of a class.
pub fn find_devices<'a>(all: &'a [Device], wanted: &str) -> Vec<&'a Device> {
    let (kind, name) = wanted.split_once('=').unwrap_or((wanted, ""));
    let of_kind = || {
        let has_kind = move |device: &&Device| device.name.split('=').next() == Some(kind);
        all.iter().filter(has_kind)
    };
    match name {
        "" => of_kind().take(1).collect(),
        "*" => of_kind().collect(),
        name => match of_kind().find(|device| device.name == wanted) {
            Some(device) => vec![device],
            None => of_kind().filter(|device| device.class.as_deref() == Some(name)).collect(),
        },
    }
}

/// What `--allow device` gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedDevices {
    /// All devices.
    pub all: bool,
    /// Names, as a step may ask for them, and the devices that they stand for: others than these where the user gave a
    /// device another name.
    pub names: BTreeMap<String, String>,
}

impl AllowedDevices {
    /// The name behind what a step asks for.
    fn behind<'a>(&'a self, wanted: &'a str) -> &'a str {
        self.names.get(wanted).map_or(wanted, String::as_str)
    }

    /// Whether a step that asks for `wanted` may have this one of `all`.
    fn allow(&self, wanted: &str, device: &Device, all: &[Device]) -> bool {
        let stands_for = |name: &String| find_devices(all, name).contains(&device);
        self.all || self.names.contains_key(wanted) || self.names.values().any(stands_for)
    }
}

impl Engine<'_> {
    /// Gives a step the devices that it asks for.
    pub(crate) fn lend_devices(
        &self,
        id: plan::NodeId,
        exec: &Exec,
        spec: &mut Spec,
    ) -> Result<(), BuildError> {
        for wanted in &exec.devices {
            let (all, allowed) = (&self.options.devices, &self.options.allowed_devices);
            let found = find_devices(all, allowed.behind(&wanted.name));
            if found.is_empty() {
                let message = format!("the device `{}` is not registered on this machine", wanted.name);
                if wanted.required {
                    let help =
                        "devices are described by files in /etc/cdi, /var/run/cdi and /etc/buildkit/cdi";
                    return Err(BuildError::environment(message).help(help));
                }
                self.event(id, EventKind::Note(format!("{message}; the step runs without it")));
            }
            for device in found {
                if !device.auto_allow && !allowed.allow(&wanted.name, device, all) {
                    let message = format!("the device `{}` is not allowed", device.name);
                    let help = format!(
                        "allow it with `--allow device={}`, or all with `--allow device`",
                        device.name
                    );
                    return Err(BuildError::new(message).help(help));
                }
                lend(device, spec)?;
            }
        }
        Ok(())
    }
}

fn lend(device: &Device, spec: &mut Spec) -> Result<(), BuildError> {
    if let Some(what) = &device.unsupported {
        let message = format!("the device `{}` needs {what}, which a step cannot have", device.name);
        return Err(BuildError::environment(message));
    }
    for (name, value) in &device.env {
        spec.env.retain(|(known, _)| known != name);
        spec.env.push((name.clone(), value.clone()));
    }
    let node = |(source, target): &(PathBuf, String)| Mount {
        target: target.clone(),
        kind: MountKind::Device { source: source.clone() },
        readonly: false,
    };
    spec.mounts.extend(device.nodes.iter().map(node));
    let file = |(source, target, readonly): &(PathBuf, String, bool)| Mount {
        target: target.clone(),
        kind: MountKind::Bind { source: source.clone() },
        readonly: *readonly,
    };
    spec.mounts.extend(device.mounts.iter().map(file));
    spec.user.groups.extend(&device.groups);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices() -> [Device; 4] {
        let device = |name: &str, class: Option<&str>| Device {
            name: name.into(),
            class: class.map(str::to_owned),
            ..Device::default()
        };
        [
            device("a.com/gpu=0", None),
            device("a.com/gpu=1", Some("big")),
            device("a.com/gpu=2", Some("big")),
            device("a.com/gpu2=0", None),
        ]
    }

    #[test]
    fn what_is_allowed_is_a_name_a_kind_or_everything() {
        let all = devices();
        let check = |names: &[(&str, &str)], wanted: &str, expect: &[bool]| {
            let names = names.iter().map(|(asked, name)| ((*asked).to_owned(), (*name).to_owned())).collect();
            let allowed = AllowedDevices { all: false, names };
            let found = find_devices(&all, allowed.behind(wanted));
            let answers: Vec<bool> = found.iter().map(|one| allowed.allow(wanted, one, &all)).collect();
            assert_eq!(answers, expect, "{wanted}");
        };
        check(&[], "a.com/gpu=0", &[false]);
        check(&[("a.com/gpu=1", "a.com/gpu=1")], "a.com/gpu=1", &[true]);
        check(&[("a.com/gpu=1", "a.com/gpu=1")], "a.com/gpu=0", &[false]);
        check(&[("a.com/gpu=1", "a.com/gpu=1")], "a.com/gpu=*", &[false, true, false]);
        check(&[("a.com/gpu=*", "a.com/gpu=*")], "a.com/gpu=2", &[true]);
        check(&[("a.com/gpu=big", "a.com/gpu=big")], "a.com/gpu=big", &[true, true]);
        check(&[("any", "a.com/gpu=2")], "any", &[true]);
        check(&[("a.com/gpu", "a.com/gpu")], "a.com/gpu2=0", &[false]);
    }

    #[test]
    fn names_stand_for_devices() {
        let all = devices();
        for (wanted, expect) in [
            ("a.com/gpu", "a.com/gpu=0"),
            ("a.com/gpu=1", "a.com/gpu=1"),
            ("a.com/gpu=*", "a.com/gpu=0 a.com/gpu=1 a.com/gpu=2"),
            ("a.com/gpu=big", "a.com/gpu=1 a.com/gpu=2"),
            ("a.com/gpu=small", ""),
            ("a.com/gp", ""),
            ("b.com/gpu=*", ""),
        ] {
            let found: Vec<&str> =
                find_devices(&all, wanted).iter().map(|device| device.name.as_str()).collect();
            assert_eq!(found.join(" "), expect, "{wanted}");
        }
    }
}
