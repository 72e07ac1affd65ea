//! The same in a user namespace of one user: no devices, no other owners, `user.overlay.*` attributes.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::process::Command;

use image::{Descriptor, Digest, EntryKind, media_type};

use crate::test_support::skip;
use crate::{Flavor, Layer, Merged, Store, scan_upper};

/// Runs the test below in a user namespace, as an ordinary user when these tests run as root.
#[test]
fn layers_work_in_a_user_namespace() {
    let exe = std::env::current_exe().unwrap();
    let inner = format!("exec '{}' --exact --ignored --nocapture tests::rootless::body", exe.display());
    let mut args = vec!["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", &inner];
    if rustix::process::geteuid().is_root() {
        args.splice(0..0, ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    let probe = [&args[..args.len() - 1], &["test -r \"$0\"", exe.to_str().unwrap()]].concat();
    match Command::new(probe[0]).args(&probe[1..]).output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            return skip(&format!("no user namespace can be made that reads the test program: {why}"));
        }
        Err(error) => return skip(&format!("{} cannot be run: {error}", probe[0])),
    }
    let output = Command::new(args[0]).args(&args[1..]).output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn unpack(store: &Store, items: &[(&str, tar::EntryType, u64)]) -> Layer {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, kind, owner) in items {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(*kind);
        header.set_mode(0o755);
        header.set_uid(*owner);
        header.set_gid(*owner);
        header.set_mtime(7);
        header.set_device_major(1).unwrap();
        header.set_device_minor(3).unwrap();
        let content: &[u8] = if *kind == tar::EntryType::Regular { b"text\n" } else { b"" };
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, path, content).unwrap();
    }
    let bytes = builder.into_inner().unwrap();
    store.put_blob(&bytes).unwrap();
    store.unpack(&Descriptor::of(media_type::LAYER, &bytes), &Digest::of(&bytes)).unwrap()
}

#[test]
#[ignore = "needs a user namespace; layers_work_in_a_user_namespace runs it in one"]
fn body() {
    use tar::EntryType::{Char, Directory, Regular};
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store"), Flavor::User).unwrap();
    let lower = unpack(
        &store,
        &[
            ("d/", Directory, 42),
            ("d/a", Regular, 42),
            ("d/b", Regular, 42),
            ("o/", Directory, 0),
            ("o/x", Regular, 0),
            ("null", Char, 0),
        ],
    );
    assert!(lower.meta().unwrap().reduced >= 4, "three owners and a device");
    assert_eq!(lower.index().unwrap().get(b"d/a").unwrap().uid, 42);
    assert_eq!(fs::metadata(lower.fs_path().join("d/a")).unwrap().uid(), 0);
    let upper = unpack(
        &store,
        &[
            ("d/", Directory, 42),
            ("d/.wh.b", Regular, 0),
            ("o/", Directory, 0),
            ("o/.wh..wh..opq", Regular, 0),
        ],
    );
    assert!(fs::symlink_metadata(upper.fs_path().join("d/b")).unwrap().file_type().is_char_device());
    assert!(store.verify().unwrap().problems.is_empty());

    let merged = Merged::new(vec![lower.clone(), upper.clone()]).unwrap();
    let work = store.work().unwrap();
    fs::create_dir(work.extra()).unwrap();
    let script = format!(
        "mount -t overlay overlay -o userxattr,lowerdir={}:{},upperdir={},workdir={} {4} || exit 9; cd {4}; \
         ls d o | tr '\\n' ' '; rm d/a; echo again > d/a; chmod 700 o; mkdir -p o/n/m",
        upper.fs_path().display(),
        lower.fs_path().display(),
        work.fs().display(),
        work.overlay_work().display(),
        work.extra().display(),
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    if output.status.code() == Some(9) {
        return skip(&format!(
            "no overlay in this user namespace: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    assert_eq!(String::from_utf8_lossy(&output.stdout), "d: a  o: ", "whiteout and opaque directory hold");
    Command::new("umount").arg(work.extra()).status().unwrap();
    let index =
        scan_upper(&work.fs(), Flavor::User, &merged, 1_600_000_000, &|path, _| crate::hash_file(path))
            .unwrap();
    let line = |entry: &image::Entry| (image::path_to_string(&entry.path), entry.kind, entry.uid);
    let found: Vec<_> = index.entries().iter().map(line).collect();
    let expect = [
        ("d", EntryKind::Dir, 42),
        ("d/a", EntryKind::File, 42),
        ("o", EntryKind::Dir, 0),
        ("o/n", EntryKind::Dir, 0),
        ("o/n/m", EntryKind::Dir, 0),
    ];
    assert_eq!(found, expect.map(|(path, kind, uid)| (path.to_owned(), kind, uid)));
    store.commit(work, index).unwrap();
    assert!(store.verify().unwrap().problems.is_empty());
}
