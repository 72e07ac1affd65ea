//! What a project takes from Maven repositories by Gradle: `gradle.lockfile` and `buildscript-gradle.lockfile` (Gradle, "Locking dependency
//! versions"), a line for each: `group:artifact:version=configurations`.

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "gradle-lock",
    revision: 1,
    files: &[Pattern::Name("gradle.lockfile"), Pattern::Name("buildscript-gradle.lockfile")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
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
        check(&CATALOGUER, "gradle.lockfile", text, &["org.a:b 1.0", "cglib:cglib-nodep 3.1"]);
    }
}
