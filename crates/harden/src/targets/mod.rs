//! What a profile is written for, one file each. The text at the head of a file is its page of the manual.

pub(crate) use compose::{Part, Value, parts};

use crate::profile::{Profile, Writable};

kit::table! {
    Target;
    compose::TARGET,
    flags::TARGET,
    json::TARGET,
    kubernetes::TARGET,
    pod::TARGET,
    quadlet::TARGET,
}

/// What a profile is written for. Its file begins with its page of the manual.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// The text.
    pub render: fn(&Profile) -> String,
    pub(crate) source: &'static str,
}

impl Target {
    /// Its page of the manual, in Markdown.
    pub fn page(&self) -> String {
        kit::with_facts(&kit::manual(self.source), &format!("`cooper harden --format {}`", self.name))
    }
}

/// All targets.
pub fn targets() -> &'static [&'static Target] {
    ALL
}

/// The notes of a profile as lines of comments.
pub(crate) fn notes(profile: &Profile) -> String {
    profile
        .notes
        .iter()
        .flat_map(|note| ["# ".to_owned(), crate::words::line(note), "\n".to_owned()])
        .collect()
}

/// The name of a volume for a path.
pub(crate) fn volume(profile: &Profile, one: &Writable) -> String {
    let letters =
        one.path.chars().map(|ch| if ch.is_ascii_alphanumeric() { ch.to_ascii_lowercase() } else { '-' });
    format!("{}-{}", profile.name, letters.collect::<String>().trim_matches('-'))
}

/// The options of a file system in memory, as Docker and Podman take them.
pub(crate) fn tmpfs(one: &Writable) -> String {
    let size = crate::profile::TMPFS;
    let mut text = format!("{}:rw,noexec,nosuid,nodev,size={size}m,mode={:o}", one.path, one.mode);
    if let Some((uid, gid)) = one.owner {
        text += &format!(",uid={uid},gid={gid}");
    }
    text
}

/// Why each part is as it is.
pub(crate) mod why {
    pub(crate) const DROP: &str = "no rights of root but those that are named";
    pub(crate) const ROOT: &str = "what cannot be written cannot be replaced";
    pub(crate) const NEW: &str = "no program lends rights";
    pub(crate) const MEMORY: &str = "a leak stops here and not at the machine's end";
    pub(crate) const PIDS: &str = "a fork bomb stops here";
    pub(crate) const LOG: &str = "logs do not fill the disk";
    pub(crate) const PORT: &str = "reached from this machine alone, past no firewall";
    pub(crate) const LOW: &str = "ports below 1024 without being root";
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ALL, MODULES};
    use crate::tests::example;

    #[test]
    fn the_table_lists_every_file_and_targets_are_called_as_their_files() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/targets");
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        files.retain(|file| file != "mod");
        files.sort();
        assert_eq!(files, MODULES);
        assert_eq!(ALL.iter().map(|target| target.name).collect::<Vec<_>>(), MODULES);
    }

    #[test]
    fn every_target_says_what_the_profile_says() {
        let check = |name: &str, parts: &[&str]| {
            let target = ALL.iter().find(|target| target.name == name).unwrap();
            let text = (target.render)(&example());
            for part in parts {
                assert!(text.contains(part), "{name}: {part}\n{text}");
            }
        };
        check(
            "flags",
            &[
                "--user 10001:10001",
                "--cap-drop ALL",
                "--cap-add NET_RAW",
                "--read-only",
                "--tmpfs /tmp:rw",
                "-p 127.0.0.1:80:80/tcp",
                "--sysctl net.ipv4.ip_unprivileged_port_start=0",
                "no-new-privileges",
                "--memory 512m",
                "max-size=10m",
            ],
        );
        check(
            "compose",
            &[
                "user: \"10001:10001\"",
                "cap_drop:\n      - ALL",
                "read_only: true",
                "pids_limit: 256",
                "max-size: \"10m\"",
                "volumes:\n  shop-data:",
            ],
        );
        check(
            "kubernetes",
            &[
                "kind: Deployment",
                "runAsNonRoot: true",
                "readOnlyRootFilesystem: true",
                "drop:\n                - ALL",
                "type: RuntimeDefault",
                "medium: Memory",
            ],
        );
        check("pod", &["kind: Pod", "allowPrivilegeEscalation: false"]);
        check(
            "quadlet",
            &[
                "[Container]",
                "DropCapability=all",
                "ReadOnly=true",
                "NoNewPrivileges=true",
                "PidsLimit=256",
                "User=10001",
            ],
        );
    }

    #[test]
    fn yaml_can_be_read_again() {
        for name in ["compose", "kubernetes", "pod"] {
            let target = ALL.iter().find(|target| target.name == name).unwrap();
            assert!(yaml::parse(&(target.render)(&example())).unwrap().is_some(), "{name}");
        }
        let json = ALL.iter().find(|target| target.name == "json").unwrap();
        serde_json::from_str::<serde_json::Value>(&(json.render)(&example())).unwrap();
    }
}
