//! Java archives and those within them. A `pom.properties` names what an archive is made of, or a `pom.xml` that has none beside it; without one of
//! its own it is known by the name of the file (`artifact-1.0.jar`, or `bundle_1.0.jar`), by its manifest, and by the group under which libraries of
//! that name are published.

use std::collections::BTreeSet;

use facts::{Ecosystem, Package};

use crate::cataloguers::maven_pom;
use crate::content::{Content, Scratch};
use crate::java_groups::known_group;
use crate::zip::{Zip, ZipEntry};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "java-archive",
    revision: 5,
    files: &[
        Pattern::End(".jar"),
        Pattern::End(".war"),
        Pattern::End(".ear"),
        Pattern::End(".par"),
        Pattern::End(".sar"),
        Pattern::End(".nar"),
        Pattern::End(".jpi"),
        Pattern::End(".hpi"),
        Pattern::End(".kar"),
        Pattern::End(".lpkg"),
    ],
    reads: Reads::Installed,
    read,
};

/// Archives within archives.
const MAX_DEPTH: usize = 8;

/// All bytes that are inflated of one file.
const MAX_INFLATED: u64 = 1 << 30;

/// Larger texts are not read.
const MAX_TEXT: u64 = 1 << 20;

/// Below it Maven puts `group/artifact/pom.properties` and `pom.xml`.
const MAVEN: &str = "META-INF/maven/";

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let mut reader = Reader { scratch: file.scratch, left: MAX_INFLATED };
    reader.archive(file.name(), file.content, 0, found);
}

/// What all archives of a file share.
struct Reader<'a> {
    scratch: Scratch<'a>,
    left: u64,
}

impl Reader<'_> {
    fn archive(&mut self, name: &str, content: &Content, depth: usize, found: &mut Found) {
        let zip = match Zip::open(content) {
            Ok(zip) => zip,
            Err(error) => return found.unread(format!("{name}: {error}")),
        };
        let text = |entry: &ZipEntry| {
            let bytes = zip.read(entry, MAX_TEXT).ok()?.all(MAX_TEXT).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let (artifact, version) = by_name(name);
        let mut itself = Named { artifact, version, ..Named::default() };
        for (entry, read) in descriptions(zip.entries()) {
            let Some(pom) = text(entry).and_then(|text| read(&entry.name, &text)) else { continue };
            itself.see(&pom);
            if let Some(version) = pom.version {
                found.push(Package::new(
                    Ecosystem::Maven,
                    format!("{}:{}", pom.group, pom.artifact),
                    version,
                ));
            }
        }
        let manifest = zip.entries().iter().find(|entry| entry.name == "META-INF/MANIFEST.MF").and_then(text);
        if !itself.is_listed {
            main(&itself, manifest.as_deref().unwrap_or_default(), found);
        }
        for entry in zip.entries().iter().filter(|entry| is_archive(&entry.name)) {
            if depth + 1 >= MAX_DEPTH || entry.size > self.left {
                return found.unread(format!("{name}: archives within it go too deep or are too large"));
            }
            match zip.read_long(entry, self.scratch) {
                Ok(inner) => {
                    self.left = self.left.saturating_sub(inner.size());
                    let name = entry.name.rsplit('/').next().unwrap_or_default();
                    self.archive(name, &inner, depth + 1, found);
                }
                Err(error) => found.unread(format!("{name}: {error}")),
            }
        }
    }
}

/// What reads the coordinates in a file of this name and text.
type ReadCoordinates = fn(&str, &str) -> Option<Properties>;

/// The files that name what an archive is made of, first those that Maven writes for that: in a program that is packed as a whole they are not below
/// its own `META-INF`.
fn descriptions(entries: &[ZipEntry]) -> impl Iterator<Item = (&ZipEntry, ReadCoordinates)> {
    let folders = |end: &'static str| {
        let named = move |entry: &'_ ZipEntry| {
            entry.name.strip_suffix(end).is_some_and(|dir| dir.is_empty() || dir.ends_with('/'))
        };
        entries.iter().filter(move |entry| named(entry))
    };
    let told: BTreeSet<&str> =
        folders("pom.properties").filter_map(|entry| entry.name.strip_suffix(".properties")).collect();
    let alone = folders("pom.xml").filter(move |entry| {
        entry.name.starts_with(MAVEN)
            && entry.name.strip_suffix(".xml").is_some_and(|stem| !told.contains(stem))
    });
    let properties = folders("pom.properties").map(|entry| (entry, properties as ReadCoordinates));
    properties.chain(alone.map(|entry| (entry, project as ReadCoordinates)))
}

fn is_archive(name: &str) -> bool {
    CATALOGUER.files.iter().any(|pattern| matches!(pattern, Pattern::End(end) if name.ends_with(end)))
}

/// What is known of an archive before its manifest is read.
#[derive(Default)]
struct Named<'a> {
    artifact: &'a str,
    version: Option<&'a str>,
    /// By properties that do not say the version.
    group: Option<String>,
    /// Properties that say all are its own.
    is_listed: bool,
}

impl Named<'_> {
    /// Properties are those of the archive when its name begins with that of the artifact or the other way round: some have a
    /// classifier, and some are made of parts that are called after the whole.
    fn see(&mut self, pom: &Properties) {
        if self.artifact.starts_with(&pom.artifact) || pom.artifact.starts_with(self.artifact) {
            self.is_listed |= pom.version.is_some();
            if pom.artifact == self.artifact {
                self.group = Some(pom.group.clone());
            }
        }
    }
}

/// Coordinates; a version that was not filled in is none.
struct Properties {
    group: String,
    artifact: String,
    version: Option<String>,
}

/// A Java properties file with the coordinates. Newer ones leave out the group, which the path has.
fn properties(path: &str, text: &str) -> Option<Properties> {
    let get = |name: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once(['=', ':']));
        pairs.find(|(known, _)| known.trim() == name).map(|(_, value)| value.trim().to_owned())
    };
    let by_path = || path.rsplit_once(MAVEN).and_then(|(_, rest)| Some(rest.split_once('/')?.0.to_owned()));
    let artifact = get("artifactId").filter(|artifact| !artifact.is_empty())?;
    let version = get("version").filter(|version| !version.is_empty() && !version.contains("${"));
    Some(Properties { group: get("groupId").or_else(by_path)?, artifact, version })
}

/// A project file with the coordinates, as far as it says them itself.
fn project(_: &str, text: &str) -> Option<Properties> {
    let [group, artifact, version] = maven_pom::coordinates(text);
    let version = Some(version).filter(|version| !version.is_empty());
    (!group.is_empty() && !artifact.is_empty()).then_some(Properties { group, artifact, version })
}

/// `artifact` and `1.0` of `artifact-1.0.jar`; bundles of Eclipse have a `_` between them.
fn by_name(name: &str) -> (&str, Option<&str>) {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let split = |mark: char| {
        let mut marks = stem.match_indices(mark).map(|(at, _)| at);
        let at = marks.find(|at| stem[at + 1..].starts_with(|first: char| first.is_ascii_digit()))?;
        Some((&stem[..at], Some(&stem[at + 1..])))
    };
    split('-').or_else(|| split('_')).unwrap_or((stem, None))
}

/// The archive itself, when no properties name it.
fn main(itself: &Named<'_>, manifest: &str, found: &mut Found) {
    let unfolded = manifest.replace("\r\n", "\n").replace("\n ", "");
    let attributes = unfolded.split("\n\n").next().unwrap_or_default();
    let get = |name: &str| {
        let mut pairs = attributes.lines().filter_map(|line| line.split_once(": "));
        pairs
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    };
    let by_manifest = ["Implementation-Version", "Specification-Version", "Plugin-Version", "Bundle-Version"];
    let version = itself.version.or_else(|| by_manifest.iter().find_map(|name| get(name)));
    // An archive that says nothing of itself is no library that anybody knows.
    if version.is_none() && manifest.is_empty() {
        return;
    }
    let artifact = itself.artifact;
    let group = itself.group.clone().filter(|group| !group.is_empty());
    let group = group.or_else(|| known_group(artifact).map(str::to_owned));
    let group = group.unwrap_or_else(|| said_group(artifact, &get));
    found.push(Package::new(Ecosystem::Maven, format!("{group}:{artifact}"), version.unwrap_or_default()));
}

/// The group that a manifest makes likely.
fn said_group<'a>(artifact: &'a str, get: &dyn Fn(&str) -> Option<&'a str>) -> String {
    let bundle = get("Bundle-SymbolicName").and_then(|name| name.split(';').next()).map(str::trim);
    let is_group = |group: &&str| group.contains('.') && !group.contains(' ');
    let said = get("Group-Id").or_else(|| get("Implementation-Vendor-Id")).filter(is_group);
    // What a bundle or a module is called ends with the artifact.
    let called = bundle.or_else(|| get("Automatic-Module-Name")).filter(is_group);
    let called =
        called.map(|name| name.strip_suffix(artifact).map_or(name, |group| group.trim_end_matches('.')));
    said.or(called).filter(|group| !group.is_empty()).unwrap_or(artifact).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;
    use crate::zip::tests::zip;

    #[test]
    fn archives_are_known_by_properties_then_name_then_manifest() {
        let pom = b"#x\ngroupId=org.a\nartifactId=a\nversion=1.0\n".as_slice();
        let named = zip(&[("META-INF/maven/org.a/a/pom.properties", pom)]);
        check(&CATALOGUER, "x/a-1.0.jar", named.clone(), &["org.a:a 1.0"]);
        let manifest = b"Manifest-Version: 1.0\r\nBundle-SymbolicName: org.b.li\r\n b;x=y\r\nImplementation-Version: 3\r\n\r\nName: x\r\nImplementation-Version: 4\r\n".as_slice();
        check(&CATALOGUER, "x/lib.jar", zip(&[("META-INF/MANIFEST.MF", manifest)]), &["org.b:lib 3"]);
        let plugin = b"Group-Id: org.c\nExtension-Name: plug\nPlugin-Version: 5\n".as_slice();
        check(&CATALOGUER, "x/plug.hpi", zip(&[("META-INF/MANIFEST.MF", plugin)]), &["org.c:plug 5"]);
        check(&CATALOGUER, "x/b-2.1-rc1.jar", zip(&[("x", b"")]), &["b:b 2.1-rc1"]);
        check(&CATALOGUER, "x/b.jar", zip(&[("x", b"")]), &[]);
        let bare = b"Manifest-Version: 1.0\n".as_slice();
        check(&CATALOGUER, "x/b.jar", zip(&[("META-INF/MANIFEST.MF", bare)]), &["b:b "]);
        let outer = zip(&[("BOOT-INF/lib/a-1.0.jar", &named), ("y/b-2.jar", &zip(&[("x", b"")]))]);
        check(&CATALOGUER, "app.war", outer, &["org.a:a 1.0", "b:b 2"]);
    }

    #[test]
    fn descriptions_are_found_wherever_they_are() {
        let classes = "WEB-INF/classes/META-INF/maven/org.a/a/pom.properties";
        let app = zip(&[(classes, b"groupId=org.a\nartifactId=a\nversion=1.0\n".as_slice())]);
        check(&CATALOGUER, "a.war", app, &["org.a:a 1.0"]);
        let newer =
            zip(&[("META-INF/maven/org.b/b/pom.properties", b"artifactId=b\nversion=2.0\n".as_slice())]);
        check(&CATALOGUER, "x/b.jar", newer, &["org.b:b 2.0"]);
        let pom = b"<project><parent><groupId>org.c</groupId><version>3</version></parent><artifactId>c</artifactId></project>";
        let alone = zip(&[("META-INF/maven/org.c/c/pom.xml", pom.as_slice()), ("archetype/pom.xml", pom)]);
        check(&CATALOGUER, "x/c.jar", alone, &["org.c:c 3"]);
        let both = zip(&[
            ("META-INF/maven/org.c/c/pom.xml", pom.as_slice()),
            ("META-INF/maven/org.c/c/pom.properties", b"groupId=org.c\nartifactId=c\nversion=4\n"),
        ]);
        check(&CATALOGUER, "x/c.jar", both, &["org.c:c 4"]);
    }

    #[test]
    fn groups_that_are_said_are_taken_whole() {
        let manifest = b"Implementation-Vendor-Id: org.a\nImplementation-Version: 1\n".as_slice();
        check(&CATALOGUER, "x/a.jar", zip(&[("META-INF/MANIFEST.MF", manifest)]), &["org.a:a 1"]);
    }

    #[test]
    fn what_is_no_archive_is_said() {
        assert!(crate::cataloguers::tests::found(&CATALOGUER, "a.jar", "x").unread.is_some());
    }
}
