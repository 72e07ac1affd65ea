//! What a project takes from Maven repositories by Gradle: `gradle.lockfile`, `buildscript-gradle.lockfile` and files that are called after a
//! part of the project (Gradle, "Locking dependency versions"), a line for each: `group:artifact:version=configurations`. Before Gradle 7 each
//! configuration had a file in `gradle/dependency-locks`.

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "gradle-lock",
    revision: 2,
    files: &[Pattern::End(".lockfile")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let is_old = file.path.rsplit_once('/').is_some_and(|(dir, _)| dir.ends_with("gradle/dependency-locks"));
    if !is_old && !file.name().ends_with("gradle.lockfile") {
        return;
    }
    let Some(text) = file.text(found) else { return };
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let name = line.split('=').next().unwrap_or_default();
        if let Some((name, version)) = name.rsplit_once(':').filter(|(name, _)| name.contains(':')) {
            found.push(Package::new(Ecosystem::Maven, name, version));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn lines_are_read() {
        let text = "# x:y:z=no\norg.a:b:1.0=classpath\ncglib:cglib-nodep:3.1=testRuntimeClasspath,classpath\nempty=annotationProcessor\n";
        let check = |path: &str, expect: &[&str]| check(&CATALOGUER, path, text, expect);
        let expect = ["org.a:b 1.0", "cglib:cglib-nodep 3.1"];
        check("gradle.lockfile", &expect);
        check("x/settings-gradle.lockfile", &expect);
        check("gradle/dependency-locks/compile.lockfile", &expect);
        check("x/other.lockfile", &[]);
    }
}
