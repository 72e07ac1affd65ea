//! What a project takes from Maven repositories by sbt: `build.sbt.lock`, as the plugin `sbt-dependency-lock` writes it, with what only
//! tests need.

use facts::{Ecosystem, Package};
use serde::Deserialize;

use crate::json::{Items, Word, document};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "sbt-lock",
    revision: 1,
    files: &[Pattern::End(".sbt.lock")],
    reads: Reads::Declared,
    read,
};

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    dependencies: Items<Dependency>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Dependency {
    org: Word,
    name: Word,
    version: Word,
}

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    let Some(lock) = document::<Lock>(&text, found) else { return };
    for Dependency { org, name, version } in lock.dependencies {
        if !org.is_empty() && !name.is_empty() {
            found.push(Package::new(Ecosystem::Maven, format!("{}:{}", &*org, &*name), version.into_text()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};

    #[test]
    fn dependencies_are_read() {
        let text = r#"{"lockVersion": 1, "configurations": ["compile", "test"], "dependencies": [
            {"org": "org.a", "name": "a_2.13", "version": "1.0", "artifacts": [], "configurations": ["test"]},
            {"org": "org.b", "name": "b", "version": "2"}, {"name": "c", "version": "3"}, {"org": "d"}]}"#;
        check(&CATALOGUER, "build.sbt.lock", text, &["org.a:a_2.13 1.0", "org.b:b 2"]);
        assert!(found(&CATALOGUER, "build.sbt.lock", "[").unread.is_some());
    }
}
