//! Trees of files, and how one is sent: the protocol of `fsutil`, in which the sender tells what there is and the
//! receiver asks for what it lacks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use bytes::Bytes;
use h2::SendStream;
use image::{Entry, EntryKind};

use crate::EngineError;
use crate::grpc::{Incoming, framed, send};
use crate::messages::{Packet, Stat, packet};

/// How much of a file goes into one message.
const CHUNK: usize = 32 << 10;

/// A file of a tree.
#[derive(Debug, Clone)]
pub struct TreeFile {
    /// What it is, with its path in the tree.
    pub entry: Entry,
    /// Where its content is; nothing for what has none.
    pub host: PathBuf,
}

/// A tree that an engine can ask for.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    files: Vec<TreeFile>,
}

impl Tree {
    /// A tree in the order in which it is sent: what is in a directory comes right after it, and the first name of a file
    /// with several is the file.
    pub fn new(mut files: Vec<TreeFile>) -> Self {
        files.retain(|file| !file.entry.path.is_empty());
        files.sort_by_key(|file| key(&file.entry.path));
        let mut firsts: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        let places: BTreeMap<Vec<u8>, usize> =
            files.iter().enumerate().map(|(at, file)| (file.entry.path.clone(), at)).collect();
        let targets: BTreeSet<Vec<u8>> = files
            .iter()
            .filter(|file| file.entry.kind == EntryKind::Hardlink)
            .map(|file| file.entry.link.clone())
            .collect();
        for at in 0..files.len() {
            let target = match files[at].entry.kind {
                EntryKind::Hardlink => files[at].entry.link.clone(),
                _ if targets.contains(&files[at].entry.path) => files[at].entry.path.clone(),
                _ => continue,
            };
            let Some(&source) = places.get(&target) else { continue };
            match firsts.get(&target) {
                None => {
                    firsts.insert(target, at);
                    if at != source {
                        let path = files[at].entry.path.clone();
                        let host = files[source].host.clone();
                        files[at] = TreeFile { entry: Entry { path, ..files[source].entry.clone() }, host };
                    }
                }
                Some(&first) => {
                    let link = files[first].entry.path.clone();
                    let path = files[at].entry.path.clone();
                    files[at].entry =
                        Entry { path, kind: EntryKind::Hardlink, link, ..files[first].entry.clone() };
                }
            }
        }
        Self { files }
    }

    /// The files in their order.
    pub fn files(&self) -> &[TreeFile] {
        &self.files
    }
}

/// A path by which a directory comes right before what is in it.
fn key(path: &[u8]) -> Vec<u8> {
    path.iter().map(|byte| if *byte == b'/' { 0 } else { *byte }).collect()
}

/// Go's bits of a file mode.
fn go_mode(entry: &Entry) -> u32 {
    let kind = match entry.kind {
        EntryKind::Dir => 1 << 31,
        EntryKind::Symlink => 1 << 27,
        EntryKind::BlockDevice => 1 << 26,
        EntryKind::CharDevice => (1 << 26) | (1 << 21),
        EntryKind::Fifo => 1 << 25,
        _ => 0,
    };
    let special = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];
    let bits = special.iter().filter(|(bit, _)| entry.mode & bit != 0).fold(0, |all, (_, go)| all | go);
    kind | bits | (entry.mode & 0o777)
}

fn text(bytes: &[u8]) -> Result<String, EngineError> {
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
        EngineError::build(format!("the name `{shown}` is not UTF-8, which the engine needs"))
    })
}

fn stat(entry: &Entry) -> Result<Stat, EngineError> {
    let mut xattrs = BTreeMap::new();
    for (name, value) in &entry.xattrs {
        xattrs.insert(text(name)?, value.clone());
    }
    Ok(Stat {
        path: text(&entry.path)?,
        mode: go_mode(entry),
        uid: entry.uid,
        gid: entry.gid,
        size: i64::try_from(entry.size).unwrap_or(i64::MAX),
        mod_time: entry.mtime.saturating_mul(1_000_000_000),
        linkname: text(&entry.link)?,
        devmajor: i64::from(entry.rdev.0),
        devminor: i64::from(entry.rdev.1),
        xattrs,
    })
}

/// Whether the receiver may ask for the content.
const fn has_content(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::File | EntryKind::Hardlink)
}

/// Sends a tree: tells of all files while it answers what it is asked.
pub(crate) async fn serve(
    tree: &Tree,
    incoming: &mut Incoming,
    out: &mut SendStream<Bytes>,
) -> Result<(), EngineError> {
    let mut told = 0;
    let mut asked: VecDeque<u32> = VecDeque::new();
    loop {
        if told <= tree.files.len() {
            let stat = tree.files.get(told).map(|file| stat(&file.entry)).transpose();
            let stat = match stat {
                Ok(stat) => stat,
                Err(error) => {
                    let data = Bytes::from(error.message.clone().into_bytes());
                    send(out, framed(&Packet { kind: packet::ERR, data, ..Packet::default() })).await?;
                    return Err(error);
                }
            };
            told += 1;
            send(out, framed(&Packet { kind: packet::STAT, stat, ..Packet::default() })).await?;
            continue;
        }
        if let Some(id) = asked.pop_front() {
            content(tree, id, out).await?;
            continue;
        }
        let Some(packet) = incoming.decode::<Packet>().await? else { return Ok(()) };
        match packet.kind {
            packet::REQ => asked.push_back(packet.id),
            packet::FIN => {
                send(out, framed(&Packet { kind: packet::FIN, ..Packet::default() })).await?;
                return Ok(());
            }
            packet::ERR => {
                let why = String::from_utf8_lossy(&packet.data).into_owned();
                return Err(EngineError::environment(format!("the engine does not take the context: {why}")));
            }
            _ => {}
        }
    }
}

/// Sends the content of a file; an empty message is its end.
async fn content(tree: &Tree, id: u32, out: &mut SendStream<Bytes>) -> Result<(), EngineError> {
    let file = tree.files.get(id as usize).filter(|file| has_content(&file.entry));
    let file = file
        .ok_or_else(|| EngineError::environment(format!("the engine asks for file {id}, which is none")))?;
    let failed = |error: std::io::Error| {
        EngineError::environment(format!("failed to read `{}`: {error}", file.host.display()))
    };
    let mut source = File::open(&file.host).map_err(failed)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = source.read(&mut buffer).map_err(failed)?;
        let data = Bytes::copy_from_slice(&buffer[..count]);
        send(out, framed(&Packet { kind: packet::DATA, id, data, ..Packet::default() })).await?;
        if count == 0 {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, kind: EntryKind, link: &str) -> TreeFile {
        let entry = Entry { link: link.as_bytes().to_vec(), ..Entry::new(path, kind, 0o644) };
        TreeFile { entry, host: PathBuf::from(format!("/host/{path}")) }
    }

    #[test]
    fn trees_are_in_the_order_of_their_directories() {
        let names = ["a-b", "a", "a/x", "a/b/c", "a/b", "a.c", ""];
        let tree = Tree::new(names.iter().map(|name| file(name, EntryKind::File, "")).collect());
        let order: Vec<String> =
            tree.files().iter().map(|file| String::from_utf8_lossy(&file.entry.path).into_owned()).collect();
        assert_eq!(order, ["a", "a/b", "a/b/c", "a/x", "a-b", "a.c"]);
    }

    #[test]
    fn the_first_name_of_a_file_is_the_file() {
        // In the order of bytes `a-b` comes before `a/x`, in that of directories after it.
        let tree = Tree::new(vec![
            file("a", EntryKind::Dir, ""),
            file("a-b", EntryKind::File, ""),
            file("a/x", EntryKind::Hardlink, "a-b"),
            file("z", EntryKind::Hardlink, "a-b"),
        ]);
        let shown = |at: usize| {
            let file = &tree.files()[at];
            let link = String::from_utf8_lossy(&file.entry.link).into_owned();
            (file.entry.kind, link, file.host.display().to_string())
        };
        assert_eq!(shown(1), (EntryKind::File, String::new(), "/host/a-b".to_owned()));
        assert_eq!((shown(2).0, shown(2).1), (EntryKind::Hardlink, "a/x".to_owned()));
        assert_eq!((shown(3).0, shown(3).1), (EntryKind::Hardlink, "a/x".to_owned()));
    }

    #[test]
    fn modes_are_those_of_go() {
        let check = |kind, mode, expect: u32| {
            assert_eq!(go_mode(&Entry::new("x", kind, mode)), expect, "{kind:?} {mode:o}");
        };
        check(EntryKind::File, 0o644, 0o644);
        check(EntryKind::File, 0o4755, 0x80_01ed);
        check(EntryKind::Dir, 0o1777, 0x8010_01ff);
        check(EntryKind::Symlink, 0o777, 0x0800_01ff);
    }
}
