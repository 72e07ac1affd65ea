//! Limits that need a cgroup. A group is made only when one is asked for, and only where this process may make
//! one: as root, or below a delegated group. What cannot be limited is reported, not fatal.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::spec::Limits;

/// Microseconds in which `cpu_quota` may be used when no period is given.
const DEFAULT_PERIOD: u64 = 100_000;

/// One limit in the words of both versions of cgroups.
struct Setting {
    controller: &'static str,
    v1: (&'static str, String),
    v2: (&'static str, String),
}

impl Setting {
    fn new(controller: &'static str, v1: (&'static str, String), v2: (&'static str, String)) -> Self {
        Self { controller, v1, v2 }
    }

    /// A limit that reads the same in both versions.
    fn same(controller: &'static str, file: &'static str, value: &str) -> Self {
        Self::new(controller, (file, value.to_owned()), (file, value.to_owned()))
    }
}

/// The settings that these limits amount to, in the order in which they must be written.
fn settings(limits: &Limits) -> Vec<Setting> {
    let number = |value: u64| if value == u64::MAX { "max".to_owned() } else { value.to_string() };
    let signed = |value: u64| if value == u64::MAX { "-1".to_owned() } else { value.to_string() };
    let mut all = Vec::new();
    if let Some(memory) = limits.memory {
        all.push(Setting::new(
            "memory",
            ("memory.limit_in_bytes", signed(memory)),
            ("memory.max", number(memory)),
        ));
    }
    if let Some(both) = limits.memory_swap {
        let swap =
            if both == u64::MAX { both } else { both.saturating_sub(limits.memory.unwrap_or_default()) };
        let v2 = ("memory.swap.max", number(swap));
        all.push(Setting::new("memory", ("memory.memsw.limit_in_bytes", signed(both)), v2));
    }
    if let Some(pids) = limits.pids {
        all.push(Setting::same("pids", "pids.max", &number(pids)));
    }
    if let Some(shares) = limits.cpu_shares {
        let v2 = ("cpu.weight", weight(shares).to_string());
        all.push(Setting::new("cpu", ("cpu.shares", shares.to_string()), v2));
    }
    if let Some(quota) = limits.cpu_quota {
        let period = limits.cpu_period.unwrap_or(DEFAULT_PERIOD);
        let v2 = ("cpu.max", format!("{} {period}", number(quota)));
        all.push(Setting::new("cpu", ("cpu.cfs_period_us", period.to_string()), v2));
        let v2 = ("cpu.max", format!("{} {period}", number(quota)));
        all.push(Setting::new("cpu", ("cpu.cfs_quota_us", signed(quota)), v2));
    }
    for (file, value) in [("cpuset.cpus", &limits.cpuset_cpus), ("cpuset.mems", &limits.cpuset_mems)] {
        all.extend(value.iter().map(|value| Setting::same("cpuset", file, value)));
    }
    all
}

/// Version 1 counts shares from 2 to 262144, version 2 weights from 1 to 10000.
const fn weight(shares: u64) -> u64 {
    let shares = if shares < 2 { 2 } else { shares };
    let shares = if shares > 262_144 { 262_144 } else { shares };
    1 + (shares - 2) * 9999 / 262_142
}

/// The groups that this process joined for a step; dropping it removes them.
#[derive(Default)]
pub(crate) struct Group {
    /// Each with the group to return to.
    joined: Vec<(PathBuf, PathBuf)>,
}

impl Group {
    /// Makes and joins the groups that these limits need, if any, and says what could not be limited.
    pub(crate) fn join(limits: &Limits) -> (Self, Vec<String>) {
        let mut group = Self::default();
        let mut warnings = Vec::new();
        let settings = settings(limits);
        if settings.is_empty() {
            return (group, warnings);
        }
        let hierarchies = hierarchies().unwrap_or_default();
        let mut controllers: Vec<&str> = settings.iter().map(|setting| setting.controller).collect();
        controllers.dedup();
        for controller in controllers {
            let own = settings.iter().filter(|setting| setting.controller == controller);
            let result =
                match hierarchies.iter().find(|one| one.controllers.iter().any(|name| name == controller)) {
                    Some(v1) => group.join_v1(v1, &own.collect::<Vec<_>>()),
                    None => group.join_v2(&hierarchies, controller, &own.collect::<Vec<_>>()),
                };
            if let Err(error) = result {
                warnings
                    .push(format!("{controller} is not limited, because there is no cgroup for it: {error}"));
            }
        }
        (group, warnings)
    }

    fn join_v1(&mut self, hierarchy: &Hierarchy, settings: &[&Setting]) -> io::Result<()> {
        let child = hierarchy.own.join(group_name());
        fs::create_dir(&child)?;
        let written = inherit_cpuset(hierarchy, &child).and_then(|()| {
            settings.iter().try_for_each(|setting| write(&child.join(setting.v1.0), &setting.v1.1))?;
            write(&child.join("cgroup.procs"), "0")
        });
        self.keep(written, child, hierarchy.own.clone())
    }

    fn join_v2(&mut self, all: &[Hierarchy], controller: &str, settings: &[&Setting]) -> io::Result<()> {
        let Some(unified) = all.iter().find(|one| one.controllers.is_empty()) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let set = |child: &Path| {
            settings.iter().try_for_each(|setting| write(&child.join(setting.v2.0), &setting.v2.1))
        };
        // One group serves all controllers.
        if let Some((child, _)) = self.joined.iter().find(|(_, home)| *home == unified.own) {
            return set(child);
        }
        let child = unified.make_child(controller)?;
        let written = set(&child).and_then(|()| write(&child.join("cgroup.procs"), "0"));
        self.keep(written, child, unified.own.clone())
    }

    /// Leaves the groups to the processes that this one has started in them. So it is not itself among those that may be
    /// killed where memory is short, and can tell what became of them.
    pub(crate) fn leave(&self) {
        for (_, home) in &self.joined {
            // Who stays inside is limited as the step is, and dropping the groups tries again.
            let _ = write(&home.join("cgroup.procs"), "0");
        }
    }

    /// Remembers a group that was joined, or removes it again.
    fn keep(&mut self, written: io::Result<()>, child: PathBuf, home: PathBuf) -> io::Result<()> {
        if written.is_ok() {
            self.joined.push((child, home));
        } else {
            // Nothing is in it, so removing it can fail only when it is gone.
            let _ = fs::remove_dir(&child);
        }
        written
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.leave();
        for (child, _) in &self.joined {
            // An empty group that stays behind does no harm, and there is nobody to tell.
            let _ = fs::remove_dir(child);
        }
    }
}

/// A name that no other group of this machine has.
fn group_name() -> String {
    format!("cooper-{}", std::process::id())
}

/// Group files take a value in one write.
fn write(path: &Path, value: &str) -> io::Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|mut file| io::Write::write_all(&mut file, value.as_bytes()))
}

/// A new version 1 cpuset starts out empty and takes nobody until it has CPUs and memory.
fn inherit_cpuset(hierarchy: &Hierarchy, child: &Path) -> io::Result<()> {
    if !hierarchy.controllers.iter().any(|name| name == "cpuset") {
        return Ok(());
    }
    ["cpuset.cpus", "cpuset.mems"].iter().try_for_each(|file| {
        let value = fs::read_to_string(hierarchy.own.join(file))?;
        write(&child.join(file), value.trim())
    })
}

/// A mounted tree of groups.
struct Hierarchy {
    /// Its controllers; none for version 2, where each group lists its own.
    controllers: Vec<String>,
    /// Where it is mounted.
    mount: PathBuf,
    /// This process's own group in it.
    own: PathBuf,
}

impl Hierarchy {
    /// Makes a group that has a controller: below the own group, else below one of its ancestors, because a
    /// group with processes in it cannot give controllers to its children.
    fn make_child(&self, controller: &str) -> io::Result<PathBuf> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for parent in self.own.ancestors().take_while(|path| path.starts_with(&self.mount)) {
            match child_with(parent, controller) {
                Ok(child) => return Ok(child),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn child_with(parent: &Path, controller: &str) -> io::Result<PathBuf> {
    let child = parent.join(group_name());
    fs::create_dir(&child)?;
    let has = || {
        let list = fs::read_to_string(child.join("cgroup.controllers")).unwrap_or_default();
        list.split_whitespace().any(|name| name == controller)
    };
    if !has() {
        // Refused for a group with processes in it; the check below tells.
        let _ = write(&parent.join("cgroup.subtree_control"), &format!("+{controller}"));
    }
    if has() {
        return Ok(child);
    }
    fs::remove_dir(&child)?;
    Err(io::Error::other(format!("the controller is not delegated to {}", parent.display())))
}

/// All mounted trees, with this process's place in each.
fn hierarchies() -> io::Result<Vec<Hierarchy>> {
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    let groups = fs::read_to_string("/proc/self/cgroup")?;
    Ok(parse(&mounts, &groups))
}

fn parse(mounts: &str, groups: &str) -> Vec<Hierarchy> {
    let mut all = Vec::new();
    for line in mounts.lines() {
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let left: Vec<&str> = left.split(' ').collect();
        let right: Vec<&str> = right.split(' ').collect();
        let (&[_, _, _, root, mount, ..], &[kind, _, options]) = (left.as_slice(), right.as_slice()) else {
            continue;
        };
        let Some((controllers, path)) = own_group(kind, options, groups) else { continue };
        let Ok(inner) = Path::new(path).strip_prefix(root) else { continue };
        let (mount, own) = (PathBuf::from(mount), Path::new(mount).join(inner));
        all.push(Hierarchy { controllers, mount, own });
    }
    all
}

/// The controllers of a mounted tree and the path of this process's group in it.
fn own_group<'a>(kind: &str, options: &str, groups: &'a str) -> Option<(Vec<String>, &'a str)> {
    groups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (_, names, path) = (parts.next()?, parts.next()?, parts.next()?);
        let listed: Vec<String> =
            names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let matches = match kind {
            "cgroup2" => listed.is_empty(),
            "cgroup" => {
                !listed.is_empty() && listed.iter().all(|name| options.split(',').any(|one| one == name))
            }
            _ => false,
        };
        matches.then_some((listed, path))
    })
}

/// Whether a group with limits can be made here; the reason when not.
pub(crate) fn available() -> Result<(), String> {
    let limits = Limits { pids: Some(u64::MAX), ..Limits::default() };
    let all = hierarchies().map_err(|error| error.to_string())?;
    let setting = settings(&limits);
    let first = setting.first().ok_or("nothing to set")?;
    let v1 = all.iter().find(|one| one.controllers.iter().any(|name| name == first.controller));
    let made = match (v1, all.iter().find(|one| one.controllers.is_empty())) {
        (Some(v1), _) => {
            let child = v1.own.join(group_name());
            fs::create_dir(&child).map(|()| child)
        }
        (None, Some(v2)) => v2.make_child(first.controller),
        (None, None) => return Err("no cgroup hierarchy is mounted".to_owned()),
    };
    made.and_then(fs::remove_dir).map_err(|error| format!("no group can be made: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_groups_are_found_in_both_versions() {
        let mounts = "30 24 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n\
                      31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
                      32 30 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n\
                      33 30 0:29 /docker/x /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";
        let groups = "4:cpu,cpuacct:/user\n3:pids:/docker/x/y\n0::/user/me\n";
        let found: Vec<(String, String)> = parse(mounts, groups)
            .into_iter()
            .map(|one| (one.controllers.join(","), one.own.to_string_lossy().into_owned()))
            .collect();
        let expect = [
            ("cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/user"),
            ("", "/sys/fs/cgroup/unified/user/me"),
            ("pids", "/sys/fs/cgroup/pids/y"),
        ];
        assert_eq!(found, expect.map(|(names, path)| (names.to_owned(), path.to_owned())));
    }

    #[test]
    fn shares_become_weights() {
        let check = |shares, expect| assert_eq!(weight(shares), expect);
        check(0, 1);
        check(2, 1);
        check(1024, 39);
        check(262_144, 10_000);
        check(u64::MAX, 10_000);
    }

    #[test]
    fn limits_become_settings_of_both_versions() {
        let limits = Limits {
            memory: Some(1000),
            memory_swap: Some(u64::MAX),
            cpu_quota: Some(50_000),
            ..Limits::default()
        };
        let all = settings(&limits);
        let v1: Vec<(&str, &str)> = all.iter().map(|one| (one.v1.0, one.v1.1.as_str())).collect();
        let v2: Vec<(&str, &str)> = all.iter().map(|one| (one.v2.0, one.v2.1.as_str())).collect();
        let expect_v1 = [
            ("memory.limit_in_bytes", "1000"),
            ("memory.memsw.limit_in_bytes", "-1"),
            ("cpu.cfs_period_us", "100000"),
            ("cpu.cfs_quota_us", "50000"),
        ];
        assert_eq!(v1, expect_v1);
        let cpu = ("cpu.max", "50000 100000");
        assert_eq!(v2, [("memory.max", "1000"), ("memory.swap.max", "max"), cpu, cpu]);
    }
}
