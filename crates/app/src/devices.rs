//! Devices of this machine, as files of the Container Device Interface describe them (CDI specification, "JSON Definition").

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use build_engine::Device;
use serde_json::Value;

/// Where descriptions are; those of a later directory take the place of those of an earlier one.
const DIRECTORIES: [&str; 3] = ["/etc/cdi", "/var/run/cdi", "/etc/buildkit/cdi"];
/// The largest description that is read.
const MAX_SPEC: u64 = 4 << 20;
const CLASS: &str = "org.mobyproject.buildkit.device.class";
const AUTO_ALLOW: &str = "org.mobyproject.buildkit.device.autoallow";

/// All devices of this machine, sorted by name; `directories` is where descriptions are, if not in the usual places.
pub(crate) fn of_this_machine(directories: Option<&[PathBuf]>) -> Vec<Device> {
    directories.map_or_else(|| devices(&DIRECTORIES.map(PathBuf::from)), devices)
}

/// The devices that files in these directories describe. A file that is none is left out.
fn devices(directories: &[PathBuf]) -> Vec<Device> {
    let mut found = BTreeMap::new();
    for directory in directories {
        let Ok(items) = fs::read_dir(directory) else { continue };
        let mut paths: Vec<PathBuf> = items.flatten().map(|item| item.path()).collect();
        paths.sort();
        let described = paths.iter().filter_map(|path| read(path)).flatten();
        found.extend(described.map(|device| (device.name.clone(), device)));
    }
    found.into_values().collect()
}

fn read(path: &Path) -> Option<Vec<Device>> {
    let is_json = path.extension()? == "json";
    if !is_json && path.extension()? != "yaml" {
        return None;
    }
    let bytes = kit::read_bounded(fs::File::open(path).ok()?, MAX_SPEC).ok()?;
    described(&String::from_utf8(bytes).ok()?, is_json)
}

/// The devices that the text of a file describes, in JSON or YAML; `None` where it is neither.
pub fn described(text: &str, is_json: bool) -> Option<Vec<Device>> {
    let spec = if is_json { serde_json::from_str(text).ok()? } else { yaml::json(text).ok()? };
    Some(of_spec(&spec))
}

fn of_spec(spec: &Value) -> Vec<Device> {
    let Some(kind) = spec["kind"].as_str() else { return Vec::new() };
    list(&spec["devices"])
        .filter_map(|item| {
            let mut device =
                Device { name: format!("{kind}={}", item["name"].as_str()?), ..Device::default() };
            for part in [spec, item] {
                annotate(&mut device, &part["annotations"]);
                edit(&mut device, &part["containerEdits"]);
            }
            Some(device)
        })
        .collect()
}

fn annotate(device: &mut Device, annotations: &Value) {
    if let Some(class) = annotations[CLASS].as_str() {
        device.class = Some(class.to_owned());
    }
    match &annotations[AUTO_ALLOW] {
        Value::Bool(set) => device.auto_allow = *set,
        Value::String(text) => {
            device.auto_allow = matches!(text.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True");
        }
        _ => {}
    }
}

fn edit(device: &mut Device, edits: &Value) {
    let pair = |item: &Value| {
        let (name, value) = item.as_str()?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    device.env.extend(list(&edits["env"]).filter_map(pair));
    device.nodes.extend(list(&edits["deviceNodes"]).filter_map(|node| {
        let path = node["path"].as_str()?;
        Some((PathBuf::from(node["hostPath"].as_str().unwrap_or(path)), path.to_owned()))
    }));
    device.mounts.extend(list(&edits["mounts"]).filter_map(|mount| {
        let (host, target) = (mount["hostPath"].as_str()?, mount["containerPath"].as_str()?);
        let readonly = list(&mount["options"]).any(|option| option == "ro");
        Some((PathBuf::from(host), target.to_owned(), readonly))
    }));
    let groups = list(&edits["additionalGids"]).filter_map(|group| u32::try_from(group.as_u64()?).ok());
    device.groups.extend(groups.filter(|group| *group != 0));
    for (key, what) in
        [("hooks", "hooks"), ("intelRdt", "a share of the cache"), ("netDevices", "network devices")]
    {
        let is_set = !matches!(&edits[key], Value::Null) && edits[key] != Value::Array(Vec::new());
        if is_set {
            device.unsupported.get_or_insert_with(|| format!("{what} (`{key}`)"));
        }
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let [early, late] = ["early", "late"].map(|name| dir.path().join(name));
        for path in [&early, &late] {
            fs::create_dir(path).unwrap();
        }
        let yaml = "cdiVersion: 0.6.0\nkind: a.com/gpu\nannotations:\n  org.mobyproject.buildkit.device.class: big\n\
                    containerEdits:\n  env: [ALL=1]\ndevices:\n- name: one\n  annotations:\n    \
                    org.mobyproject.buildkit.device.autoallow: \"true\"\n  containerEdits:\n    env: [\"ONE=a=b\"]\n    \
                    deviceNodes:\n    - path: /dev/gpu0\n      hostPath: /dev/null\n    - path: /dev/zero\n    \
                    mounts:\n    - {hostPath: /usr/lib, containerPath: /gpu, options: [ro, bind]}\n    \
                    additionalGids: [5, 0]\n- name: two\n  containerEdits:\n    hooks:\n    - hookName: createContainer\n      \
                    path: /bin/true\n";
        fs::write(early.join("gpu.yaml"), yaml).unwrap();
        fs::write(early.join("broken.yaml"), "kind: [").unwrap();
        fs::write(early.join("notes.txt"), "kind: a.com/x").unwrap();
        let json = r#"{"kind":"a.com/gpu","devices":[{"name":"three"}]}"#;
        fs::write(late.join("gpu.json"), json).unwrap();
        let found = devices(&[early, late, dir.path().join("missing")]);
        let names: Vec<&str> = found.iter().map(|device| device.name.as_str()).collect();
        assert_eq!(names, ["a.com/gpu=one", "a.com/gpu=three", "a.com/gpu=two"]);
        let one = &found[0];
        assert_eq!((one.class.as_deref(), one.auto_allow), (Some("big"), true));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(one.env, [pair("ALL", "1"), pair("ONE", "a=b")]);
        let node = |host: &str, path: &str| (PathBuf::from(host), path.to_owned());
        assert_eq!(one.nodes, [node("/dev/null", "/dev/gpu0"), node("/dev/zero", "/dev/zero")]);
        assert_eq!(one.mounts, [(PathBuf::from("/usr/lib"), "/gpu".to_owned(), true)]);
        assert_eq!(one.groups, [5]);
        assert_eq!(found[2].unsupported.as_deref(), Some("hooks (`hooks`)"));
        assert!(!found[2].auto_allow);
    }
}
