//! Invariants over thousands of Dockerfiles from the wild.

mod common;
mod invariants;

use common::{Material, files};

#[test]
fn every_dockerfile_of_the_corpus_keeps_the_invariants() {
    let Some(material) = Material::open("corpus/dockerfiles.tar.xz", "corpus") else { return };
    let (mut count, mut refused) = (0, Vec::new());
    for path in files(material.path()) {
        if path.extension().is_some_and(|extension| extension == "Dockerfile") {
            let bytes = std::fs::read(&path).unwrap();
            let parse = invariants::check(&String::from_utf8_lossy(&bytes));
            count += 1;
            if let Some(error) = parse.all_errors().first() {
                refused.push(format!("{}: {error}", path.file_name().unwrap().display()));
            }
        }
    }
    println!("{count} files, {} of them with errors", refused.len());
    for line in &refused {
        println!("{line}");
    }
    assert!(count >= 2500, "only {count} files");
    // Files of the wild are meant to build: nearly all of them have to be understood.
    assert!(refused.len() * 20 < count, "{} of {count} files have errors", refused.len());
}
