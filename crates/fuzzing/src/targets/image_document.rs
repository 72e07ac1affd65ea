//! Manifests, indexes and configurations: what is read is written so that it is read again as the same.

use image::{ImageConfig, Index, Manifest, Platform};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "image_document",
    run,
    seeds: &[
        r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"m","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":2},"layers":[]}"#,
        r#"{"schemaVersion":2,"manifests":[{"mediaType":"m","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":2,"platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}"#,
        r#"{"architecture":"amd64","os":"linux","config":{"Env":["A=b"],"ExposedPorts":{"80/tcp":{}},"Cmd":null},"rootfs":{"type":"layers","diff_ids":[]},"history":[{"created_by":"x","empty_layer":true}]}"#,
    ],
    words: &[
        "{",
        "}",
        "[",
        "]",
        "null",
        "\"",
        ":",
        ",",
        "sha256:",
        "\"platform\":",
        "-1",
        "1e99",
        "\"Env\":",
        "\\u0000",
    ],
};

fn run(input: &[u8]) {
    again::<Manifest>(input);
    again::<ImageConfig>(input);
    if let Some(index) = again::<Index>(input) {
        let _ = index.select(&Platform::new("linux", "arm64", None));
    }
}

fn again<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(input: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(input).ok()?;
    let written = serde_json::to_vec(&read).unwrap();
    assert_eq!(serde_json::from_slice::<T>(&written).unwrap(), read);
    Some(read)
}
