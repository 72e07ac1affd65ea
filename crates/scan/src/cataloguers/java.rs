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
    revision: 6,
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
        Pattern::End(WRAPPER),
    ],
    reads: Reads::Installed,
    read,
};

/// An archive that is none of Java, but may have some in it.
const WRAPPER: &str = ".zip";

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
            // What has nothing to do with Java need not be readable.
            Err(_) if name.ends_with(WRAPPER) => return,
            Err(error) => return found.unread(format!("{name}: {error}")),
        };
        if !name.ends_with(WRAPPER) {
            Self::itself(name, &zip, found);
        }
        self.inner(name, &zip, depth, found);
    }

    /// What an archive is, and what it is made of.
    fn itself(name: &str, zip: &Zip<'_>, found: &mut Found) {
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
    }

    /// The archives within.
    fn inner(&mut self, name: &str, zip: &Zip<'_>, depth: usize, found: &mut Found) {
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
    let is_one = |end: &str| end != WRAPPER && name.ends_with(end);
    CATALOGUER.files.iter().any(|pattern| matches!(pattern, Pattern::End(end) if is_one(end)))
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
    /// classifier, and some are made of parts that are called after the whole. It can also end so, behind a group.
    fn see(&mut self, pom: &Properties) {
        let (name, artifact) = (self.artifact, pom.artifact.as_str());
        if name.starts_with(artifact) || artifact.starts_with(name) || name.ends_with(artifact) {
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
        // Of several the last counts, as Java reads them.
        let mut pairs = text.lines().rev().filter_map(|line| line.split_once(['=', ':']));
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
        let mut marks = stem.match_indices(mark).map(|(at, _)| at).filter(|at| *at > 0);
        let at = marks.find(|at| is_version(&stem[at + 1..]))?;
        Some((&stem[..at], Some(&stem[at + 1..])))
    };
    split('-').or_else(|| split('_')).unwrap_or((stem, None))
}

/// Whether a text looks like a version: `1.0`, or as some count, `r09`, `rc1`, `build123`.
fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.starts_with(|first: char| first.is_ascii_digit())
        || ["r", "rc", "build"].iter().any(|word| text.strip_prefix(word).is_some_and(digits))
}

/// What a manifest says (Java, "JAR File Specification"): attributes of the whole, and sections about parts of it.
struct Manifest(String);

impl Manifest {
    fn of(text: &str) -> Self {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        Self(text.trim_start_matches('\n').replace("\n ", ""))
    }

    /// An attribute of the whole.
    fn get(&self, name: &str) -> Option<&str> {
        let main = self.0.split("\n\n").next().unwrap_or_default();
        attribute(main, name)
    }

    /// A version, which old archives say of each of their parts alone.
    fn version(&self) -> Option<&str> {
        const NAMES: [&str; 4] =
            ["Implementation-Version", "Specification-Version", "Plugin-Version", "Bundle-Version"];
        let of_whole = NAMES.iter().find_map(|name| self.get(name));
        of_whole.or_else(|| NAMES.iter().find_map(|name| attribute(&self.0, name)))
    }
}

/// The first attribute of that name that has a value.
fn attribute<'a>(lines: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = lines.lines().filter_map(|line| line.split_once(':'));
    let found =
        |(known, value): (&str, &'a str)| known.trim().eq_ignore_ascii_case(name).then(|| value.trim());
    pairs.find_map(|pair| found(pair).filter(|value| !value.is_empty()))
}

/// The archive itself, when no properties name it.
fn main(itself: &Named<'_>, manifest: &str, found: &mut Found) {
    let said = Manifest::of(manifest);
    let version = itself.version.or_else(|| said.version());
    // An archive that says nothing of itself is no library that anybody knows.
    if version.is_none() && manifest.is_empty() {
        return;
    }
    let artifact = itself.artifact;
    let group = itself.group.clone().filter(|group| !group.is_empty());
    let group = group.or_else(|| known_group(artifact).map(str::to_owned));
    let group = group.unwrap_or_else(|| said_group(artifact, &said));
    found.push(Package::new(Ecosystem::Maven, format!("{group}:{artifact}"), version.unwrap_or_default()));
}

/// How the groups of vendors begin that give theirs in the place of their name.
const DOMAINS: [&str; 5] = ["com.", "dev.", "io.", "net.", "org."];

/// The group that a manifest makes likely.
fn said_group(artifact: &str, manifest: &Manifest) -> String {
    let is_group = |group: &&str| group.contains('.') && !group.contains([' ', ':']);
    let get = |name: &str| manifest.get(name).filter(is_group);
    let vendor =
        |name: &str| get(name).filter(|group| DOMAINS.iter().any(|domain| group.starts_with(domain)));
    let title = || manifest.get("Implementation-Title")?.strip_suffix(artifact)?.strip_suffix(':');
    let bundle =
        || manifest.get("Bundle-SymbolicName").and_then(|name| name.split(';').next()).map(str::trim);
    let said = get("Group-Id")
        .or_else(|| get("Implementation-Vendor-Id"))
        .or_else(|| title().filter(is_group))
        .or_else(|| vendor("Specification-Vendor"))
        .or_else(|| vendor("Implementation-Vendor"));
    // What a bundle, a module or an extension is called ends with the artifact.
    let called = bundle().filter(is_group);
    let called = called.or_else(|| get("Automatic-Module-Name")).or_else(|| get("Extension-Name"));
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
    fn names_may_have_more_than_the_artifact() {
        let pom = b"groupId=org.a\nartifactId=a\nversion=1.0\n".as_slice();
        for name in ["a-1.0-tests.jar", "a-shaded-1.0.jar", "org.a.a_1.0.jar"] {
            check(
                &CATALOGUER,
                name,
                zip(&[("META-INF/maven/org.a/a/pom.properties", pom)]),
                &["org.a:a 1.0"],
            );
        }
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
        let check = |manifest: &str, expect: &str| {
            check(&CATALOGUER, "x/b-1.jar", zip(&[("META-INF/MANIFEST.MF", manifest.as_bytes())]), &[expect]);
        };
        check("Implementation-Title: org.a:b\n", "org.a:b 1");
        check("Specification-Vendor: org.a\n", "org.a:b 1");
        check("Bundle-SymbolicName: b\nAutomatic-Module-Name: org.a.b\n", "org.a:b 1");
        check("Extension-Name: org.a.b\n", "org.a:b 1");
        check("Specification-Vendor: A. Inc.\nImplementation-Vendor: a.b\n", "b:b 1");
    }

    #[test]
    fn manifests_are_read_in_all_their_forms() {
        let check = |manifest: &str, expect: &str| {
            check(&CATALOGUER, "x/b.jar", zip(&[("META-INF/MANIFEST.MF", manifest.as_bytes())]), &[expect]);
        };
        check("Implementation-Version:1\n", "b:b 1");
        check("\n\nx\n: y\nImplementation-Version : 2\r\n", "b:b 2");
        check("Manifest-Version: 1.0\rImplementation-Version: 3\r", "b:b 3");
        let parts = "Manifest-Version: 1.0\n\nName: x\nImplementation-Version: 4\n\nName: y\nImplementation-Version: 5\n";
        check(parts, "b:b 4");
        check(&format!("Bundle-Version: 6\n{parts}"), "b:b 6");
    }

    #[test]
    fn names_say_versions_of_several_forms() {
        let check = |name: &str, expect: (&str, Option<&str>)| assert_eq!(by_name(name), expect, "{name}");
        check("guava-r09.jar", ("guava", Some("r09")));
        check("a-r2dbc-1.0-rc1.jar", ("a-r2dbc", Some("1.0-rc1")));
        check("a-build12.jar", ("a", Some("build12")));
        check("-1.0.jar", ("-1.0", None));
    }

    #[test]
    fn archives_within_others_are_found() {
        let pom = b"groupId=org.a\nartifactId=a\nversion=0.9\nversion=1.0\n".as_slice();
        let named = zip(&[("META-INF/maven/org.a/a/pom.properties", pom)]);
        let outer = zip(&[("dist/lib/a-1.0.jar", &named), ("x/y.zip", &named)]);
        check(&CATALOGUER, "x/dist-2.zip", outer, &["org.a:a 1.0"]);
        assert!(crate::cataloguers::tests::found(&CATALOGUER, "x.zip", "x").unread.is_none());
    }

    #[test]
    fn what_is_no_archive_is_said() {
        assert!(crate::cataloguers::tests::found(&CATALOGUER, "a.jar", "x").unread.is_some());
    }
}
