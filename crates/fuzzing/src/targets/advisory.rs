//! Documents of advisories: what is read of one can be asked for, and bytes that are no shard say so.

use advisories::{Importer, Shard, Vex, VexAsked};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "advisory",
    run,
    seeds: &[
        r#"{"a":{"CVE-1":{"description":"x","releases":{"bookworm":{"status":"open","urgency":"low"}}}}}"#,
        r#"{"id":"A","affected":[{"package":{"name":"a","ecosystem":"npm"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1"}]}]}]}"#,
        r#"{"@context":"openvex","statements":[{"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:npm/a"}],"status":"fixed"}]}"#,
        "cve,epss,percentile\nCVE-1,0.1,0.2\n",
        r#"{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-1","dateAdded":"2024-01-01"}]}"#,
        "cooperad\u{1}\0\0\0\u{1}\0\0\0\u{1a}\0\0\0\0\0\0\0\u{1}a\u{18}\0\0\0\0\0\0\0\u{19}\0\0\0\0\0\0\0",
    ],
    words: &[
        "\"fixed\"",
        "\"introduced\"",
        "\"last_affected\"",
        "\"versions\"",
        "bookworm",
        "\u{7f}",
        "PyPI",
        "Go",
    ],
};

fn run(input: &[u8]) {
    if let Ok(vex) = Vex::parse(input) {
        let asked = VexAsked { ids: &["CVE-1"], purl: "pkg:npm/a@1", subject: &["a"] };
        let _ = vex.excuses(&asked);
    }
    if let Ok(shard) = Shard::open(input) {
        let _ = shard.find("a");
    }
    let mut importer = Importer::default();
    if importer.document("a.json", input) == Ok(true) {
        let advisories = importer.advisories;
        let shards = importer.finish();
        assert_eq!(advisories > 0, !shards.is_empty());
        for (name, source, bytes) in shards {
            let shard = Shard::open(&bytes).unwrap_or_else(|error| panic!("{name} of {source}: {error}"));
            assert!(shard.packages() > 0 && shard.find("a").is_ok(), "{name} of {source}");
        }
    }
}
