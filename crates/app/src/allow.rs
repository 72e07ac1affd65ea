//! What steps may do because the user says so: values of `--allow`, which `BuildKit` calls entitlements.

use std::collections::BTreeSet;

use build_engine::AllowedDevices;
use plan::Privilege;

/// All that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allow {
    /// Privileges.
    pub privileges: BTreeSet<Privilege>,
    /// Devices of the machine.
    pub devices: AllowedDevices,
}

impl Allow {
    /// Reads values: privileges and `device[=NAME[,alias=OTHER]]`, several of them divided by commas.
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut all = Self::default();
        for value in values {
            let mut device = None;
            for item in value.split(',') {
                device = all.add(item, device)?;
            }
        }
        Ok(all)
    }

    /// Adds an item; `before` is the device that the last one named.
    fn add<'a>(&mut self, item: &'a str, before: Option<&'a str>) -> Result<Option<&'a str>, String> {
        let names = &mut self.devices.names;
        match (item.split_once('='), before) {
            (Some(("device", "")), _) => Err("`device=` names no device".to_owned()),
            (Some(("device", name)), _) => {
                names.insert(name.to_owned(), name.to_owned());
                Ok(Some(name))
            }
            (Some(("alias", other)), Some(name)) if !other.is_empty() => {
                names.remove(name);
                names.insert(other.to_owned(), name.to_owned());
                Ok(None)
            }
            _ if item == "device" => {
                self.devices.all = true;
                Ok(None)
            }
            _ => {
                self.privileges.insert(item.parse()?);
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&str], expect: Result<&str, &str>) {
        let shown = Allow::parse(values.iter().copied()).map(|allow| {
            let mut words: Vec<String> = allow.privileges.iter().map(ToString::to_string).collect();
            words.extend(allow.devices.all.then(|| "all devices".to_owned()));
            words.extend(allow.devices.names.iter().map(|(asked, name)| format!("{asked}->{name}")));
            words.join(" ")
        });
        assert_eq!(shown.as_deref().map_err(String::as_str), expect, "{values:?}");
    }

    #[test]
    fn privileges_and_devices_are_read() {
        check(&[], Ok(""));
        check(&["network.host", "security.insecure"], Ok("network.host security.insecure"));
        check(&["network.host,device"], Ok("network.host all devices"));
        check(&["device=a.com/gpu=0"], Ok("a.com/gpu=0->a.com/gpu=0"));
        check(
            &["device=a.com/gpu=0,alias=b.com/x=y,network.host"],
            Ok("network.host b.com/x=y->a.com/gpu=0"),
        );
        check(&["device=a.com/gpu", "device=b.com/gpu"], Ok("a.com/gpu->a.com/gpu b.com/gpu->b.com/gpu"));
        check(&["device="], Err("`device=` names no device"));
        let names = "use one of `network.host`, `security.insecure`, `device`, `device=NAME`";
        check(&["network"], Err(&format!("`network` is no privilege; {names}")));
        check(&["alias=x"], Err(&format!("`alias=x` is no privilege; {names}")));
        check(&["device", "alias=x"], Err(&format!("`alias=x` is no privilege; {names}")));
    }
}
