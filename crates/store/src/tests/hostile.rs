//! Archives that want to get out, or to confuse.

use image::EntryKind;

use crate::test_support::{is_root, store, unpack};
use crate::{Layer, StoreError};

enum Item<'a> {
    File(&'a str, &'a [u8]),
    Dir(&'a str),
    Symlink(&'a str, &'a str),
    Hardlink(&'a str, &'a str),
    Device(&'a str, u32, u32),
}

/// An archive with paths exactly as given.
fn pack(items: &[Item<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for item in items {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        let (path, kind, content, link) = match item {
            Item::File(path, content) => (path, tar::EntryType::Regular, *content, None),
            Item::Dir(path) => (path, tar::EntryType::Directory, &b""[..], None),
            Item::Symlink(path, to) => (path, tar::EntryType::Symlink, &b""[..], Some(to)),
            Item::Hardlink(path, to) => (path, tar::EntryType::Link, &b""[..], Some(to)),
            Item::Device(path, major, minor) => {
                header.set_device_major(*major).unwrap();
                header.set_device_minor(*minor).unwrap();
                (path, tar::EntryType::Char, &b""[..], None)
            }
        };
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        // The library refuses bad paths, so they are written into the header itself.
        let gnu = header.as_gnu_mut().unwrap();
        gnu.name[..path.len()].copy_from_slice(path.as_bytes());
        if let Some(link) = link {
            gnu.linkname[..link.len()].copy_from_slice(link.as_bytes());
        }
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Unpacks; what the layer holds as `path kind`, or the error.
fn outcome(items: &[Item<'_>]) -> Result<Vec<String>, StoreError> {
    let (_dir, store) = store();
    let layer = unpack(&store, &pack(items))?;
    inside_only(&layer);
    Ok(shape(&layer))
}

fn shape(layer: &Layer) -> Vec<String> {
    let index = layer.index().unwrap();
    let line = |entry: &image::Entry| format!("{} {:?}", image::path_to_string(&entry.path), entry.kind);
    index.entries().iter().map(line).collect()
}

/// Nothing but the layer is in the store's directory of layers, and nothing beside the store.
fn inside_only(layer: &Layer) {
    let store = layer.dir().parent().unwrap().parent().unwrap();
    assert_eq!(std::fs::read_dir(store.join("layers")).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(store.parent().unwrap()).unwrap().count(), 1);
}

fn check(items: &[Item<'_>], expect: &[&str]) {
    assert_eq!(outcome(items).unwrap(), expect);
}

fn refused(items: &[Item<'_>], why: &str) {
    let error = outcome(items).unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn paths_stay_inside() {
    check(&[Item::File("/etc/x", b"1")], &["etc Dir", "etc/x File"]);
    check(&[Item::File("a/./b//../c", b"1")], &["a Dir", "a/c File"]);
    refused(&[Item::File("../x", b"1")], "leads out");
    refused(&[Item::File("a/../../x", b"1")], "leads out");
    refused(&[Item::Hardlink("x", "../../lock")], "leads out");
}

#[test]
fn symbolic_links_are_followed_within_the_root_only() {
    let up = "../../../../../../../..";
    let to_tmp = format!("{up}/tmp");
    check(
        &[Item::Symlink("up", &to_tmp), Item::File("up/evil", b"1")],
        &["tmp Dir", "tmp/evil File", "up Symlink"],
    );
    check(
        &[Item::Symlink("abs", "/etc"), Item::File("abs/evil", b"1")],
        &["abs Symlink", "etc Dir", "etc/evil File"],
    );
    check(
        &[Item::Dir("d"), Item::Symlink("s", "d"), Item::Symlink("t", "s/e"), Item::File("t/f", b"1")],
        &["d Dir", "d/e Dir", "d/e/f File", "s Symlink", "t Symlink"],
    );
    refused(&[Item::Symlink("a", "b"), Item::Symlink("b", "a"), Item::File("a/x", b"1")], "loop");
    // A file on top of a link replaces the link and does not write through it.
    check(&[Item::Symlink("f", "/etc/passwd"), Item::File("f", b"1")], &["f File"]);
}

#[test]
fn hard_links_lead_to_files_of_the_archive() {
    check(&[Item::File("a", b"1"), Item::Hardlink("b", "/a")], &["a File", "b Hardlink"]);
    refused(&[Item::Hardlink("b", "/etc/passwd")], "hard link target");
    refused(&[Item::Symlink("s", "/etc"), Item::Hardlink("b", "s/passwd")], "hard link target");
    refused(&[Item::Dir("d"), Item::Hardlink("b", "d")], "hard link target");
    refused(&[Item::File("d/f", b"1"), Item::Hardlink("d", "d/f")], "its own hard link");
    // The first name is replaced afterwards: the second is the file now.
    check(
        &[Item::File("a", b"1"), Item::Hardlink("b", "a"), Item::Hardlink("c", "a"), Item::Dir("a")],
        &["a Dir", "b File", "c Hardlink"],
    );
}

#[test]
fn a_later_entry_replaces_an_earlier_one() {
    check(&[Item::File("a", b"1"), Item::File("a", b"22")], &["a File"]);
    check(&[Item::File("a/b/c", b"1"), Item::File("a", b"2")], &["a File"]);
    check(&[Item::File("a", b"1"), Item::Dir("a"), Item::File("a/b", b"1")], &["a Dir", "a/b File"]);
    check(&[Item::File("a/b", b"1"), Item::Dir("a")], &["a Dir", "a/b File"]);
    refused(&[Item::File("a", b"1"), Item::File("a/b", b"1")], "not a directory");
    refused(&[Item::File("/", b"1")], "");
}

#[test]
fn whiteouts_speak_of_lower_layers_only() {
    if !is_root() {
        return;
    }
    check(&[Item::File("a/.wh.b", b"")], &["a Dir", "a/b Whiteout"]);
    check(&[Item::File("a/.wh..wh..opq", b"")], &["a OpaqueDir"]);
    check(&[Item::Dir("a"), Item::File("a/b", b"1"), Item::File(".wh.a", b"")], &["a OpaqueDir", "a/b File"]);
    check(&[Item::File(".wh.a", b""), Item::File("a/b", b"1")], &["a OpaqueDir", "a/b File"]);
    check(&[Item::File(".wh.a", b""), Item::File("a", b"1")], &["a File"]);
    check(&[Item::File("a", b"1"), Item::File(".wh.a", b"")], &["a File"]);
    check(&[Item::File(".wh..wh.plnk", b""), Item::File(".wh.", b"")], &[]);
    refused(&[Item::File("a/.wh...", b"")], "whiteout of nothing");
    refused(&[Item::File("a/.wh..", b"")], "whiteout of nothing");
}

#[test]
fn a_device_that_looks_like_a_whiteout_is_not_made() {
    let (_dir, store) = store();
    let layer = unpack(&store, &pack(&[Item::Device("fake", 0, 0)])).unwrap();
    assert_eq!(layer.index().unwrap().entries()[0].kind, EntryKind::CharDevice);
    assert!(std::fs::symlink_metadata(layer.fs_path().join("fake")).is_err());
    assert_eq!(layer.meta().unwrap().reduced, 1);
}

#[test]
fn damaged_archives_are_errors() {
    let good = pack(&[Item::File("a", &[7; 2000])]);
    let (_dir, store) = store();
    for cut in [100, 600, 1500] {
        assert!(unpack(&store, &good[..cut]).is_err(), "cut at {cut}");
    }
    let mut bad = good;
    bad[0] ^= 1;
    assert!(unpack(&store, &bad).is_err(), "the checksum of the header");
}
