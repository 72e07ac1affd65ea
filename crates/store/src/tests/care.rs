//! Collection and checks.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use image::{Digest, Entry, EntryKind, Platform};

use super::images::{image, name};
use crate::test_support::store;
use crate::{Compression, Flavor, GcOptions, Index, LayerId, Store, StoreError};

fn made_layer(store: &Store, content: &[u8]) -> LayerId {
    let work = store.work().unwrap();
    fs::write(work.fs().join("f"), content).unwrap();
    let mut entry = Entry::new("f", EntryKind::File, 0o644);
    (entry.size, entry.digest) = (content.len() as u64, Some(Digest::of(content)));
    store.commit(work, Index::from_entries(vec![entry]).unwrap()).unwrap().id()
}

fn problems(store: &Store) -> Vec<String> {
    store.verify().unwrap().problems.iter().map(ToString::to_string).collect()
}

#[test]
fn nobody_else_gets_into_a_store() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let store = Store::open(dir.path(), Flavor::User).unwrap();
    assert_eq!(fs::metadata(store.root()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn collection_keeps_what_names_and_records_lead_to() {
    let (_dir, store) = store();
    let named = image(&store, b"named", Compression::Gzip);
    let unnamed = image(&store, b"unnamed", Compression::Gzip);
    store.set_image(&name("app"), &named).unwrap();
    let (kept, lost) = (made_layer(&store, b"kept"), made_layer(&store, b"lost"));
    let key = Digest::of(b"key");
    store.cache_put("step", &key, format!("layer {kept}").as_bytes()).unwrap();
    fs::create_dir_all(store.root().join("tmp/1.0/x")).unwrap();

    let dry = store.gc(&GcOptions { dry_run: true, ..GcOptions::default() }).unwrap();
    assert!(store.layer(&lost).unwrap().is_some() && store.has_blob(&unnamed.digest));
    let report = store.gc(&GcOptions::default()).unwrap();
    assert_eq!((dry.blobs, dry.layers, dry.freed), (report.blobs, report.layers, report.freed));
    // Manifest, configuration and layer of the unnamed image; its unpacked layer and the lost one.
    assert_eq!((report.blobs, report.layers, report.records, report.temporary), (3, 2, 0, 1));
    assert!(store.layer(&lost).unwrap().is_none() && !store.has_blob(&unnamed.digest));
    assert!(store.layer(&kept).unwrap().is_some());
    let (_, manifest) = store.manifest(&named, &Platform::host()).unwrap();
    assert!(store.has_blob(&manifest.layers[0].digest));
    let diff_id = store.config(&manifest).unwrap().rootfs.diff_ids[0];
    assert!(store.layer(&diff_id).unwrap().is_some());
    assert_eq!(problems(&store), [""; 0]);

    let report = store.gc(&GcOptions { all: true, ..GcOptions::default() }).unwrap();
    assert_eq!((report.layers, report.records), (1, 1));
    assert!(store.layer(&kept).unwrap().is_none() && store.cache_get("step", &key).unwrap().is_none());
    assert!(store.layer(&diff_id).unwrap().is_some());
    store.remove_image(&name("app")).unwrap();
    store.gc(&GcOptions::default()).unwrap();
    let usage = store.usage().unwrap();
    assert_eq!((usage.blobs, usage.layers, usage.records, usage.images), (0, 0, 0, 0));
}

#[test]
fn the_least_recently_used_records_go_first() {
    let (_dir, store) = store();
    let layers: Vec<LayerId> = (0..4_u8).map(|n| made_layer(&store, &[n; 1000])).collect();
    for (number, id) in layers.iter().enumerate() {
        let key = Digest::of(&[u8::try_from(number).unwrap()]);
        store.cache_put("step", &key, id.to_string().as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    store.cache_get("step", &Digest::of(&[0])).unwrap();
    store.gc(&GcOptions { max_size: Some(2500), ..GcOptions::default() }).unwrap();
    let left: Vec<bool> = layers.iter().map(|id| store.layer(id).unwrap().is_some()).collect();
    assert_eq!(left, [true, false, false, true]);
}

#[test]
fn what_another_process_uses_stays_and_goes_with_it() {
    let (dir, store) = store();
    let (used, idle) = (made_layer(&store, b"used"), made_layer(&store, b"idle"));
    let image = image(&store, b"image", Compression::Gzip);
    drop(store);
    let store = Store::open(&dir.path().join("store"), Flavor::Root).unwrap();
    let other = Store::open(store.root(), Flavor::Root).unwrap();
    assert!(other.layer(&used).unwrap().is_some() && other.has_blob(&image.digest));
    let making = other.work().unwrap();
    let all = GcOptions { all: true, max_size: Some(0), ..GcOptions::default() };
    let report = store.gc(&all).unwrap();
    assert!(report.needed > 0 && report.left == report.needed, "{report:?}");
    assert!(store.layer_dir(&used).exists() && store.blob_file(&image.digest).exists());
    assert!(!store.layer_dir(&idle).exists() && making.fs().exists());
    // What it publishes from now on is its own, too.
    let fresh = made_layer(&other, b"fresh");
    store.gc(&all).unwrap();
    assert!(store.layer_dir(&fresh).exists());
    drop((making, other));
    store.gc(&all).unwrap();
    assert_eq!(store.usage().unwrap().total(), 0);
}

/// The time that the file system gives a file now.
fn file_time(dir: &tempfile::TempDir) -> std::time::SystemTime {
    let path = dir.path().join("clock");
    fs::write(&path, b"").unwrap();
    fs::metadata(&path).unwrap().modified().unwrap()
}

#[test]
fn everything_counts_and_the_oldest_goes_whatever_it_is() {
    let (dir, store) = store();
    let mount = |id: &str, size: usize| {
        let fill = |_: &std::path::Path| Ok::<(), StoreError>(());
        let mount = store.cache_mount(id, crate::MountSharing::Shared, || false, fill);
        let (path, lock) = mount.unwrap().unwrap();
        fs::write(path.join("f"), vec![1; size]).unwrap();
        (path, lock)
    };
    let tick = || std::thread::sleep(std::time::Duration::from_millis(20));
    let (old, lock) = mount("old", 100_000);
    drop(lock);
    tick();
    let (held, _lock) = mount("held", 100_000);
    tick();
    fs::create_dir_all(store.root().join("git/repo")).unwrap();
    fs::write(store.root().join("git/repo/f"), vec![1; 100_000]).unwrap();
    fs::write(store.root().join("git/repo.lock"), b"").unwrap();
    tick();
    let base = image(&store, b"base", Compression::Gzip);
    store.set_base(&name("base"), &base).unwrap();
    tick();
    let layer = made_layer(&store, b"new");
    store.cache_put("step", &Digest::of(b"k"), layer.to_string().as_bytes()).unwrap();
    let gc = |max: u64| store.gc(&GcOptions { max_size: Some(max), ..GcOptions::default() }).unwrap();
    assert_eq!(gc(10_000_000).mounts, 0);
    let report = gc(250_000);
    assert_eq!((report.mounts, report.repositories, report.bases), (1, 0, 0), "{report:?}");
    assert!(!old.exists() && held.exists());
    let report = gc(60_000);
    assert_eq!((report.mounts, report.repositories, report.bases), (0, 1, 0), "{report:?}");
    assert!(held.exists(), "its lock is held");
    let since = file_time(&dir);
    tick();
    assert_eq!(store.image(&name("base")).unwrap().unwrap().digest, base.digest);
    let recent = GcOptions { keep_since: Some(since), ..GcOptions::default() };
    assert_eq!(store.gc(&GcOptions { dry_run: true, ..recent }).unwrap().bases, 0, "it was used just now");
    tick();
    let old = GcOptions { keep_since: Some(file_time(&dir)), ..GcOptions::default() };
    let report = store.gc(&old).unwrap();
    assert_eq!((report.bases, report.records), (1, 1), "{report:?}");
    assert!(store.image(&name("base")).unwrap().is_none());
}

#[test]
fn a_store_of_the_other_flavor_is_refused() {
    let (_dir, store) = store();
    assert!(matches!(Store::open(store.root(), Flavor::User), Err(StoreError::Flavor { .. })));
}

#[test]
fn a_new_store_of_which_a_crash_left_empty_files_is_made_again() {
    let (_dir, store) = store();
    for name in ["oci-layout", "flavor"] {
        let (path, text) = (store.root().join(name), std::fs::read(store.root().join(name)).unwrap());
        std::fs::write(&path, "").unwrap();
        Store::open(store.root(), store.flavor()).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), text, "{name}");
    }
}

/// Damages a file of a store with one image and one layer; what verify says.
fn damage(find: impl Fn(&Store) -> std::path::PathBuf, change: impl Fn(&std::path::Path)) -> Vec<String> {
    let (_dir, store) = store();
    let named = image(&store, b"content", Compression::Gzip);
    store.set_image(&name("app"), &named).unwrap();
    assert_eq!(problems(&store), [""; 0]);
    change(&find(&store));
    problems(&store)
}

fn flip(path: &std::path::Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn layer_dir(store: &Store) -> std::path::PathBuf {
    store.layer_dir(&store.layer_ids().unwrap()[0])
}

#[test]
fn every_kind_of_damage_is_found() {
    let check = |found: Vec<String>, expect: &str| {
        assert!(found.len() == 1 && found[0].contains(expect), "{found:?} should be `{expect}`");
    };
    let blob = |store: &Store| {
        let image = store.image(&name("app")).unwrap().unwrap();
        let (_, manifest) = store.manifest(&image, &Platform::host()).unwrap();
        store.blob_path(&manifest.layers[0].digest)
    };
    check(damage(blob, flip), "its content has the digest");
    check(damage(|store| layer_dir(store).join("index"), flip), "not the one that was written");
    check(
        damage(|store| layer_dir(store).join("meta.json"), |path| fs::write(path, b"{").unwrap()),
        "damaged",
    );
    check(damage(|store| layer_dir(store).join("fs/f"), flip), "the content of `/f` changed");
    check(damage(|store| layer_dir(store).join("fs/f"), |path| fs::remove_file(path).unwrap()), "`/f`");
    check(damage(layer_dir, |path| fs::remove_file(path.join("index")).unwrap()), "no index");
    let record =
        |store: &Store| fs::read_dir(store.root().join("images")).unwrap().next().unwrap().unwrap().path();
    check(damage(record, |path| fs::write(path, b"").unwrap()), "cannot be read");
    let manifest = |store: &Store| store.blob_path(&store.image(&name("app")).unwrap().unwrap().digest);
    check(damage(manifest, |path| fs::remove_file(path).unwrap()), "its manifest is not in the store");
}
