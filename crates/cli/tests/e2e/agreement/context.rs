//! Contexts of cases.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, Timespec, Timestamps, XattrFlags, mknodat, setxattr, utimensat,
};

/// Time of every file of a context.
pub(super) const CONTEXT_TIME: u64 = 1_000_000_000;
/// Time of every entry of an archive.
pub(super) const ARCHIVE_TIME: u64 = 1_100_000_000;

/// Lays out a context.
pub(super) fn make(lines: &[String], root: &Path) {
    let mut modes: Vec<(PathBuf, u32)> = Vec::new();
    let mut lines = lines.iter().map(String::as_str).peekable();
    while let Some(line) = lines.next() {
        let (kind, rest) = line.split_once(' ').unwrap();
        let at = |name: &str| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            path
        };
        match kind {
            "d" | "f" | "p" => {
                let (mode, rest) = rest.split_once(' ').unwrap();
                let (name, text) = rest.split_once(' ').unwrap_or((rest, rest));
                let path = at(name);
                match kind {
                    "d" => fs::create_dir_all(&path).unwrap(),
                    "f" => fs::write(&path, text.replace("\\n", "\n")).unwrap(),
                    _ => mknodat(CWD, &path, FileType::Fifo, Mode::RUSR, 0).unwrap(),
                }
                modes.push((path, u32::from_str_radix(mode, 8).unwrap()));
            }
            "l" => {
                let (name, to) = rest.split_once(" -> ").unwrap();
                symlink(to, at(name)).unwrap();
            }
            "h" => {
                let (name, to) = rest.split_once(" = ").unwrap();
                fs::hard_link(root.join(to), at(name)).unwrap();
            }
            "x" => {
                let (name, pair) = rest.split_once(' ').unwrap();
                let (key, value) = pair.split_once('=').unwrap();
                setxattr(root.join(name), key, value.as_bytes(), XattrFlags::empty()).unwrap();
            }
            "t" => {
                let entries: Vec<&str> =
                    std::iter::from_fn(|| lines.next_if(|line| line.starts_with("  "))).collect();
                archive(&entries, &at(rest));
            }
            other => panic!("`{other}` is no kind of entry"),
        }
    }
    for (path, mode) in modes {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    set_times(root);
}

fn set_times(dir: &Path) {
    for item in fs::read_dir(dir).unwrap() {
        let item = item.unwrap();
        if item.file_type().unwrap().is_dir() {
            set_times(&item.path());
        }
        let time = Timespec { tv_sec: CONTEXT_TIME.try_into().unwrap(), tv_nsec: 0 };
        let times = Timestamps { last_access: time, last_modification: time };
        utimensat(CWD, item.path(), &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
    }
}

fn archive(entries: &[&str], path: &Path) {
    let mut builder = tar::Builder::new(fs::File::create(path).unwrap());
    let mut packed: Vec<(String, u32)> = Vec::new();
    for line in entries {
        let (kind, rest) = line.trim_start().split_once(' ').unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_mtime(ARCHIVE_TIME);
        header.set_size(0);
        let mut data = String::new();
        let (name, mode) = if let "d" | "f" = kind {
            let mut parts = rest.splitn(3, ' ');
            let mode = u32::from_str_radix(parts.next().unwrap(), 8).unwrap();
            let (uid, gid) = parts.next().unwrap().split_once(':').unwrap();
            header.set_uid(uid.parse().unwrap());
            header.set_gid(gid.parse().unwrap());
            let rest = parts.next().unwrap();
            let (name, text) = rest.split_once(' ').unwrap_or((rest, rest));
            header.set_entry_type(if kind == "d" {
                tar::EntryType::Directory
            } else {
                tar::EntryType::Regular
            });
            if kind == "f" {
                data = text.replace("\\n", "\n");
            }
            (name, mode)
        } else {
            let (name, to) = rest.split_once(" -> ").or_else(|| rest.split_once(" = ")).unwrap();
            header.set_entry_type(if kind == "l" { tar::EntryType::Symlink } else { tar::EntryType::Link });
            header.set_link_name_literal(to).unwrap();
            (name, packed.iter().find(|(first, _)| first == to).map_or(0o777, |(_, mode)| *mode))
        };
        header.set_mode(mode);
        header.set_size(data.len() as u64);
        // Literally, as the names of some cases are ones that a careful writer refuses.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, data.as_bytes()).unwrap();
        packed.push((name.to_owned(), mode));
    }
    builder.into_inner().unwrap();
}
