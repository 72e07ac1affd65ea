//! Layers as one file system.

use std::os::unix::fs::MetadataExt;

use image::{Entry, EntryKind};

use crate::test_support::store;
use crate::{Digest, Index, Layer, Merged, Resolved, Store};

/// A layer of `path` (file), `path/` (directory), `-path` (whiteout), `!path` (opaque), `a>b` (symbolic link),
/// `a=b` (hard link). The content of a file is the layer's number and its path.
fn layer(store: &Store, number: usize, items: &[&str]) -> Layer {
    let work = store.work().unwrap();
    let mut entries = Vec::new();
    for item in items {
        let with_link = |at: usize, kind| {
            let mut entry = Entry::new(&item[..at], kind, 0o777);
            entry.link = item[at + 1..].into();
            entry
        };
        let entry = if let Some(path) = item.strip_prefix('-') {
            Entry::new(path, EntryKind::Whiteout, 0)
        } else if let Some(path) = item.strip_prefix('!') {
            Entry::new(path, EntryKind::OpaqueDir, 0o755)
        } else if let Some(path) = item.strip_suffix('/') {
            Entry::new(path, EntryKind::Dir, 0o755)
        } else if let Some(at) = item.find('>') {
            with_link(at, EntryKind::Symlink)
        } else if let Some(at) = item.find('=') {
            with_link(at, EntryKind::Hardlink)
        } else {
            let content = format!("{number} {item}");
            let host = work.fs().join(item);
            std::fs::create_dir_all(host.parent().unwrap()).unwrap();
            std::fs::write(host, &content).unwrap();
            let mut entry = Entry::new(*item, EntryKind::File, 0o644);
            (entry.size, entry.digest) = (content.len() as u64, Some(Digest::of(content.as_bytes())));
            entry
        };
        if entry.kind == EntryKind::Hardlink {
            let target = crate::meta::as_path(&entry.link);
            std::fs::hard_link(work.fs().join(target), work.fs().join(crate::meta::as_path(&entry.path)))
                .unwrap();
        }
        entries.push(entry);
    }
    store.commit(work, Index::from_entries(entries).unwrap()).unwrap()
}

fn stack(store: &Store, layers: &[&[&str]]) -> Merged {
    Merged::new(layers.iter().enumerate().map(|(number, items)| layer(store, number, items)).collect())
        .unwrap()
}

/// The paths of the merged view; files with the number of their layer.
fn check(layers: &[&[&str]], expect: &[&str]) {
    let (_dir, store) = store();
    let merged = stack(&store, layers);
    let line = |at: usize| {
        let path = image::path_to_string(&merged.at(at).path);
        if merged.at(at).kind.is_dir() { path + "/" } else { format!("{path} {}", merged.layer_of(at)) }
    };
    let found: Vec<String> = (0..merged.len()).map(line).collect();
    assert_eq!(found, expect);
}

#[test]
fn upper_layers_win() {
    check(&[&["a/", "a/x", "b"], &["a/", "a/y", "b"]], &["a/", "a/x 0", "a/y 1", "b 1"]);
    check(&[&["a/", "a/x", "a/y", "a-b"], &["-a/x"]], &["a/", "a-b 0", "a/y 0"]);
    check(&[&["a/", "a/d/", "a/d/x", "a-b"], &["-a"]], &["a-b 0"]);
    check(&[&["a/", "a/x", "a-b"], &["!a", "a/y"]], &["a/", "a-b 0", "a/y 1"]);
    check(&[&["a/", "a/x"], &["a"]], &["a 1"]);
    check(&[&["a"], &["a/", "a/x"]], &["a/", "a/x 1"]);
    check(&[&["a/", "a/x"], &["-a"], &["a/", "a/y"]], &["a/", "a/y 2"]);
    check(&[&["a/", "a/x"], &["a>b"]], &["a 1"]);
    check(&[&["-a", "b"]], &["b 0"]);
    check(&[], &[]);
}

#[test]
fn a_name_stays_when_the_first_name_of_its_file_goes() {
    let (_dir, store) = store();
    let merged = stack(&store, &[&["a", "b=a", "c=a"], &["a"]]);
    let kinds: Vec<_> = merged.entries().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::File, EntryKind::File, EntryKind::Hardlink]);
    assert_eq!(merged.get(b"c").unwrap().link, b"b");
    assert_eq!(merged.get(b"b").unwrap().digest, Some(Digest::of(b"0 a")));
    assert_eq!(merged.read_file(b"c", 100).unwrap(), b"0 a");
    assert_eq!(merged.read_file(b"a", 100).unwrap(), b"1 a");
}

#[test]
fn links_resolve_as_in_a_chroot() {
    let (_dir, store) = store();
    let items: &[&str] = &[
        "usr/",
        "usr/bin/",
        "usr/bin/sh",
        "bin>usr/bin",
        "abs>/usr",
        "up>../../../usr/bin",
        "loop>loop",
        "dangling>/no/where",
        "usr/rel>../bin/sh",
    ];
    let merged = stack(&store, &[items]);
    let found = |path: &str| Resolved::Found(path.as_bytes().to_vec());
    let missing = |path: &str| Resolved::Missing(path.as_bytes().to_vec());
    for (path, expect) in [
        ("/bin/sh", found("usr/bin/sh")),
        ("abs/bin/../bin/./sh", found("usr/bin/sh")),
        ("up/sh", found("usr/bin/sh")),
        ("usr/rel", found("usr/bin/sh")),
        ("../../usr", found("usr")),
        ("/", found("")),
        ("bin/none/deep", missing("usr/bin/none/deep")),
        ("dangling", missing("no/where")),
        ("loop/x", Resolved::Loop),
    ] {
        assert_eq!(merged.resolve(path.as_bytes(), true), expect, "{path}");
    }
    assert_eq!(merged.resolve(b"bin", false), found("bin"));
    assert_eq!(merged.resolve_or_new(b"/bin/new").unwrap(), b"usr/bin/new");
    assert_eq!(merged.resolve_or_new(b"loop"), None);
    assert_eq!(merged.read_file(b"/bin/sh", 100).unwrap(), b"0 usr/bin/sh");
    assert!(merged.read_file(b"/bin/sh", 3).is_err() && merged.read_file(b"usr", 100).is_err());
    let names: Vec<_> = merged.list(b"usr").map(|entry| image::path_to_string(&entry.path)).collect();
    assert_eq!(names, ["usr/bin", "usr/rel"]);
}

#[test]
fn a_tree_is_copied_with_its_links() {
    let (dir, store) = store();
    let merged = stack(&store, &[&["d/", "d/e/", "d/e/f", "d/g=d/e/f", "d/l>e/f", "z=d/e/f", "other"]]);
    let out = dir.path().join("out");
    std::fs::create_dir_all(out.join("sub")).unwrap();
    crate::copy_tree(&merged, b"", &out, None).unwrap();
    crate::copy_tree(&merged, b"", &out, None).unwrap();
    assert_eq!(
        std::fs::metadata(out.join("z")).unwrap().ino(),
        std::fs::metadata(out.join("d/g")).unwrap().ino()
    );
    assert_eq!(std::fs::read(out.join("d/l")).unwrap(), b"0 d/e/f");
    crate::copy_tree(&merged, b"/d/e", &out.join("sub"), None).unwrap();
    assert_eq!(std::fs::read(out.join("sub/f")).unwrap(), b"0 d/e/f");
    crate::copy_tree(&merged, b"z", &out.join("sub"), None).unwrap();
    assert_eq!(std::fs::read(out.join("sub/z")).unwrap(), b"0 d/e/f");
    assert!(crate::copy_tree(&merged, b"none", &out, None).is_err());
}
