//! The least rights with which a container of an image runs, and why each.

use image::{Entry, EntryKind, Healthcheck};

use crate::capabilities::{ATTRIBUTE, of_file};
use crate::program::{self, Start};
use crate::servers::{self, Server};
use crate::subject::Subject;
use crate::user::{self, RunUser};

/// Processes and threads, where nothing else is said.
const PIDS: u32 = 256;
/// Megabytes of memory, where nothing else is known.
const MEMORY: u32 = 512;
/// Megabytes of a file system in memory.
pub(crate) const TMPFS: u32 = 64;
/// Ports below need a right.
const LOW: u16 = 1024;
/// Setuid programs that are named.
const SHOWN: usize = 5;
/// Empty directories of the user that get a file system.
const MAX_WRITABLE: usize = 16;

/// How a container runs.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The image, as a user calls it.
    pub image: String,
    /// A name for the container.
    pub name: String,
    /// Whom it runs as.
    pub user: RunUser,
    /// What it may besides what every process may.
    pub capabilities: Vec<Capability>,
    /// Why it may gain rights by setuid programs or files with capabilities; nothing when it may not.
    pub gains_rights: Option<String>,
    /// Whether it may open ports below 1024 without being root.
    pub low_ports: bool,
    /// Where it writes.
    pub writable: Vec<Writable>,
    /// Where it is served.
    pub ports: Vec<Port>,
    /// What it may use.
    pub limits: Limits,
    /// How its health is found.
    pub health: Option<Healthcheck>,
    /// What somebody should know.
    pub notes: Vec<String>,
}

/// A capability, without `CAP_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// Its name.
    pub name: &'static str,
    /// Why.
    pub reason: String,
}

/// A directory that is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writable {
    /// Its path.
    pub path: String,
    /// Whether what is written is to be kept: a volume, and no file system in memory.
    pub keep: bool,
    /// Permission bits.
    pub mode: u32,
    /// Owner and group, where it is not root.
    pub owner: Option<(u32, u32)>,
    /// Why.
    pub reason: String,
}

/// A port that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

/// What a container may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Megabytes of memory.
    pub memory: u32,
    /// Processes and threads.
    pub pids: u32,
}

/// What a user says of it, who may know more than the image tells.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Megabytes of memory.
    pub memory: Option<u32>,
    /// Processes and threads.
    pub pids: Option<u32>,
    /// Directories that are written to, as absolute paths.
    pub writable: Vec<String>,
}

/// How a container of an image runs.
pub fn profile(subject: &Subject<'_>, wishes: &Wishes) -> Profile {
    let start = program::find(subject);
    let server = servers::find(&start);
    let user = user::find(subject, &start, server.and_then(|server| server.needs_root));
    let ports = ports(subject);
    let mut notes = Vec::new();
    let gains_rights = gains_rights(subject, &start, &mut notes);
    let low = ports.iter().any(|port| port.number < LOW);
    let mut capabilities = capabilities(&user, server, &start);
    if low && user.is_root() && !capabilities.iter().any(|one| one.name == "NET_BIND_SERVICE") {
        let reason = "it serves a port below 1024".to_owned();
        capabilities.push(Capability { name: "NET_BIND_SERVICE", reason });
    }
    capabilities.sort_by_key(|one| one.name);
    let is_java = start.names("java");
    let memory =
        wishes.memory.unwrap_or(if is_java { 1024 } else { server.map_or(MEMORY, |server| server.memory) });
    if user.is_root() {
        notes.push("it begins as root: an image that begins as its user needs no capabilities".to_owned());
    }
    if is_java {
        notes.push(
            "a Java heap is a quarter of the memory limit unless `-XX:MaxRAMPercentage` says otherwise"
                .to_owned(),
        );
    }
    Profile {
        image: subject.name.to_owned(),
        name: subject.short_name(),
        writable: writable(subject, server, &user, &wishes.writable, &mut notes),
        capabilities,
        gains_rights,
        low_ports: low && !user.is_root(),
        user,
        ports,
        limits: Limits { memory, pids: wishes.pids.unwrap_or(if is_java { 2 * PIDS } else { PIDS }) },
        health: subject.config.config.healthcheck.clone().filter(|health| health.test.len() > 1),
        notes,
    }
}

fn ports(subject: &Subject<'_>) -> Vec<Port> {
    let exposed = subject.config.config.exposed_ports.keys();
    let mut ports: Vec<_> = exposed
        .filter_map(|text| {
            let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
            let protocol = Some(protocol).filter(|name| ["tcp", "udp", "sctp"].contains(name))?;
            Some(Port { number: number.parse().ok()?, protocol: protocol.to_owned() })
        })
        .collect();
    ports.sort_by(|a, b| (a.number, &a.protocol).cmp(&(b.number, &b.protocol)));
    ports
}

/// What is needed of what root may: by the server when it begins as root, by the files that start.
fn capabilities(user: &RunUser, server: Option<&Server>, start: &Start<'_>) -> Vec<Capability> {
    let mut all: Vec<Capability> = Vec::new();
    let mut add = |name, reason: String| {
        if !all.iter().any(|one| one.name == name) {
            all.push(Capability { name, reason });
        }
    };
    for program in &start.programs {
        for name in lent(program) {
            add(name, format!("the program `/{}` is lent it by its file", path(program)));
        }
    }
    if user.is_root() {
        match server {
            Some(server) => {
                for (name, why) in server.capabilities {
                    add(name, format!("{}: {why}", server.name));
                }
            }
            None if start.drops_to.is_some() => {
                for name in ["SETGID", "SETUID"] {
                    add(name, "its start script becomes another user".to_owned());
                }
                if start.script.contains("chown") {
                    add("CHOWN", "its start script gives files to its user".to_owned());
                    add("DAC_OVERRIDE", "its start script looks into files of its user".to_owned());
                }
            }
            None => {}
        }
    }
    all
}

/// The capabilities that a file lends to who runs it.
fn lent(entry: &Entry) -> Vec<&'static str> {
    entry.xattrs.iter().filter(|(name, _)| name == ATTRIBUTE).flat_map(|(_, value)| of_file(value)).collect()
}

/// Why rights have to be gained: something that starts is setuid or has capabilities, or its script names such a program.
fn gains_rights(subject: &Subject<'_>, start: &Start<'_>, notes: &mut Vec<String>) -> Option<String> {
    let is_setuid =
        |entry: &Entry| entry.kind == EntryKind::File && entry.mode & 0o6000 != 0 && entry.mode & 0o111 != 0;
    let lending: Vec<&Entry> =
        subject.files.entries().filter(|entry| is_setuid(entry) || !lent(entry).is_empty()).collect();
    let is_started = |entry: &&&Entry| {
        let is_program = start.programs.iter().any(|program| program.path == entry.path);
        is_program || start.names(&String::from_utf8_lossy(entry.name()))
    };
    if let Some(entry) = lending.iter().find(is_started) {
        let how = if is_setuid(entry) { "is setuid or setgid" } else { "has capabilities of its own" };
        return Some(format!("what starts uses `/{}`, which {how}", path(entry)));
    }
    if !lending.is_empty() {
        let mut names: Vec<_> =
            lending.iter().take(SHOWN).map(|entry| format!("`/{}`", path(entry))).collect();
        if lending.len() > SHOWN {
            names.push(format!("{} more", lending.len() - SHOWN));
        }
        notes.push(format!("with no-new-privileges these lend nothing: {}", names.join(", ")));
    }
    None
}

fn path(entry: &Entry) -> String {
    image::path_to_string(&entry.path)
}

/// Where it writes, as far as the image tells: its volumes, what its server writes, directories for files that do not stay, and
/// empty directories of its user.
fn writable(
    subject: &Subject<'_>,
    server: Option<&Server>,
    user: &RunUser,
    wished: &[String],
    notes: &mut Vec<String>,
) -> Vec<Writable> {
    let mut all: Vec<Writable> = Vec::new();
    let mut add = |path: &str, keep: bool, mode: u32, owner: Option<(u32, u32)>, reason: String| {
        let path = format!("/{}", path.trim_matches('/'));
        let is_below = |one: &Writable| one.path == path || path.starts_with(&format!("{}/", one.path));
        if !all.iter().any(is_below) && path != "/" {
            all.push(Writable { path, keep, mode, owner, reason });
        }
    };
    let own = Some((user.uid, user.gid)).filter(|_| !user.is_root());
    for path in subject.config.config.volumes.keys() {
        let entry = subject.files.get(path.trim_matches('/').as_bytes());
        if own.is_some_and(|(uid, _)| entry.is_none_or(|entry| entry.uid != uid && entry.mode & 0o002 == 0)) {
            notes.push(format!("`{path}` does not belong to user {} in the image, so a new volume there cannot be written to", user.uid));
        }
        add(path, true, 0o755, own, "a volume of the image".to_owned());
    }
    for dir in wished {
        notes.push(format!("what is written to `{dir}` is gone with the container; a `VOLUME` of the image that belongs to its user stays"));
        if subject.files.list(dir.trim_matches('/').as_bytes()).next().is_some() {
            notes.push(format!("`{dir}` has files in the image, which the file system in memory hides"));
        }
        add(dir, false, 0o755, own, "it is said to write there".to_owned());
    }
    if wished.is_empty() && server.is_none() {
        notes.push(
            "where its program writes else no image tells: `Read-only file system` in its log names a directory for `--writable`"
                .to_owned(),
        );
    }
    add("/tmp", false, 0o1777, None, "files that do not stay".to_owned());
    for dir in ["/run", "/var/tmp"].iter().filter(|dir| subject.is_dir(dir)) {
        let mode = if *dir == "/run" { 0o755 } else { 0o1777 };
        add(dir, false, mode, own.filter(|_| *dir == "/run"), "files that do not stay".to_owned());
    }
    for (dir, what) in server.map_or(&[][..], |server| server.writes) {
        if subject.is_dir(dir) {
            let name = server.map_or("", |server| server.name);
            add(dir, false, 0o755, own, format!("{name} writes {what} there"));
        }
    }
    for (dir, is_empty) in own_directories(subject, user) {
        if is_empty {
            add(&dir, false, 0o755, own, "an empty directory of its user".to_owned());
        } else if dir.starts_with("var/lib/") || dir.starts_with("var/log/") || dir.starts_with("var/cache/")
        {
            notes.push(format!(
                "`/{dir}` belongs to its user and has files: where it is written to, mount a volume there"
            ));
        }
    }
    all
}

/// The topmost directories of the user, except homes, and whether each is empty.
fn own_directories(subject: &Subject<'_>, user: &RunUser) -> Vec<(String, bool)> {
    let mut found: Vec<(String, bool)> = Vec::new();
    if user.is_root() {
        return found;
    }
    for entry in subject.files.entries().filter(|entry| entry.kind.is_dir() && entry.uid == user.uid) {
        let dir = path(entry);
        let is_below = found.iter().any(|(above, _)| dir.starts_with(&format!("{above}/")));
        if dir.is_empty() || is_below || found.len() >= MAX_WRITABLE {
            continue;
        }
        let is_empty = subject.files.list(&entry.path).next().is_none();
        found.push((dir, is_empty));
    }
    found
}
