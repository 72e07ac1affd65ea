//! What a build gave, a line for each entry.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use image::Digest;
use tar::EntryType;

use super::context::{ARCHIVE_TIME, CONTEXT_TIME};

/// Longer contents are told by their digest.
const SHOWN: usize = 200;

/// The entries of an archive, sorted by name.
pub(super) fn of(path: &Path) -> Vec<String> {
    let mut lines = BTreeMap::new();
    let mut archive = tar::Archive::new(std::fs::File::open(path).unwrap());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().trim_matches('/').to_owned();
        if !matches!(name.as_str(), "" | ".") {
            lines.insert(name.clone(), line(&mut entry, &name));
        }
    }
    lines.into_values().collect()
}

fn line(entry: &mut tar::Entry<'_, impl Read>, name: &str) -> String {
    let header = entry.header().clone();
    let link = entry.link_name().unwrap().map(|link| link.to_str().unwrap().to_owned()).unwrap_or_default();
    let kind = match header.entry_type() {
        EntryType::Directory => 'd',
        EntryType::Symlink => 'l',
        EntryType::Fifo => 'p',
        EntryType::Link => {
            return format!("h {name} = {}", link.trim_start_matches("./").trim_start_matches('/'));
        }
        EntryType::Regular => 'f',
        other => panic!("{name} is of the type {other:?}"),
    };
    let mode = if kind == 'l' { 0o777 } else { header.mode().unwrap() & 0o7777 };
    let mut row = format!("{kind} {mode:o} {}:{} {name}", header.uid().unwrap(), header.gid().unwrap());
    match kind {
        'l' => row += &format!(" -> {link}"),
        'f' => {
            let mut data = Vec::new();
            entry.read_to_end(&mut data).unwrap();
            let text = String::from_utf8_lossy(&data);
            let shown = if data.len() < SHOWN {
                serde_json::to_string(&text).unwrap()
            } else {
                Digest::of(&data).hex()[..16].to_owned()
            };
            row += &format!(" {shown}");
        }
        _ => {}
    }
    for extension in entry.pax_extensions().unwrap().into_iter().flatten() {
        let extension = extension.unwrap();
        if let Some(key) = extension.key().unwrap().strip_prefix("SCHILY.xattr.user.") {
            row += &format!(" user.{key}={}", extension.value().unwrap());
        }
    }
    row + match header.mtime().unwrap() {
        CONTEXT_TIME => " @context",
        ARCHIVE_TIME => " @archive",
        _ => "",
    }
}
