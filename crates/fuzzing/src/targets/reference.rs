//! Names of images, platforms and digests: what is read is printed so that it is read again as the same.

use image::{Digest, Platform, Reference};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "reference",
    run,
    seeds: &[
        "debian:12",
        "ghcr.io/a/b:c@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "localhost:5000/x",
        "linux/arm/v7",
        "windows(10.0.17763)/amd64",
    ],
    words: &[
        "/",
        ":",
        "@",
        "sha256:",
        "a",
        "A",
        "-",
        "__",
        ".",
        "localhost",
        "linux",
        "arm64",
        "v8",
        "[::1]",
        "(",
        ")",
    ],
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(reference) = text.parse::<Reference>() {
        assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
        assert_eq!(reference.familiar().parse::<Reference>().unwrap(), reference);
    }
    if let Ok(platform) = text.parse::<Platform>() {
        assert_eq!(platform.to_string().parse::<Platform>().unwrap(), platform);
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text);
    }
    let _ = image::Chmod::parse(&text).map(|mode| mode.apply(0o644, false));
}
