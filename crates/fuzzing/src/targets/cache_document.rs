//! Documents of shared caches: what is read is written as something that reads the same.

use build::CacheDocument;

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "cache_document",
    run,
    seeds: &[
        r#"{"schema":"cooper/cache/1","records":[],"layers":[]}"#,
        r#"{"schema":"cooper/cache/1","records":[{"keys":[],"layer":null}],"layers":[]}"#,
    ],
    words: &["schema", "records", "keys", "layer", "layers", "sha256:", "null", "times", "runs", "[", "]"],
};

fn run(input: &[u8]) {
    if let Ok(document) = CacheDocument::parse(input) {
        let bytes = document.to_bytes().expect("it was not too large to be read");
        assert_eq!(CacheDocument::parse(&bytes).as_ref(), Ok(&document));
    }
}
