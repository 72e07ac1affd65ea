//! Layer blobs: whatever an archive says, nothing is written outside of the store.

use image::{Descriptor, Digest, media_type};
use store::{Flavor, Store};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "layer_blob",
    run,
    seeds: &[
        "a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ],
    words: &[
        "../",
        "/etc/",
        ".wh.",
        ".wh..wh..opq",
        "0000644\0",
        "00000000001\0",
        "ustar\0",
        "ustar  \0",
        "0",
        "1",
        "2",
        "5",
        "x",
        "L",
        "\u{1f}",
        "PK",
    ],
};

/// Builds an archive from the input: each line is an entry, `path`, or `path>target` for a link.
fn run(input: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store"), Flavor::Root).unwrap();
    for blob in [input.to_vec(), archive(input)] {
        let digest = store.put_blob(&blob).unwrap();
        let descriptor = Descriptor::new(media_type::LAYER, digest, blob.len() as u64);
        let _ = store.unpack(&descriptor, &Digest::of(&blob));
    }
    let names: Vec<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(names, ["store"], "nothing beside the store");
}

fn archive(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in input.split(|byte| *byte == b'\n').take(8) {
        let mut parts = line.splitn(2, |byte| *byte == b'>');
        let (path, link) = (parts.next().unwrap_or_default(), parts.next());
        let kind = match link {
            Some(link) if link.first() == Some(&b'=') => b'1',
            Some(_) => b'2',
            None if path.ends_with(b"/") => b'5',
            None => b'0',
        };
        out.extend(header(path, link.unwrap_or_default(), kind));
    }
    out.extend([0; 1024]);
    out
}

fn header(path: &[u8], link: &[u8], kind: u8) -> [u8; 512] {
    let mut block = [0; 512];
    let mut put = |at: usize, bytes: &[u8], most: usize| {
        let length = bytes.len().min(most);
        block[at..at + length].copy_from_slice(&bytes[..length]);
    };
    put(0, path, 100);
    put(100, b"0000644\0", 8);
    put(108, b"0000000\0", 8);
    put(116, b"0000000\0", 8);
    put(124, b"00000000000\0", 12);
    put(136, b"00000000000\0", 12);
    put(148, b"        ", 8);
    put(156, &[kind], 1);
    put(157, link.strip_prefix(b"=").unwrap_or(link), 100);
    put(257, b"ustar\x0000", 8);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}
