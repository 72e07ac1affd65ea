//! Names, layouts and archives.

use std::fs;
use std::path::Path;

use image::{
    Descriptor, Digest, Entry, EntryKind, ImageConfig, Index as ImageIndex, Manifest, Platform, Reference,
    media_type,
};

use crate::test_support::{run, store};
use crate::{Compression, ExportOptions, Index, Store, layout};

/// An image of one layer with one file; its manifest.
pub(super) fn image(store: &Store, content: &[u8], compression: Compression) -> Descriptor {
    let work = store.work().unwrap();
    fs::write(work.fs().join("f"), content).unwrap();
    let mut entry = Entry::new("f", EntryKind::File, 0o644);
    (entry.size, entry.digest) = (content.len() as u64, Some(Digest::of(content)));
    crate::apply_metadata(&work.fs().join("f"), &entry).unwrap();
    let layer = store.commit(work, Index::from_entries(vec![entry]).unwrap()).unwrap();
    let options = ExportOptions { epoch: Some(0), compression, level: None, threads: 1 };
    let exported = store.export(&layer.id(), &options).unwrap();
    let mut config =
        ImageConfig { architecture: "amd64".into(), os: "linux".into(), ..ImageConfig::default() };
    config.rootfs.diff_ids.push(exported.diff_id);
    config.config.cmd = Some(vec!["/f".into()]);
    let config = put(store, media_type::CONFIG, &config);
    put(store, media_type::MANIFEST, &Manifest::new(config, vec![exported.descriptor]))
}

fn put(store: &Store, media_type: &str, document: &impl serde::Serialize) -> Descriptor {
    let bytes = serde_json::to_vec(document).unwrap();
    store.put_blob(&bytes).unwrap();
    Descriptor::of(media_type, &bytes)
}

pub(super) fn name(text: &str) -> Reference {
    text.parse().unwrap()
}

/// The content of the image's only file.
fn content(store: &Store, image: &Descriptor) -> Vec<u8> {
    let (_, manifest) = store.manifest(image, &Platform::new("linux", "amd64", None)).unwrap();
    let config = store.config(&manifest).unwrap();
    let layer = store.unpack(&manifest.layers[0], &config.rootfs.diff_ids[0]).unwrap();
    fs::read(layer.fs_path().join("f")).unwrap()
}

#[test]
fn names_lead_to_images_until_they_are_removed() {
    let (_dir, store) = store();
    let (one, two) = (image(&store, b"1", Compression::Gzip), image(&store, b"2", Compression::Gzip));
    store.set_image(&name("app"), &one).unwrap();
    store.set_image(&name("reg.example:5000/a/b:v1"), &two).unwrap();
    assert_eq!(store.image(&name("docker.io/library/app:latest")).unwrap(), Some(one.clone()));
    assert_eq!(store.image(&name("app:other")).unwrap(), None);
    assert_eq!(store.image(&name("x").with_digest(two.digest)).unwrap(), Some(two.clone()));
    let listed: Vec<String> = store.images().unwrap().iter().map(|record| record.name.familiar()).collect();
    assert_eq!(listed, ["app:latest", "reg.example:5000/a/b:v1"]);
    assert_eq!(store.image_by_prefix(&one.digest.hex()[..12]).unwrap(), Some(one.clone()));
    store.set_image(&name("app"), &two).unwrap();
    assert_eq!(store.image(&name("app")).unwrap(), Some(two));
    assert!(store.remove_image(&name("app")).unwrap() && !store.remove_image(&name("app")).unwrap());
    assert_eq!(store.images().unwrap().len(), 1);
}

#[test]
fn an_index_leads_to_the_image_of_a_platform() {
    let (_dir, store) = store();
    let one = image(&store, b"1", Compression::Gzip);
    let arm = Descriptor {
        platform: Some(Platform::new("linux", "arm64", None)),
        ..Descriptor::of(media_type::MANIFEST, b"absent")
    };
    let amd = Descriptor { platform: Some(Platform::new("linux", "amd64", None)), ..one.clone() };
    let index = put(&store, media_type::INDEX, &ImageIndex::new(vec![arm, amd]));
    let (found, manifest) = store.manifest(&index, &Platform::new("linux", "amd64", None)).unwrap();
    assert_eq!((found.digest, manifest.layers.len()), (one.digest, 1));
    assert!(store.manifest(&index, &Platform::new("linux", "s390x", None)).is_err());
    assert_eq!(store.describe(&index.digest).unwrap().unwrap().media_type, media_type::INDEX);
    // What is exported of an index that is not whole is the image that is here.
    let mut archive = Vec::new();
    layout::export_tar(&store, &index, Some("v1"), &mut archive).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tar");
    fs::write(&path, archive).unwrap();
    let (_dir, there) = super::super::test_support::store();
    assert_eq!(layout::import(&there, &path, None, None).unwrap().digest, one.digest);
}

#[test]
fn the_store_itself_is_a_layout_that_skopeo_reads() {
    let (_dir, store) = store();
    let one = image(&store, b"1", Compression::Gzip);
    store.set_image(&name("app:v1"), &one).unwrap();
    store.set_image(&name("reg.example/b:v2"), &one).unwrap();
    for known in ["app:v1", "reg.example/b:v2"] {
        let target = format!("oci:{}:{known}", store.root().display());
        let Some(output) = run("skopeo", &["inspect", &target], Path::new("/")) else { return };
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains(&one.digest.to_string()), "{text}");
    }
}

#[test]
fn layouts_go_out_and_come_back() {
    let (dir, here) = store();
    let one = image(&here, b"one", Compression::Gzip);
    let two = image(&here, b"two", Compression::Zstd);
    let out = dir.path().join("out");
    layout::export_dir(&here, &one, Some("v1"), &out).unwrap();
    layout::export_dir(&here, &two, Some("v2"), &out).unwrap();
    layout::export_dir(&here, &one, Some("v1"), &out).unwrap();
    let (_dir, there) = store();
    assert_eq!(layout::import(&there, &out, Some("v1"), None).unwrap(), one);
    assert_eq!(layout::import(&there, &out, Some("v2"), None).unwrap(), two);
    assert_eq!(layout::import(&there, &out, None, Some(one.digest)).unwrap(), one);
    assert_eq!((content(&there, &one), content(&there, &two)), (b"one".to_vec(), b"two".to_vec()));
    let error = layout::import(&there, &out, None, None).unwrap_err().to_string();
    assert!(error.contains("v1, v2"), "{error}");
    let mut archive = Vec::new();
    layout::export_tar(&here, &two, Some("app:v2"), &mut archive).unwrap();
    let mut again = Vec::new();
    layout::export_tar(&here, &two, Some("app:v2"), &mut again).unwrap();
    assert_eq!(archive, again, "the same archive each time");
    for bytes in [archive.clone(), zstd::bulk::compress(&archive, 1).unwrap()] {
        let path = dir.path().join("archive");
        fs::write(&path, bytes).unwrap();
        let (_dir, there) = store();
        assert_eq!(layout::import(&there, &path, Some("v2"), None).unwrap(), two);
        assert_eq!(content(&there, &two), b"two");
    }
}

#[test]
fn a_layout_with_a_wrong_blob_is_refused() {
    let (dir, here) = store();
    let one = image(&here, b"one", Compression::Gzip);
    let out = dir.path().join("out");
    layout::export_dir(&here, &one, None, &out).unwrap();
    let (_, manifest) = here.manifest(&one, &Platform::host()).unwrap();
    let blob = out.join("blobs/sha256").join(manifest.layers[0].digest.hex());
    let mut bytes = fs::read(&blob).unwrap();
    bytes[20] ^= 1;
    fs::write(&blob, &bytes).unwrap();
    let (_dir, there) = store();
    let error = layout::import(&there, &out, None, None).unwrap_err().to_string();
    assert!(error.contains("digest"), "{error}");
    fs::remove_file(&blob).unwrap();
    assert!(layout::import(&there, &out, None, None).is_err());
    assert!(there.verify().unwrap().problems.is_empty());
    fs::write(dir.path().join("junk"), b"neither").unwrap();
    assert!(layout::import(&there, &dir.path().join("junk"), None, None).is_err());
}

#[test]
fn archives_for_docker_come_back_and_other_tools_read_them() {
    let (dir, here) = store();
    for compression in [Compression::Gzip, Compression::Zstd] {
        let one = image(&here, b"one", compression);
        let mut archive = Vec::new();
        layout::export_docker(&here, &one, &["app:v1".to_owned(), "b".to_owned()], &mut archive).unwrap();
        let path = dir.path().join("docker.tar");
        fs::write(&path, archive).unwrap();
        let (_dir, there) = store();
        let back = layout::import(&there, &path, Some("v1"), None).unwrap();
        assert_eq!(content(&there, &back), b"one");
        let config = |store: &Store, image| store.manifest(image, &Platform::host()).unwrap().1.config;
        assert_eq!(config(&there, &back), config(&here, &one), "the image ID stays");
        let target = format!("docker-archive:{}:app:v1", path.display());
        let Some(output) = run("skopeo", &["inspect", "--config", &target], dir.path()) else { continue };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("\"/f\""));
        // Skopeo reads every layer when it copies.
        let copy = format!("oci:{}:x", dir.path().join(compression.name()).display());
        let output = run("skopeo", &["copy", "--insecure-policy", &target, &copy], dir.path()).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (_dir, third) = store();
        let back = layout::import(&third, &dir.path().join(compression.name()), Some("x"), None).unwrap();
        assert_eq!(content(&third, &back), b"one");
    }
}
