//! What a real overlay leaves in its upper directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::EntryKind;

use crate::test_support::{is_root, skip, store, unpack};
use crate::{Flavor, Index, Merged, Store, Work, scan_upper};

/// When the process of a test began: after what it finds, before what it does.
const BEGUN: i64 = 1_600_000_000;

/// A base of a few files.
fn base(store: &Store) -> Merged {
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |path: &str, content: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        header.set_mtime(1_000_000);
        header.set_entry_type(if path.ends_with('/') {
            tar::EntryType::Directory
        } else {
            tar::EntryType::Regular
        });
        builder.append_data(&mut header, path, content).unwrap();
    };
    for path in ["etc/", "etc/sub/", "full/", "full/deep/", "var/", "one"] {
        add(path, b"");
    }
    for path in ["etc/a", "etc/sub/b", "full/x", "full/deep/y"] {
        add(path, path.as_bytes());
    }
    Merged::new(vec![unpack(store, &builder.into_inner().unwrap()).unwrap()]).unwrap()
}

/// Runs a shell script in an overlay on `base`; `None` when it cannot be mounted here.
fn run(base: &Merged, work: &Work, script: &str) -> Option<()> {
    let target = work.extra();
    fs::create_dir_all(&target).unwrap();
    let (lower, upper) = (base.layers()[0].fs_path(), work.fs());
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let options = format!(
        "lowerdir={},upperdir={},workdir={},index=off,metacopy=off,redirect_dir=off",
        path(&lower),
        path(&upper),
        path(&work.overlay_work())
    );
    let full =
        format!("set -e; mount -t overlay overlay -o '{options}' {0}; cd {0}; {script}", path(&target));
    let output = Command::new("unshare").args(["-m", "sh", "-c", &full]).output();
    match output {
        Ok(output) if output.status.success() => Some(()),
        Ok(output) => {
            skip(&format!("no overlay can be mounted: {}", String::from_utf8_lossy(&output.stderr)));
            None
        }
        Err(error) => {
            skip(&format!("unshare cannot be run: {error}"));
            None
        }
    }
}

fn shape(index: &Index) -> Vec<String> {
    let line = |entry: &image::Entry| format!("{} {:?}", image::path_to_string(&entry.path), entry.kind);
    index.entries().iter().map(line).collect()
}

fn check(script: &str, expect: &[&str]) {
    if !is_root() {
        return;
    }
    let (_dir, store) = store();
    let base = base(&store);
    let work = store.work().unwrap();
    if run(&base, &work, script).is_none() {
        return;
    }
    let index =
        scan_upper(&work.fs(), Flavor::Root, &base, BEGUN, &|path, _| crate::hash_file(path)).unwrap();
    assert_eq!(shape(&index), expect, "{script}");
    // The kernel and the index agree on what is there now.
    let upper = store.commit(work, index).unwrap();
    let merged = Merged::new(vec![base.layers()[0].clone(), upper.clone()]).unwrap();
    let lowers = format!("{}:{}", upper.fs_path().display(), base.layers()[0].fs_path().display());
    assert_eq!(list(&store, &lowers), paths(&merged), "{script}");
}

fn paths(merged: &Merged) -> Vec<String> {
    merged.entries().map(|entry| image::path_to_string(&entry.path)).filter(|path| !path.is_empty()).collect()
}

fn list(store: &Store, lowers: &str) -> Vec<String> {
    let work = store.work().unwrap();
    let target: PathBuf = work.fs();
    let script = format!(
        "mount -t overlay overlay -o lowerdir={lowers} {0}; cd {0}; find . -mindepth 1",
        target.display()
    );
    let output = Command::new("unshare").args(["-m", "sh", "-c", &script]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<String> = text.lines().map(|line| line.trim_start_matches("./").to_owned()).collect();
    lines.sort();
    lines
}

#[test]
fn changes_and_nothing_else_are_found() {
    check("true", &[]);
    check("echo new > etc/new", &["etc Dir", "etc/new File"]);
    check("echo more >> etc/sub/b", &["etc Dir", "etc/sub Dir", "etc/sub/b File"]);
    check("rm etc/a", &["etc Dir", "etc/a Whiteout"]);
    check("rm -r full", &["full Whiteout"]);
    check("chmod 700 var", &["var Dir"]);
    check("chmod 700 var; chmod 755 var", &[]);
    check("mv etc/a var/a", &["etc Dir", "etc/a Whiteout", "var Dir", "var/a File"]);
    check("ln etc/a var/b", &["etc Dir", "etc/a File", "var Dir", "var/b Hardlink"]);
    check("ln -s a etc/l", &["etc Dir", "etc/l Symlink"]);
}

#[test]
fn what_leaves_no_trace_is_no_change() {
    check("touch etc/t; rm etc/t", &[]);
    check("mkdir -p new/dir; rm -r new", &[]);
    check("exec 3>>etc/a", &[]);
    check("touch -d @5 etc/a", &["etc Dir", "etc/a File"]);
}

#[test]
fn opaque_directories_are_found_where_they_hide_something() {
    check("mkdir var/new; touch var/new/f", &["var Dir", "var/new Dir", "var/new/f File"]);
    check("rm -r full; mkdir full; touch full/z", &["full OpaqueDir", "full/z File"]);
    check("rm -r full; mkdir -p full/deep", &["full OpaqueDir", "full/deep Dir"]);
    check("rm one; mkdir one; touch one/f", &["one Dir", "one/f File"]);
    check("rm -r full; touch full", &["full File"]);
    check("rm -r var; mkdir var; chmod 755 var", &[]);
}

#[test]
fn names_that_layers_reserve_are_refused() {
    let (_dir, store) = store();
    let base = base(&store);
    let work = store.work().unwrap();
    fs::write(work.fs().join(".wh.a"), b"").unwrap();
    assert!(
        scan_upper(&work.fs(), Flavor::Root, &base, BEGUN, &|path, _| crate::hash_file(path))
            .unwrap_err()
            .to_string()
            .contains(".wh.")
    );
}

#[test]
fn owners_that_the_user_namespace_hides_come_from_the_lower_index() {
    let (_dir, store) = store();
    let lower = base(&store);
    let work = store.work().unwrap();
    fs::create_dir(work.fs().join("etc")).unwrap();
    fs::write(work.fs().join("etc/a"), b"changed").unwrap();
    // As if the index said another owner than the disk has.
    let index = Index::from_entries(
        lower.entries().map(|entry| image::Entry { uid: 42, gid: 43, ..entry.clone() }).collect(),
    );
    let other = store.work().unwrap();
    for dir in ["etc", "full", "var"] {
        fs::create_dir(other.fs().join(dir)).unwrap();
    }
    fs::write(other.fs().join("etc/a"), b"").unwrap();
    let lower = Merged::new(vec![store.commit(other, index.unwrap()).unwrap()]).unwrap();
    let found =
        scan_upper(&work.fs(), Flavor::User, &lower, BEGUN, &|path, _| crate::hash_file(path)).unwrap();
    // Outside a user namespace the root directory belongs to whoever runs this test, which is a change.
    let below: Vec<String> = shape(&found).into_iter().filter(|line| line != " Dir").collect();
    assert_eq!(below, ["etc Dir", "etc/a File"]);
    let mut entries = found.entries().iter().filter(|entry| !entry.path.is_empty());
    assert!(entries.all(|entry| (entry.uid, entry.gid) == (42, 43)));
    assert_eq!(found.get(b"etc/a").map(|entry| entry.kind), Some(EntryKind::File));
}

#[test]
fn times_of_the_machine_are_told_from_those_that_archives_state() {
    if !is_root() {
        return;
    }
    let (_dir, store) = store();
    let base = base(&store);
    let work = store.work().unwrap();
    // A file of a checkout below, as an earlier step left it.
    let below = store.work().unwrap();
    fs::write(below.fs().join("checkout"), "x").unwrap();
    let mut entry = image::Entry::new("checkout", EntryKind::File, 0o644);
    (entry.mtime, entry.undated, entry.size) = (1_500_000_000, true, 1);
    entry.digest = Some(image::Digest::of(b"x"));
    crate::apply_metadata(&below.fs().join("checkout"), &entry).unwrap();
    let layer = store.commit(below, Index::from_entries(vec![entry]).unwrap()).unwrap();
    let lower = Merged::new(vec![base.layers()[0].clone(), layer]).unwrap();
    let script = "touch now; touch -d @1400000000 stated; chmod 600 one; touch -d @1700000000 later; \
                  cp -a ../fs-below/checkout copy";
    fs::create_dir_all(work.extra()).unwrap();
    std::os::unix::fs::symlink(lower.layers()[1].fs_path(), work.path().join("fs-below")).unwrap();
    if run(&base, &work, script).is_none() {
        return;
    }
    let index =
        scan_upper(&work.fs(), Flavor::Root, &lower, BEGUN, &|path, _| crate::hash_file(path)).unwrap();
    let undated = |path: &str| index.get(path.as_bytes()).map(|entry| entry.undated);
    for (path, expect) in [("now", true), ("stated", false), ("one", false), ("later", true), ("copy", true)]
    {
        assert_eq!(undated(path), Some(expect), "{path}");
    }
    assert_eq!(index.get(b"copy").unwrap().mtime, 1_500_000_000, "the time itself stays");
}
