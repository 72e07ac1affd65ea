//! Gzip: whatever is in it, it is judged and unpacked as a library does.

use std::io::{self, Read, Write};

use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "gzip",
    run,
    seeds: &[
        "\u{5}\0abracadabra, abracadabra",
        "\u{1}\u{9}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ],
    words: &["\u{1f}", "\u{8}", "\0\0\0\0", "aaaaaaaa", "abracadabra"],
};

/// Takes the input for what is behind a header; and packs it, with a level and damage that its first bytes tell.
fn run(input: &[u8]) {
    check(&[&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0], input].concat());
    let [level, place, damage, text @ ..] = input else { return };
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(u32::from(level % 10)));
    gzip.write_all(&text.repeat(3)).unwrap();
    let mut packed = gzip.finish().unwrap();
    // The first bytes are what it is known by.
    let place = 3 + usize::from(*place) * (packed.len() - 3) / 256;
    packed[place] ^= damage;
    check(&packed);
}

fn check(packed: &[u8]) {
    let own = store::decompress(packed).and_then(all).ok();
    assert_eq!(own, all(MultiGzDecoder::new(packed)).ok());
}

fn all(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    reader.read_to_end(&mut out).map(|_| out)
}
