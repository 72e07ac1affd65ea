//! I1: a crate depends only on crates of a lower layer, and nothing but tests depends on a dev crate.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Check;
use crate::Tree;

/// The check.
pub(super) static CHECK: Check = Check { name: "layers", run };

fn run(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    let mut layers = BTreeMap::new();
    for package in tree.packages() {
        match Tree::layer(package) {
            Ok(layer) => drop(layers.insert(name(package), layer)),
            Err(problem) => problems.push(problem),
        }
    }
    for package in tree.packages() {
        problems.extend(upward_edges(package, &layers));
    }
    problems
}

/// The dependencies of a package that do not point strictly down. `None` is the layer of dev crates.
fn upward_edges(package: &Value, layers: &BTreeMap<&str, Option<u64>>) -> Vec<String> {
    let from = name(package);
    let Some(Some(above)) = layers.get(from) else { return Vec::new() };
    let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
    let normal = dependencies.iter().filter(|dependency| dependency["kind"].as_str() != Some("dev"));
    let mut problems = Vec::new();
    for to in normal.map(name) {
        match layers.get(to) {
            None => {}
            Some(None) => problems.push(format!("`{from}` must not depend on the dev crate `{to}`")),
            Some(Some(below)) if below < above => {}
            Some(Some(below)) => {
                problems.push(format!("`{from}` (layer {above}) must not depend on `{to}` (layer {below})"));
            }
        }
    }
    problems
}

/// The name of a package or of a dependency.
fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(metadata: &str, expect: &[&str]) {
        let metadata = serde_json::from_str(metadata).unwrap();
        assert_eq!(run(&Tree::new("/".into(), Vec::new(), metadata)), expect);
    }

    #[test]
    fn upward_sideways_and_dev_dependencies_are_found() {
        let package = |name: &str, layer: &str, dependency: &str, kind: &str| {
            format!(
                r#"{{"name":"{name}","metadata":{{"arch":{{"layer":{layer}}}}},
                   "dependencies":[{{"name":"{dependency}","kind":{kind}}},{{"name":"serde","kind":null}}]}}"#
            )
        };
        let tree = |packages: &[String]| format!(r#"{{"packages":[{}]}}"#, packages.join(","));
        let low = package("low", "1", "serde", "null");
        check(&tree(&[low.clone(), package("high", "2", "low", "null")]), &[]);
        check(
            &tree(&[low.clone(), package("peer", "1", "low", "null")]),
            &["`peer` (layer 1) must not depend on `low` (layer 1)"],
        );
        check(&tree(&[low.clone(), package("peer", "1", "low", "\"dev\"")]), &[]);
        let dev = package("kit-of-tests", "\"dev\"", "low", "null");
        check(
            &tree(&[low.clone(), dev, package("high", "2", "kit-of-tests", "null")]),
            &["`high` must not depend on the dev crate `kit-of-tests`"],
        );
        let bare = r#"{"name":"bare","metadata":null,"dependencies":[]}"#.to_owned();
        check(&tree(&[low, bare]), &["\"bare\" declares no `[package.metadata.arch] layer`"]);
    }
}
