//! What a search finds, where, and what it leaves alone.

#![expect(clippy::unwrap_used, reason = "a failed helper fails the test")]
#![expect(clippy::format_collect, reason = "short texts")]

use std::io::Write;

use cooper_leak::{Hit, Needles};
use kit::Redacted;

const VALUE: &str = "tok-8f3kQ92mZx4Lw7Tb";

fn needles(value: &str) -> Needles {
    let value = Redacted::new(value.as_bytes().to_vec());
    Needles::new([("token", &value)])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 3);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in [("first/file", &b"nothing"[..]), (name, bytes)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// An entry of a zip archive; `streamed` when its sizes follow the data.
fn zip(name: &str, bytes: &[u8], method: u16, streamed: bool) -> Vec<u8> {
    let packed = if method == 8 { deflate(bytes) } else { bytes.to_vec() };
    let size = |len: usize| if streamed { [0; 4] } else { u32::try_from(len).unwrap().to_le_bytes() };
    let mut out = b"PK\x03\x04\x14\0".to_vec();
    out.extend(if streamed { [8, 0] } else { [0, 0] });
    out.extend(method.to_le_bytes());
    out.extend([0; 8]);
    out.extend(size(packed.len()));
    out.extend(size(bytes.len()));
    out.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    out.extend([0, 0]);
    out.extend(name.bytes());
    out.extend(&packed);
    if streamed {
        out.extend(b"PK\x07\x08");
        out.extend([0; 12]);
    }
    out
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes()
}

/// The finds in `bytes`, however they come.
fn all(needles: &Needles, bytes: &[u8]) -> Vec<Hit> {
    let whole = needles.find(bytes);
    for size in [1, 7, 1000] {
        let mut search = needles.search();
        bytes.chunks(size).for_each(|part| search.update(part));
        assert_eq!(search.finish(), whole, "in pieces of {size}");
    }
    whole.hits
}

fn one(needles: &Needles, bytes: &[u8]) -> Option<Hit> {
    all(needles, bytes).into_iter().next()
}

fn check(bytes: &[u8], within: &[&str], offset: u64) {
    // Some formats leave what is short as it is, which is a find of its own.
    let hits = all(&needles(VALUE), bytes);
    let known = |hit: &&Hit| hit.within == within && hit.offset == offset && hit.secret == "token";
    assert!(hits.iter().any(|hit| known(&hit)), "{within:?} {offset} is not among {hits:?}");
}

#[test]
fn plain_values_are_found_with_their_place() {
    check(VALUE.as_bytes(), &[], 0);
    check(format!("key = \"{VALUE}\"\n").as_bytes(), &[], 7);
    check(&[&vec![0; 300_000][..], VALUE.as_bytes(), &[1; 5]].concat(), &[], 300_000);
    // Across the places where the search takes a breath.
    for at in (131_040..131_080).step_by(7) {
        check(&[&vec![b'x'; at][..], b" ", VALUE.as_bytes()].concat(), &[], at as u64 + 1);
    }
}

#[test]
fn line_breaks_and_columns_hide_nothing() {
    let hit = |text: &str| one(&needles(VALUE), text.as_bytes());
    assert!(hit("tok-8f3k\nQ92mZx4L\nw7Tb\n").is_some());
    assert!(hit("t o k - 8 f 3 k Q 9 2 m Z x 4 L w 7 T b").is_some());
    assert!(hit(" 74 6f 6b 2d 38 66 33 6b 51 39 32 6d 5a 78 34 4c\n 77 37 54 62\n").is_some());
    assert!(
        hit(
            "00000000: 746f 6b2d 3866 336b 5139 326d 5a78 344c  tok-8f3kQ92mZx4L\n00000010: 7737 5462  w7Tb\n"
        )
        .is_some()
    );
    let at = hit("0123\n  dG9rLThmM2tR\n  OTJtWng0THc3VGI=\n").unwrap();
    assert_eq!((at.encoding, at.offset), ("base64", 7));
}

#[test]
fn archives_are_looked_into() {
    // Writers store what is too short to be compressed.
    let text = format!("{}{VALUE}", "a=".repeat(50)).into_bytes();
    check(&gzip(&text), &["(gzip)"], 100);
    check(&zlib(&text), &["(zlib)"], 100);
    check(&bzip2(&text), &["(bzip2)"], 100);
    check(&xz(&text), &["(xz)"], 100);
    check(&zstd::bulk::compress(&text, 3).unwrap(), &["(zstd)"], 100);
    check(&tar("etc/conf", &text), &["etc/conf"], 100);
    check(&gzip(&tar("etc/conf", &text)), &["(gzip)", "etc/conf"], 100);
    let long = format!("{}/conf", "directory/".repeat(20).trim_end_matches('/'));
    check(&tar(&long, &text), &[&long], 100);
    for streamed in [false, true] {
        check(&zip("b/x", &text, 8, streamed), &["b/x"], 100);
    }
    check(&zip("b/x", &text, 0, false), &["b/x"], 100);
    let jar = [zip("one", b"nothing", 8, true), zip("two", &text, 8, true)].concat();
    check(&jar, &["two"], 100);
    check(&gzip(&tar("lib/a.jar", &jar)), &["(gzip)", "lib/a.jar", "two"], 100);
}

#[test]
fn archives_are_found_behind_and_within_other_bytes() {
    let packed = gzip(format!("{}{VALUE}", "a=".repeat(50)).as_bytes());
    let script = [&b"#!/bin/sh\ntail -n +3 $0 | gunzip\n"[..], &packed].concat();
    check(&script, &["(gzip)"], 100);
    check(&[&vec![7; 200_001][..], &packed].concat(), &["(gzip)"], 100);
    let two = [gzip(b"nothing here"), packed.clone()].concat();
    check(&two, &["(gzip)"], 100);
    check(&gzip(&[&[b'b'; 99][..], &hex(&packed)].concat()), &["(gzip)", "(hex)", "(gzip)"], 100);
}

#[test]
fn texts_that_stand_for_archives_are_looked_into() {
    let packed = gzip(format!("{}{VALUE}", "a=".repeat(50)).as_bytes());
    check(&[b"data:", &hex(&packed)[..], b"!"].concat(), &["(hex)", "(gzip)"], 100);
}

#[test]
fn what_is_packed_too_often_is_said() {
    let mut many = VALUE.as_bytes().to_vec();
    for _ in 0..6 {
        many = hex(&gzip(&[&[b'b'; 99][..], &many].concat()));
    }
    let outcome = needles(VALUE).find(&many);
    assert_eq!(outcome.hits, []);
    assert!(outcome.notes[0].contains("packed too often"), "{:?}", outcome.notes);
    let mut locked = zip("x", b"nothing", 8, false);
    locked[6] = 1;
    assert!(needles(VALUE).find(&locked).notes[0].contains("cannot be undone"));
}

#[test]
fn words_count_where_they_stand_alone() {
    let found = |text: &str| one(&needles("hunter2"), text.as_bytes()).is_some();
    assert!(found("password: hunter2\n") && found("hunter2") && found("x=hunter2;"));
    assert!(!found("bounthunter2k") && !found("hunter 2") && !found("HUNTER2X"));
    assert!(found("aHVudGVyMg==") && found("68756e74657232"));
}

#[test]
fn parts_of_a_random_value_are_found() {
    let needles = needles("q7ZkP2vX9mB4tR8wL1cN6yD3sF5hJ0gA");
    assert!(one(&needles, b"q7ZkP2vX9mB4tR8wL1").is_some());
    assert!(one(&needles, b"R8wL1cN6yD3sF5hJ0").is_some());
    assert!(one(&needles, b"q7ZkP2vX9m").is_none());
}

#[test]
fn common_values_find_nothing() {
    for value in ["1", "true", "password", "12345678", ""] {
        let needles = needles(value);
        assert!(needles.is_empty(), "{value}");
        assert_eq!(needles.find(b"1 true password 12345678").hits, []);
    }
}

#[test]
fn forms_that_hide_a_value_are_found() {
    let wide = |to: fn(u32) -> [u8; 4]| VALUE.chars().flat_map(|ch| to(u32::from(ch))).collect::<Vec<u8>>();
    let each = |one: fn(u8) -> String| VALUE.bytes().map(one).collect::<Vec<_>>();
    let swapped: String = VALUE
        .chars()
        .map(|ch| if ch.is_uppercase() { ch.to_ascii_lowercase() } else { ch.to_ascii_uppercase() })
        .collect();
    for bytes in [
        wide(u32::to_le_bytes),
        wide(u32::to_be_bytes),
        swapped.into_bytes(),
        each(|byte| format!("0X{byte:02X}")).join(", ").into_bytes(),
        each(|byte| format!("\\u{{{byte:x}}}")).concat().into_bytes(),
        each(|byte| char::from(byte).to_string()).join("\0").into_bytes(),
        b"k = \"dG9rLThmM2tR\" \\\n    \"OTJtWng0THc3VGI=\"\n".to_vec(),
        b"[\"dG9rLThm\",\"M2tROTJt\",\n \"Wng0THc3VGI=\"]".to_vec(),
    ] {
        assert!(one(&needles(VALUE), &bytes).is_some(), "{}", String::from_utf8_lossy(&bytes));
    }
    let value = needles("p/ss word+8f3kQ92");
    assert!(one(&value, b"u=p%252Fss%2520word%252B8f3kQ92&").is_some());
}

#[test]
fn streams_without_a_signature_of_their_own_are_looked_into() {
    let text = format!("{}{VALUE}", "a=".repeat(50)).into_bytes();
    check(&[b"blob\n", &zlib(&text)[..]].concat(), &["(zlib)"], 100);
    // Made with python's zlib and base64; the same with the least and the most effort.
    for packed in [
        "eAFLtE2kOSzJz9a1SDPODrQ0yo2qMPEpNw9JAgDJ7CVz",
        "eJxLtE2kOSzJz9a1SDPODrQ0yo2qMPEpNw9JAgDJ7CVz",
        "eNpLtE2kOSzJz9a1SDPODrQ0yo2qMPEpNw9JAgDJ7CVz",
    ] {
        let found = all(&needles(VALUE), format!("data = '{packed}'\n").as_bytes());
        assert!(found.iter().any(|hit| hit.within == ["(base64)", "(zlib)"]), "{packed}: {found:?}");
    }
}

#[test]
fn entries_of_zip_that_are_packed_with_lzma_are_looked_into() {
    // An entry `b/x` that holds "a=" 50 times and the value, as python's zipfile writes it.
    let entry = from_hex(LZMA_ENTRY);
    check(&entry, &["b/x"], 100);
}

#[test]
fn parts_of_settings_are_found_in_all_forms() {
    let npmrc = "registry=https://r.example.org/\n//r.example.org/:_authToken=npm_a1B2c3D4e5F6g7H8\n";
    let needles = needles(npmrc);
    let token = "npm_a1B2c3D4e5F6g7H8";
    let reversed: String = token.chars().rev().collect();
    let escaped: String = token.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    for text in [reversed, escaped, token.to_uppercase()] {
        assert!(one(&needles, text.as_bytes()).is_some(), "{text}");
    }
    assert!(one(&needles, b"registry=https://r.example.org/\n").is_none());
    let account = r#"{"private_key":"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB\n"}"#;
    let account = Needles::new([("token", &Redacted::new(account.as_bytes().to_vec()))]);
    assert!(one(&account, b"-----BEGIN PRIVATE KEY-----\n").is_none());
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// An archive with one entry, method 14.
const LZMA_ENTRY: &str = "\
    504b03043f0002000e0000002150040834f42d0000007800000003000000622f78090405005d0000800000308f694013 \
    a1ccf2e43a0d0364eabd27158011b71aa9a24001c76dba823ffffc7e6000504b01023f033f0002000e00000021500408 \
    34f42d00000078000000030000000000000000000000800100000000622f78504b05060000000001000100310000004e \
    0000000000";
