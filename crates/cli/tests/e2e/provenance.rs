//! What a build says of itself: SLSA provenance, beside the image and in its index.

use serde_json::{Value, json};

use crate::lab::Lab;

const DOCKERFILE: &str = "FROM busybox AS build\n\
     ARG VERSION\n\
     ARG API_TOKEN\n\
     RUN --network=none echo $VERSION > /v\n\
     FROM busybox\n\
     COPY --from=build /v /v\n";

fn blob(lab: &Lab, digest: &Value) -> Value {
    let hex = digest.as_str().unwrap().strip_prefix("sha256:").unwrap();
    let text = std::fs::read_to_string(lab.path().join("store/blobs/sha256").join(hex)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The index, the manifest of statements, and the provenance of a build.
fn provenance(lab: &Lab, args: &[&str]) -> (Value, Value, Value) {
    let ran = lab.build_with(DOCKERFILE, args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("SLSA Build L1: "), "{}", ran.out);
    let index = blob(lab, &json!(ran.digest()));
    let manifest = blob(lab, &index["manifests"][1]["digest"]);
    let is_provenance = |layer: &&Value| {
        layer["annotations"]["in-toto.io/predicate-type"] == "https://slsa.dev/provenance/v1"
    };
    let layer = manifest["layers"].as_array().unwrap().iter().find(is_provenance).unwrap();
    let statement = blob(lab, &layer["digest"]);
    (index, manifest, statement)
}

#[test]
fn the_image_stays_as_it_is_and_its_index_has_the_statement() {
    let Some(lab) = Lab::new() else { return };
    let plain = lab.build(DOCKERFILE).digest();
    let (index, manifest, statement) = provenance(&lab, &["--provenance"]);
    let entries = index["manifests"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[0]["digest"]), (2, &json!(plain)));
    assert_eq!(entries[1]["platform"], json!({ "architecture": "unknown", "os": "unknown" }));
    let annotations = json!({
        "vnd.docker.reference.digest": plain,
        "vnd.docker.reference.type": "attestation-manifest",
    });
    assert_eq!(entries[1]["annotations"], annotations);
    assert_eq!(manifest["artifactType"], "application/vnd.docker.attestation.manifest.v1+json");
    assert_eq!(manifest["subject"]["digest"], json!(plain));
    let kinds = manifest["layers"].as_array().unwrap().iter().map(|layer| {
        assert_eq!(layer["mediaType"], "application/vnd.in-toto+json");
        layer["annotations"]["in-toto.io/predicate-type"].as_str().unwrap()
    });
    assert_eq!(kinds.collect::<Vec<_>>(), ["urn:cooper:lineage:v1", "https://slsa.dev/provenance/v1"]);
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    assert_eq!(format!("sha256:{}", statement["subject"][0]["digest"]["sha256"].as_str().unwrap()), plain);
    // Everything still finds the image.
    assert_eq!(lab.sh("cat /v"), "\n");
    assert_eq!(lab.run(&["why", "app", "/v"]).code, 0);
}

#[test]
fn what_is_in_it() {
    let Some(lab) = Lab::new() else { return };
    let allowed = ["--allow-leak", "build-arg:API_TOKEN"];
    let args =
        [&["--build-arg", "VERSION=1.2", "--build-arg", "API_TOKEN=s3cr3t-value"], &allowed[..]].concat();
    let (.., min) = provenance(&lab, &[&args[..], &["--attest", "type=provenance"]].concat());
    let predicate = &min["predicate"];
    let definition = &predicate["buildDefinition"];
    assert_eq!(definition["buildType"], "urn:cooper:build:v1");
    let dependencies = definition["resolvedDependencies"].as_array().unwrap();
    assert_eq!(dependencies.len(), 2, "{dependencies:?}");
    assert_eq!(dependencies[0]["uri"], "file:Dockerfile");
    assert!(dependencies[1]["uri"].as_str().unwrap().starts_with("pkg:docker/"), "{dependencies:?}");
    assert_eq!(dependencies[1]["digest"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(definition["externalParameters"]["request"].get("args"), None);
    assert_eq!(predicate["runDetails"]["metadata"]["cooper_hermetic"], true);
    let started = predicate["runDetails"]["metadata"]["startedOn"].as_str().unwrap();
    assert!(started.starts_with("20") && started.ends_with('Z'), "{started}");
    let (.., max) =
        provenance(&lab, &[&args[..], &["--provenance=mode=max,builder-id=https://ci.example"]].concat());
    let request = &max["predicate"]["buildDefinition"]["externalParameters"]["request"];
    assert_eq!(request["args"], json!({ "API_TOKEN": "(withheld)", "VERSION": "1.2" }));
    assert_eq!(max["predicate"]["runDetails"]["builder"]["id"], "https://ci.example");
    let steps = max["predicate"]["buildDefinition"]["internalParameters"]["buildConfig"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["line"] == 4 && step["network"] == "none"), "{steps:?}");
    assert!(!max.to_string().contains("s3cr3t-value"));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let Some(lab) = Lab::new() else { return };
    for args in [&["--provenance=most"][..], &["--attest", "type=what"], &["--attest", "mode=max"]] {
        assert_eq!(lab.build_with("FROM busybox\n", args).code, 2, "{args:?}");
    }
    let ran = lab.build_with("FROM busybox\n", &["--provenance=false"]);
    assert!(ran.code == 0 && !ran.out.contains("SLSA"), "{}", ran.out);
}
