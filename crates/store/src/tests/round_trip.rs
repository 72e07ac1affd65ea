//! Archive to layer to archive.

use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use image::EntryKind::{Dir, File, Hardlink, Symlink};
use image::{Entry, EntryKind};

use crate::test_support::{is_root, run, skip, store, unpack};
use crate::unpack::TarReader;
use crate::{Compression, Digest, ExportOptions, Index, Layer, Merged, Store};

const RAW: ExportOptions =
    ExportOptions { epoch: None, compression: Compression::None, level: None, threads: 1 };

/// A layer that was made here, with one of everything.
fn odd_layer(store: &Store) -> Layer {
    let work = store.work().unwrap();
    let root = work.fs();
    let mut entries = Vec::new();
    let mut add = |entry: Entry, content: &[u8]| {
        let path = root.join(crate::meta::as_path(&entry.path));
        let mut entry = entry;
        match entry.kind {
            EntryKind::File => {
                std::fs::write(&path, content).unwrap();
                entry.size = content.len() as u64;
                entry.digest = Some(Digest::of(content));
            }
            EntryKind::Hardlink => {
                std::fs::hard_link(root.join(crate::meta::as_path(&entry.link)), &path).unwrap();
            }
            _ => crate::make_special(&path, &entry).unwrap(),
        }
        crate::apply_metadata(&path, &entry).unwrap();
        entries.push(entry);
    };
    let deep = "d".repeat(120);
    for dir in ["etc", "opaque", &deep] {
        let kind = if dir == "opaque" { EntryKind::OpaqueDir } else { EntryKind::Dir };
        add(Entry { mtime: 1_700_000_000, ..Entry::new(dir, kind, 0o2755) }, b"");
    }
    add(Entry { uid: 3_000_000, gid: 7, ..Entry::new("etc/a", EntryKind::File, 0o4711) }, b"alpha");
    add(Entry { link: b"etc/a".to_vec(), ..Entry::new("etc/b", EntryKind::Hardlink, 0o4711) }, b"");
    add(
        Entry {
            xattrs: vec![(b"user.k".to_vec(), b"v\n\0".to_vec())],
            ..Entry::new("x", EntryKind::File, 0o600)
        },
        b"x",
    );
    add(Entry { link: b"../etc/a".to_vec(), ..Entry::new("etc/link", EntryKind::Symlink, 0o777) }, b"");
    add(Entry { rdev: (1, 3), ..Entry::new("null", EntryKind::CharDevice, 0o666) }, b"");
    add(Entry::new("pipe", EntryKind::Fifo, 0o644), b"");
    add(Entry::new("etc/gone", EntryKind::Whiteout, 0), b"");
    add(Entry::new(&b"caf\xe9"[..], EntryKind::File, 0o644), b"latin-1");
    add(Entry::new("grüße", EntryKind::File, 0o644), b"utf-8");
    add(Entry::new(format!("{deep}/{}", "n".repeat(150)), EntryKind::File, 0o644), &vec![7; 100_000]);
    add(Entry::new("empty", EntryKind::File, 0o644), b"");
    store.commit(work, Index::from_entries(entries).unwrap()).unwrap()
}

fn blob(store: &Store, digest: &Digest) -> Vec<u8> {
    std::fs::read(store.blob_path(digest)).unwrap()
}

#[test]
fn a_layer_survives_export_and_unpacking_in_another_store() {
    if !is_root() {
        return;
    }
    let (_dir, here) = store();
    let made = odd_layer(&here);
    let (_dir, there) = store();
    for compression in [Compression::Gzip, Compression::Zstd, Compression::None] {
        let exported = here.export(&made.id(), &ExportOptions { compression, ..RAW }).unwrap();
        there.put_blob(&blob(&here, &exported.descriptor.digest)).unwrap();
        let layer = there.unpack(&exported.descriptor, &exported.diff_id).unwrap();
        assert_eq!(layer.id(), exported.diff_id);
        let without_dirs = |layer: &Layer| layer.index().unwrap().entries().to_vec();
        let (before, after) = (without_dirs(&made), without_dirs(&layer));
        for (a, b) in before.iter().zip(&after) {
            assert_eq!(a, b);
        }
        assert_eq!(before.len(), after.len());
        assert_eq!(layer.index().unwrap().identity(), made.id());
        check_files(&layer);
        // Unpacking gave files from which the same archive comes.
        let again = there.export(&exported.diff_id, &RAW).unwrap();
        assert_eq!(again.diff_id, exported.diff_id);
    }
}

fn check_files(layer: &Layer) {
    let path = |name: &str| layer.fs_path().join(name);
    let stat = |name: &str| std::fs::symlink_metadata(path(name)).unwrap();
    assert_eq!(stat("etc/a").ino(), stat("etc/b").ino());
    assert_eq!(
        (stat("etc/a").uid(), stat("etc/a").gid(), stat("etc/a").mode() & 0o7777),
        (3_000_000, 7, 0o4711)
    );
    assert!(stat("etc/gone").file_type().is_char_device() && stat("etc/gone").rdev() == 0);
    assert_eq!(stat("null").rdev(), rustix::fs::makedev(1, 3));
    assert!(crate::meta::is_opaque(&path("opaque"), crate::Flavor::Root).unwrap());
    assert_eq!(stat("opaque").mtime(), 1_700_000_000);
    assert_eq!(crate::read_xattrs(&path("x")).unwrap(), [(b"user.k".to_vec(), b"v\n\0".to_vec())]);
}

#[test]
fn exports_are_remembered_and_found_by_their_diff_id() {
    if !is_root() {
        return;
    }
    let (_dir, store) = store();
    let made = odd_layer(&store);
    let options = ExportOptions { epoch: Some(10), compression: Compression::Gzip, level: None, threads: 2 };
    let first = store.export(&made.id(), &options).unwrap();
    let stamp = std::fs::metadata(store.blob_path(&first.descriptor.digest)).unwrap().mtime_nsec();
    assert_eq!(store.export(&made.id(), &options).unwrap(), first);
    let same = std::fs::metadata(store.blob_path(&first.descriptor.digest)).unwrap().mtime_nsec();
    assert_eq!(stamp, same, "it was not made again");
    assert_eq!(store.layer(&first.diff_id).unwrap().unwrap().id(), made.id());
    assert_eq!(store.export(&first.diff_id, &RAW).unwrap(), first);
    let tar = store.export(&made.id(), &RAW).unwrap();
    assert_eq!(tar.diff_id, tar.descriptor.digest);
    assert_ne!(tar.diff_id, first.diff_id, "the epoch changed a time");
    std::fs::remove_file(store.blob_path(&first.descriptor.digest)).unwrap();
    assert_eq!(store.export(&made.id(), &options).unwrap(), first, "made anew, the same");
}

#[test]
fn tar_reads_what_is_written() {
    if !is_root() {
        return;
    }
    let (dir, store) = store();
    let made = odd_layer(&store);
    let exported = store.export(&made.id(), &RAW).unwrap();
    let path = store.blob_path(&exported.descriptor.digest);
    let out = dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let args = ["-xf", path.to_str().unwrap(), "--xattrs", "--xattrs-include=*"];
    let Some(output) = run("tar", &args, &out) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read(out.join("etc/b")).unwrap(), b"alpha");
    assert_eq!(std::fs::read(out.join(crate::meta::as_path(b"caf\xe9"))).unwrap(), b"latin-1");
    assert_eq!(std::fs::metadata(out.join("etc/a")).unwrap().uid(), 3_000_000);
    assert!(out.join("etc/.wh.gone").exists() && out.join("opaque/.wh..wh..opq").exists());
}

#[test]
fn the_whole_file_system_is_one_archive_without_whiteouts() {
    if !is_root() {
        return;
    }
    let (_dir, store) = store();
    let tree = Merged::new(vec![odd_layer(&store)]).unwrap();
    let mut bytes = Vec::new();
    store.write_tar(&[(String::new(), &tree)], &mut bytes, Some(5)).unwrap();
    let mut reader = TarReader::new(&bytes[..]);
    let mut count = 0;
    while let Some(header) = reader.next().unwrap() {
        assert!(header.mtime <= 5);
        assert!(!header.path.windows(4).any(|part| part == b".wh."));
        if header.path == b"etc/a" {
            let mut content = Vec::new();
            reader.read_to_end(&mut content).unwrap();
            assert_eq!(content, b"alpha");
        }
        count += 1;
    }
    assert_eq!(count, tree.len());
}

#[test]
fn layers_of_other_tools_unpack() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    std::fs::create_dir_all(tree.join("a/b")).unwrap();
    std::fs::write(tree.join("a/b").join("n".repeat(200)), b"content").unwrap();
    std::fs::hard_link(tree.join("a/b").join("n".repeat(200)), tree.join("a/second")).unwrap();
    std::os::unix::fs::symlink("b", tree.join("a/link")).unwrap();
    for format in ["gnu", "posix", "ustar"] {
        let name = format!("{format}.tar");
        let args = ["--format", format, "--sort=name", "-cf", &name, "-C", "tree", "."];
        let Some(output) = run("tar", &args, dir.path()) else { return };
        if format == "ustar" {
            // A name of 200 bytes fits no ustar header; tar says so and packs the rest.
            assert!(!output.status.success());
            continue;
        }
        assert!(output.status.success());
        let (_dir, store) = store();
        let layer = unpack(&store, &std::fs::read(dir.path().join(name)).unwrap()).unwrap();
        let index = layer.index().unwrap();
        let kinds: Vec<_> = index.entries().iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, [Dir, Dir, Dir, File, Symlink, Hardlink]);
        assert_eq!(std::fs::read(layer.fs_path().join("a/second")).unwrap(), b"content");
    }
}

#[test]
fn the_same_layer_is_published_once_by_many_threads() {
    let (_dir, store) = store();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let one = || {
            let work = store.work().unwrap();
            std::fs::write(work.fs().join("f"), b"same").unwrap();
            let mut entry = Entry::new("f", EntryKind::File, 0o644);
            (entry.size, entry.digest) = (4, Some(Digest::of(b"same")));
            store.commit(work, Index::from_entries(vec![entry]).unwrap()).unwrap().id()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(store.layer_ids().unwrap(), ids[..1]);
}

#[test]
fn the_same_blob_is_unpacked_once_by_many_threads() {
    let (_dir, store) = store();
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(3);
    header.set_mode(0o644);
    builder.append_data(&mut header, "f", &b"abc"[..]).unwrap();
    let bytes = builder.into_inner().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| unpack(&store, &bytes).unwrap());
        }
    });
    let layer = unpack(&store, &bytes).unwrap();
    assert_eq!(std::fs::read(layer.fs_path().join("f")).unwrap(), b"abc");
    let left = std::fs::read_dir(store.root().join("tmp")).unwrap().count();
    assert!(left <= 2, "only this process' directory and lock are left, not {left}");
}

#[test]
fn a_blob_that_is_not_what_it_should_be_makes_no_layer() {
    let (_dir, store) = store();
    let digest = store.put_blob(&[0; 1024]).unwrap();
    let blob = image::Descriptor::new(image::media_type::LAYER, digest, 1024);
    let error = store.unpack(&blob, &Digest::of(b"other")).unwrap_err();
    assert!(error.to_string().contains("diffID"), "{error}");
    std::fs::write(store.blob_path(&digest), [1; 1024]).unwrap();
    assert!(store.unpack(&blob, &Digest::of(&[1; 1024])).is_err(), "not a tar, and not its digest");
    assert!(store.layer_ids().unwrap().is_empty());
}

#[test]
fn archives_for_add_are_told_by_content() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("f"), vec![b'x'; 300_000]).unwrap();
    for (name, args) in [("a.tar", "-cf"), ("a.tgz", "-czf"), ("a.bz2", "-cjf"), ("a.xz", "-cJf")] {
        let Some(output) = run("tar", &[args, name, "f"], dir.path()) else { return };
        if !output.status.success() {
            skip(&format!("tar cannot make {name} here"));
            continue;
        }
        let path = dir.path().join(name);
        assert!(crate::is_tar_file(&path).unwrap(), "{name}");
        let bytes = std::fs::read(&path).unwrap();
        assert!(crate::is_tar(&bytes[..bytes.len().min(4096)]), "{name}");
        let target = dir.path().join(format!("{name}.out"));
        let entries = crate::unpack_archive(std::fs::File::open(&path).unwrap(), &target).unwrap();
        assert_eq!((entries.len(), entries[0].size), (1, 300_000));
        assert_eq!(std::fs::metadata(target.join("f")).unwrap().len(), 300_000);
    }
    let plain = dir.path().join("f");
    assert!(!crate::is_tar_file(&plain).unwrap() && !crate::is_tar(b"hello"));
    assert!(!crate::is_tar(&[0; 4096]), "zeros are an empty archive, which nobody means");
}

#[test]
fn a_layer_of_another_builder_is_named_by_its_content() {
    let (_dir, here) = store();
    let make = |store: &Store, mtime: i64, undated: bool| {
        let work = store.work().unwrap();
        std::fs::write(work.fs().join("f"), b"content").unwrap();
        let dated = Entry { mtime: 1_000, ..Entry::new("d", EntryKind::Dir, 0o755) };
        std::fs::create_dir(work.fs().join("d")).unwrap();
        let entry = Entry::new("f", EntryKind::File, 0o644);
        let entry = Entry { mtime, undated, size: 7, digest: Some(Digest::of(b"content")), ..entry };
        store.commit(work, Index::from_entries(vec![dated, entry]).unwrap()).unwrap()
    };
    let ours = make(&here, 7_000, true);
    for (number, mtime) in [(0, 5_000), (1, 6_000)] {
        // The same step at another engine, at two times.
        let (_dir, there) = store();
        let exported = there.export(&make(&there, mtime, false).id(), &RAW).unwrap();
        here.put_blob(&blob(&there, &exported.descriptor.digest)).unwrap();
        let adopt = |epoch| here.adopt(&exported.descriptor, &exported.diff_id, epoch);
        for _ in 0..2 {
            assert_eq!(adopt(4_000).unwrap().id(), ours.id(), "{number}");
        }
        // A time before that of the build is content.
        assert_ne!(adopt(mtime + 1).unwrap().id(), ours.id());
        assert!(here.adopt(&exported.descriptor, &Digest::of(b"other"), 1).is_err());
    }
}
